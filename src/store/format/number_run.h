#pragma once
// The head of a number run: see docs/formats.md "Numbers".

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "spider/base/byte_reader.h"

namespace spider::store::format {

// kTable is made in memory alone, by narrow_numbers(); nothing stored has it.
enum Mode : std::uint8_t { kConstant = 0, kOffsets = 1, kDeltas = 2, kTable = 3 };
enum HeadBit : std::uint8_t { kModeMask = 3, kHasNone = 4, kThousand = 8, kMillion = 16 };

inline constexpr unsigned kPackedWidthMax =
    56;  // wider ones would not fit an unaligned 8-byte load

[[nodiscard]] constexpr std::uint64_t scale_of(std::uint8_t head) noexcept {
  return (head & kMillion) != 0 ? 1'000'000 : (head & kThousand) != 0 ? 1'000 : 1;
}

// The table of a run of mode kTable, behind its head: `width u8`, then 2^width numbers of eight
// bytes in the machine's order, ascending (the last one again where there are fewer). Codes of that
// width follow, without exceptions: every code is a place in the table.
inline constexpr unsigned kTableWidthMax = 6;
class NumberTable {
 public:
  // False when the bytes are none. Leaves `in` in front of the codes' own head.
  [[nodiscard]] bool read(base::ByteReader& in) noexcept {
    const std::uint8_t width = in.u8();
    if (in.failed() || width == 0 || width > kTableWidthMax) return false;
    numbers_ = in.bytes(sizeof(std::int64_t) << width);
    width_ = width;
    return !in.failed();
  }
  [[nodiscard]] unsigned width() const noexcept { return width_; }
  [[nodiscard]] std::size_t size() const noexcept { return std::size_t{1} << width_; }
  // Of a code not below size(), as only a wrong caller has one, any of them.
  [[nodiscard]] std::int64_t operator[](std::uint64_t code) const noexcept {
    std::int64_t out = 0;
    std::memcpy(&out, numbers_.data() + (code & (size() - 1)) * sizeof(out), sizeof(out));
    return out;
  }

 private:
  base::Bytes numbers_;
  unsigned width_ = 0;
};

}  // namespace spider::store::format
