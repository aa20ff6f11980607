#include "spider/query/filter.h"

#include <catch2/catch.hpp>

#include "spider/query/codes.h"

namespace spider::query {
namespace {

[[nodiscard]] bool selects(std::string_view text, std::uint16_t status) {
  const auto ranges = parse_status(text);
  REQUIRE(ranges);
  for (const StatusRange& r : *ranges)
    if (status >= r.first && status <= r.last) return true;
  return false;
}

TEST_CASE("a status question selects numbers, classes, spans, comparisons and none", "[query]") {
  CHECK(selects("404", 404));
  CHECK_FALSE(selects("404", 403));
  CHECK(selects("4xx,5XX", 599));
  CHECK_FALSE(selects("4xx,5xx", 399));
  CHECK(selects("200-204", 204));
  CHECK_FALSE(selects("200-204", 205));
  CHECK(selects(">=500", 500));
  CHECK(selects(">=500", 999));
  CHECK_FALSE(selects(">500", 500));
  CHECK(selects("<400", 399));
  CHECK_FALSE(selects("<400", 400));
  CHECK(selects("none", 0));
}

TEST_CASE("a missing response is no small status", "[query]") {
  CHECK_FALSE(selects("<400", 0));
  CHECK_FALSE(selects("<=999", 0));
}

TEST_CASE("what is no status is refused with bad_query", "[query]") {
  for (const char* text :
       {"", "teapot", "4x", ">=", "<", "-", "300-200", "2000", "200,,300", "200 ", "0x1", "+200"}) {
    INFO(text);
    const auto ranges = parse_status(text);
    REQUIRE_FALSE(ranges);
    CHECK(ranges.error().code == codes::bad_query);
  }
}

TEST_CASE("a number or class that HTTP does not have is refused, with the way to odd ones",
          "[query]") {
  for (const char* text : {"0", "4", "40", "99", "600", "999", "0xx", "6xx", "9XX", "404,6xx"}) {
    INFO(text);
    const auto ranges = parse_status(text);
    REQUIRE_FALSE(ranges);
    CHECK(ranges.error().code == codes::bad_query);
    CHECK(ranges.error().detail.find("100 to 599") != std::string::npos);
    CHECK(ranges.error().detail.find("<100,>=600") != std::string::npos);
  }
  CHECK(selects("100", 100));
  CHECK(selects("599", 599));
  CHECK(selects("<100,>=600", 20));
  CHECK(selects("<100,>=600", 999));
  CHECK_FALSE(selects("<100,>=600", 404));
  CHECK(selects("700-700", 700));
}

TEST_CASE("lengths of time have units, and none is microseconds", "[query]") {
  CHECK(parse_duration("250")->ns == 250'000);
  CHECK(parse_duration("20us")->ns == 20'000);
  CHECK(parse_duration("250ms")->ns == 250'000'000);
  CHECK(parse_duration("1.5s")->ns == 1'500'000'000);
  CHECK(parse_duration("5m")->ns == parse_duration("5min")->ns);
  CHECK(parse_duration("1h")->ns == 3'600'000'000'000);
  CHECK(parse_duration("1d")->ns == 86'400'000'000'000);
}

TEST_CASE("what is no length of time is refused, overflow included", "[query]") {
  for (const char* text :
       {"", "s", "-1s", "1 s", "1.2.3s", "1week", "99999999999999999999", "9999999999999d", "."}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a pattern speaks of the whole text, stars stand for any run, case aside", "[query]") {
  CHECK(matches_pattern("shop.example", "SHOP.example"));
  CHECK_FALSE(matches_pattern("shop.example.org", "shop.example"));
  CHECK(matches_pattern("shop.example.org", "shop*"));
  CHECK(matches_pattern("a.b.example.org", "*.example.org"));
  CHECK_FALSE(matches_pattern("example.org", "*.example.org"));
  CHECK(matches_pattern("abcabcabd", "*abd"));
  CHECK(matches_pattern("", "*"));
  CHECK_FALSE(matches_pattern("", "a"));
  CHECK(matches_pattern("aXbXc", "a*b*c"));
}

TEST_CASE("a hostile pattern costs no more than text times pattern", "[query]") {
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 400; ++i) pattern += "a*";
  CHECK_FALSE(matches_pattern(text, pattern + "b"));
}

}  // namespace
}  // namespace spider::query
