#pragma once
// While it lives no file of this process may grow, so nothing can be written: a disk that is full
// for whoever writes, without a disk of the test's own.

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/resource.h>

namespace spider::test {

class NoRoom {
 public:
  NoRoom() : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    rlimit tight = before_;
    tight.rlim_cur = 1;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  }
  ~NoRoom() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace spider::test
