#pragma once
// HeadScan: the lines of a message's head, each with its first colon, and what is odd about line
// ends, in one pass of 64 bytes at a time. A head is walked for its framing and for its meaning;
// looking for each byte by itself cost more than all else that is done with it.
//
// Never reads outside the text.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "parse/head_masks.h"

namespace spider::parse {

// Masks: NarrowMasks, or WideMasks in a function that is compiled for them.
template <class Masks>
class BasicHeadScan {
 public:
  struct Line {
    const char* begin = nullptr;
    const char* stop = nullptr;   // at the LF, or the text's end
    const char* colon = nullptr;  // the first; null: the line has none
    bool ended = false;           // by an LF
  };

  [[gnu::always_inline]] explicit BasicHeadScan(std::string_view text) noexcept
      : at_(text.data()), end_(text.data() + text.size()), block_(text.data()) {
    if (!text.empty()) load();
  }

  [[nodiscard]] bool more() const noexcept { return at_ < end_; }
  // Where the next line begins.
  [[nodiscard]] const char* at() const noexcept { return at_; }

  // False when there is none.
  [[gnu::always_inline]] bool next(Line& line) noexcept {
    if (at_ >= end_) return false;
    line = {at_, end_, nullptr, false};
    for (;;) {
      if (feeds_ != 0) {
        const int i = std::countr_zero(feeds_);
        const std::uint64_t up_to = (std::uint64_t{1} << i) - 1;
        if (line.colon == nullptr && (colons_ & up_to) != 0)
          line.colon = block_ + std::countr_zero(colons_);
        line.stop = block_ + i;
        line.ended = true;
        feeds_ &= feeds_ - 1;
        colons_ &= ~up_to;
        at_ = line.stop + 1;
        return true;
      }
      if (line.colon == nullptr && colons_ != 0) line.colon = block_ + std::countr_zero(colons_);
      if (end_ - block_ <= kBlock) {
        at_ = end_;
        return true;
      }
      block_ += kBlock;
      load();
    }
  }

  // Of what was scanned, up to 63 bytes ahead; of all once next() has said false.
  // A CR that no LF follows; one that ends the text may still be followed by one.
  [[nodiscard]] bool bare_return() const noexcept { return bare_return_; }
  [[nodiscard]] bool bare_feed() const noexcept { return bare_feed_; }  // an LF without its CR
  [[nodiscard]] bool null() const noexcept { return null_; }

 private:
  static constexpr std::ptrdiff_t kBlock = 64;

  [[gnu::always_inline]] void load() noexcept {
    const std::ptrdiff_t left = end_ - block_;
    HeadMasks m;
    std::uint64_t last = 0;  // the text's last byte: nobody knows what follows it
    if (left >= kBlock) {
      m = Masks::of(block_);
    } else {
      char tail[kBlock];
      std::memset(tail, 'x', sizeof tail);
      std::memcpy(tail, block_, static_cast<std::size_t>(left));
      m = Masks::of(tail);
      last = std::uint64_t{1} << (left - 1);
    }
    constexpr std::uint64_t kTop = std::uint64_t{1} << 63U;
    bare_return_ = bare_return_ || (return_before_ && (m.feeds & 1U) == 0) ||
                   (m.returns & ~(m.feeds >> 1U) & ~kTop & ~last) != 0;
    bare_feed_ = bare_feed_ || (m.feeds & ~(m.returns << 1U | (return_before_ ? 1U : 0U))) != 0;
    null_ = null_ || m.nulls != 0;
    return_before_ = (m.returns & kTop) != 0;
    feeds_ = m.feeds;
    colons_ = m.colons;
  }

  const char* at_;
  const char* const end_;
  const char* block_;
  std::uint64_t feeds_ = 0;   // of the block, from at_ on
  std::uint64_t colons_ = 0;  // likewise
  bool return_before_ = false;
  bool bare_return_ = false;
  bool bare_feed_ = false;
  bool null_ = false;
};

using HeadScan = BasicHeadScan<NarrowMasks>;

}  // namespace spider::parse
