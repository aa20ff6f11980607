#pragma once
// Connection: one client, request after request. Everything happens on the connection's strand;
// each step starts the next asynchronous one, so an idle connection costs no thread.
//
// A request is read, checked (host, origin, sizes), answered by a route and written; bodies too
// large for memory are written piece by piece, an import is read piece by piece. What was not
// understood ends the connection after its answer.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "api/answer.h"
#include "api/server_state.h"

namespace spider::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, ServerState& state);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void run();
  // Any thread. Closes when idle, ends an import with a problem, else after the running answer.
  void stop();
  // Any thread. Closes now.
  void abort();
  // Once no handler runs any more: who reads a file looks up.
  void stop_reading() const noexcept;
  // When no thread serves the connection any more: an import that is still open ends here.
  void release_import();

 private:
  using Parser = http::request_parser<http::buffer_body>;

  // connection.cc: reading
  void read_head();
  void on_head(beast::error_code error);
  void on_bad_head(beast::error_code error);
  [[nodiscard]] base::Result<void> check_head();
  [[nodiscard]] base::Result<void> take_request();
  void read_rest();
  void on_rest(beast::error_code error);
  void answer_request();

  // connection_write.cc: writing
  void write(Answer answer);
  void write_whole(Answer& answer);
  void write_pieces(Answer& answer);
  void next_piece();
  void rest();
  [[nodiscard]] bool hung_up();
  [[nodiscard]] base::Result<bool> make_piece();
  void end_pieces();
  void on_piece(base::Result<bool> more);
  void after_write(beast::error_code error);
  void linger();
  void close();

  // connection_ask.cc
  void begin_asking();
  void on_asked(Answer answer);
  void ask_piece();
  void end_asking();
  void watch();
  void on_watched(beast::error_code error, const std::shared_ptr<Asking>& asking);

  // connection_import.cc
  [[nodiscard]] bool is_import() const;
  void begin_import();
  void read_import();
  struct ImportWork;
  struct ImportRead {
    bool stopped = false;
    bool gone = false;  // the sender
    std::optional<base::Error> trouble;
  };
  [[nodiscard]] ImportRead read_pieces(ImportWork& work);
  void end_read(const ImportRead& read);
  void stop_import(bool closed);
  void finish_import();
  void end_import(Answer answer);
  void fail_import(const base::Error& error);
  void cut_import();
  void drop_import();

  void expect(std::uint32_t seconds);
  [[nodiscard]] std::string_view field(http::field name) const;

  ServerState& state_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::vector<char> piece_;  // of a request's body
  Request request_;
  std::uint64_t body_bytes_ = 0;
  bool idle_ = true;       // no byte of a request has been understood
  bool stopping_ = false;  // no further request
  bool keep_alive_ = false;
  bool body_unread_ = false;
  std::chrono::steady_clock::time_point linger_until_;

  std::shared_ptr<void> response_;  // what is being written
  std::function<base::Result<bool>(std::string&)> pieces_;
  std::string out_;
  std::string chunk_head_;
  bool chunked_ = false;
  bool last_piece_ = false;
  std::chrono::milliseconds rest_{0};
  asio::steady_timer timer_;

  std::shared_ptr<Asking> asking_;
  asio::steady_timer watch_again_;

  std::shared_ptr<ImportWork> import_;
};

}  // namespace spider::api
