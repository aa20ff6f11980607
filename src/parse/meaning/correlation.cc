#include "parse/meaning/correlation.h"

namespace spider::parse::meaning {
namespace {

[[nodiscard]] bool is_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
[[nodiscard]] bool is_id(std::string_view text) noexcept {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::string_view trace_id(std::string_view value) noexcept {
  constexpr std::size_t kBytes = 55;  // version-trace-parent-flags: 2 + 32 + 16 + 2 and 3 dashes
  if (value.size() < kBytes || value[2] != '-' || value[35] != '-' || value[52] != '-') return {};
  const std::string_view version = value.substr(0, 2);
  if (!is_hex(version) || version == "ff") return {};
  if (value.size() > kBytes && (version == "00" || value[kBytes] != '-')) return {};
  const std::string_view trace = value.substr(3, 32);
  if (!is_id(trace) || !is_id(value.substr(36, 16)) || !is_hex(value.substr(53, 2))) return {};
  return trace;
}

}  // namespace spider::parse::meaning
