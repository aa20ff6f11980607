#include "store/format/matches.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <optional>
#include <utility>

#include "spider/store/schema.h"

#include "store/format/number_run.h"
#include "store/format/numbers.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace spider::store::format {
namespace {

constexpr unsigned kNarrow = 16;     // codes of more bits are decoded and compared one by one
constexpr std::size_t kPiece = 512;  // codes unpacked at a time: they stay in the nearest cache
using Piece = std::array<std::uint16_t, kPiece>;

// Eight codes at a time, which take `Width` bytes; the shifts are constants.
template <unsigned Width>
void unpack_narrow(const std::uint8_t* from, std::size_t count, std::uint16_t* out) {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << Width) - 1;
  for (std::size_t i = 0; i < count; i += 8, from += Width) {
    for (unsigned j = 0; j < 8; ++j) {
      std::uint32_t word;
      std::memcpy(&word, from + (j * Width >> 3U), sizeof(word));
      out[i + j] = static_cast<std::uint16_t>(word >> (j * Width & 7U) & kMask);
    }
  }
}

using Unpack = void (*)(const std::uint8_t*, std::size_t, std::uint16_t*);
template <std::size_t... Width>
constexpr std::array<Unpack, kNarrow> table_of(std::index_sequence<Width...>) {
  return {&unpack_narrow<static_cast<unsigned>(Width) + 1>...};
}
constexpr auto kUnpack = table_of(std::make_index_sequence<kNarrow>());

#if defined(__SSE2__)
// What is left of (v - low) above the span, without sign: nothing when it lies inside.
inline __m128i inside(__m128i v, __m128i lows, __m128i spans) {
  return _mm_cmpeq_epi16(_mm_subs_epu16(_mm_sub_epi16(v, lows), spans), _mm_setzero_si128());
}
#endif

// Appends the places (from `first` on) of the codes in [low, high].
void collect(const std::uint16_t* codes, std::size_t count, std::uint16_t low, std::uint16_t high,
             std::uint32_t first, std::vector<std::uint32_t>& rows) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i lows = _mm_set1_epi16(static_cast<short>(low));
  const __m128i spans = _mm_set1_epi16(static_cast<short>(high - low));
  const auto load = [&](std::size_t at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + at));
  };
  for (; i + 16 <= count; i += 16) {
    const __m128i both =
        _mm_packs_epi16(inside(load(i), lows, spans), inside(load(i + 8), lows, spans));
    for (auto hits = static_cast<unsigned>(_mm_movemask_epi8(both)); hits != 0; hits &= hits - 1)
      rows.push_back(first + static_cast<std::uint32_t>(i) +
                     static_cast<std::uint32_t>(__builtin_ctz(hits)));
  }
#endif
  for (; i < count; ++i)
    if (codes[i] >= low && codes[i] <= high) rows.push_back(first + static_cast<std::uint32_t>(i));
}

#if defined(__SSE2__)
constexpr unsigned kShuffled = 9;  // codes of so many bits lie within two bytes

__attribute__((target("ssse3"))) inline __m128i unpack_eight(const std::uint8_t* at,
                                                             __m128i shuffle, __m128i factor,
                                                             __m128i down) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  return _mm_srl_epi16(_mm_mullo_epi16(_mm_shuffle_epi8(bytes, shuffle), factor), down);
}

// Codes of up to nine bits, eight at a time, unpacked and compared without leaving the registers:
// each code's two bytes are brought into a lane, what is above the code is multiplied out of it,
// what is below shifted. Reads 16 bytes at a time and leaves what those would reach beyond the end:
// the number of codes that were looked at, a multiple of eight, is returned.
__attribute__((target("ssse3"))) std::size_t collect_shuffled(base::Bytes packed, unsigned width,
                                                              std::size_t count, std::uint16_t low,
                                                              std::uint16_t high,
                                                              std::vector<std::uint32_t>& rows) {
  alignas(16) std::array<std::uint8_t, 16> places;
  alignas(16) std::array<std::uint16_t, 8> factors;
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned bit = i * width;
    places[2 * i] = static_cast<std::uint8_t>(bit / 8);
    places[2 * i + 1] = static_cast<std::uint8_t>(bit / 8 + 1);
    factors[i] = static_cast<std::uint16_t>(1U << (16 - width - bit % 8));
  }
  const __m128i shuffle = _mm_load_si128(reinterpret_cast<const __m128i*>(places.data()));
  const __m128i factor = _mm_load_si128(reinterpret_cast<const __m128i*>(factors.data()));
  const __m128i down = _mm_cvtsi32_si128(static_cast<int>(16 - width));
  const __m128i lows = _mm_set1_epi16(static_cast<short>(low));
  const __m128i spans = _mm_set1_epi16(static_cast<short>(high - low));
  std::size_t i = 0;
  const std::uint8_t* at = packed.data();
  const std::uint8_t* const end = at + packed.size();
  for (; i + 16 <= count && end - at >= static_cast<std::ptrdiff_t>(width + 16);
       i += 16, at += 2 * width) {
    const __m128i both =
        _mm_packs_epi16(inside(unpack_eight(at, shuffle, factor, down), lows, spans),
                        inside(unpack_eight(at + width, shuffle, factor, down), lows, spans));
    for (auto hits = static_cast<unsigned>(_mm_movemask_epi8(both)); hits != 0; hits &= hits - 1)
      rows.push_back(static_cast<std::uint32_t>(i) +
                     static_cast<std::uint32_t>(__builtin_ctz(hits)));
  }
  return i;
}
#endif

void collect_packed(base::Bytes packed, unsigned width, std::size_t count, std::uint16_t low,
                    std::uint16_t high, [[maybe_unused]] bool shuffles,
                    std::vector<std::uint32_t>& rows) {
  Piece codes;
  // Beyond the packed bytes nothing may be read: the last piece is copied first.
  std::array<std::uint8_t, kPiece * kNarrow / 8 + 8> copy;
  std::size_t begin = 0;
#if defined(__SSE2__)
  if (shuffles && width <= kShuffled)
    begin = collect_shuffled(packed, width, count, low, high, rows);
#endif
  for (std::size_t at = begin; at < count; at += kPiece) {
    const std::size_t here = std::min(kPiece, count - at);
    const std::size_t offset = at * width / 8;
    const std::uint8_t* from = packed.data() + offset;
    const std::size_t left = packed.size() - offset;
    const std::size_t read = (here + 7) / 8 * width + sizeof(std::uint32_t);
    if (left < read) {
      copy.fill(0);
      std::memcpy(copy.data(), from, left);
      from = copy.data();
    }
    kUnpack[width - 1](from, here, codes.data());
    collect(codes.data(), here, low, high, static_cast<std::uint32_t>(at), rows);
  }
}

[[nodiscard]] std::uint64_t packed_at(base::Bytes packed, unsigned width, std::size_t row) {
  if (width == 0) return 0;
  const std::size_t bit = row * width;
  std::uint64_t word = 0;
  const std::size_t first = bit >> 3U;
  std::memcpy(&word, packed.data() + first, std::min<std::size_t>(8, packed.size() - first));
  return word >> (bit & 7U) & ((std::uint64_t{1} << width) - 1);
}

// Codes with exceptions are compared with their upper bits; the places found without them go.
[[nodiscard]] bool correct_exceptions(base::ByteReader& in, base::Bytes packed, unsigned width,
                                      std::size_t count, std::uint64_t low, std::uint64_t high,
                                      std::vector<std::uint32_t>& rows) {
  const std::uint64_t exceptions = in.varint();
  if (in.failed() || exceptions > count) return false;
  std::vector<std::uint32_t> out;
  out.reserve(rows.size() + exceptions);
  auto plain = rows.begin();
  std::uint64_t at = 0;
  for (std::uint64_t e = 0; e < exceptions; ++e) {
    const std::uint64_t distance = in.varint();
    const std::uint64_t upper = in.varint();
    if (in.failed() || distance >= count || at + distance >= count) return false;
    at += distance;
    while (plain != rows.end() && *plain < at) out.push_back(*plain++);
    if (plain != rows.end() && *plain == at) ++plain;
    const std::uint64_t code = packed_at(packed, width, at) | upper << width;
    if (code < low || code > high) continue;
    // Broken bytes may name a place twice.
    if (out.empty() || out.back() != at) out.push_back(static_cast<std::uint32_t>(at));
  }
  out.insert(out.end(), plain, rows.end());
  rows.swap(out);
  return true;
}

// Codes in [low, high].
[[nodiscard]] bool match_codes(base::ByteReader& in, std::size_t count, std::uint64_t low,
                               std::uint64_t high, bool shuffles,
                               std::vector<std::uint32_t>& rows) {
  const std::uint8_t head = in.u8();
  const unsigned width = head & 0x7FU;
  if (in.failed() || width > kNarrow) return false;
  const base::Bytes packed = in.bytes((count * width + 7) / 8);
  if (in.failed()) return false;
  const std::uint64_t widest = (std::uint64_t{1} << width) - 1;
  if (low <= std::min(high, widest)) {
    if (width == 0) {
      rows.resize(count);
      std::iota(rows.begin(), rows.end(), 0U);
    } else {
      collect_packed(packed, width, count, static_cast<std::uint16_t>(low),
                     static_cast<std::uint16_t>(std::min(high, widest)), shuffles, rows);
    }
  }
  if ((head & 0x80U) == 0) return true;
  return correct_exceptions(in, packed, width, count, low, high, rows);
}

// Decoded first: sorted runs, wide codes.
[[nodiscard]] bool match_decoded(base::ByteReader& in, std::size_t count, std::int64_t low,
                                 std::int64_t high, std::vector<std::uint32_t>& rows) {
  std::vector<std::int64_t> values;
  if (!decode_numbers(in, count, values)) return false;
  for (std::size_t i = 0; i < count; ++i)
    if (values[i] != kNone && values[i] >= low && values[i] <= high)
      rows.push_back(static_cast<std::uint32_t>(i));
  return true;
}

// A run of offsets in few bits and without exceptions, or one with a table: its values can be had
// one by one.
struct Plain {
  base::Bytes packed;
  unsigned width = 0;
  NumberTable table;
  bool has_table = false;
  std::int64_t least = 0;
  std::uint64_t scale = 1;
  std::uint64_t none = 0;

  [[nodiscard]] std::int64_t value(std::uint32_t row) const {
    const std::uint64_t code = packed_at(packed, width, row);
    if (has_table) return table[code];
    if (code < none) return kNone;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + (code - none) * scale);
  }
};

// Nothing, and `in` where it was, when the run is another one or broken.
[[nodiscard]] std::optional<Plain> plain_run(base::ByteReader& in, std::size_t count) {
  constexpr unsigned kKnown = kModeMask | kHasNone | kThousand | kMillion;
  constexpr unsigned kWidest = 56;  // a code begins anywhere in a byte and is read as one word
  base::ByteReader ahead = in;
  const std::uint8_t head = ahead.u8();
  Plain out;
  out.has_table = head == kTable;
  if (out.has_table && !out.table.read(ahead)) return std::nullopt;
  if (!out.has_table) out.least = ahead.svarint();
  out.width = ahead.u8();  // with the bit of exceptions it is too wide
  const bool known = out.has_table ? out.width == out.table.width()
                                   : (head & kModeMask) == kOffsets && (head & ~kKnown) == 0;
  if (ahead.failed() || !known || out.width > kWidest) return std::nullopt;
  out.scale = scale_of(head);
  out.none = (head & kHasNone) != 0 ? 1 : 0;
  out.packed = ahead.bytes((count * out.width + 7) / 8);
  if (ahead.failed()) return std::nullopt;
  in = ahead;
  return out;
}

// Drops the rows whose value does not hold. False when the bytes are broken.
template <class Hold>
[[nodiscard]] bool keep_holding(base::ByteReader& in, std::size_t count,
                                std::vector<std::uint32_t>& rows, Hold&& hold) {
  std::size_t kept = 0;
  const auto keep = [&](auto&& value_of) {
    for (const std::uint32_t row : rows) {
      rows[kept] = row;
      kept += hold(value_of(row)) ? 1U : 0U;
    }
    rows.resize(kept);
  };
  if (const auto plain = plain_run(in, count)) {
    keep([&](std::uint32_t row) { return plain->value(row); });
    return true;
  }
  std::vector<std::int64_t> values;
  if (!decode_numbers_at(in, count, rows, values)) return false;
  keep([&](std::uint32_t row) { return values[row]; });
  return true;
}

// Behind the head. What lies in the range stands together in the table.
[[nodiscard]] bool match_table(base::ByteReader& in, std::size_t count, std::int64_t low,
                               std::int64_t high, bool shuffles, std::vector<std::uint32_t>& rows) {
  NumberTable table;
  if (!table.read(in) || base::ByteReader(in).u8() != table.width()) return false;
  std::uint64_t first = 0;
  while (first < table.size() && (table[first] < low || table[first] == kNone)) ++first;
  std::uint64_t end = first;
  while (end < table.size() && table[end] <= high) ++end;
  if (first == end) return match_codes(in, count, 1, 0, shuffles, rows);
  return match_codes(in, count, first, end - 1, shuffles, rows);
}

}  // namespace

bool pick_numbers(base::ByteReader& in, std::size_t count, std::span<const std::uint32_t> rows,
                  std::vector<std::int64_t>& out) {
  if (const auto plain = plain_run(in, count)) {
    out.resize(rows.size());
    std::transform(rows.begin(), rows.end(), out.begin(),
                   [&](std::uint32_t row) { return plain->value(row); });
    return true;
  }
  std::vector<std::int64_t> values;
  if (!decode_numbers_at(in, count, rows, values)) return false;
  out.resize(rows.size());
  std::transform(rows.begin(), rows.end(), out.begin(),
                 [&](std::uint32_t row) { return values[row]; });
  return true;
}

bool keep_matches(base::ByteReader& in, std::size_t count, std::int64_t low, std::int64_t high,
                  std::vector<std::uint32_t>& rows) {
  return keep_holding(in, count, rows, [&](std::int64_t value) {
    return value != kNone && value >= low && value <= high;
  });
}

bool keep_codes(base::ByteReader& in, std::size_t count, std::span<const char> verdicts,
                std::vector<std::uint32_t>& rows) {
  bool known = true;
  const bool read = keep_holding(in, count, rows, [&](std::int64_t value) {
    const auto code = static_cast<std::uint64_t>(value);
    known = known && code < verdicts.size();
    return code < verdicts.size() && verdicts[code] != 0;
  });
  return read && known;
}

bool has_byte_shuffles() noexcept {
#if defined(__SSE2__)
  static const bool has = __builtin_cpu_supports("ssse3") != 0;
  return has;
#else
  return false;
#endif
}

bool match_numbers(base::ByteReader& in, std::size_t count, std::int64_t low, std::int64_t high,
                   std::vector<std::uint32_t>& rows, bool shuffles) {
  rows.clear();
  base::ByteReader ahead = in;
  const std::uint8_t head = ahead.u8();
  if (head == kTable && !ahead.failed()) {
    in = ahead;
    return match_table(in, count, low, high, shuffles, rows);
  }
  const std::int64_t least = ahead.svarint();
  base::ByteReader codes = ahead;
  const unsigned width = codes.u8() & 0x7FU;
  constexpr unsigned kPlain = kModeMask | kHasNone | kThousand | kMillion;
  if (codes.failed() || (head & kModeMask) != kOffsets || (head & ~kPlain) != 0 || width > kNarrow)
    return match_decoded(in, count, low, high, rows);
  const std::uint64_t scale = scale_of(head);
  const std::uint64_t none = (head & kHasNone) != 0 ? 1 : 0;
  // The codes that the range stands for; values grow with them, since writers never wrap.
  const auto above = [&](std::int64_t value) {
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(least);
  };
  // Beyond what codes can tell: never from our own writer.
  constexpr std::uint64_t kFar = std::uint64_t{1} << 62U;
  if ((low > least && above(low) > kFar) || (high > least && above(high) > kFar))
    return match_decoded(in, count, low, high, rows);
  in = ahead;
  // An empty range still reads the run to its end, so that damage is seen.
  if (high < least || low > high) return match_codes(in, count, 1, 0, shuffles, rows);
  const std::uint64_t first = low <= least ? 0 : (above(low) + scale - 1) / scale;
  const std::uint64_t last = above(high) / scale;
  return match_codes(in, count, first + none, last + none, shuffles, rows);
}

}  // namespace spider::store::format
