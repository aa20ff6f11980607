#pragma once
// A run of signed 64-bit numbers: constant, or offsets from the lowest packed in as few bits as
// most of them need (the rest as exceptions), or, for sorted runs, the differences packed the same
// way. Offsets that are all whole microseconds or milliseconds are divided first. kNone takes one
// extra code instead of stretching the range. See docs/formats.md "Numbers".

#include <cstdint>
#include <span>
#include <vector>

#include "spider/base/byte_reader.h"

#include "store/format/byte_writer.h"

namespace spider::store::format {

// Keeps working memory between runs. Owned by one thread.
class NumberEncoder {
 public:
  void put(std::span<const std::int64_t> values, ByteWriter& out);

 private:
  std::vector<std::uint64_t> codes_;
  std::vector<std::uint64_t> deltas_;
};

// `count` values into `out`, replacing its content. False when the bytes are broken.
[[nodiscard]] bool decode_numbers(base::ByteReader& in, std::size_t count,
                                  std::vector<std::int64_t>& out);

// The same, but only the places `rows` (below `count`) of `out` are sure to be set: what a filter
// needs of a column when few rows are left.
[[nodiscard]] bool decode_numbers_at(base::ByteReader& in, std::size_t count,
                                     std::span<const std::uint32_t> rows,
                                     std::vector<std::int64_t>& out);

}  // namespace spider::store::format
