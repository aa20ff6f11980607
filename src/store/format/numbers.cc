// Reading runs of numbers.
#include "store/format/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "spider/store/schema.h"

#include "store/format/number_run.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace spider::store::format {
namespace {

#if defined(__x86_64__)
// Four codes: two of each pair of bytes, each code's eight bytes into its quarter, and what is
// below it shifted out.
[[SPIDER_WIDE]] inline void unpack_four(const std::uint8_t* low, const std::uint8_t* high,
                                        __m256i places, __m256i shifts, __m256i mask,
                                        std::int64_t* out) {
  const __m256i bytes = _mm256_set_m128i(_mm_loadu_si128(reinterpret_cast<const __m128i*>(high)),
                                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(low)));
  const __m256i codes = _mm256_srlv_epi64(_mm256_shuffle_epi8(bytes, places), shifts);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(codes, mask));
}

// Eight codes, which take `width` bytes, at a time. Returns how many were unpacked: what loads of
// 16 bytes would reach beyond the end is left.
[[SPIDER_WIDE]] std::size_t unpack_eights(base::Bytes bytes, unsigned width, std::size_t count,
                                          std::int64_t* out) {
  std::array<std::size_t, 4> begin;  // of each pair of codes
  alignas(32) std::array<std::uint8_t, 64> places;
  alignas(32) std::array<std::uint64_t, 8> shifts;
  for (std::size_t code = 0; code < 8; ++code) {
    const std::size_t pair = code / 2;
    begin[pair] = pair * 2 * width / 8;
    const std::size_t bit = code * width - begin[pair] * 8;
    shifts[code] = bit % 8;
    for (std::size_t i = 0; i < 8; ++i)
      places[code * 8 + i] = static_cast<std::uint8_t>(bit / 8 + i);
  }
  const auto* const place = reinterpret_cast<const __m256i*>(places.data());
  const auto* const shift = reinterpret_cast<const __m256i*>(shifts.data());
  const __m256i places_front = _mm256_load_si256(place);
  const __m256i places_back = _mm256_load_si256(place + 1);
  const __m256i shifts_front = _mm256_load_si256(shift);
  const __m256i shifts_back = _mm256_load_si256(shift + 1);
  const __m256i mask = _mm256_set1_epi64x(static_cast<long long>((std::uint64_t{1} << width) - 1));
  const std::uint8_t* from = bytes.data();
  const std::uint8_t* const end = from + bytes.size();
  std::size_t i = 0;
  for (; i + 8 <= count && end - from >= static_cast<std::ptrdiff_t>(begin[3] + 16);
       i += 8, from += width) {
    unpack_four(from, from + begin[1], places_front, shifts_front, mask, out + i);
    unpack_four(from + begin[2], from + begin[3], places_back, shifts_back, mask, out + i + 4);
  }
  return i;
}
#endif

void unpack(base::Bytes bytes, unsigned width, std::size_t count, [[maybe_unused]] bool wide,
            std::int64_t* out) {
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
  std::size_t i = 0;
#if defined(__x86_64__)
  if (wide) i = unpack_eights(bytes, width, count, out);
#endif
  std::size_t bit = i * width;
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
struct All {
  bool wide;  // by wide registers
};
using Some = std::span<const std::uint32_t>;

void unpack_wanted(base::Bytes bytes, unsigned width, std::size_t count, All all,
                   std::int64_t* out) {
  unpack(bytes, width, count, all.wide, out);
}
void unpack_wanted(base::Bytes bytes, unsigned width, std::size_t count, Some rows,
                   std::int64_t* out) {
  if (width == 64) return unpack(bytes, width, count, false, out);
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

// The codes behind a table are as wide as it says, so each is a place in it.
bool get_table_codes(base::ByteReader& in, std::size_t count, const NumberTable& table, auto which,
                     std::int64_t* out) {
  base::ByteReader ahead = in;
  return ahead.u8() == table.width() && get_codes(in, count, which, out);
}

std::int64_t wrapping_add(std::int64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + b);
}

}  // namespace

bool decode_numbers(base::ByteReader& in, std::size_t count, std::vector<std::int64_t>& out,
                    bool wide) {
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
      if (in.failed() || !get_codes(in, count, All{wide}, out.data())) return false;
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
      if (!get_codes(in, count - 1, All{wide}, out.data() + 1)) return false;
      for (std::size_t i = 1; i < count; ++i)
        out[i] = wrapping_add(out[i - 1], (static_cast<std::uint64_t>(out[i]) + least) * scale);
      return true;
    }
    case kTable: {
      NumberTable table;
      out.resize(count);
      if (head != kTable || !table.read(in) ||
          !get_table_codes(in, count, table, All{wide}, out.data()))
        return false;
      for (std::int64_t& v : out) v = table[static_cast<std::uint64_t>(v)];
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
  if (head == kTable) {
    in = ahead;
    NumberTable table;
    out.resize(count);
    if (!table.read(in) || !get_table_codes(in, count, table, rows, out.data())) return false;
    for (const std::uint32_t row : rows) out[row] = table[static_cast<std::uint64_t>(out[row])];
    return true;
  }
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

bool narrow_numbers(base::ByteReader in, std::size_t count, std::string& out) {
  const std::size_t before = in.remaining();
  const std::uint8_t head = in.u8();
  const std::int64_t least = in.svarint();
  if (in.failed() || (head & kModeMask) != kOffsets || count == 0) return false;
  // Codes that can all be counted in the nearest cache.
  constexpr std::size_t kCodes = 4'096;
  std::vector<std::int64_t> codes(count);
  if (!get_codes(in, count, All{base::has_wide_registers()}, codes.data())) return false;
  std::uint64_t any = 0;
  for (const std::int64_t code : codes) any |= static_cast<std::uint64_t>(code);
  if (any >= kCodes) return false;
  std::array<std::uint8_t, kCodes> place{};
  for (const std::int64_t code : codes) place[static_cast<std::size_t>(code)] = 1;
  const std::uint64_t scale = scale_of(head);
  const std::uint64_t none = (head & kHasNone) != 0 ? 1 : 0;
  std::array<std::int64_t, std::size_t{1} << kTableWidthMax> table;
  std::size_t size = 0;
  for (std::uint64_t code = 0; code <= any; ++code) {
    if (place[code] == 0) continue;
    if (size == table.size()) return false;
    place[code] = static_cast<std::uint8_t>(size);
    table[size++] = code < none ? kNone : wrapping_add(least, (code - none) * scale);
  }
  const auto width = std::max(1U, static_cast<unsigned>(std::bit_width(size - 1)));
  const std::size_t numbers = std::size_t{1} << width;
  const std::size_t bytes = 3 + numbers * sizeof(table[0]) + (count * width + 7) / 8;
  if (bytes > before - before / 4 || !std::is_sorted(table.begin(), table.begin() + size))
    return false;
  std::fill(table.begin() + size, table.begin() + numbers, table[size - 1]);
  out.clear();
  out.reserve(bytes + sizeof(std::uint64_t));
  ByteWriter to(out);
  to.u8(kTable);
  to.u8(static_cast<std::uint8_t>(width));
  out.append(reinterpret_cast<const char*>(table.data()), numbers * sizeof(table[0]));
  to.u8(static_cast<std::uint8_t>(width));
  const std::size_t at = out.size();
  out.resize(at + (count * width + 63) / 64 * 8);
  char* word_at = out.data() + at;
  std::uint64_t word = 0;
  unsigned fill = 0;
  for (const std::int64_t code : codes) {
    const std::uint64_t v = place[static_cast<std::size_t>(code)];
    word |= v << fill;
    fill += width;
    if (fill < 64) continue;
    std::memcpy(word_at, &word, sizeof(word));
    word_at += sizeof(word);
    fill -= 64;
    word = v >> (width - fill);
  }
  if (fill > 0) std::memcpy(word_at, &word, sizeof(word));
  out.resize(at + (count * width + 7) / 8);
  return true;
}

}  // namespace spider::store::format
