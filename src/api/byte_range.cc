#include "api/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "spider/model/http_head.h"

namespace spider::api {
namespace {

// A position of any length: what is beyond 64 bits is beyond every body.
[[nodiscard]] std::optional<std::uint64_t> position(std::string_view digits) {
  const char* const end = digits.data() + digits.size();
  std::uint64_t out = 0;
  const auto read = std::from_chars(digits.data(), end, out);
  if (digits.empty() || read.ptr != end) return std::nullopt;
  return read.ec == std::errc() ? out : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::optional<ByteRange> read_range(std::string_view range, std::uint64_t length) {
  constexpr std::string_view kUnit = "bytes=";
  // Range units are compared without regard to case (section 14.1).
  if (!model::same_header_name(range.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  range = model::trim_blanks(range.substr(kUnit.size()));
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
