#include "spider/query/filter.h"

#include <charconv>

#include <fmt/format.h>

#include "spider/query/codes.h"

namespace spider::query {
namespace {

[[nodiscard]] char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] bool to_number(std::string_view text, std::uint16_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

[[nodiscard]] std::optional<StatusRange> one_status(std::string_view text) {
  constexpr std::uint16_t kMost = 999;
  if (text == "none") return StatusRange{0, 0};
  if (text.size() == 3 && text[0] >= '1' && text[0] <= '9' && lower(text[1]) == 'x' &&
      lower(text[2]) == 'x') {
    const auto first = static_cast<std::uint16_t>((text[0] - '0') * 100);
    return StatusRange{first, static_cast<std::uint16_t>(first + 99)};
  }
  std::uint16_t n = 0;
  const auto bound = [&](std::string_view sign) {
    return text.starts_with(sign) && to_number(text.substr(sign.size()), n);
  };
  if (bound(">=")) return StatusRange{n, kMost};
  if (bound("<=")) return StatusRange{1, n};
  if (bound(">")) return StatusRange{static_cast<std::uint16_t>(n + 1), kMost};
  if (bound("<") && n > 0) return StatusRange{1, static_cast<std::uint16_t>(n - 1)};
  if (to_number(text, n)) return StatusRange{n, n};
  const std::size_t dash = text.find('-');
  std::uint16_t last = 0;
  if (dash != std::string_view::npos && to_number(text.substr(0, dash), n) &&
      to_number(text.substr(dash + 1), last))
    return StatusRange{n, last};
  return std::nullopt;
}

}  // namespace

base::Result<std::vector<StatusRange>> parse_status(std::string_view text) {
  std::vector<StatusRange> out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    const auto range = one_status(one);
    if (!range)
      return base::fail(codes::bad_query,
                        fmt::format("status \"{}\": write 404, 5xx, 200-204, >=500 or none, "
                                    "several with commas.",
                                    one));
    out.push_back(*range);
  }
  return out;
}

base::Result<base::Duration> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return base::fail(
        codes::bad_query,
        fmt::format("duration \"{}\": write microseconds, or a number with us, ms, s, m, h or d.",
                    text));
  };
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !(value >= 0)) return bad();
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double ns = 0;
  if (unit.empty() || unit == "us") ns = 1e3;
  if (unit == "ns") ns = 1;
  if (unit == "ms") ns = 1e6;
  if (unit == "s") ns = 1e9;
  if (unit == "m" || unit == "min") ns = 60e9;
  if (unit == "h") ns = 3600e9;
  if (unit == "d") ns = 86'400e9;
  if (ns == 0 || value * ns > 9e18) return bad();
  return base::Duration{static_cast<std::int64_t>(value * ns)};
}

std::string_view name(model::CommunicationState state) noexcept {
  switch (state) {
    case model::CommunicationState::complete:
      return "complete";
    case model::CommunicationState::partial:
      return "partial";
    case model::CommunicationState::no_response:
      return "no_response";
    case model::CommunicationState::no_request:
      return "no_request";
  }
  return "unknown";
}

base::Result<model::CommunicationState> parse_state(std::string_view text) {
  for (const auto state :
       {model::CommunicationState::complete, model::CommunicationState::partial,
        model::CommunicationState::no_response, model::CommunicationState::no_request})
    if (name(state) == text) return state;
  return base::fail(
      codes::bad_query,
      fmt::format("state \"{}\": write complete, partial, no_response or no_request.", text));
}

// Greedy with one point of return: linear in practice, never exponential.
bool matches_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace spider::query
