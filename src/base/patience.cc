#include "spider/base/patience.h"

#include <cerrno>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace spider::base {

void wake_patiently() noexcept {
  const sched_param none{};
  static_cast<void>(::sched_setscheduler(0, SCHED_BATCH, &none));  // of this thread, on Linux
}

void step_back(int levels) noexcept {
  errno = 0;
  const int ours = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));  // of main's thread
  const auto thread = static_cast<id_t>(::gettid());
  if (errno == 0) static_cast<void>(::setpriority(PRIO_PROCESS, thread, ours + levels));
}

}  // namespace spider::base
