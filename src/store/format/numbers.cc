#include "store/format/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "spider/store/schema.h"

#include "store/format/number_run.h"

namespace spider::store::format {
namespace {

constexpr unsigned kPackedWidthMax = 56;  // wider ones would not fit an unaligned 8-byte load

struct Facts {
  std::int64_t min = 0;
  std::int64_t max = 0;
  bool any = false;
  bool none = false;
  bool sorted = true;
};

Facts look(std::span<const std::int64_t> values) {
  Facts f;
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = kNone;
  std::int64_t before = kNone;
  for (const std::int64_t v : values) {
    f.sorted = f.sorted && v >= before;
    before = v;
    if (v == kNone) {
      f.none = true;
      continue;
    }
    low = std::min(low, v);
    high = std::max(high, v);
  }
  f.any = high != kNone;
  if (f.any) {
    f.min = low;
    f.max = high;
  }
  f.sorted = f.sorted && !f.none;
  return f;
}

// The largest of 1, 1000, 1000000 that divides every code.
std::uint64_t common_scale(std::span<const std::uint64_t> codes) {
  bool thousand = true;
  bool million = true;
  for (const std::uint64_t c : codes) {
    if (million && c % 1'000'000 != 0) million = false;
    if (!million && c % 1'000 != 0) {
      thousand = false;
      break;
    }
  }
  return million ? 1'000'000 : thousand ? 1'000 : 1;
}

std::uint8_t scale_bit(std::uint64_t scale) {
  return scale == 1 ? 0 : scale == 1'000 ? kThousand : kMillion;
}

struct Plan {
  unsigned width = 0;
  std::size_t exceptions = 0;
  std::size_t bytes = 0;
};

// The width that costs least: each code that needs more is an exception of a position and its upper
// bits.
Plan plan_width(std::span<const std::uint64_t> codes) {
  std::array<std::size_t, 65> count{};
  for (const std::uint64_t c : codes) ++count[static_cast<std::size_t>(std::bit_width(c))];
  unsigned widest = 64;
  while (widest > 0 && count[widest] == 0) --widest;
  const std::size_t n = codes.size();
  Plan best{widest > kPackedWidthMax ? 64 : widest, 0, 0};
  best.bytes = (n * best.width + 7) / 8;
  std::size_t over = 0;
  for (unsigned w = widest; w-- > 0;) {
    over += count[w + 1];
    if (over * 2 > n) break;
    if (w > kPackedWidthMax) continue;
    std::size_t bytes = (n * w + 7) / 8 + 1;
    for (unsigned b = w + 1; b <= widest; ++b) bytes += count[b] * (2 + (b - w + 6) / 7);
    if (bytes < best.bytes) best = {w, over, bytes};
  }
  return best;
}

void pack(std::span<const std::uint64_t> codes, unsigned width, ByteWriter& out) {
  if (width == 0) return;
  std::string& bytes = out.out();
  const std::size_t at = bytes.size();
  bytes.resize(at + (codes.size() * width + 63) / 64 * 8);
  char* to = bytes.data() + at;
  const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  std::uint64_t word = 0;
  unsigned fill = 0;
  for (const std::uint64_t c : codes) {
    const std::uint64_t v = c & mask;
    word |= v << fill;
    if (fill + width >= 64) {
      std::memcpy(to, &word, 8);
      to += 8;
      word = fill == 0 ? 0 : v >> (64 - fill);
      fill = fill + width - 64;
    } else {
      fill += width;
    }
  }
  if (fill > 0) std::memcpy(to, &word, 8);
  bytes.resize(at + (codes.size() * width + 7) / 8);
}

// width u8 (bit 7: exceptions follow), packed codes, [count, (distance, upper bits)...]
void put_codes(std::span<const std::uint64_t> codes, const Plan& plan, ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(plan.width | (plan.exceptions > 0 ? 0x80U : 0U)));
  pack(codes, plan.width, out);
  if (plan.exceptions == 0) return;
  out.varint(plan.exceptions);
  std::size_t before = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint64_t upper = codes[i] >> plan.width;
    if (upper == 0) continue;
    out.varint(i - before);
    out.varint(upper);
    before = i;
  }
}

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

void NumberEncoder::put(std::span<const std::int64_t> values, ByteWriter& out) {
  const Facts f = look(values);
  if (!f.any || (f.min == f.max && !f.none)) {
    out.u8(static_cast<std::uint8_t>(kConstant | (f.none ? kHasNone : 0)));
    if (!f.none) out.svarint(f.min);
    return;
  }
  const std::size_t n = values.size();
  std::vector<std::uint64_t>& codes = codes_;
  codes.resize(n);
  for (std::size_t i = 0; i < n; ++i)
    codes[i] = values[i] == kNone
                   ? 0
                   : static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(f.min);
  const std::uint64_t scale = common_scale(codes);
  if (scale > 1)
    for (std::uint64_t& c : codes) c /= scale;
  const std::uint8_t none = f.none ? kHasNone : 0;

  if (f.sorted) {
    std::vector<std::uint64_t>& deltas = deltas_;
    deltas.resize(n - 1);
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t i = 1; i < n; ++i) {
      deltas[i - 1] = codes[i] - codes[i - 1];
      least = std::min(least, deltas[i - 1]);
    }
    for (std::uint64_t& d : deltas) d -= least;
    const Plan by_offset = plan_width(codes);
    const Plan by_delta = plan_width(deltas);
    if (by_delta.bytes + 2 < by_offset.bytes) {
      out.u8(static_cast<std::uint8_t>(kDeltas | scale_bit(scale)));
      out.svarint(f.min);
      out.varint(least);
      put_codes(deltas, by_delta, out);
      return;
    }
  }
  if (f.none)
    for (std::size_t i = 0; i < n; ++i)
      if (values[i] != kNone) ++codes[i];
  out.u8(static_cast<std::uint8_t>(kOffsets | none | scale_bit(scale)));
  out.svarint(f.min);
  put_codes(codes, plan_width(codes), out);
}

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
