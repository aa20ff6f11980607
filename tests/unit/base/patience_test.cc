#include "spider/base/patience.h"

#include <thread>

#include <catch2/catch.hpp>
#include <sched.h>

TEST_CASE("a patient thread wakes without pushing others, and no thread else changes",
          "[patience]") {
  const int mine = ::sched_getscheduler(0);
  int patient = -1;
  std::thread([&] {
    spider::base::wake_patiently();
    patient = ::sched_getscheduler(0);
  }).join();
  CHECK(patient == SCHED_BATCH);
  CHECK(::sched_getscheduler(0) == mine);
}
