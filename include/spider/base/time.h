#pragma once
// Time: nanoseconds since 1970-01-01 UTC, the only clock type that crosses a floor.
// Duration: a difference of two Times, in nanoseconds. Both are signed and wrap nowhere in practice
// (range: years 1677 to 2262); arithmetic saturates rather than overflowing, since the wire may
// hand us any number.

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "spider/base/result.h"

namespace spider::base {

struct Duration {
  std::int64_t ns = 0;

  [[nodiscard]] static constexpr Duration from_us(std::int64_t us) noexcept { return {us * 1'000}; }
  [[nodiscard]] static constexpr Duration from_ms(std::int64_t ms) noexcept {
    return {ms * 1'000'000};
  }
  [[nodiscard]] static constexpr Duration from_s(std::int64_t s) noexcept {
    return {s * 1'000'000'000};
  }
  [[nodiscard]] constexpr std::int64_t us() const noexcept { return ns / 1'000; }
  [[nodiscard]] constexpr std::int64_t ms() const noexcept { return ns / 1'000'000; }
  friend constexpr auto operator<=>(Duration, Duration) noexcept = default;
};

struct Time {
  std::int64_t ns = 0;

  [[nodiscard]] static constexpr Time from_us(std::int64_t us) noexcept { return {us * 1'000}; }
  [[nodiscard]] static constexpr Time max() noexcept {
    return {std::numeric_limits<std::int64_t>::max()};
  }
  [[nodiscard]] static constexpr Time min() noexcept {
    return {std::numeric_limits<std::int64_t>::min()};
  }
  // Rounded down, also before 1970: the microsecond that holds this instant.
  [[nodiscard]] constexpr std::int64_t us() const noexcept {
    return ns >= 0 ? ns / 1'000 : -((-ns + 999) / 1'000);
  }
  [[nodiscard]] static Time now() noexcept;  // the system's clock; never used on the packets' path
  [[nodiscard]] constexpr bool whole_us() const noexcept { return ns % 1'000 == 0; }
  friend constexpr auto operator<=>(Time, Time) noexcept = default;
};

[[nodiscard]] constexpr Duration operator-(Time a, Time b) noexcept {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(a.ns, b.ns, &out))
    out = a.ns > b.ns ? std::numeric_limits<std::int64_t>::max()
                      : std::numeric_limits<std::int64_t>::min();
  return {out};
}
[[nodiscard]] constexpr Time operator+(Time a, Duration d) noexcept {
  std::int64_t out = 0;
  if (__builtin_add_overflow(a.ns, d.ns, &out))
    out = d.ns > 0 ? std::numeric_limits<std::int64_t>::max()
                   : std::numeric_limits<std::int64_t>::min();
  return {out};
}
[[nodiscard]] constexpr Time operator-(Time a, Duration d) noexcept {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(a.ns, d.ns, &out))
    out = d.ns < 0 ? std::numeric_limits<std::int64_t>::max()
                   : std::numeric_limits<std::int64_t>::min();
  return {out};
}

// 2026-11-21T03:04:05.123456Z; always UTC, always six decimals.
[[nodiscard]] std::string to_iso(Time t);
// The same with nine decimals when six do not tell all of it: nothing of `t` is rounded away.
[[nodiscard]] std::string to_iso_exact(Time t);

// What a person or a program may write for an instant: ISO 8601 date or date-time (Z, an offset, or
// none = UTC; up to nine decimals), or an integer of microseconds since 1970.
[[nodiscard]] Result<Time> parse_time(std::string_view text);

}  // namespace spider::base
