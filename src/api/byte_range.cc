#include "api/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace spider::api {
namespace {

// A position of any length: what is beyond 64 bits is beyond every body.
[[nodiscard]] std::optional<std::uint64_t> position(std::string_view digits) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  std::uint64_t out = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return read.ec == std::errc() ? out : std::numeric_limits<std::uint64_t>::max();
}

[[nodiscard]] std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Range units are compared without regard to case (section 14.1).
[[nodiscard]] bool takes_unit(std::string_view& text) {
  constexpr std::string_view kUnit = "bytes=";
  if (text.size() < kUnit.size()) return false;
  for (std::size_t i = 0; i < kUnit.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kUnit[i]) return false;
  }
  text.remove_prefix(kUnit.size());
  return true;
}

}  // namespace

std::optional<ByteRange> read_range(std::string_view range, std::uint64_t length) {
  if (!takes_unit(range)) return std::nullopt;
  range = trimmed(range);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view after = range.substr(dash + 1);
  if (dash == 0) {
    const auto suffix = position(after);
    if (!suffix) return std::nullopt;
    const std::uint64_t size = std::min(*suffix, length);
    return ByteRange{length - size, size};
  }
  const auto first = position(range.substr(0, dash));
  if (!first) return std::nullopt;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  if (!after.empty()) {
    const auto given = position(after);
    if (!given || *given < *first) return std::nullopt;
    last = *given;
  }
  if (*first >= length) return ByteRange{0, 0};
  return ByteRange{*first, std::min(last, length - 1) - *first + 1};
}

std::string content_range(const ByteRange& range, std::uint64_t length) {
  if (range.size == 0) return fmt::format("bytes */{}", length);
  return fmt::format("bytes {}-{}/{}", range.first, range.first + range.size - 1, length);
}

}  // namespace spider::api
