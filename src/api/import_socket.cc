#include "api/import_socket.h"

#include <cerrno>

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spider::api {
namespace {

constexpr int kLookEveryMs = 50;  // whether it was stopped

}  // namespace

ImportSocket::~ImportSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t ImportSocket::receive(void* to, std::size_t room, boost::system::error_code& error) {
  const auto until = std::chrono::steady_clock::now() + idle_;
  for (;;) {
    if (stopped()) {
      error = boost::asio::error::operation_aborted;
      return 0;
    }
    const ssize_t got = ::recv(descriptor_, to, room, MSG_DONTWAIT);
    if (got > 0) {
      error = {};
      return static_cast<std::size_t>(got);
    }
    if (got == 0) {
      error = boost::asio::error::eof;
      return 0;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      error.assign(errno, boost::system::system_category());
      return 0;
    }
    if (std::chrono::steady_clock::now() >= until) {
      error = boost::beast::error::timeout;
      return 0;
    }
    pollfd readable{descriptor_, POLLIN, 0};
    (void)::poll(&readable, 1, kLookEveryMs);
  }
}

}  // namespace spider::api
