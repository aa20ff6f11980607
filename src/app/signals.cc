#include "app/signals.h"

#include <csignal>
#include <ctime>

namespace spider::app {
namespace {

[[nodiscard]] sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Signal wait_signal(std::chrono::milliseconds timeout) {
  const sigset_t set = our_signals();
  const timespec wait{timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  switch (sigtimedwait(&set, nullptr, &wait)) {
    case SIGINT:
    case SIGTERM:
      return Signal::stop;
    case SIGHUP:
      return Signal::reload;
    default:
      return Signal::none;
  }
}

}  // namespace spider::app
