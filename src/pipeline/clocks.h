#pragma once
// Clocks: the machine's two clocks at one moment. The system's may be set by anybody at any time;
// the other one only counts up from the machine's start, also while it sleeps. Plain functions; any
// thread. Source: clock_gettime(2), CLOCK_BOOTTIME; random(4), boot_id.

#include <string>

#include "spider/base/time.h"

namespace spider::pipeline {

struct Clocks {
  base::Time wall;      // the system's
  base::Duration boot;  // since the machine started
  std::string start;    // tells this start of the machine from others; empty: it cannot be told

  [[nodiscard]] static Clocks now();
};

[[nodiscard]] base::Duration since_boot() noexcept;

}  // namespace spider::pipeline
