#include "spider/base/time.h"

#include <catch2/catch.hpp>

#include "spider/base/codes.h"

using spider::base::parse_time;
using spider::base::Time;
using spider::base::to_iso;

TEST_CASE("a time survives the way through ISO text", "[base]") {
  for (const std::int64_t us : {0L, 1L, 999'999L, 1'700'000'000'123'456L, -1L, -86'400'000'001L}) {
    const auto back = parse_time(to_iso(Time::from_us(us)));
    REQUIRE(back);
    CHECK(back->us() == us);
  }
}

TEST_CASE("nanoseconds survive the way through ISO text", "[base]") {
  for (const std::int64_t ns :
       {0L, 1L, 999L, 1'000L, 1'700'000'000'123'456'789L, -1L, -999L, -86'400'000'000'001L}) {
    const auto back = parse_time(spider::base::to_iso_exact(Time{ns}));
    REQUIRE(back);
    CHECK(back->ns == ns);
  }
  // Six decimals are enough for most clocks, and then nobody reads more.
  CHECK(spider::base::to_iso_exact(Time{1'000}) == "1970-01-01T00:00:00.000001Z");
  CHECK(spider::base::to_iso_exact(Time{1'007}) == "1970-01-01T00:00:00.000001007Z");
}

TEST_CASE("times are understood as people and programs write them", "[base]") {
  CHECK(parse_time("1970-01-01")->ns == 0);
  CHECK(parse_time("1970-01-01T00:00:01Z")->ns == 1'000'000'000);
  CHECK(parse_time("1970-01-01 01:00+01:00")->ns == 0);
  CHECK(parse_time("1970-01-01T00:00:00.000000001")->ns == 1);
  CHECK(parse_time("1700000000123456")->us() == 1'700'000'000'123'456);
  CHECK(parse_time("-5")->us() == -5);
  CHECK(to_iso(*parse_time("2024-02-29T24:00:00Z")) == "2024-03-01T00:00:00.000000Z");
  CHECK(to_iso(*parse_time("2024-02-29T23:59:59.5Z")) == "2024-02-29T23:59:59.500000Z");
}

TEST_CASE("what is not a time is refused and quoted", "[base]") {
  for (const char* text :
       {"", "yesterday", "2024-13-01", "2024-02-01T25:00:00", "2024-02-01T10:00:00.0000000001",
        "99999999999999999999", "2024-02-01T10", "2024-02-01T10:00:00Zx", "2026-02-30",
        "2026-11-31", "2024-02-01T24:30:00"}) {
    const auto result = parse_time(text);
    INFO(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().detail.find(text) != std::string::npos);
  }
}

TEST_CASE("microseconds are rounded down before 1970 too", "[base]") {
  CHECK(Time{-1}.us() == -1);
  CHECK(Time{-1'000}.us() == -1);
  CHECK(Time{1'999}.us() == 1);
}

TEST_CASE("time arithmetic saturates instead of overflowing", "[base]") {
  using spider::base::Duration;
  CHECK((Time::max() + Duration{1}) == Time::max());
  CHECK((Time::min() - Duration{1}) == Time::min());
  CHECK((Time::max() - Time::min()).ns == std::numeric_limits<std::int64_t>::max());
}
