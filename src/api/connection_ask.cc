// Connection: questions that may take long. They are answered by threads of their own, and given up
// when the client is gone: its end of the connection is watched meanwhile.

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>
#include <poll.h>

#include "api/asking.h"
#include "api/connection.h"
#include "api/router.h"

namespace spider::api {
namespace {

// Between two looks while the client's next request already waits to be read, which hides the end
// of the connection from who waits for bytes.
constexpr auto kLookAgain = std::chrono::milliseconds(200);

// The other side has closed, or closed its half: a client that wants the answer leaves its half
// open.
[[nodiscard]] bool is_gone(int descriptor) {
  pollfd asked{descriptor, POLLRDHUP, 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0;
}

}  // namespace

void Connection::begin_asking() {
  asking_ = std::make_shared<Asking>(state_.context.pool);
  request_.asking = asking_;
  ++state_.context.traffic.questions;
  watch();
  asio::post(state_.ask, [self = shared_from_this()] {
    Answer answer = answer_to(self->state_.context, self->request_);
    asio::post(self->stream_.get_executor(),
               [self, answer = std::move(answer)]() mutable { self->on_asked(std::move(answer)); });
  });
}

// The pieces of a stream are part of the question.
void Connection::on_asked(Answer answer) {
  if (!answer.pieces || request_.method == "HEAD") end_asking();
  if (stopping_ && !stream_.socket().is_open()) {
    end_asking();
    return;
  }
  write(std::move(answer));
}

void Connection::ask_piece() {
  asio::post(state_.ask, [self = shared_from_this()] {
    auto more = self->make_piece();
    asio::post(self->stream_.get_executor(),
               [self, more = std::move(more)]() mutable { self->on_piece(std::move(more)); });
  });
}

void Connection::end_asking() {
  if (!asking_) return;
  if (asking_->given_up()) ++state_.context.traffic.questions_given_up;
  --state_.context.traffic.questions;
  request_.asking.reset();
  asking_.reset();
  watch_again_.cancel();
}

void Connection::watch() {
  stream_.socket().async_wait(asio::ip::tcp::socket::wait_read,
                              [self = shared_from_this(), asking = asking_](
                                  beast::error_code error) { self->on_watched(error, asking); });
}

void Connection::on_watched(beast::error_code error, const std::shared_ptr<Asking>& asking) {
  if (asking != asking_ || !asking_) return;
  if (error || !stream_.socket().is_open() || is_gone(stream_.socket().native_handle())) {
    asking_->give_up();
    return;
  }
  watch_again_.expires_after(kLookAgain);
  watch_again_.async_wait(
      [self = shared_from_this(), asking](beast::error_code) { self->on_watched({}, asking); });
}

}  // namespace spider::api
