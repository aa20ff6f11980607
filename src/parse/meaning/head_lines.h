#pragma once
// Walks a head's lines, stopping only at those whose first letters may matter.

#include <cstring>
#include <string_view>

#include "parse/meaning/text.h"

namespace spider::parse::meaning {

struct HeadLine {
  std::string_view name;
  std::string_view value;  // surrounding blanks off; line breaks inside when folded
  bool folded = false;
};

// Calls visit(HeadLine) for each header line that may_be(its first two characters) lets pass. A
// line is believed only when something follows it: in a head that was cut, the last line may go on.
template <class MayBe, class Visit>
void each_line(std::string_view head, MayBe&& may_be, Visit&& visit) {
  const char* const end = head.data() + head.size();
  const auto behind_line = [end](const char* from) {
    const void* lf = std::memchr(from, '\n', static_cast<std::size_t>(end - from));
    return lf == nullptr ? end : static_cast<const char*>(lf) + 1;
  };
  // A CR alone ends no line and reads as a blank (RFC 9112 2.2), as the parser has it: a line that
  // begins with one goes on with the value before it.
  const auto bare_return = [end](const char* line) {
    return *line == '\r' && line + 1 < end && line[1] != '\n';
  };
  const char* at = head.data();
  // RFC 9112 2.2: blank lines may come before the start line.
  while (at < end && (*at == '\r' || *at == '\n')) ++at;
  if (at < end) at = behind_line(at);
  while (at < end) {
    const char* const line = at;
    at = behind_line(at);
    if (*line == '\n' || (*line == '\r' && !bare_return(line))) return;  // the head's end
    if (end - line < 2 || !may_be(line[0], line[1])) continue;
    const char* const first_end = at;
    // obs-fold, RFC 9112 5.2.
    while (at < end && (is_blank(*at) || bare_return(at))) at = behind_line(at);
    if (at == end) return;
    const std::string_view text(line, static_cast<std::size_t>(at - line));
    const std::size_t colon = text.find(':');
    if (colon >= static_cast<std::size_t>(first_end - line)) continue;
    visit(HeadLine{trim_blanks(text.substr(0, colon)), trim_blanks(text.substr(colon + 1)),
                   at != first_end});
  }
}

}  // namespace spider::parse::meaning
