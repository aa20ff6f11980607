#pragma once
// A range of time cut into buckets, as a request's parameters ask for it.

#include <cstdint>
#include <limits>
#include <string_view>

#include "spider/base/result.h"
#include "spider/base/time.h"

#include "api/parameters.h"

namespace spider::api {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
// No capture is older or younger; keeps sums of nanoseconds far from their ends.
inline constexpr std::int64_t kTimeMax = std::int64_t{9'000'000'000} * kSecond;

// Steps may be as long as all of time: where no multiple lies, the end of all numbers is the
// answer.
[[nodiscard]] constexpr std::int64_t round_down(std::int64_t value, std::int64_t step) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::int64_t rest = value % step < 0 ? value % step + step : value % step;
  return value < kLeast + rest ? kLeast : value - rest;
}
[[nodiscard]] constexpr std::int64_t round_up(std::int64_t value, std::int64_t step) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::int64_t rest = value % step > 0 ? step - value % step : -(value % step);
  return value > kMost - rest ? kMost : value + rest;
}

struct Window {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t bucket = kSecond;
};

// The range widened to whole buckets, at least one. Reads `bucket` (`otherwise` when absent) and
// `buckets`; no bucket is shorter than `least`. Errors: bad_parameter.
[[nodiscard]] base::Result<Window> read_window(const Parameters& p, base::Time from, base::Time to,
                                               std::string_view otherwise, std::int64_t least);

// Error bad_parameter when an answer would have more buckets than one may.
[[nodiscard]] base::Result<void> check_buckets(std::uint64_t buckets);

}  // namespace spider::api
