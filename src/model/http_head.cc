#include "spider/model/http_head.h"

#include <cstring>

namespace spider::model {
namespace {

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
// The same for eight characters, in the machine's order.
[[nodiscard]] std::uint64_t lower_eight(const char* from) noexcept {
  constexpr std::uint64_t kEach = 0x0101'0101'0101'0101U;
  std::uint64_t said = 0;
  std::memcpy(&said, from, sizeof said);
  // In the top bit of each byte: whether its seven bits are at least 'A', and whether they are
  // above 'Z'; bytes above 127 are no letters.
  const std::uint64_t seven = said & 0x7F * kEach;
  const std::uint64_t at_least = seven + (0x80 - 'A') * kEach;
  const std::uint64_t above = seven + (0x7F - 'Z') * kEach;
  const std::uint64_t upper = at_least & ~above & ~said & 0x80 * kEach;
  return said | upper >> 2U;
}
// A CR alone ends no line and reads as a blank (RFC 9112 2.2).
[[nodiscard]] constexpr bool begins_folded(std::string_view text) noexcept {
  if (text.empty()) return false;
  if (text.front() == '\r') return text.size() > 1 && text[1] != '\n';
  return text.front() == ' ' || text.front() == '\t';
}

}  // namespace

bool HttpHead::next(HttpHeader& header) noexcept {
  if (rest_.empty()) return false;
  const std::string_view from = rest_;
  const std::string_view line = take_line();
  if (line.empty()) {
    rest_ = {};
    return false;
  }
  header = {};
  const std::size_t colon = line.find(':');
  header.colon = colon != std::string_view::npos;
  header.name = trim_blanks(line.substr(0, colon));
  std::string_view whole = line;
  while (begins_folded(rest_)) {
    const std::string_view more = take_line();
    // A line of blanks alone ends the head for some peers; here it is an empty continuation.
    whole = from.substr(0, static_cast<std::size_t>(more.data() - from.data()) + more.size());
    header.folded = true;
  }
  if (header.colon) header.value = trim_blanks(whole.substr(colon + 1));
  return true;
}

HttpStartLine split_start_line(std::string_view line) noexcept {
  HttpStartLine out;
  const std::size_t blank = line.find(' ');
  out.first = line.substr(0, blank);
  out.response = line.substr(0, 5) == "HTTP/";
  if (blank == std::string_view::npos) return out;
  std::string_view rest = line.substr(blank + 1);
  if (out.response) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const std::size_t end = rest.find(' ');
    out.second = rest.substr(0, end);
    if (end != std::string_view::npos) out.third = rest.substr(end + 1);
    return out;
  }
  const std::size_t version = rest.rfind(" HTTP/");
  out.second = rest.substr(0, version);
  if (version != std::string_view::npos) out.third = trim_blanks(rest.substr(version + 1));
  return out;
}

std::string unfold(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t end = value.find('\n', i);
    std::string_view line = value.substr(i, end == std::string_view::npos ? end : end - i);
    line = trim_blanks(line);
    if (!out.empty() && !line.empty()) out += ' ';
    out += line;
    if (end == std::string_view::npos) break;
    i = end + 1;
  }
  return out;
}

bool same_header_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  std::size_t at = 0;
  for (; at + 8 <= a.size(); at += 8)
    if (lower_eight(a.data() + at) != lower_eight(b.data() + at)) return false;
  for (; at < a.size(); ++at)
    if (lower(a[at]) != lower(b[at])) return false;
  return true;
}

std::string_view find_header(std::string_view head, std::string_view name) noexcept {
  HttpHead reader(head);
  HttpHeader header;
  while (reader.next(header))
    if (header.colon && same_header_name(header.name, name))
      return header.value.data() ? header.value : std::string_view{""};
  return {};
}

}  // namespace spider::model
