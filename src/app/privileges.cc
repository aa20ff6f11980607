#include "app/privileges.h"

#include <cap-ng.h>
#include <sys/prctl.h>

#include "spider/base/log.h"

namespace spider::app {

bool can_capture() {
  if (capng_get_caps_process() != 0) return false;
  return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW) != 0;
}

void drop_privileges(bool may_capture, bool foreign_files) {
  if (capng_get_caps_process() != 0) return;
  const auto has = [](unsigned capability) {
    return capng_have_capability(CAPNG_EFFECTIVE, capability) != 0;
  };
  const bool raw = may_capture && has(CAP_NET_RAW);
  const bool admin = may_capture && has(CAP_NET_ADMIN);
  const bool files = foreign_files && has(CAP_DAC_OVERRIDE);
  capng_clear(CAPNG_SELECT_BOTH);
  const auto kept = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
  if (raw) (void)capng_update(CAPNG_ADD, kept, CAP_NET_RAW);
  if (admin) (void)capng_update(CAPNG_ADD, kept, CAP_NET_ADMIN);
  if (files) (void)capng_update(CAPNG_ADD, kept, CAP_DAC_OVERRIDE);
  if (capng_apply(CAPNG_SELECT_CAPS) != 0) base::log_debug("capabilities could not be given up");
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

}  // namespace spider::app
