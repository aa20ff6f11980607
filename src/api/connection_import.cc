// Connection: a capture file on its way in. Once its head is understood, one of the threads for
// imports has the connection to itself: it reads a piece and feeds it, so memory stays at a piece,
// a waiting pipeline makes the sender wait, and who answers questions has no part in it. Then the
// connection is its strand's again.

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "spider/api/codes.h"
#include "spider/base/log.h"

#include "api/connection.h"
#include "api/import_socket.h"
#include "api/problem.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Anything else in the way of an import is the file's fault.
[[nodiscard]] Answer import_problem(const base::Error& error) {
  const unsigned status = status_of(error.code);
  return problem(status == 500 ? 422U : status, error);
}

// A form can send the other types across sites without being asked; these need a script of ours.
[[nodiscard]] bool type_allowed(std::string_view type) {
  type = type.substr(0, type.find(';'));
  return type.empty() || type == "application/vnd.tcpdump.pcap" ||
         type == "application/octet-stream" || type == "application/x-pcapng" ||
         type == "application/x-pcap";
}

}  // namespace

struct Connection::ImportWork {
  ServerState& state;
  std::string whisperer;
  std::string name;
  std::uint64_t bytes_known;  // 0: the sender did not say
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  std::unique_ptr<model::Import> import;
  std::unique_ptr<ImportSocket> socket;  // made once, on the strand, before its thread reads
  asio::ip::tcp::socket::protocol_type protocol = asio::ip::tcp::v4();
  bool closed = false;  // of the strand: the connection was closed meanwhile
  bool released = false;

  ImportWork(ServerState& server_state, std::string to_whisperer, std::string file,
             std::uint64_t bytes)
      : state(server_state),
        whisperer(std::move(to_whisperer)),
        name(std::move(file)),
        bytes_known(bytes) {}
  ~ImportWork() { release(); }
  // Ends the import and frees its place, once. Not left to the last owner: the task that fed or
  // finished may hold its share a little longer than the answer takes to reach the sender.
  void release() {
    if (std::exchange(released, true)) return;
    import.reset();
    state.end_import();
  }
  ImportWork(const ImportWork&) = delete;
  ImportWork& operator=(const ImportWork&) = delete;
};

bool Connection::is_import() const {
  const std::string_view target(parser_->get().target().data(), parser_->get().target().size());
  return request_.method == "POST" && target.substr(0, target.find('?')) == "/api/v1/imports";
}

void Connection::begin_import() {
  const auto refuse = [&](base::Code code, std::string detail) {
    keep_alive_ = false;
    write(problem({code, std::move(detail)}));
  };
  if (const auto known = request_.parameters.only({"whisperer", "name"}); !known)
    return refuse(known.error().code, known.error().detail);
  const std::string whisperer = request_.parameters.text("whisperer");
  if (whisperer.empty())
    return refuse(codes::bad_parameter, "whisperer: must name the one that the file is for.");
  std::string name = request_.parameters.text("name").substr(0, 255);
  if (name.empty()) name = "upload";
  const auto all = state_.context.parts.control.whisperers();
  const bool known = std::any_of(all.begin(), all.end(), [&](const model::WhispererStatus& w) {
    return w.config.name == whisperer;
  });
  if (!known)
    return refuse(codes::no_such_whisperer,
                  fmt::format("whisperer: there is none named '{}'.", whisperer));
  if (!type_allowed(field(http::field::content_type)))
    return refuse(codes::unsupported_media,
                  fmt::format("A capture file is not of the type '{}'.",
                              field(http::field::content_type).substr(0, 100)));
  const auto length = parser_->content_length();
  if (length && *length > state_.context.config.import_max_bytes)
    return refuse(codes::request_too_large, fmt::format("The file is longer than {} bytes.",
                                                        state_.context.config.import_max_bytes));
  if (!state_.begin_import())
    return refuse(codes::import_busy,
                  fmt::format("{} files are being read.", state_.context.config.imports_at_once));
  import_ = std::make_shared<ImportWork>(state_, whisperer, name, length ? *length : 0);
  // Beast reads as much as there is room for without growing: a head's worth, else.
  buffer_.reserve(kPieceBytes);

  asio::post(state_.slow, [self = shared_from_this(), work = import_] {
    auto started = self->state_.context.parts.control.start_import(work->whisperer, work->name,
                                                                   work->bytes_known);
    std::optional<base::Error> trouble;
    if (started) {
      work->import = std::move(*started);
    } else {
      trouble = std::move(started.error());
    }
    asio::post(self->stream_.get_executor(), [self, trouble] {
      if (trouble) {
        self->fail_import(*trouble);
      } else if (self->field(http::field::expect).empty()) {
        self->read_import();
      } else {
        asio::async_write(self->stream_, asio::buffer(kContinue.data(), kContinue.size()),
                          [self](beast::error_code error, std::size_t) {
                            error ? self->drop_import() : self->read_import();
                          });
      }
    });
  });
}

// On the strand, once. From here to end_read() its thread has the socket, the parser and the piece.
void Connection::read_import() {
  if (parser_->is_done()) return finish_import();
  if (stopping_) return cut_import();
  beast::error_code error;
  import_->protocol = stream_.socket().local_endpoint(error).protocol();
  stream_.expires_never();
  const int descriptor = error ? -1 : stream_.socket().release(error);
  if (error) return drop_import();
  import_->socket = std::make_unique<ImportSocket>(
      descriptor, std::chrono::seconds(state_.context.config.idle_timeout_s));
  asio::post(state_.slow, [self = shared_from_this(), work = import_] {
    const auto read = self->read_pieces(*work);
    asio::post(self->stream_.get_executor(), [self, read] { self->end_read(read); });
  });
}

// The whole file, or why not.
Connection::ImportRead Connection::read_pieces(ImportWork& work) {
  piece_.resize(kPieceBytes);
  while (!parser_->is_done()) {
    if (work.socket->stopped()) return {true, false, {}};
    parser_->get().body().data = piece_.data();
    parser_->get().body().size = piece_.size();
    parser_->get().body().more = true;
    beast::error_code error;
    http::read_some(*work.socket, buffer_, *parser_, error);
    if (error == asio::error::operation_aborted) return {true, false, {}};
    if (error && error != http::error::need_buffer) return {false, true, {}};
    const std::size_t bytes = piece_.size() - parser_->get().body().size;
    body_bytes_ += bytes;
    if (body_bytes_ > state_.context.config.import_max_bytes)
      return {false, false,
              base::Error{codes::request_too_large,
                          fmt::format("The file is longer than {} bytes.",
                                      state_.context.config.import_max_bytes)}};
    const auto fed =
        work.import->feed({reinterpret_cast<const std::uint8_t*>(piece_.data()), bytes});
    if (!fed) return {false, false, fed.error()};
  }
  return {};
}

void Connection::end_read(const ImportRead& read) {
  beast::error_code error;
  if (!import_->closed) {
    const int descriptor = import_->socket->give();
    stream_.socket().assign(import_->protocol, descriptor, error);
    if (error) ::close(descriptor);
  }
  if (read.gone || error) return drop_import();
  if (read.trouble) return fail_import(*read.trouble);
  // What came whole is whole, also when a stop came with its end.
  if (!parser_->is_done()) return cut_import();
  finish_import();
}

void Connection::stop_reading() const noexcept {
  if (import_ && import_->socket) import_->socket->stop();
}

void Connection::finish_import() {
  body_unread_ = false;
  asio::post(state_.slow, [self = shared_from_this(), work = import_] {
    auto result = work->import->finish();
    if (!result)
      return asio::post(self->stream_.get_executor(),
                        [self, error = std::move(result.error())] { self->fail_import(error); });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - work->begun;
    Answer answer =
        import_answer(self->state_.context, work->name, work->whisperer, seconds.count(), *result);
    asio::post(self->stream_.get_executor(), [self, answer = std::move(answer)]() mutable {
      self->end_import(std::move(answer));
    });
  });
}

void Connection::fail_import(const base::Error& error) {
  base::log(codes::import_failed, "{} into {}: {} [{}]", import_->name, import_->whisperer,
            error.detail, error.code.log_id());
  end_import(import_problem(error));
}

void Connection::end_import(Answer answer) {
  // The place is free before the sender knows, so that the next file finds it so.
  asio::post(state_.slow, [self = shared_from_this(), work = std::move(import_),
                           answer = std::move(answer)]() mutable {
    work->release();
    asio::post(self->stream_.get_executor(),
               [self, answer = std::move(answer)]() mutable { self->write(std::move(answer)); });
  });
  import_.reset();
}

// The server stops: what was read stays stored, and the sender is told if it still listens.
void Connection::cut_import() {
  if (!stream_.socket().is_open()) return drop_import();
  fail_import({codes::import_stopped, "The server stops; what came before is stored."});
}

void Connection::stop_import(bool closed) {
  if (!import_) return;
  import_->closed = import_->closed || closed;
  if (import_->socket) import_->socket->stop();
}

void Connection::release_import() {
  if (import_) import_->release();
}

// The sender is gone: what was read stays stored.
void Connection::drop_import() {
  asio::post(state_.slow, [work = std::move(import_)] { work->release(); });
  import_.reset();
  close();
}

}  // namespace spider::api
