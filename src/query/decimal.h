#pragma once
// scaled: decimals of a unit, without going through floating point: "1.5" of 1000 is 1500; what
// lies below one of the smallest is cut off. Any thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace spider::query {

// Nothing when it is no number, or too large a one.
[[nodiscard]] inline std::optional<std::int64_t> scaled(std::string_view number,
                                                        std::int64_t unit) noexcept {
  std::int64_t out = 0;
  std::int64_t scale = unit;
  bool point = false;
  bool digits = false;
  for (const char c : number) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    digits = true;
    const std::int64_t digit = c - '0';
    if (point) {
      scale /= 10;
      if (__builtin_add_overflow(out, digit * scale, &out)) return std::nullopt;
    } else if (__builtin_mul_overflow(out, std::int64_t{10}, &out) ||
               __builtin_add_overflow(out, digit * unit, &out)) {
      return std::nullopt;
    }
  }
  return digits ? std::optional{out} : std::nullopt;
}

}  // namespace spider::query
