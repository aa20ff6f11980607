#include "spider/base/patience.h"

#include <algorithm>
#include <thread>

#include <catch2/catch.hpp>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

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

TEST_CASE("a thread steps back behind the main one, not further behind who started it",
          "[patience]") {
  const auto niceness = [](pid_t thread) {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
  };
  const int main = niceness(::getpid());
  int first = -1;
  int second = -1;
  std::thread([&] {
    spider::base::step_back(4);
    first = niceness(::gettid());
    std::thread([&] {
      spider::base::step_back(4);
      second = niceness(::gettid());
    }).join();
  }).join();
  CHECK(first == std::min(main + 4, 19));
  CHECK(second == first);
}
