#include "api/window.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/engine.h"
#include "spider/query/filter.h"

namespace spider::api {
namespace {

// What bucket=auto chooses from.
constexpr std::int64_t kLadder[] = {
    1'000,
    10'000,
    100'000,
    1'000'000,
    2'000'000,
    5'000'000,
    10'000'000,
    20'000'000,
    50'000'000,
    100'000'000,
    200'000'000,
    500'000'000,
    kSecond,
    2 * kSecond,
    5 * kSecond,
    10 * kSecond,
    15 * kSecond,
    30 * kSecond,
    kMinute,
    2 * kMinute,
    5 * kMinute,
    10 * kMinute,
    15 * kMinute,
    30 * kMinute,
    60 * kMinute,
    120 * kMinute,
    180 * kMinute,
    360 * kMinute,
    720 * kMinute,
    1'440 * kMinute,
    7 * 1'440 * kMinute,
    28 * 1'440 * kMinute,
    364 * 1'440 * kMinute,
};
constexpr std::uint64_t kSpanMax = std::numeric_limits<std::int64_t>::max();  // of a Duration
constexpr std::uint64_t kBucketsDefault = 300;
constexpr std::uint64_t kBucketsMax = 5'000;

// Up to twice what a signed number holds.
[[nodiscard]] std::uint64_t span_of(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

[[nodiscard]] std::int64_t auto_bucket(std::int64_t from, std::int64_t to, std::int64_t buckets,
                                       std::int64_t least) {
  for (const std::int64_t step : kLadder)
    if (step >= least &&
        span_of(round_down(from, step), round_up(to, step)) / static_cast<std::uint64_t>(step) <=
            static_cast<std::uint64_t>(buckets))
      return step;
  return kLadder[std::size(kLadder) - 1];
}

}  // namespace

// Widens the range to whole buckets, at least one.
base::Result<Window> read_window(const Parameters& p, base::Time from, base::Time to,
                                 std::string_view otherwise, std::int64_t least) {
  Window out;
  const std::int64_t first = std::clamp(from.ns, -kTimeMax, kTimeMax);
  const std::int64_t last = std::clamp(to.ns, first, kTimeMax);
  SPIDER_TRY_LET(buckets, p.number("buckets", kBucketsDefault, 1, kBucketsMax));
  const std::string word = p.has("bucket") ? p.text("bucket") : std::string(otherwise);
  if (word.empty() || word == "auto") {
    out.bucket = auto_bucket(first, last, static_cast<std::int64_t>(buckets), least);
  } else {
    const auto length = query::parse_duration(word);
    if (!length || length->ns < 1'000 || length->ns > kTimeMax)
      return base::fail(codes::bad_parameter,
                        fmt::format("bucket: '{}' is neither auto nor a length of time from 1us "
                                    "up, such as 10ms, 1s, 5m or 1h.",
                                    word));
    out.bucket = std::max(round_up(length->ns, 1'000), least);
    if (least > 1'000) out.bucket = round_up(out.bucket, least);
  }
  out.from = round_down(first, out.bucket);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::int64_t one = out.from > kMost - out.bucket ? kMost : out.from + out.bucket;
  out.to = std::max(round_up(last, out.bucket), one);
  if (span_of(out.from, out.to) > kSpanMax)
    return base::fail(codes::bad_parameter,
                      "from, to: with whole buckets this is a range of more than 292 years, longer "
                      "than a length of time can be; ask for a part of it.");
  return out;
}

base::Result<void> check_buckets(std::uint64_t buckets) {
  if (buckets <= query::kTimelineBucketsMax) return {};
  return base::fail(codes::bad_parameter,
                    fmt::format("bucket: the range has more than {} of them; ask for longer "
                                "buckets or bucket=auto.",
                                query::kTimelineBucketsMax));
}

}  // namespace spider::api
