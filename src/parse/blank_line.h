#pragma once
// whole_lines(): passes over lines that are not blank, 64 bytes at a time. A head ends with a blank
// line, and looking for the end of each line by itself cost more than all of them at once.
//
// Never reads outside the text. SSE2, which every x86-64 has; elsewhere nothing is passed over.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace spider::parse {

// `text` begins with a line. Where a line begins before which none is blank: the first blank one,
// or one of the last; at most 64 bytes and the line before them are left to be looked at. A line is
// blank when nothing, or a CR alone, stands before its LF.
[[nodiscard]] inline std::size_t whole_lines(std::string_view text) noexcept {
  std::size_t line = 0;
#ifdef __SSE2__
  constexpr std::size_t kBlock = 64;
  std::uint64_t feed_before = 1;    // of the byte before the block: an LF
  std::uint64_t return_before = 0;  // a CR that begins a line
  for (std::size_t at = 0; at + kBlock <= text.size(); at += kBlock) {
    std::uint64_t feeds = 0;
    std::uint64_t returns = 0;
    for (unsigned part = 0; part < 4; ++part) {
      const __m128i bytes =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + 16 * part));
      const auto mask = [bytes, part](char c) {
        return static_cast<std::uint64_t>(static_cast<unsigned>(
                   _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)))))
               << 16 * part;
      };
      feeds |= mask('\n');
      returns |= mask('\r');
    }
    const std::uint64_t begins = feeds << 1U | feed_before;
    const std::uint64_t first_returns = returns & begins;
    const std::uint64_t blanks = feeds & (begins | first_returns << 1U | return_before);
    if (blanks != 0) {
      const auto i = static_cast<unsigned>(std::countr_zero(blanks));
      return at + i - ((begins >> i & 1U) != 0 ? 0 : 1);
    }
    if (feeds != 0) line = at + static_cast<std::size_t>(std::bit_width(feeds));
    feed_before = feeds >> 63U;
    return_before = first_returns >> 63U;
  }
#else
  static_cast<void>(text);
#endif
  return line;
}

}  // namespace spider::parse
