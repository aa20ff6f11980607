#pragma once
// A run of signed 64-bit numbers: constant, or offsets from the lowest packed in as few bits as
// most of them need (the rest as exceptions), or, for sorted runs, the differences packed the same
// way. Offsets that are all whole microseconds or milliseconds are divided first. kNone takes one
// extra code instead of stretching the range. See docs/formats.md "Numbers".

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/base/wide_registers.h"

#include "store/format/byte_writer.h"

namespace spider::store::format {

// What values lie between, those that are kNone left out: low is above high when all of them are.
struct NumberFacts {
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  bool none = false;  // whether any is
};

// Keeps working memory between runs. Owned by one thread.
class NumberEncoder {
 public:
  // `wide` only where the processor has them; what is written is the same.
  explicit NumberEncoder(bool wide = base::has_wide_registers()) noexcept;

  // Tells what it has seen of the values.
  NumberFacts put(std::span<const std::int64_t> values, ByteWriter& out);

 private:
  struct Work {
    std::vector<std::uint64_t> codes;
    std::vector<std::uint64_t> deltas;
  };
  struct Passes;  // one body, compiled for what the processor has
  Work work_;
  bool wide_;
};

// `count` values into `out`, replacing its content. False when the bytes are broken. `wide` only
// where the processor has them; what is read is the same.
[[nodiscard]] bool decode_numbers(base::ByteReader& in, std::size_t count,
                                  std::vector<std::int64_t>& out,
                                  bool wide = base::has_wide_registers());

// The same, but only the places `rows` (below `count`) of `out` are sure to be set: what a filter
// needs of a column when few rows are left.
[[nodiscard]] bool decode_numbers_at(base::ByteReader& in, std::size_t count,
                                     std::span<const std::uint32_t> rows,
                                     std::vector<std::int64_t>& out);

// A run in which few numbers occur, far apart (statuses), with a table of them and codes of as few
// bits as their count needs: read as any other by what is declared here and in matches.h, and to be
// kept in memory alone. False when that would not save a quarter, and when the bytes are broken.
[[nodiscard]] bool narrow_numbers(base::ByteReader in, std::size_t count, std::string& out);

}  // namespace spider::store::format
