#include "spider/store/value_filter.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace spider::store {
namespace {

std::string random_text(std::mt19937_64& random) {
  std::string out(random() % 600, ' ');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

TEST_CASE("a filter holds every value that it was made of, whatever the bytes", "[store]") {
  std::mt19937_64 random(7);
  for (const std::size_t count : {1U, 2U, 33U, 200U, 1'024U}) {
    std::vector<std::string> values(count);
    for (std::string& v : values) v = random_text(random);
    const std::string filter =
        make_value_filter(std::vector<std::string_view>(values.begin(), values.end()));
    CHECK(filter.size() == (count * 10 + 7) / 8);
    for (const std::string& v : values) REQUIRE(may_hold(filter, value_mark(v)));
  }
}

TEST_CASE("a filter rules out nearly every other value", "[store]") {
  for (const int count : {33, 200, 1'024}) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back(fmt::format("www{}.example.com", i));
    const std::string filter =
        make_value_filter(std::vector<std::string_view>(values.begin(), values.end()));
    int wrong = 0;
    for (int i = 0; i < 10'000; ++i)
      wrong += may_hold(filter, value_mark(fmt::format("www{}.example.com", count + i))) ? 1 : 0;
    INFO(count);
    CHECK(wrong < 300);  // one in a hundred is expected
  }
}

TEST_CASE("a value's mark is the same in capitals and differs beyond 256 bytes", "[store]") {
  CHECK(value_mark("WWW.Example.COM") == value_mark("www.example.com"));
  CHECK(value_mark("\xC4") != value_mark("\xE4"));  // no ASCII letter
  const std::string even(256, 'x');
  CHECK(value_mark(even + "a") != value_mark(even + "b"));
  CHECK(value_mark(even) != value_mark(even + even));
  CHECK(value_mark("") == value_mark(""));
}

TEST_CASE("a column without a filter may hold anything, and too many values have none", "[store]") {
  const ColumnSummary plain{ColumnId::host, 0, 0, false, false, {}, {}};
  CHECK(may_hold(&plain, value_mark("a")));
  CHECK(may_hold(nullptr, value_mark("a")));
  CHECK(make_value_filter(std::vector<std::string_view>(kFilterValuesMax + 1, "a")).empty());
  CHECK(make_value_filter({}).empty());
}

}  // namespace
}  // namespace spider::store
