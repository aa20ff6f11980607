// Periods by the asker's clock: days go from midnight to midnight there, whatever the clock does.

#include "api/clock.h"

#include <limits>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/api/codes.h"

#include "api/window.h"

namespace spider::api {
namespace {

constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

base::Result<Clock> clock(const std::string& text) {
  const auto p = Parameters::parse("utc_offset=" + text);
  REQUIRE(p);
  return Clock::read(*p);
}

// Hours between the bounds.
std::vector<std::int64_t> lengths(const std::string& offset, std::int64_t from, std::int64_t to,
                                  std::int64_t bucket) {
  const auto bounds = clock(offset)->cut(from, to, bucket);
  REQUIRE(bounds);
  REQUIRE(bounds->size() >= 2);
  CHECK(bounds->front().ns <= from);
  CHECK(bounds->back().ns >= to);
  std::vector<std::int64_t> out;
  for (std::size_t i = 1; i < bounds->size(); ++i)
    out.push_back(((*bounds)[i] - (*bounds)[i - 1]).ns / kHour);
  return out;
}

using Hours = std::vector<std::int64_t>;

TEST_CASE("days of a clock that is never changed are its own, from midnight to midnight") {
  const std::int64_t noon = 20'000 * kDay + 12 * kHour;
  const auto days = clock("7200")->cut(noon, noon + 2 * kDay, kDay);
  REQUIRE(days);
  CHECK(days->front().ns == 20'000 * kDay - 2 * kHour);
  CHECK(lengths("7200", noon, noon + 2 * kDay, kDay) == Hours{24, 24, 24});
  CHECK(lengths("-18000", noon, noon + 1, kDay) == Hours{24});
  // What begins and ends at midnight is not widened.
  CHECK(lengths("7200", days->front().ns, days->back().ns, kDay) == Hours{24, 24, 24});
  // At 23 hours in UTC it is tomorrow already.
  const auto late = clock("7200")->cut(noon + 11 * kHour, noon + 11 * kHour, kDay);
  REQUIRE(late);
  CHECK(late->front().ns == 20'001 * kDay - 2 * kHour);
}

TEST_CASE("a day on which the clock is changed is longer or shorter, and is one day") {
  // Paris, 29 March and 25 October 2026, at 01:00 UTC.
  const std::int64_t spring = 1'774'746'000 * kSecond;
  const std::int64_t autumn = 1'792'890'000 * kSecond;
  const std::string paris = "3600,1774746000:7200,1792890000:3600";
  CHECK(lengths(paris, spring - kDay, spring + kDay, kDay) == Hours{24, 23, 24});
  CHECK(lengths(paris, autumn - kDay, autumn + kDay, kDay) == Hours{24, 25, 24});
  CHECK(lengths(paris, spring - kHour, spring + 12 * kHour, 6 * kHour) == Hours{5, 6, 6});
  // The hour that is skipped is none, the one that comes twice is one of two hours.
  CHECK(lengths(paris, spring - kHour, spring + kHour, kHour) == Hours{1, 1});
  CHECK(lengths(paris, autumn - 2 * kHour, autumn + 2 * kHour, kHour) == Hours{1, 2, 1});
  // A midnight that never is: at 00:00 it is one o'clock.
  const std::int64_t midnight = 20'000 * kDay;
  CHECK(lengths(fmt::format("0,{}:3600", midnight / kSecond), midnight - kDay, midnight + kHour,
                kDay) == Hours{24, 23});
}

TEST_CASE("an offset that cannot be meant is refused, with what can be") {
  for (const char* text : {"x", "", "99999", "3600,7200", "3600,5:x", "3600,10:0,5:0", "1e3"}) {
    INFO(text);
    const auto p = Parameters::parse(fmt::format("utc_offset={}", text));
    REQUIRE(p);
    if (!p->has("utc_offset")) continue;
    const auto read = Clock::read(*p);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == codes::bad_parameter);
    CHECK(read.error().detail.find("seconds east of UTC") != std::string::npos);
  }
}

TEST_CASE("more periods than an answer may have are refused before they are made") {
  CHECK_FALSE(clock("3600")->cut(0, kTimeMax, 1'000));
  CHECK_FALSE(clock("3600")->cut(std::numeric_limits<std::int64_t>::min(),
                                 std::numeric_limits<std::int64_t>::max(), kDay / 24'000));
  CHECK_FALSE(clock("3600")->cut(0, kDay, 367 * kDay));
}

TEST_CASE("a short range has few periods, however short they are, and none far from it") {
  const std::int64_t noon = 20'000 * kDay + 12 * kHour;
  const auto some = clock("3600,1774746000:7200")->cut(noon, noon + kSecond, kSecond / 100);
  REQUIRE(some);
  CHECK(some->size() == 101);
  CHECK(some->front().ns == noon);
  CHECK(some->back().ns == noon + kSecond);
  const auto none = clock("3600")->cut(noon, noon, kDay);
  REQUIRE(none);
  CHECK(none->size() == 2);
}

}  // namespace
}  // namespace spider::api
