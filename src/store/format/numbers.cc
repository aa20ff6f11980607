// Reading runs of numbers.
#include "store/format/numbers.h"

#include <algorithm>
#include <cstring>

#include "spider/store/schema.h"

#include "store/format/number_run.h"

namespace spider::store::format {
namespace {

void unpack(base::Bytes bytes, unsigned width, std::size_t count, std::int64_t* out) {
  if (count == 0) return;
  if (width == 64) {
    std::memcpy(out, bytes.data(), count * 8);
    return;
  }
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  const std::uint8_t* from = bytes.data();
  // Whole 8-byte loads as long as they stay inside, then byte by byte.
  const std::size_t safe =
      bytes.size() < 8 ? 0 : std::min(count, (bytes.size() - 8) * 8 / width + 1);
  std::size_t bit = 0;
  std::size_t i = 0;
  for (; i < safe; ++i, bit += width) {
    std::uint64_t word;
    std::memcpy(&word, from + (bit >> 3U), 8);
    out[i] = static_cast<std::int64_t>((word >> (bit & 7U)) & mask);
  }
  for (; i < count; ++i, bit += width) {
    std::uint64_t word = 0;
    const std::size_t first = bit >> 3U;
    std::memcpy(&word, from + first, std::min<std::size_t>(8, bytes.size() - first));
    out[i] = static_cast<std::int64_t>((word >> (bit & 7U)) & mask);
  }
}

// The codes at `rows` alone.
void unpack_at(base::Bytes bytes, unsigned width, std::span<const std::uint32_t> rows,
               std::int64_t* out) {
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  for (const std::uint32_t row : rows) {
    const std::size_t bit = std::size_t{row} * width;
    const std::size_t first = bit >> 3U;
    std::uint64_t word = 0;
    if (bytes.size() >= first + 8) {
      std::memcpy(&word, bytes.data() + first, 8);
    } else if (bytes.size() > first) {
      std::memcpy(&word, bytes.data() + first, bytes.size() - first);
    }
    out[row] = static_cast<std::int64_t>((word >> (bit & 7U)) & mask);
  }
}

// Which codes are wanted: all of them, or those of some rows.
struct All {};
using Some = std::span<const std::uint32_t>;

void unpack_wanted(base::Bytes bytes, unsigned width, std::size_t count, All, std::int64_t* out) {
  unpack(bytes, width, count, out);
}
void unpack_wanted(base::Bytes bytes, unsigned width, std::size_t count, Some rows,
                   std::int64_t* out) {
  if (width == 64) return unpack(bytes, width, count, out);
  unpack_at(bytes, width, rows, out);
}

// Codes as written by put_codes; they stay unsigned inside the signed storage.
template <class Which>
bool get_codes(base::ByteReader& in, std::size_t count, Which which, std::int64_t* out) {
  const std::uint8_t head = in.u8();
  const unsigned width = head & 0x7FU;
  if (in.failed() || (width > kPackedWidthMax && width != 64)) return false;
  if (width == 0) {
    std::fill_n(out, count, 0);
  } else {
    const base::Bytes packed = in.bytes((count * width + 7) / 8);
    if (in.failed()) return false;
    unpack_wanted(packed, width, count, which, out);
  }
  if ((head & 0x80U) == 0) return true;
  if (width >= 64) return false;
  const std::uint64_t exceptions = in.varint();
  if (in.failed() || exceptions > count) return false;
  std::uint64_t at = 0;
  for (std::uint64_t e = 0; e < exceptions; ++e) {
    const std::uint64_t distance = in.varint();
    const std::uint64_t upper = in.varint();
    if (in.failed() || distance >= count || at + distance >= count) return false;
    at += distance;
    out[at] = static_cast<std::int64_t>(static_cast<std::uint64_t>(out[at]) | (upper << width));
  }
  return true;
}

std::int64_t wrapping_add(std::int64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + b);
}

}  // namespace

bool decode_numbers(base::ByteReader& in, std::size_t count, std::vector<std::int64_t>& out) {
  const std::uint8_t head = in.u8();
  if (in.failed() || (head & ~(kModeMask | kHasNone | kThousand | kMillion)) != 0) return false;
  const std::uint64_t scale = scale_of(head);
  const bool none = (head & kHasNone) != 0;
  switch (head & kModeMask) {
    case kConstant: {
      const std::int64_t v = none ? kNone : in.svarint();
      if (in.failed()) return false;
      out.assign(count, v);
      return true;
    }
    case kOffsets: {
      const std::int64_t least = in.svarint();
      out.resize(count);
      if (in.failed() || !get_codes(in, count, All{}, out.data())) return false;
      if (none) {
        for (std::int64_t& v : out)
          v = v == 0 ? kNone : wrapping_add(least, (static_cast<std::uint64_t>(v) - 1) * scale);
      } else if (least != 0 || scale != 1) {  // the codes of texts are what they are
        for (std::int64_t& v : out) v = wrapping_add(least, static_cast<std::uint64_t>(v) * scale);
      }
      return true;
    }
    case kDeltas: {
      const std::int64_t first = in.svarint();
      const std::uint64_t least = in.varint();
      if (in.failed() || count < 2) return false;
      out.resize(count);
      out[0] = first;
      if (!get_codes(in, count - 1, All{}, out.data() + 1)) return false;
      for (std::size_t i = 1; i < count; ++i)
        out[i] = wrapping_add(out[i - 1], (static_cast<std::uint64_t>(out[i]) + least) * scale);
      return true;
    }
    default:
      return false;
  }
}

bool decode_numbers_at(base::ByteReader& in, std::size_t count, Some rows,
                       std::vector<std::int64_t>& out) {
  base::ByteReader ahead = in;
  const std::uint8_t head = ahead.u8();
  // Differences lead from one row to the next, so all are needed.
  constexpr unsigned kPlain = kModeMask | kHasNone | kThousand | kMillion;
  if (ahead.failed() || (head & kModeMask) != kOffsets || (head & ~kPlain) != 0)
    return decode_numbers(in, count, out);
  in = ahead;
  const std::uint64_t scale = scale_of(head);
  const std::uint64_t none = (head & kHasNone) != 0 ? 1 : 0;
  const std::int64_t least = in.svarint();
  out.resize(count);
  if (in.failed() || !get_codes(in, count, rows, out.data())) return false;
  for (const std::uint32_t row : rows) {
    const auto code = static_cast<std::uint64_t>(out[row]);
    out[row] = none > code ? kNone : wrapping_add(least, (code - none) * scale);
  }
  return true;
}

}  // namespace spider::store::format
