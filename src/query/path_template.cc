#include "query/path_template.h"

#include <algorithm>
#include <iterator>

namespace spider::query {
namespace {

// Fewer hexadecimal digits with a letter among them are found in words and versions as well; git
// shortens its ids to seven, a checksum of 32 bits has eight.
constexpr std::size_t kHexMin = 8;
// Below this, chance makes words that look like tokens. A Stripe id has 14 behind its prefix, a
// NanoID 21, a ULID 26, a KSUID 27.
constexpr std::size_t kTokenMin = 16;
// A file's ending stays: "{n}.png" is not "{n}".
constexpr std::size_t kEndingMax = 5;

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
[[nodiscard]] constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

[[nodiscard]] bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Does the text have this shape? '0' stands for a digit, 'h' for a hexadecimal one.
[[nodiscard]] bool has_shape(std::string_view text, std::string_view shape) noexcept {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char c, char s) {
           return s == '0' ? is_digit(c) : s == 'h' ? is_hex(c) : c == s;
         });
}

[[nodiscard]] int two_digits(std::string_view text) noexcept {
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// Takes `shape` away from the front.
[[nodiscard]] bool take(std::string_view& text, std::string_view shape) noexcept {
  if (!has_shape(text.substr(0, shape.size()), shape)) return false;
  text.remove_prefix(shape.size());
  return true;
}

// A colon may be percent-encoded in a path.
[[nodiscard]] bool take_colon(std::string_view& text) noexcept {
  return take(text, ":") || take(text, "%3A") || take(text, "%3a");
}

// "03:04", "03:04:05.678", with "Z" or "+01:00" behind it or nothing.
[[nodiscard]] bool is_time(std::string_view text) noexcept {
  if (!take(text, "00") || !take_colon(text) || !take(text, "00")) return false;
  if (take_colon(text) && !take(text, "00")) return false;
  if (take(text, ".")) {
    const auto* end = std::find_if_not(text.begin(), text.end(), is_digit);
    if (end == text.begin()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  if (text.empty() || text == "Z" || text == "z") return true;
  if (!take(text, "+") && !take(text, "-") && !take(text, "%2B") && !take(text, "%2b"))
    return false;
  if (!take(text, "00")) return false;
  if (text.empty()) return true;
  static_cast<void>(take_colon(text));
  return has_shape(text, "00");
}

[[nodiscard]] bool is_date(std::string_view text) noexcept {
  if (!has_shape(text.substr(0, 10), "0000-00-00")) return false;
  const int month = two_digits(text.substr(5));
  const int day = two_digits(text.substr(8));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  text.remove_prefix(10);
  return text.empty() || ((take(text, "T") || take(text, "t")) && is_time(text));
}

[[nodiscard]] bool is_uuid(std::string_view text) noexcept {
  return has_shape(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
}

// Of both digits and letters: all digits are a number, all letters are perhaps a word.
[[nodiscard]] bool is_hex_id(std::string_view text) noexcept {
  return text.size() >= kHexMin && std::all_of(text.begin(), text.end(), is_hex) &&
         std::any_of(text.begin(), text.end(), is_digit);
}

// Three parts of base64url, the first of which is of a JSON object.
[[nodiscard]] bool is_jwt(std::string_view text) noexcept {
  return text.size() >= kTokenMin && text.starts_with("eyJ") &&
         std::count(text.begin(), text.end(), '.') == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || is_lower(c) || is_upper(c) || c == '-' || c == '_' || c == '.';
         });
}

// Letters and digits as chance throws them: at least two digits, and a change between digits, small
// and capital letters every four characters or more often. Words, slugs ("iphone-15-pro-max-256gb")
// and names ("getUserProfileByEmail") have long runs of one of them.
[[nodiscard]] bool is_token(std::string_view text) noexcept {
  if (is_jwt(text)) return true;
  while (text.ends_with('=')) text.remove_suffix(1);  // padding of base64
  if (text.size() < kTokenMin) return false;
  std::size_t changes = 0;
  std::size_t digits = 0;
  int last = 0;
  for (const char c : text) {
    const int kind = is_digit(c) ? 1 : is_lower(c) ? 2 : is_upper(c) ? 3 : 0;
    if (kind == 0) {
      if (c != '-' && c != '_') return false;
      continue;
    }
    digits += kind == 1 ? 1U : 0U;
    changes += last != 0 && kind != last ? 1U : 0U;
    last = kind;
  }
  return digits >= 2 && changes * 4 >= text.size();
}

constexpr TemplateRule kRules[] = {
    {"{n}", all_digits, false, "digits alone", "numbers in the path, as OpenAPI's `/users/{id}`"},
    {"{date}", is_date, false, "`2026-11-22`, with or without a time of day behind `T`",
     "RFC 3339, section 5.6; ISO 8601"},
    {"{uuid}", is_uuid, true, "8-4-4-4-12 hexadecimal digits", "RFC 9562, section 4"},
    {"{hex}", is_hex_id, true, "8 or more hexadecimal digits, one of them 0 to 9",
     "checksums, git, MongoDB, trace ids (W3C Trace Context)"},
    {"{token}", is_token, true,
     "16 or more letters, digits, `-` and `_` as chance throws them: two digits or more, and a "
     "change between digits, small and capital letters every four characters; and JWTs",
     "base64url (RFC 4648, section 5), JWT (RFC 7519), ULID, KSUID, NanoID"},
};

[[nodiscard]] const TemplateRule* rule_of(std::string_view segment, bool name = false) noexcept {
  for (const TemplateRule& rule : kRules)
    if ((rule.in_names || !name) && rule.fits(segment)) return &rule;
  return nullptr;
}

// Where a file's ending begins (at its point); the end for none. An ending has a letter, so that
// the parts of "10.0.0.1" and "1.5" are none.
[[nodiscard]] std::size_t ending_of(std::string_view segment) noexcept {
  const std::size_t point = segment.rfind('.');
  if (point == std::string_view::npos || point == 0) return segment.size();
  const std::string_view ending = segment.substr(point + 1);
  const bool plain = std::all_of(ending.begin(), ending.end(),
                                 [](char c) { return is_digit(c) || is_lower(c) || is_upper(c); });
  const bool letter = !ending.empty() && !all_digits(ending);
  return plain && letter && ending.size() <= kEndingMax ? point : segment.size();
}

// The name of a file without its ending: all of it, or the pieces between its points.
void add_name(std::string_view name, std::string& out) {
  if (const TemplateRule* rule = rule_of(name)) {
    out += rule->word;
    return;
  }
  for (std::size_t at = 0;;) {
    const std::size_t point = std::min(name.find('.', at), name.size());
    const std::string_view piece = name.substr(at, point - at);
    const TemplateRule* rule = rule_of(piece, true);
    out += rule == nullptr ? piece : rule->word;
    if (point == name.size()) return;
    out += '.';
    at = point + 1;
  }
}

void add(std::string_view segment, std::string& out) {
  // No rule fits without a digit.
  if (std::none_of(segment.begin(), segment.end(), is_digit)) {
    out += segment;
  } else if (const TemplateRule* rule = rule_of(segment)) {
    out += rule->word;
  } else {
    const std::size_t ending = ending_of(segment);
    if (ending == segment.size()) {
      out += segment;
    } else {
      add_name(segment.substr(0, ending), out);
      out += segment.substr(ending);
    }
  }
}

}  // namespace

std::span<const TemplateRule> template_rules() noexcept { return kRules; }

std::string_view template_of(std::string_view target, std::string& scratch) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (std::none_of(path.begin(), path.end(), is_digit)) return path;
  scratch.clear();
  for (std::size_t at = 0;;) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    add(path.substr(at, slash - at), scratch);
    if (slash == path.size()) return scratch;
    scratch += '/';
    at = slash + 1;
  }
}

}  // namespace spider::query
