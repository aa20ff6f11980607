#include "spider/query/filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/decimal.h"

namespace spider::query {
namespace {

constexpr std::uint16_t kStatusMax = std::numeric_limits<std::uint16_t>::max();

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] bool same_letter(char a, char b) noexcept { return lower(a) == lower(b); }

// A status number of one to three digits, all of `text`.
[[nodiscard]] std::optional<std::uint16_t> status_number(std::string_view text) {
  std::uint16_t value = 0;
  if (text.empty() || text.size() > 3) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[nodiscard]] std::optional<StatusRange> compared_status(std::string_view text) {
  const bool above = text.front() == '>';
  text.remove_prefix(1);
  const bool included = text.starts_with('=');
  if (included) text.remove_prefix(1);
  const auto bound = status_number(text);
  if (!bound) return std::nullopt;
  const int step = included ? 0 : 1;
  if (above) return StatusRange{static_cast<std::uint16_t>(*bound + step), kStatusMax};
  // A missing response is no small number.
  return StatusRange{1, static_cast<std::uint16_t>(*bound > step ? *bound - step : 0)};
}

// One status or one class by name is 100 to 599 (RFC 9110, 15): 999 is a slip of the keyboard more
// often than a question, and an empty answer would hide it. What odd servers sent all the same is
// found by comparisons and spans.
[[nodiscard]] std::optional<StatusRange> one_status(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text == "none") return StatusRange{0, 0};
  if (text.front() == '<' || text.front() == '>') return compared_status(text);
  if (text.size() == 3 && lower(text[1]) == 'x' && lower(text[2]) == 'x' && text[0] >= '1' &&
      text[0] <= '5') {
    const auto first = static_cast<std::uint16_t>((text[0] - '0') * 100);
    return StatusRange{first, static_cast<std::uint16_t>(first + 99)};
  }
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto first = status_number(text.substr(0, dash));
    const auto last = status_number(text.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    return StatusRange{*first, *last};
  }
  const auto value = status_number(text);
  if (!value || *value < 100 || *value > 599) return std::nullopt;
  return StatusRange{*value, *value};
}

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array kUnits{
    Unit{"", 1'000},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"min", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
    Unit{"d", 86'400'000'000'000},
};

}  // namespace

base::Result<std::vector<StatusRange>> parse_status(std::string_view text) {
  std::vector<StatusRange> out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, comma - at);
    const auto range = one_status(part);
    if (!range) {
      return base::fail(
          codes::bad_query,
          fmt::format("status: '{}' is none of 404, 5xx, >=500, <400, 500-503, none. Numbers and "
                      "classes go from 100 to 599; what else servers sent: <100,>=600.",
                      part));
    }
    out.push_back(*range);
    at = comma + 1;
  }
  return out;
}

base::Result<base::Duration> parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() &&
         (text[digits] == '.' || (text[digits] >= '0' && text[digits] <= '9')))
    ++digits;
  for (const Unit& unit : kUnits) {
    if (unit.name != text.substr(digits)) continue;
    if (const auto ns = scaled(text.substr(0, digits), unit.ns)) return base::Duration{*ns};
    break;
  }
  return base::fail(
      codes::bad_query,
      fmt::format("'{}' is no length of time: microseconds, or a number with us, ms, s, m, h or d.",
                  text));
}

base::Result<model::CommunicationState> parse_state(std::string_view text) {
  using model::CommunicationState;
  for (const auto state : {CommunicationState::complete, CommunicationState::partial,
                           CommunicationState::no_response, CommunicationState::no_request})
    if (name(state) == text) return state;
  return base::fail(
      codes::bad_query,
      fmt::format("state: '{}' is none of complete, partial, no_response, no_request.", text));
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
  return "partial";
}

base::Result<model::IdentityKind> parse_identity_kind(std::string_view text) {
  using model::IdentityKind;
  for (const auto kind : {IdentityKind::basic, IdentityKind::jwt, IdentityKind::bearer,
                          IdentityKind::digest, IdentityKind::api_key, IdentityKind::other})
    if (name(kind) == text) return kind;
  return base::fail(
      codes::bad_query,
      fmt::format("identity_kind: '{}' is none of basic, jwt, bearer, digest, api_key, other.",
                  text));
}

std::string_view name(model::IdentityKind kind) noexcept {
  switch (kind) {
    case model::IdentityKind::none:
      return "none";
    case model::IdentityKind::basic:
      return "basic";
    case model::IdentityKind::jwt:
      return "jwt";
    case model::IdentityKind::bearer:
      return "bearer";
    case model::IdentityKind::digest:
      return "digest";
    case model::IdentityKind::api_key:
      return "api_key";
    case model::IdentityKind::other:
      return "other";
  }
  return "other";
}

base::Result<void> check_of_sessions(const Filter& filter) {
  const auto refused = [](std::string_view what) {
    return base::fail(
        codes::bad_query,
        fmt::format("A session has no {}. Of sessions can be asked: duration, connect, "
                    "missing, retransmitted, ip, name, port, client.ip, client.name, "
                    "client.port, server.ip, server.name, server.port, whisperer, "
                    "upload, session, start, end, code.",
                    what));
  };
  if (!filter.status.empty()) return refused("status");
  for (std::uint32_t i = 0; i < filter.tree.size(); ++i) {
    const Tree::Node& node = filter.tree.node(i);
    if (node.kind != Tree::Kind::question) continue;
    const Question& q = node.question;
    if (q.kind == Question::Kind::source) continue;
    if (q.kind == Question::Kind::heads) return refused("header");
    if (q.kind == Question::Kind::bodies) return refused("body");
    const auto column = std::find_if(
        std::begin(store::kColumns), std::end(store::kColumns), [&](const store::ColumnInfo& c) {
          return !c.in_session && (c.id == q.column || (q.sum && c.id == q.second));
        });
    if (column != std::end(store::kColumns)) return refused(column->name);
  }
  return {};
}

// The usual walk with one place to fall back to: the last star. Never worse than text x pattern.
bool matches_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && same_letter(text[t], pattern[p])) {
      ++t;
      ++p;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace spider::query
