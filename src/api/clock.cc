#include "api/clock.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "spider/api/codes.h"

#include "api/window.h"

namespace spider::api {
namespace {

constexpr std::size_t kTurnsMax = 64;
constexpr std::int64_t kDay = 1'440 * kMinute;
constexpr std::int64_t kOffsetMax = kDay;
constexpr std::int64_t kPeriodMax = 366 * kDay;

[[nodiscard]] std::optional<std::int64_t> seconds(std::string_view text, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  if (value < -most / kSecond || value > most / kSecond) return {};
  return value * kSecond;
}

}  // namespace

base::Result<Clock> Clock::read(const Parameters& p) {
  Clock out;
  if (!p.has("utc_offset")) return out;
  const auto wrong = [](std::string_view why) {
    return base::fail(codes::bad_parameter,
                      fmt::format("utc_offset: {}; it is seconds east of UTC, and after commas "
                                  "each later change, such as 3600,1774746000:7200.",
                                  why));
  };
  const std::vector<std::string> words = p.list("utc_offset");
  if (words.empty() || words.size() > kTurnsMax)
    return wrong(fmt::format("from 1 to {} offsets can be told", kTurnsMax));
  out.turns_.clear();
  for (const std::string_view word : words) {
    const std::size_t colon = out.turns_.empty() ? std::string_view::npos : word.find(':');
    const auto at = out.turns_.empty() ? std::optional(std::numeric_limits<std::int64_t>::min())
                    : colon == std::string_view::npos ? std::nullopt
                                                      : seconds(word.substr(0, colon), kTimeMax);
    const auto offset =
        seconds(colon == std::string_view::npos ? word : word.substr(colon + 1), kOffsetMax);
    if (!at || !offset) return wrong(fmt::format("'{}' cannot be read", word.substr(0, 64)));
    if (!out.turns_.empty() && *at <= out.turns_.back().at)
      return wrong("changes go from the earliest to the latest");
    out.turns_.push_back({*at, *offset});
  }
  return out;
}

base::Result<std::vector<base::Time>> Clock::cut(std::int64_t from, std::int64_t to,
                                                 std::int64_t bucket) const {
  if (bucket > kPeriodMax)
    return base::fail(codes::bad_parameter,
                      "bucket: with utc_offset a period is at most 366 days long.");
  from = std::clamp(from, -kTimeMax, kTimeMax);
  to = std::clamp(to, from, kTimeMax);
  const std::uint64_t span = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  SPIDER_TRY(check_buckets(span / static_cast<std::uint64_t>(bucket)));
  // A period reaches no further than its own length and what the clock is put back by.
  const std::int64_t air = 2 * bucket + 2 * kOffsetMax;
  const std::int64_t low = from - air;
  const std::int64_t high = to + air;
  std::vector<base::Time> out;
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    const Turn& turn = turns_[i];
    const std::int64_t end = i + 1 < turns_.size() ? std::min(turns_[i + 1].at, high) : high;
    const std::int64_t begin = std::max(turn.at, low);
    if (end <= begin) continue;
    // Where the clock is changed a period begins when another one is shown than just before.
    if (begin == turn.at && i > 0 &&
        round_down(begin - 1 + turns_[i - 1].offset, bucket) !=
            round_down(begin + turn.offset, bucket))
      out.push_back(base::Time{begin});
    // Of those before the range the last is enough, of those behind it the first.
    const std::int64_t latest = round_down(std::min(from, end - 1) + turn.offset, bucket);
    const std::int64_t next = round_up(begin + 1 + turn.offset, bucket);
    for (std::int64_t at = std::max(latest, next) - turn.offset; at < end; at += bucket) {
      out.push_back(base::Time{at});
      if (at >= to && at > from) break;
    }
  }
  const auto first = std::upper_bound(out.begin(), out.end(), base::Time{from}) - 1;
  const auto last = std::lower_bound(first + 1, out.end(), base::Time{to});
  return std::vector<base::Time>(first, last + 1);
}

}  // namespace spider::api
