#pragma once
// HeadMarks: where in a head the lines begin that may say something, noted while the head is read
// for its framing, so that nobody walks it a second time for its meaning. Belongs to a message.
//
// Complete or not used at all: a head with more such lines than there is room for, with folded
// lines, or that changed since, is walked instead.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "parse/meaning/wanted.h"

namespace spider::parse::meaning {

class HeadMarks {
 public:
  // Places in the head. `colon` is the line's begin when it has none; `stop` is its LF.
  struct Mark {
    std::uint32_t begin = 0;
    std::uint32_t colon = 0;
    std::uint32_t stop = 0;
  };

  void begin(std::string_view head) noexcept {
    head_bytes_ = head.size();
    count_ = 0;
    all_ = !head.empty() && head.front() != '\r' && head.front() != '\n';
    over_ = false;
  }
  // Each line behind the start line, in their order.
  template <class Line>
  void line(std::string_view head, const Line& line, const Wanted& wanted) noexcept {
    if (over_) return;
    const char* const begin = line.begin;
    const char first = *begin;
    const std::size_t left = static_cast<std::size_t>(head.data() + head.size() - begin);
    if (first == '\n' || (first == '\r' && (left < 2 || begin[1] == '\n'))) {
      over_ = true;  // the head's end
      return;
    }
    if (first == ' ' || first == '\t' || first == '\r') all_ = false;  // goes on with another
    if (left < 2 || !wanted.may_be(first, begin[1])) return;
    if (count_ == at_.size()) {
      all_ = false;
      return;
    }
    const auto place = [&](const char* at) { return static_cast<std::uint32_t>(at - head.data()); };
    at_[count_++] = {place(begin), place(line.colon != nullptr ? line.colon : begin),
                     place(line.stop)};
  }
  void clear() noexcept { all_ = false; }

  [[nodiscard]] bool tell_of(std::string_view head) const noexcept {
    return all_ && head.size() == head_bytes_;
  }
  // Behind the start of the head, rising.
  [[nodiscard]] std::span<const Mark> lines() const noexcept { return {at_.data(), count_}; }

 private:
  std::array<Mark, 6> at_{};
  std::size_t head_bytes_ = 0;
  std::uint8_t count_ = 0;
  bool all_ = false;
  bool over_ = false;
};

}  // namespace spider::parse::meaning
