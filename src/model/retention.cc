#include "spider/model/retention.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace spider::model {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// Times from the largest on, for age_text().
constexpr Unit kTimes[] = {{"w", 604'800}, {"d", 86'400}, {"h", 3'600}, {"min", 60}, {"s", 1}};
constexpr Unit kSizes[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
    {"KiB", std::uint64_t{1} << 10U},
    {"MiB", std::uint64_t{1} << 20U},
    {"GiB", std::uint64_t{1} << 30U},
    {"TiB", std::uint64_t{1} << 40U},
};
constexpr std::uint64_t kBytesMin = std::uint64_t{1} << 20U;
constexpr std::uint64_t kAgeMaxS = 200ULL * 365 * 86'400;

// A whole number and a unit; none when it is not that.
template <std::size_t N>
[[nodiscard]] std::optional<std::uint64_t> scaled(std::string_view text, const Unit (&units)[N]) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number == 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  std::uint64_t out = 0;
  for (const Unit& u : units)
    if (u.name == unit && !__builtin_mul_overflow(number, u.factor, &out)) return out;
  return std::nullopt;
}

struct Text {
  std::string_view key;
  std::string RetentionConfig::*of_all;
  std::string WhispererConfig::*of_one;
};
constexpr Text kAges[kKeptKinds] = {
    {"keep_communications", &RetentionConfig::keep_communications,
     &WhispererConfig::keep_communications},
    {"keep_bodies", &RetentionConfig::keep_bodies, &WhispererConfig::keep_bodies},
    {"keep_sessions", &RetentionConfig::keep_sessions, &WhispererConfig::keep_sessions},
    {"keep_packets", &RetentionConfig::keep_packets, &WhispererConfig::keep_packets},
    {"keep_quality", &RetentionConfig::keep_quality, &WhispererConfig::keep_quality},
};

}  // namespace

std::string_view name(KeptKind kind) noexcept {
  constexpr std::string_view kNames[kKeptKinds] = {"communications", "bodies", "sessions",
                                                   "packets", "quality"};
  return kNames[static_cast<std::size_t>(kind)];
}

tl::expected<std::optional<base::Duration>, std::string> parse_age(std::string_view text) {
  if (text == kForever) return std::nullopt;
  const auto seconds = scaled(text, kTimes);
  if (!seconds || *seconds > kAgeMaxS)
    return tl::unexpected(fmt::format(
        "\"{}\" is no age; write a whole number above 0 and s, min, h, d or w, such as \"30d\", or "
        "\"forever\".",
        text));
  return base::Duration{static_cast<std::int64_t>(*seconds) * kSecondNs};
}

tl::expected<std::uint64_t, std::string> parse_size(std::string_view text) {
  if (text == kUnlimited) return 0;
  const auto bytes = scaled(text, kSizes);
  if (!bytes)
    return tl::unexpected(fmt::format(
        "\"{}\" is no size; write a whole number and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, such "
        "as \"20GiB\", or \"unlimited\".",
        text));
  if (*bytes < kBytesMin)
    return tl::unexpected(fmt::format("\"{}\" is less than the least, 1MiB.", text));
  return *bytes;
}

std::string age_text(base::Duration age) {
  const std::int64_t seconds = age.ns / kSecondNs;
  for (const Unit& u : kTimes) {
    const auto factor = static_cast<std::int64_t>(u.factor);
    // "4w" is 28 days to most readers: weeks are understood, days are told.
    if (u.name != "w" && seconds != 0 && seconds % factor == 0)
      return fmt::format("{}{}", seconds / factor, u.name);
  }
  return fmt::format("{}s", seconds);
}

std::vector<RetentionProblem> check_retention(const RetentionConfig& config) {
  std::vector<RetentionProblem> out;
  for (const Text& t : kAges)
    if (const auto age = parse_age(config.*t.of_all); !age) out.push_back({t.key, age.error()});
  if (const auto size = parse_size(config.max_size); !size)
    out.push_back({"max_size", size.error()});
  return out;
}

std::vector<RetentionProblem> check_retention(const WhispererConfig& whisperer) {
  std::vector<RetentionProblem> out;
  for (const Text& t : kAges) {
    const std::string& text = whisperer.*t.of_one;
    if (text.empty()) continue;
    if (const auto age = parse_age(text); !age) out.push_back({t.key, age.error()});
  }
  if (whisperer.max_size.empty()) return out;
  if (const auto size = parse_size(whisperer.max_size); !size)
    out.push_back({"max_size", size.error()});
  return out;
}

RetentionLimits limits_of(const WhispererConfig& whisperer, const RetentionConfig& all) {
  RetentionLimits out;
  if (whisperer.type == "UPLOAD") return out;
  for (std::size_t i = 0; i < kKeptKinds; ++i) {
    const std::string& own = whisperer.*kAges[i].of_one;
    if (const auto age = parse_age(own.empty() ? all.*kAges[i].of_all : own)) out.age[i] = *age;
  }
  const std::string& own = whisperer.max_size;
  if (const auto size = parse_size(own.empty() ? all.max_size : own)) out.bytes_max = *size;
  return out;
}

void copy_retention(const WhispererConfig& from, WhispererConfig& to) {
  for (const Text& t : kAges) to.*t.of_one = from.*t.of_one;
  to.max_size = from.max_size;
}

WhispererConfig without_retention(WhispererConfig whisperer) {
  copy_retention({}, whisperer);
  return whisperer;
}

}  // namespace spider::model
