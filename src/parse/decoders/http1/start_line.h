#pragma once
// Start lines of HTTP/1: recognising them strictly, also when only a beginning is there. Text only;
// no state.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spider::parse::http1 {

enum class Match : std::uint8_t { no, maybe, yes };

struct RequestLine {
  std::size_t method_bytes = 0;
  std::size_t target_at = 0;
  std::size_t target_bytes = 0;
  std::uint8_t minor = 1;
  bool odd = false;  // blanks or control characters where RFC 9112 3 has none
};

// `line` ends with its line feed. token SP target SP HTTP/1.x (RFC 9112 3); the target is all
// between the first blank and the last " HTTP/", blanks and bytes above 0x7f included.
[[nodiscard]] bool parse_request_line(std::string_view line, RequestLine& out) noexcept;

// METHOD SP target and no version, as HTTP/0.9 and careless programs write it: only a common method
// and a target that begins with "/" or "http://" and holds no blank.
// `minor` is then model::kHttpVersionMissing.
[[nodiscard]] bool parse_bare_request_line(std::string_view line, RequestLine& out) noexcept;

// Could `text`, which holds no line feed yet, become a request line?
[[nodiscard]] bool may_become_request_line(std::string_view text) noexcept;

// Methods that are in wide use: with one of these an unfinished line is worth waiting for.
[[nodiscard]] bool begins_with_known_method(std::string_view text) noexcept;

struct StatusPrefix {
  std::size_t bytes = 0;  // up to and including the three digits
  std::uint16_t status = 0;
  std::uint8_t minor = 1;
  bool odd = false;  // other than one blank before the digits, or no status code at all
  bool tab = false;  // and a tab among them
};

// HTTP/1.x SP 3DIGIT at the beginning of `text` (RFC 9112 4); what follows the digits is not
// looked at. More blanks and tabs before the digits are passed over and told: whoever searches
// should not believe a tab.
[[nodiscard]] Match match_status_prefix(std::string_view text, StatusPrefix& out) noexcept;

// A status prefix never needs more bytes than this to be decided.
inline constexpr std::size_t kStatusPrefixMax = 24;

[[nodiscard]] bool is_token_char(char c) noexcept;

}  // namespace spider::parse::http1
