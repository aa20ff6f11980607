#include "parse/blank_line.h"

#include <bit>
#include <cstdint>

#include "parse/head_masks.h"

namespace spider::parse {
namespace {

template <class Masks>
[[gnu::always_inline]] inline std::size_t pass_lines(std::string_view text) noexcept {
  constexpr std::size_t kBlock = 64;
  std::size_t line = 0;
  std::uint64_t feed_before = 1;    // of the byte before the block: an LF
  std::uint64_t return_before = 0;  // a CR that begins a line
  for (std::size_t at = 0; at + kBlock <= text.size(); at += kBlock) {
    const HeadMasks m = Masks::line_ends(text.data() + at);
    const std::uint64_t begins = m.feeds << 1U | feed_before;
    const std::uint64_t first_returns = m.returns & begins;
    const std::uint64_t blanks = m.feeds & (begins | first_returns << 1U | return_before);
    if (blanks != 0) {
      const auto i = static_cast<unsigned>(std::countr_zero(blanks));
      return at + i - ((begins >> i & 1U) != 0 ? 0 : 1);
    }
    if (m.feeds != 0) line = at + static_cast<std::size_t>(std::bit_width(m.feeds));
    feed_before = m.feeds >> 63U;
    return_before = first_returns >> 63U;
  }
  return line;
}

[[SPIDER_WIDE]] std::size_t pass_lines_wide(std::string_view text) noexcept {
  return pass_lines<WideMasks>(text);
}

}  // namespace

std::size_t whole_lines(std::string_view text, bool wide) noexcept {
  return wide ? pass_lines_wide(text) : pass_lines<NarrowMasks>(text);
}

}  // namespace spider::parse
