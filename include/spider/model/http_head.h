#pragma once
// HttpHead: reads a stored message head (start line and header lines exactly as on the wire).
//
// Only splits, never judges: whatever the parser accepted can be read back here. Lines end with
// CRLF or a bare LF; a bare CR ends none (RFC 9112 2.2). A line that begins with a blank or a bare
// CR continues the value before it (obs-fold, RFC 9112 5.2). Views point into the text given, which
// must outlive them. No allocation; may be used from any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace spider::model {

struct HttpHeader {
  std::string_view name;   // original case; the whole line when it has no colon
  std::string_view value;  // surrounding blanks taken off; inner line breaks kept when folded
  bool folded = false;     // the value continues over several lines: see unfold()
  bool colon = true;       // false: a line without a colon; value is empty
};

// The start line taken apart; views into it. For a request: method, target, version. For a
// response: version, status as text, reason (which may be empty).
struct HttpStartLine {
  std::string_view first;
  std::string_view second;
  std::string_view third;
  bool response = false;
};

class HttpHead {
 public:
  constexpr explicit HttpHead(std::string_view head) noexcept : rest_(head) {
    start_line_ = take_line();
    while (start_line_.empty() && !rest_.empty()) start_line_ = take_line();
  }

  [[nodiscard]] constexpr std::string_view start_line() const noexcept { return start_line_; }
  // The next header line in wire order; false at the blank line or the end of the text.
  [[nodiscard]] bool next(HttpHeader& header) noexcept;

 private:
  [[nodiscard]] constexpr std::string_view take_line() noexcept {
    const std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  std::string_view rest_;
  std::string_view start_line_;
};

// Everything between the first blank and the last " HTTP/" is a request's target, blanks and all.
[[nodiscard]] HttpStartLine split_start_line(std::string_view line) noexcept;

// A folded value as one line: each line break with the blanks around it becomes one space
// (RFC 9112 5.2).
[[nodiscard]] std::string unfold(std::string_view value);

// Compares header names: ASCII letters without regard to case.
[[nodiscard]] bool same_header_name(std::string_view a, std::string_view b) noexcept;

// Value of the first header of that name; null data() when there is none.
[[nodiscard]] std::string_view find_header(std::string_view head, std::string_view name) noexcept;

// Blanks (space, tab) and line ends off both ends.
[[nodiscard]] constexpr std::string_view trim_blanks(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace spider::model
