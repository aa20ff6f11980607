#include "spider/base/patience.h"

#include <sched.h>

namespace spider::base {

void wake_patiently() noexcept {
  const sched_param none{};
  static_cast<void>(::sched_setscheduler(0, SCHED_BATCH, &none));  // of this thread, on Linux
}

}  // namespace spider::base
