#pragma once
// Walks a head's lines, stopping only at those whose first letters may matter.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "parse/head_scan.h"
#include "parse/meaning/head_marks.h"
#include "parse/meaning/text.h"

namespace spider::parse::meaning {

struct HeadLine {
  std::string_view name;
  std::string_view value;  // surrounding blanks off; line breaks inside when folded
  bool folded = false;
};

// A CR alone ends no line and reads as a blank (RFC 9112 2.2), as the parser has it: a line that
// begins with one goes on with the value before it.
[[nodiscard]] inline bool bare_return(const char* at, const char* end) noexcept {
  return *at == '\r' && at + 1 < end && at[1] != '\n';
}

// The line that `lines` has just given, with what it goes on with. False at the head's end.
template <class Visit>
bool visit_line(HeadScan& lines, HeadScan::Line& line, const char* end, Visit&& visit) {
  const char* const begin = line.begin;
  const char* const colon = line.colon;
  const char* const first_stop = line.stop;
  // obs-fold, RFC 9112 5.2.
  while (lines.more() && (is_blank(*lines.at()) || bare_return(lines.at(), end))) lines.next(line);
  if (!lines.more()) return false;
  if (colon == nullptr) return true;
  const auto part = [](const char* from, const char* to) {
    return trim_blanks({from, static_cast<std::size_t>(to - from)});
  };
  visit(HeadLine{part(begin, colon), part(colon + 1, line.stop), line.stop != first_stop});
  return true;
}

// Calls visit(HeadLine) for each header line that may_be(its first two characters) lets pass. A
// line is believed only when something follows it: in a head that was cut, the last line may go on.
template <class MayBe, class Visit>
void each_line(std::string_view head, MayBe&& may_be, Visit&& visit) {
  const char* const end = head.data() + head.size();
  // RFC 9112 2.2: blank lines may come before the start line.
  const std::size_t blank = std::min(head.find_first_not_of("\r\n"), head.size());
  HeadScan lines(head.substr(blank));
  HeadScan::Line line;
  lines.next(line);  // the start line
  while (lines.next(line)) {
    const char* const begin = line.begin;
    if (*begin == '\n' || (*begin == '\r' && !bare_return(begin, end))) return;  // the head's end
    if (end - begin < 2 || !may_be(begin[0], begin[1])) continue;
    if (!visit_line(lines, line, end, visit)) return;
  }
}

// The same for marked lines, none of which is folded.
template <class Visit>
void each_marked(std::string_view head, std::span<const HeadMarks::Mark> marks, Visit&& visit) {
  for (const HeadMarks::Mark& m : marks) {
    if (m.stop + 1U >= head.size()) return;
    if (m.colon == m.begin && head[m.begin] != ':') continue;
    visit(HeadLine{trim_blanks(head.substr(m.begin, m.colon - m.begin)),
                   trim_blanks(head.substr(m.colon + 1U, m.stop - m.colon - 1U)), false});
  }
}

}  // namespace spider::parse::meaning
