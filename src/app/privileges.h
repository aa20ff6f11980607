#pragma once
// Gives up what the process does not need. Called once, after the command line is read and before
// any byte of the network is.

#include "spider/base/result.h"

namespace spider::app {

// Keeps the right to open capture devices (CAP_NET_RAW, CAP_NET_ADMIN) when `may_capture` and it is
// there: an interface that vanished must be opened again; and CAP_DAC_OVERRIDE when
// `foreign_files`. Everything else goes, for good: no capability can come back, no set-uid program
// gains one.
void drop_privileges(bool may_capture, bool foreign_files);

// Whether the process can capture now.
[[nodiscard]] bool can_capture();

}  // namespace spider::app
