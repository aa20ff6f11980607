// Writing runs of numbers: a few passes over a column of some thousand numbers that lie in the
// nearest cache. The passes are compiled twice, for any x86-64 and for one with AVX2 and BMI2,
// which is chosen when the program starts; both write the same bytes.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "spider/store/schema.h"

#include "store/format/number_run.h"
#include "store/format/numbers.h"

#define SPIDER_INLINE [[gnu::always_inline]] static inline

namespace spider::store::format {

struct NumberEncoder::Passes {
  using Values = std::span<const std::int64_t>;
  using Codes = std::span<const std::uint64_t>;

  SPIDER_INLINE NumberFacts look(Values values) {
    NumberFacts f;
    std::int64_t nones = 0;
    for (const std::int64_t v : values) {
      nones += v == kNone ? 1 : 0;
      f.low = std::min(f.low, v == kNone ? std::numeric_limits<std::int64_t>::max() : v);
      f.high = std::max(f.high, v);
    }
    f.none = nones != 0;
    return f;
  }

  SPIDER_INLINE bool sorted(Values values) {
    std::int64_t falls = 0;
    const std::int64_t* const v = values.data();
    for (std::size_t i = 1; i < values.size(); ++i) falls += v[i] < v[i - 1] ? 1 : 0;
    return falls == 0;
  }

  // Distances from the lowest; kNone counts as the lowest.
  SPIDER_INLINE void distances(Values values, std::int64_t low, std::uint64_t* codes) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::int64_t v = values[i] == kNone ? low : values[i];
      codes[i] = static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(low);
    }
  }

  // The largest of 1, 1000, 1000000 that divides every code.
  SPIDER_INLINE std::uint64_t common_scale(Codes codes) {
    std::size_t i = 0;
    while (i < codes.size() && codes[i] % 1'000'000 == 0) ++i;
    if (i == codes.size()) return 1'000'000;
    while (i < codes.size() && codes[i] % 1'000 == 0) ++i;
    return i == codes.size() ? 1'000 : 1;
  }

  template <std::uint64_t kScale>
  SPIDER_INLINE void divide(std::span<std::uint64_t> codes) {
    for (std::uint64_t& c : codes) c /= kScale;
  }

  struct Plan {
    unsigned width = 0;
    std::size_t exceptions = 0;
    std::size_t bytes = 0;
  };

  // The width that costs least: each code that needs more is an exception of a position and its
  // upper bits.
  SPIDER_INLINE Plan plan_width(Codes codes) {
    constexpr std::size_t kWidths = 65;
    // Runs of one width would otherwise wait for each other.
    std::array<std::array<std::uint32_t, kWidths>, 4> counts{};
    std::size_t i = 0;
    for (; i + 4 <= codes.size(); i += 4)
      for (std::size_t k = 0; k < 4; ++k)
        ++counts[k][static_cast<std::size_t>(std::bit_width(codes[i + k]))];
    for (; i < codes.size(); ++i) ++counts[0][static_cast<std::size_t>(std::bit_width(codes[i]))];
    std::array<std::size_t, kWidths> count{};
    for (std::size_t w = 0; w < kWidths; ++w)
      count[w] = std::size_t{counts[0][w]} + counts[1][w] + counts[2][w] + counts[3][w];
    unsigned widest = kWidths - 1;
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

  // `kAtOnce` codes of at most 56 bits together, behind the bits that lie in `carry`.
  template <std::size_t kAtOnce>
  SPIDER_INLINE char* pack_some(Codes codes, unsigned width, std::size_t& at, unsigned& bit,
                                std::uint64_t& carry, char* to) {
    const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
    for (; at + kAtOnce <= codes.size(); at += kAtOnce) {
      std::uint64_t some = 0;
      for (std::size_t k = kAtOnce; k-- > 0;) some = some << width | (codes[at + k] & mask);
      const std::uint64_t word = some << bit | carry;
      std::memcpy(to, &word, 8);
      bit += static_cast<unsigned>(kAtOnce) * width;
      to += bit / 8;
      carry = word >> (bit & ~7U);
      bit &= 7U;
    }
    return to;
  }

  SPIDER_INLINE void pack(Codes codes, unsigned width, std::string& bytes) {
    if (width == 0) return;
    const std::size_t at = bytes.size();
    const std::size_t packed = (codes.size() * width + 7) / 8;
    bytes.resize(at + packed + 8);  // whole words are written
    char* to = bytes.data() + at;
    if (width == 64) {
      std::memcpy(to, codes.data(), codes.size() * 8);
    } else {
      std::size_t i = 0;
      unsigned bit = 0;
      std::uint64_t carry = 0;
      if (width <= kPackedWidthMax / 4) to = pack_some<4>(codes, width, i, bit, carry, to);
      if (width <= kPackedWidthMax / 2) to = pack_some<2>(codes, width, i, bit, carry, to);
      pack_some<1>(codes, width, i, bit, carry, to);
    }
    bytes.resize(at + packed);
  }

  // width u8 (bit 7: exceptions follow), packed codes, [count, (distance, upper bits)...]
  SPIDER_INLINE void put_codes(Codes codes, const Plan& plan, ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(plan.width | (plan.exceptions > 0 ? 0x80U : 0U)));
    pack(codes, plan.width, out.out());
    if (plan.exceptions == 0) return;
    out.varint(plan.exceptions);
    std::size_t before = 0;
    constexpr std::size_t kAtOnce = 8;
    for (std::size_t i = 0; i < codes.size(); i += kAtOnce) {
      const Codes some = codes.subspan(i, std::min(kAtOnce, codes.size() - i));
      std::uint64_t all = 0;
      for (const std::uint64_t c : some) all |= c;
      if (all >> plan.width == 0) continue;
      for (std::size_t k = 0; k < some.size(); ++k) {
        const std::uint64_t upper = some[k] >> plan.width;
        if (upper == 0) continue;
        out.varint(i + k - before);
        out.varint(upper);
        before = i + k;
      }
    }
  }

  // False when offsets are not dearer.
  SPIDER_INLINE bool put_deltas(Codes codes, std::int64_t low, std::uint8_t scale,
                                std::vector<std::uint64_t>& deltas, ByteWriter& out) {
    const std::size_t n = codes.size();
    deltas.resize(n - 1);
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t i = 1; i < n; ++i) {
      deltas[i - 1] = codes[i] - codes[i - 1];
      least = std::min(least, deltas[i - 1]);
    }
    for (std::uint64_t& d : deltas) d -= least;
    const Plan by_delta = plan_width(deltas);
    if (by_delta.bytes + 2 >= plan_width(codes).bytes) return false;
    out.u8(static_cast<std::uint8_t>(kDeltas | scale));
    out.svarint(low);
    out.varint(least);
    put_codes(deltas, by_delta, out);
    return true;
  }

  SPIDER_INLINE NumberFacts put(Values values, Work& work, ByteWriter& out) {
    const NumberFacts f = look(values);
    const std::uint8_t none = f.none ? kHasNone : 0;
    const bool any = f.high != kNone;
    if (!any || (f.low == f.high && !f.none)) {
      out.u8(static_cast<std::uint8_t>(kConstant | none));
      if (!f.none) out.svarint(any ? f.low : 0);
      return f;
    }
    work.codes.resize(values.size());
    const std::span<std::uint64_t> codes = work.codes;
    distances(values, f.low, codes.data());
    std::uint8_t scale = 0;
    switch (common_scale(codes)) {
      case 1'000'000:
        divide<1'000'000>(codes);
        scale = kMillion;
        break;
      case 1'000:
        divide<1'000>(codes);
        scale = kThousand;
        break;
      default:
        break;
    }
    if (!f.none && sorted(values) && put_deltas(codes, f.low, scale, work.deltas, out)) return f;
    if (f.none)
      for (std::size_t i = 0; i < codes.size(); ++i) codes[i] += values[i] == kNone ? 0U : 1U;
    out.u8(static_cast<std::uint8_t>(kOffsets | none | scale));
    out.svarint(f.low);
    put_codes(codes, plan_width(codes), out);
    return f;
  }

  [[SPIDER_WIDE]] static NumberFacts put_wide(Values values, Work& work, ByteWriter& out) {
    return put(values, work, out);
  }
  static NumberFacts put_narrow(Values values, Work& work, ByteWriter& out) {
    return put(values, work, out);
  }
};

NumberEncoder::NumberEncoder(bool wide) noexcept : wide_(wide) {}

NumberFacts NumberEncoder::put(std::span<const std::int64_t> values, ByteWriter& out) {
  return wide_ ? Passes::put_wide(values, work_, out) : Passes::put_narrow(values, work_, out);
}

}  // namespace spider::store::format
