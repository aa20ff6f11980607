#pragma once
// Sums of quality: which levels are kept beside the minutes, and which of their buckets a minute
// lies in.

#include <cstdint>

#include "spider/store/schema.h"

namespace spider::store {

inline constexpr RollupLevel kQualitySums[] = {RollupLevel::hour, RollupLevel::day};

[[nodiscard]] constexpr std::int64_t minutes_of(RollupLevel level) noexcept {
  return bucket_ns(level) / bucket_ns(RollupLevel::minute);
}
[[nodiscard]] constexpr std::int64_t bucket_of_minute(std::int64_t minute,
                                                      RollupLevel level) noexcept {
  const std::int64_t n = minutes_of(level);
  return minute / n - (minute % n < 0 ? 1 : 0);
}

}  // namespace spider::store
