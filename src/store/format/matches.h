#pragma once
// Which rows of a number run lie in a range, found on the packed codes: most columns have few
// different values in few bits, and nothing needs to be unpacked to 64 bits to be compared. See
// docs/formats.md "Numbers".

#include <cstdint>
#include <vector>

#include "spider/base/byte_reader.h"

namespace spider::store::format {

// The places of `count` values that lie in [low, high], ascending, into `rows`, replacing its
// content; kNone lies in no range. Reads the run as decode_numbers() does. False when the bytes are
// broken.
[[nodiscard]] bool match_numbers(base::ByteReader& in, std::size_t count, std::int64_t low,
                                 std::int64_t high, std::vector<std::uint32_t>& rows);

}  // namespace spider::store::format
