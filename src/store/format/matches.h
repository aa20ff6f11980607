#pragma once
// Which rows of a number run lie in a range, found on the packed codes: most columns have few
// different values in few bits, and nothing needs to be unpacked to 64 bits to be compared. See
// docs/formats.md "Numbers".

#include <cstdint>
#include <span>
#include <vector>

#include "spider/base/byte_reader.h"

namespace spider::store::format {

// Whether the processor can bring any byte of a register to any place of it (SSSE3).
[[nodiscard]] bool has_byte_shuffles() noexcept;

// The places of `count` values that lie in [low, high], ascending, into `rows`, replacing its
// content; kNone lies in no range. Reads the run as decode_numbers() does. False when the bytes are
// broken. `shuffles` only where the processor has them; what is found is the same.
[[nodiscard]] bool match_numbers(base::ByteReader& in, std::size_t count, std::int64_t low,
                                 std::int64_t high, std::vector<std::uint32_t>& rows,
                                 bool shuffles = has_byte_shuffles());

// The same for some rows (ascending): those that do not lie in the range are dropped. What the run
// holds of other rows is not looked at.
[[nodiscard]] bool keep_matches(base::ByteReader& in, std::size_t count, std::int64_t low,
                                std::int64_t high, std::vector<std::uint32_t>& rows);
// Of a run of codes, each below verdicts.size(): drops those of `rows` whose code has the verdict
// 0.
[[nodiscard]] bool keep_codes(base::ByteReader& in, std::size_t count,
                              std::span<const char> verdicts, std::vector<std::uint32_t>& rows);

// The numbers of `rows` (ascending, below `count`), one behind the other.
[[nodiscard]] bool pick_numbers(base::ByteReader& in, std::size_t count,
                                std::span<const std::uint32_t> rows,
                                std::vector<std::int64_t>& out);

}  // namespace spider::store::format
