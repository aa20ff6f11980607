// Ranges of time cut into buckets, up to the ends of all numbers.
#include "api/window.h"

#include <limits>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/api/codes.h"

namespace spider::api {
namespace {

constexpr std::int64_t kDay = 24 * 60 * kMinute;
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

base::Result<Window> window(std::int64_t from, std::int64_t to, const std::string& query = "") {
  const auto p = Parameters::parse(query);
  REQUIRE(p);
  return read_window(*p, base::Time{from}, base::Time{to}, "auto", 1'000);
}

}  // namespace

TEST_CASE("a range longer than a length of time can be is refused, not wrapped around", "[api]") {
  for (const auto& [from, to] : {std::pair{kLeast, kMost}, std::pair{-kTimeMax, kTimeMax},
                                 std::pair{-kTimeMax, kTimeMax / 2}}) {
    for (const char* query : {"", "bucket=1h", "bucket=100000d", "buckets=5000"}) {
      INFO(from << " to " << to << ", " << query);
      const auto got = window(from, to, query);
      REQUIRE_FALSE(got);
      CHECK(got.error().code == codes::bad_parameter);
      CHECK(got.error().detail.find("292 years") != std::string::npos);
    }
  }
}

TEST_CASE("the longest ranges have the longest buckets, and no more than were asked for", "[api]") {
  const auto years = window(0, kTimeMax);
  REQUIRE(years);
  CHECK(years->bucket == 364 * kDay);
  CHECK((years->to - years->from) / years->bucket < 300);
  const auto before = window(-kTimeMax, 0);
  REQUIRE(before);
  CHECK(before->bucket == 364 * kDay);
  // The last bucket there can be ends with all numbers.
  const auto last = window(kTimeMax, kMost, "bucket=100000d");
  REQUIRE(last);
  CHECK(last->from <= kTimeMax);
  CHECK(last->to >= kTimeMax);
}

}  // namespace spider::api
