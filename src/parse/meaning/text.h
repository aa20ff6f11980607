#pragma once
// Small helpers for header values (RFC 9110 5.5, 5.6).

#include <string_view>

#include "spider/model/http_head.h"

namespace spider::parse::meaning {

[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// tchar of RFC 9110 5.6.2.
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
  return is_letter(c) || is_digit(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  for (const char c : text)
    if (!is_token_char(c)) return false;
  return !text.empty();
}
// Control characters have no place in a value that is shown; a tab is blank.
[[nodiscard]] constexpr bool is_plain(std::string_view text) noexcept {
  unsigned found = 0;  // no exit from the loop: nearly every value is plain
  for (const char c : text)
    found |= static_cast<unsigned>(static_cast<unsigned char>(c) < 0x20) |
             static_cast<unsigned>(c == 0x7F);
  return found == 0;
}

using model::same_header_name;  // ASCII letters without regard to case
using model::trim_blanks;

// Length of the quoted-string at the beginning of `text`, both quotes included; 0 when it is none
// or never ends. The text between the quotes may hold quoted pairs.
[[nodiscard]] constexpr std::size_t quoted_length(std::string_view text) noexcept {
  if (text.empty() || text.front() != '"') return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

// Takes the quotes and the backslashes of quoted pairs off, behind what is in `out`.
template <class Text>
void put_unquoted(std::string_view quoted, Text& out) {
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 2 < quoted.size()) ++i;
    out.push_back(quoted[i]);
  }
}

}  // namespace spider::parse::meaning
