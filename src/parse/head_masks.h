#pragma once
// Where the bytes stand that end lines and names, of 64 at a time: by SSE2, which every x86-64 has,
// or by AVX2 where the processor has it (has_wide_registers()); elsewhere byte by byte.

#include <cstdint>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "spider/base/wide_registers.h"

namespace spider::parse {

using base::has_wide_registers;

struct HeadMasks {
  std::uint64_t feeds = 0;
  std::uint64_t returns = 0;
  std::uint64_t colons = 0;
  std::uint64_t nulls = 0;
};

// A function that is compiled for both calls these by name, so that it holds their instructions.
struct NarrowMasks {
  [[nodiscard]] static HeadMasks of(const char* from) noexcept;
  [[nodiscard]] static HeadMasks line_ends(const char* from) noexcept;  // the first two alone
};

#ifdef __SSE2__

inline HeadMasks NarrowMasks::of(const char* from) noexcept {
  HeadMasks out;
  for (int part = 3; part >= 0; --part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16 * part));
    const auto mask = [bytes](char c) {
      return static_cast<std::uint64_t>(
          static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)))));
    };
    out.feeds = out.feeds << 16U | mask('\n');
    out.returns = out.returns << 16U | mask('\r');
    out.colons = out.colons << 16U | mask(':');
    out.nulls = out.nulls << 16U | mask('\0');
  }
  return out;
}
inline HeadMasks NarrowMasks::line_ends(const char* from) noexcept { return of(from); }

struct WideMasks {
  [[nodiscard, gnu::target("avx2")]] static HeadMasks of(const char* from) noexcept {
    const auto* const at = reinterpret_cast<const __m256i*>(from);
    const __m256i low = _mm256_loadu_si256(at);
    const __m256i high = _mm256_loadu_si256(at + 1);
    return {of_byte(low, high, '\n'), of_byte(low, high, '\r'), of_byte(low, high, ':'),
            of_byte(low, high, '\0')};
  }
  [[nodiscard, gnu::target("avx2")]] static HeadMasks line_ends(const char* from) noexcept {
    const auto* const at = reinterpret_cast<const __m256i*>(from);
    const __m256i low = _mm256_loadu_si256(at);
    const __m256i high = _mm256_loadu_si256(at + 1);
    return {of_byte(low, high, '\n'), of_byte(low, high, '\r'), 0, 0};
  }

 private:
  [[nodiscard, gnu::target("avx2")]] static std::uint64_t of_byte(__m256i low, __m256i high,
                                                                  char c) noexcept {
    const __m256i all = _mm256_set1_epi8(c);
    const auto part = [](int mask) {
      return static_cast<std::uint64_t>(static_cast<unsigned>(mask));
    };
    return part(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, all))) |
           part(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, all))) << 32U;
  }
};

#else

inline HeadMasks NarrowMasks::of(const char* from) noexcept {
  HeadMasks out;
  for (unsigned i = 0; i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (from[i] == '\n') out.feeds |= bit;
    if (from[i] == '\r') out.returns |= bit;
    if (from[i] == ':') out.colons |= bit;
    if (from[i] == '\0') out.nulls |= bit;
  }
  return out;
}
inline HeadMasks NarrowMasks::line_ends(const char* from) noexcept { return of(from); }
using WideMasks = NarrowMasks;

#endif

}  // namespace spider::parse
