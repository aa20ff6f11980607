#include "api/connection.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "spider/api/codes.h"

#include "api/asking.h"
#include "api/problem.h"
#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::size_t kPieceBytes = 256U << 10U;

[[nodiscard]] std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, ServerState& state)
    : state_(state),
      stream_(std::move(socket)),
      buffer_(state.context.config.request_head_max_bytes + kPieceBytes),
      piece_(0),
      timer_(stream_.get_executor()),
      watch_again_(stream_.get_executor()) {
  ++state_.context.traffic.connections;
}

Connection::~Connection() {
  --state_.context.traffic.connections;
  const base::Lock lock(state_.mutex);
  state_.connections.erase(this);
}

void Connection::run() {
  {
    const base::Lock lock(state_.mutex);
    state_.connections.emplace(this, weak_from_this());
  }
  beast::error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->read_head(); });
}

void Connection::stop() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->stopping_ = true;
    if (self->idle_) self->close();
    self->stop_import(false);
    self->timer_.cancel();
  });
}

void Connection::abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->close(); });
}

void Connection::expect(std::uint32_t seconds) {
  stream_.expires_after(std::chrono::seconds(seconds));
}

std::string_view Connection::field(http::field name) const { return view(parser_->get()[name]); }

void Connection::read_head() {
  if (stopping_) {
    close();
    return;
  }
  idle_ = true;
  parser_.emplace();
  parser_->header_limit(state_.context.config.request_head_max_bytes);
  // Counted in on_rest and read_pieces. (none would refuse every length in Beast 1.74.)
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  body_bytes_ = 0;
  request_ = {};
  expect(state_.context.config.idle_timeout_s);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_head(error); });
}

void Connection::on_bad_head(beast::error_code error) {
  const bool too_large =
      error == http::error::header_limit || error == http::error::buffer_overflow;
  // Only what is no HTTP is answered; a connection that ended or fell silent is just closed.
  if (!too_large && error.category() != make_error_code(http::error::bad_method).category()) {
    close();
    return;
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    close();
    return;
  }
  keep_alive_ = false;
  body_unread_ = true;
  request_.method = "GET";
  if (too_large) {
    write(problem(431, {codes::request_too_large,
                        fmt::format("The request's head is longer than {} bytes.",
                                    state_.context.config.request_head_max_bytes)}));
  } else {
    write(problem({codes::bad_request, fmt::format("{}.", error.message())}));
  }
}

void Connection::on_head(beast::error_code error) {
  if (error) {
    on_bad_head(error);
    return;
  }
  idle_ = false;
  ++state_.context.traffic.requests;
  keep_alive_ = parser_->keep_alive() && !stopping_;
  body_unread_ = !parser_->is_done();
  request_.method = view(parser_->get().method_string());
  auto checked = check_head();
  if (checked) checked = take_request();
  if (!checked) {
    // Its body, if any, stays unread.
    keep_alive_ = keep_alive_ && !body_unread_;
    write(problem(checked.error()));
  } else if (is_import()) {
    begin_import();
  } else {
    read_rest();
  }
}

base::Result<void> Connection::check_head() {
  const auto& head = parser_->get();
  if (head.count(http::field::host) > 1)
    return base::fail(codes::bad_request, "The request has more than one Host header.");
  SPIDER_TRY(state_.guard.check_host(field(http::field::host)));
  const bool reads =
      request_.method == "GET" || request_.method == "HEAD" || request_.method == "OPTIONS";
  if (!reads)
    SPIDER_TRY(Guard::check_origin(field(http::field::host), field(http::field::origin),
                                   view(head["Sec-Fetch-Site"])));
  const auto length = parser_->content_length();
  if (length && !is_import() && *length > state_.context.config.request_max_bytes)
    return base::fail(codes::request_too_large,
                      fmt::format("The request's body of {} bytes is longer than {} bytes.",
                                  *length, state_.context.config.request_max_bytes));
  return {};
}

base::Result<void> Connection::take_request() {
  std::string_view target = view(parser_->get().target());
  if (target == "*" && request_.method == "OPTIONS") target = "/";
  if (!target.starts_with('/'))
    return base::fail(codes::bad_request, "The request's target does not begin with /.");
  request_.target = target;
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.path = target.substr(0, question);
  request_.accept = field(http::field::accept);
  request_.body_type = field(http::field::content_type);
  request_.last_event_id = view(parser_->get()["Last-Event-ID"]);
  if (request_.method == "GET" && field(http::field::if_range).empty())
    request_.range = field(http::field::range);
  SPIDER_TRY_LET(parameters,
                 Parameters::parse(target.substr(std::min(question + 1, target.size()))));
  request_.parameters = std::move(parameters);
  return {};
}

// What comes is read within the limit, and kept when a route may want it.
void Connection::read_rest() {
  if (parser_->is_done()) {
    answer_request();
    return;
  }
  piece_.resize(kPieceBytes);
  parser_->get().body().data = piece_.data();
  parser_->get().body().size = piece_.size();
  parser_->get().body().more = true;
  expect(state_.context.config.idle_timeout_s);
  http::async_read_some(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_rest(error); });
}

void Connection::on_rest(beast::error_code error) {
  if (error && error != http::error::need_buffer) {
    close();
    return;
  }
  const std::size_t bytes = piece_.size() - parser_->get().body().size;
  body_bytes_ += bytes;
  if (body_bytes_ > state_.context.config.request_max_bytes) {
    keep_alive_ = false;
    write(problem(
        {codes::request_too_large, fmt::format("The request's body is longer than {} bytes.",
                                               state_.context.config.request_max_bytes)}));
    return;
  }
  if (request_.method == "POST" || request_.method == "PATCH")
    request_.body.append(piece_.data(), bytes);
  read_rest();
}

void Connection::answer_request() {
  body_unread_ = false;
  if (takes_long(state_.context, request_)) {
    begin_asking();
    return;
  }
  const base::Attention::Answering answering(state_.context.parts.attention);
  write(answer_to(state_.context, request_));
}

}  // namespace spider::api
