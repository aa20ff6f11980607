#pragma once
// TextPattern: a text with wildcards, made ready to be looked for. Case of ASCII letters is
// ignored. "*" stands for any bytes, "?" for one byte. Plain data after it was made; any thread.
//
// Never worse than the text's bytes times the pattern's: what lies between two stars is found at
// its first place, and no earlier one is ever gone back to.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spider::query {

// A character of a pattern: a byte, or one of the wildcards.
using PatternText = std::u16string;
inline constexpr char16_t kAnyRun = 0x100;   // *
inline constexpr char16_t kAnyByte = 0x101;  // ?

// Every byte stands for itself.
[[nodiscard]] PatternText literal(std::string_view text);

class TextPattern {
 public:
  TextPattern() = default;
  // `inside`: anywhere in a text; otherwise it is the whole of it.
  TextPattern(const PatternText& pattern, bool inside);

  [[nodiscard]] bool matches(std::string_view text) const noexcept;

  // The one run of bytes that is looked for anywhere, in lower case; empty when the pattern is more
  // than that. Many texts that lie one behind the other can then be searched at once.
  [[nodiscard]] std::string_view only_part() const noexcept;
  // Without wildcards and the whole of a text: that text in lower case.
  [[nodiscard]] bool whole_text() const noexcept {
    return !open_front_ && !open_back_ && pieces_.size() == 1 && pieces_.front().wild.empty();
  }

  // That text; only of a whole_text().
  [[nodiscard]] const std::string& exact() const noexcept { return pieces_.front().text; }

  // Appends what tells it from every other pattern.
  void append_name(std::string& out) const;

  friend bool operator==(const TextPattern&, const TextPattern&) = default;

 private:
  // What lies between two stars.
  struct Piece {
    std::string text;        // in lower case
    std::vector<char> wild;  // 1 where any byte may stand; empty: nowhere
    friend bool operator==(const Piece&, const Piece&) = default;
    [[nodiscard]] bool at(const char* place) const noexcept;
    // First place in [from, end), or null.
    [[nodiscard]] const char* in(const char* from, const char* end) const noexcept;
  };

  std::vector<Piece> pieces_;
  bool open_front_ = false;  // a star comes first
  bool open_back_ = false;   // a star comes last
};

}  // namespace spider::query
