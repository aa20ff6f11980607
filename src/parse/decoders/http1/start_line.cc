#include "parse/decoders/http1/start_line.h"

#include <algorithm>
#include <array>

#include "spider/model/communication.h"

namespace spider::parse::http1 {
namespace {

// RFC 9110 5.6.2.
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view{"!#$%&'*+-.^_`|~"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kToken = make_token_table();

constexpr std::size_t kMethodMax = 1'024;
constexpr std::string_view kVersion = "HTTP/1.";

[[nodiscard]] constexpr bool digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Bytes of the token at the beginning, at most kMethodMax + 1.
[[nodiscard]] std::size_t token_bytes(std::string_view text) noexcept {
  const std::size_t end = std::min(text.size(), kMethodMax + 1);
  std::size_t n = 0;
  while (n < end && kToken[static_cast<unsigned char>(text[n])]) ++n;
  return n;
}

// Without a branch in the loop: nearly every target has none.
[[nodiscard]] bool has_blank_or_control(std::string_view text) noexcept {
  unsigned found = 0;
  for (const char c : text)
    found |= static_cast<unsigned>(static_cast<unsigned char>(c) <= ' ') |
             static_cast<unsigned>(c == '\x7f');
  return found != 0;
}

}  // namespace

bool is_token_char(char c) noexcept { return kToken[static_cast<unsigned char>(c)]; }

bool parse_request_line(std::string_view line, RequestLine& out) noexcept {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  const std::size_t written = line.size();
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
    line.remove_suffix(1);
  const std::size_t behind = written - line.size();
  // The version first: it decides at once for nearly every line that is none.
  constexpr std::size_t kVersionBytes = kVersion.size() + 1;
  if (line.size() < kVersionBytes + 4) return false;
  const std::string_view version = line.substr(line.size() - kVersionBytes);
  if (version.substr(0, kVersion.size()) != kVersion || !digit(version.back())) return false;
  line.remove_suffix(kVersionBytes);
  const std::size_t method = token_bytes(line);
  if (method == 0 || method > kMethodMax || line[method] != ' ' || line.back() != ' ') return false;
  std::size_t from = method + 1;
  while (from < line.size() && line[from] == ' ') ++from;
  std::size_t to = line.size();
  while (to > from && line[to - 1] == ' ') --to;
  if (from >= to) return false;
  out.method_bytes = method;
  out.target_at = from;
  out.target_bytes = to - from;
  out.odd = behind > 1 || from != method + 1 || to + 1 != line.size() ||
            has_blank_or_control(line.substr(from, to - from));
  out.minor = static_cast<std::uint8_t>(version.back() - '0');
  return true;
}

bool parse_bare_request_line(std::string_view line, RequestLine& out) noexcept {
  static constexpr std::string_view kMethods[] = {"GET",     "POST",  "HEAD",  "PUT",     "DELETE",
                                                  "OPTIONS", "PATCH", "TRACE", "PROPFIND"};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string_view method = line.substr(0, blank);
  if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods))
    return false;
  const std::string_view target = line.substr(blank + 1);
  if (!target.starts_with('/') && !target.starts_with("http://")) return false;
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (std::any_of(target.begin(), target.end(), odd)) return false;
  out.method_bytes = method.size();
  out.target_at = blank + 1;
  out.target_bytes = target.size();
  out.minor = model::kHttpVersionMissing;
  return true;
}

bool may_become_request_line(std::string_view text) noexcept {
  const std::size_t method = token_bytes(text);
  if (method == text.size()) return method <= kMethodMax;
  return method != 0 && method <= kMethodMax && text[method] == ' ';
}

bool begins_with_known_method(std::string_view text) noexcept {
  static constexpr std::string_view kMethods[] = {
      "GET ",       "POST ",        "HEAD ",     "PUT ",        "DELETE ",    "OPTIONS ",
      "CONNECT ",   "PATCH ",       "TRACE ",    "PROPFIND ",   "PROPPATCH ", "MKCOL ",
      "COPY ",      "MOVE ",        "LOCK ",     "UNLOCK ",     "REPORT ",    "SEARCH ",
      "SUBSCRIBE ", "UNSUBSCRIBE ", "NOTIFY ",   "M-SEARCH ",   "PURGE ",     "LINK ",
      "UNLINK ",    "MERGE ",       "CHECKOUT ", "MKACTIVITY ", "POLL ",      "BIND ",
      "REBIND ",    "UNBIND ",      "ACL ",      "SOURCE "};
  for (const std::string_view m : kMethods) {
    const std::size_t n = std::min(m.size(), text.size());
    if (n != 0 && text.substr(0, n) == m.substr(0, n)) return true;
  }
  return false;
}

Match match_status_prefix(std::string_view text, StatusPrefix& out) noexcept {
  const std::size_t n = std::min(text.size(), kVersion.size());
  if (text.substr(0, n) != kVersion.substr(0, n)) return Match::no;
  std::size_t at = kVersion.size();
  if (text.size() <= at) return Match::maybe;
  if (!digit(text[at])) return Match::no;
  out.minor = static_cast<std::uint8_t>(text[at] - '0');
  ++at;
  if (text.size() <= at) return Match::maybe;
  // Some servers pad; more than a few blanks are no status line.
  const std::size_t blanks = at;
  for (; at < text.size() && (text[at] == ' ' || text[at] == '\t') && at < kStatusPrefixMax - 4;
       ++at)
    out.tab = out.tab || text[at] == '\t';
  if (at == blanks) return Match::no;
  out.odd = out.tab || at != blanks + 1;
  unsigned status = 0;
  for (unsigned i = 0; i < 3; ++i, ++at) {
    if (text.size() <= at) return Match::maybe;
    if (!digit(text[at])) return Match::no;
    status = status * 10 + static_cast<unsigned>(text[at] - '0');
  }
  out.status = static_cast<std::uint16_t>(status);
  out.bytes = at;
  out.odd = out.odd || status == 0;
  return Match::yes;
}

}  // namespace spider::parse::http1
