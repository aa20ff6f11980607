// Connection: answers on their way out.

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/socket.h>

#include "spider/api/codes.h"
#include "spider/base/log.h"
#include "spider/query/codes.h"

#include "api/asking.h"
#include "api/compress.h"
#include "api/connection.h"

namespace spider::api {
namespace {

constexpr std::uint32_t kLingerSeconds = 2;

[[nodiscard]] std::string_view policy_text(Policy policy) {
  switch (policy) {
    case Policy::data:
      return "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    case Policy::body:
      return "default-src 'none'; sandbox; frame-ancestors 'self'; base-uri 'none'; form-action "
             "'none'";
    case Policy::page:
      return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
             "font-src 'self'; connect-src 'self'; frame-src 'self' blob:; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'";
  }
  return "default-src 'none'";
}

[[nodiscard]] std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const std::size_t length =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), length};
}

// Weak: the same for the compressed form.
[[nodiscard]] std::string entity_tag(std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  if (EVP_Digest(body.data(), body.size(), sum.data(), &length, EVP_sha256(), nullptr) != 1)
    return {};
  std::string out = "W/\"";
  for (std::size_t i = 0; i < 12; ++i) out += fmt::format("{:02x}", sum[i]);
  return out + "\"";
}

[[nodiscard]] bool tag_listed(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" ||
         (!tag.empty() && if_none_match.find(tag.substr(2)) != std::string_view::npos);
}

template <class Fields>
void set_common(Fields& fields, const Answer& answer) {
  fields.set(http::field::date, http_date());
  if (!answer.type.empty() && answer.status != 204)
    fields.set(http::field::content_type, answer.type);
  fields.set(http::field::cache_control, answer.cache);
  fields.set("X-Content-Type-Options", "nosniff");
  const std::string_view policy = policy_text(answer.policy);
  fields.set("Content-Security-Policy", beast::string_view(policy.data(), policy.size()));
  fields.set("Cross-Origin-Resource-Policy", "same-origin");
  fields.set("Cross-Origin-Opener-Policy", "same-origin");
  fields.set("Referrer-Policy", "no-referrer");
  fields.set(http::field::vary, "Accept, Accept-Encoding");
  for (const auto& [name, value] : answer.headers) fields.set(name, value);
}

}  // namespace

void Connection::write(Answer answer) {
  keep_alive_ = keep_alive_ && !stopping_ && !body_unread_;
  if (answer.pieces && request_.method != "HEAD") {
    write_pieces(answer);
  } else {
    write_whole(answer);
  }
}

void Connection::write_whole(Answer& answer) {
  const bool head = request_.method == "HEAD";
  const bool revalidates = !head || !answer.pieces;
  std::string tag;
  if (answer.status == 200 && answer.cache != "no-store" && revalidates)
    tag = entity_tag(answer.body);
  std::string_view if_none_match;
  bool gzip = false;
  if (parser_ && parser_->is_header_done()) {
    if_none_match = field(http::field::if_none_match);
    gzip = accepts_gzip(field(http::field::accept_encoding));
  }
  auto response = std::make_shared<http::response<http::string_body>>();
  response->version(11);
  if (!tag.empty() && tag_listed(if_none_match, tag)) {
    answer.status = 304;
    answer.body.clear();
  }
  response->result(answer.status);
  set_common(*response, answer);
  if (!tag.empty()) response->set(http::field::etag, tag);
  // A range is one of the bytes as they are.
  if (gzip && answer.status != 206 && worth_compressing(answer.type, answer.body.size())) {
    if (std::string small = gzipped(answer.body); !small.empty()) {
      answer.body = std::move(small);
      response->set(http::field::content_encoding, "gzip");
    }
  }
  response->keep_alive(keep_alive_);
  if (keep_alive_)
    response->set(http::field::keep_alive,
                  fmt::format("timeout={}", state_.context.config.idle_timeout_s));
  if (answer.status != 204 && answer.status != 304 && !answer.pieces)
    response->content_length(answer.body.size());
  if (!head) response->body() = std::move(answer.body);
  expect(state_.context.config.idle_timeout_s);
  response_ = response;
  // The serializer of a HEAD answer stops after the head, whatever length it states.
  http::async_write(stream_, *response,
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      self->after_write(error);
                    });
}

void Connection::write_pieces(Answer& answer) {
  auto response = std::make_shared<http::response<http::empty_body>>();
  response->version(11);
  response->result(answer.status);
  set_common(*response, answer);
  chunked_ = !answer.length && parser_->get().version() >= 11;
  if (answer.length) response->content_length(*answer.length);
  // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
  if (!answer.length && !chunked_) keep_alive_ = false;
  response->keep_alive(keep_alive_);
  if (chunked_) response->chunked(true);
  pieces_ = std::move(answer.pieces);
  rest_ = answer.rest;
  last_piece_ = false;
  expect(state_.context.config.idle_timeout_s);
  auto serializer = std::make_shared<http::response_serializer<http::empty_body>>(*response);
  response_ =
      std::make_shared<std::pair<decltype(response), decltype(serializer)>>(response, serializer);
  http::async_write_header(stream_, *serializer,
                           [self = shared_from_this()](beast::error_code error, std::size_t) {
                             if (error) {
                               self->end_pieces();
                               self->close();
                             } else {
                               self->next_piece();
                             }
                           });
}

void Connection::next_piece() {
  if (!stream_.socket().is_open()) {  // closed from outside between two pieces
    end_pieces();
    return;
  }
  out_.clear();
  if (asking_) {
    ask_piece();
  } else {
    on_piece(make_piece());
  }
}

base::Result<bool> Connection::make_piece() {
  if (asking_ && asking_->cancelled())
    return base::fail(query::codes::cancelled, "The client is gone, or the server stops.");
  try {
    return pieces_(out_);
  } catch (const std::exception& error) {
    return base::fail(codes::answer_failed, error.what());
  }
}

void Connection::end_pieces() {
  pieces_ = nullptr;
  end_asking();
}

void Connection::on_piece(base::Result<bool> more) {
  if (!more) {
    // The head is gone: only a connection that ends early can tell the client.
    if (more.error().code != query::codes::cancelled)
      base::log(codes::answer_failed, "{} broke off: {}", request_.path, more.error().detail);
    end_pieces();
    close();
    return;
  }
  if (!stream_.socket().is_open()) {
    end_pieces();
    return;
  }
  const bool endless = rest_.count() > 0;
  last_piece_ = !*more || (endless && stopping_);
  if (out_.empty() && !last_piece_ && endless) {
    rest();
    return;
  }
  if (out_.empty() && !last_piece_) {
    // It took its time and found nothing yet: others first.
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->next_piece(); });
    return;
  }
  std::array<asio::const_buffer, 3> buffers{};
  const std::string_view tail = !chunked_      ? ""
                                : !last_piece_ ? "\r\n"
                                : out_.empty() ? "0\r\n\r\n"
                                               : "\r\n0\r\n\r\n";
  chunk_head_ = chunked_ && !out_.empty() ? fmt::format("{:x}\r\n", out_.size()) : std::string{};
  buffers[0] = asio::buffer(chunk_head_);
  buffers[1] = asio::buffer(out_);
  buffers[2] = asio::buffer(tail.data(), tail.size());
  expect(state_.context.config.idle_timeout_s);
  asio::async_write(stream_, buffers,
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      if (error || self->last_piece_) {
                        if (error && self->asking_) self->asking_->give_up();
                        self->end_pieces();
                        self->after_write(error);
                      } else {
                        self->next_piece();
                      }
                    });
}

// Nothing to say: looks again a little later.
void Connection::rest() {
  if (hung_up()) {
    pieces_ = nullptr;
    close();
    return;
  }
  stream_.expires_never();
  timer_.expires_after(rest_);
  timer_.async_wait([self = shared_from_this()](beast::error_code) { self->next_piece(); });
}

// Nothing is written while it rests, so nobody else would notice.
bool Connection::hung_up() {
  char byte = 0;
  const auto got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Connection::after_write(beast::error_code error) {
  response_.reset();
  out_ = {};
  if (error) {
    close();
  } else if (keep_alive_ && !stopping_) {
    read_head();
  } else if (body_unread_) {
    linger_until_ = std::chrono::steady_clock::now() + std::chrono::seconds(kLingerSeconds);
    linger();
  } else {
    beast::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    close();
  }
}

// Ends our side and reads on for a moment: a close with unread bytes would reset the connection and
// take the answer with it (RFC 9112 section 9.6).
void Connection::linger() {
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  piece_.resize(std::max<std::size_t>(piece_.size(), 16'384));
  stream_.expires_at(linger_until_);
  stream_.async_read_some(asio::buffer(piece_),
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                            if (error || std::chrono::steady_clock::now() > self->linger_until_) {
                              self->close();
                            } else {
                              self->linger();
                            }
                          });
}

void Connection::close() {
  stopping_ = true;
  timer_.cancel();
  stop_import(true);
  stream_.close();
}

}  // namespace spider::api
