#include "app/open_store.h"

#include <chrono>

#include <fmt/format.h>
#include <unistd.h>

#include "spider/store/codes.h"

#include "app/commands.h"
#include "app/signals.h"

namespace spider::app {

base::Result<std::unique_ptr<store::Store>> open_store(const store::StoreConfig& config) {
  using Clock = std::chrono::steady_clock;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  Clock::time_point last = Clock::now();  // what takes no time says nothing
  bool drawn = false;
  auto out = store::Store::open(config, [&](const store::MigrationProgress& p) {
    const Clock::time_point now = Clock::now();
    if (terminal && now - last >= std::chrono::milliseconds(100)) {
      last = now;
      drawn = true;
      fmt::print(stderr, "\r\x1b[KThe store gets {}, once: ", p.what);
      if (p.total == 0) {
        fmt::print(stderr, "counting {}", p.unit);
      } else {
        fmt::print(stderr, "{} of {} {}", p.done, p.total, p.unit);
      }
    }
    return wait_signal(std::chrono::milliseconds(0)) != Signal::stop;
  });
  if (drawn) fmt::print(stderr, "\r\x1b[K");
  return out;
}

int exit_of_opening(const base::Error& error) noexcept {
  return error.code == store::codes::migration_stopped ? kExitInput : kExitFailed;
}

}  // namespace spider::app
