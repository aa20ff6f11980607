#pragma once
// UploadAges: which uploads are older than they are to be kept, by the system's clock, and whether
// that clock can be believed. One thread.
//
// A clock may be wrong: a machine without a battery begins in 1970 and is set right later, somebody
// types a wrong year. Time that goes back makes nothing old. Time that leaps ahead would make
// everything old at once, so after a leap nothing is removed for an hour of another clock, the one
// that only counts up, and the log says why. Whoever set the clock wrong has that long to notice.

#include <chrono>
#include <cstdint>
#include <optional>

#include "spider/base/time.h"
#include "spider/store/store.h"

namespace spider::pipeline {

class UploadAges {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  explicit UploadAges(std::uint32_t keep_days) : keep_days_(keep_days) {}

  [[nodiscard]] bool removes() const noexcept { return keep_days_ != 0; }
  // What the clock said when an earlier process looked last; before the first look().
  void seen_before(base::Time wall) { seen_ = wall; }

  struct Look {
    bool trusted = false;
    base::Duration leap{0};  // found just now; 0: none
  };
  [[nodiscard]] Look look(base::Time wall, Steady steady);
  // By the age since its end. Never one that is being read.
  [[nodiscard]] bool is_old(const store::UploadInfo& upload, base::Time wall) const;

 private:
  const std::uint32_t keep_days_;
  std::optional<base::Time> seen_;
  std::optional<Steady> steady_;  // when seen_ was, if by this process
  std::optional<Steady> wait_until_;
};

}  // namespace spider::pipeline
