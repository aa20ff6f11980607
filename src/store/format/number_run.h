#pragma once
// The head of a number run: see docs/formats.md "Numbers".

#include <cstdint>

namespace spider::store::format {

enum Mode : std::uint8_t { kConstant = 0, kOffsets = 1, kDeltas = 2 };
enum HeadBit : std::uint8_t { kModeMask = 3, kHasNone = 4, kThousand = 8, kMillion = 16 };

inline constexpr unsigned kPackedWidthMax =
    56;  // wider ones would not fit an unaligned 8-byte load

[[nodiscard]] constexpr std::uint64_t scale_of(std::uint8_t head) noexcept {
  return (head & kMillion) != 0 ? 1'000'000 : (head & kThousand) != 0 ? 1'000 : 1;
}

}  // namespace spider::store::format
