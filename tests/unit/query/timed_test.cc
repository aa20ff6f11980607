// Which communications have a duration.
#include <catch2/catch.hpp>

#include "spider/query/statistics.h"

#include "query/group_table.h"
#include "unit/query/known_store.h"

namespace spider::query {

TEST_CASE("what lacks a side has no duration, and a group of only such comes last") {
  Tally tally;
  tally.add(0, 0, 90, store::kNone);  // no response
  CHECK(tally.measures().communications == 1);
  CHECK(tally.measures().timed == 0);
  tally.add(5'000, 200, 0, 40);  // no request
  CHECK(tally.measures().timed == 0);
  tally.add(7'000, 200, 90, 40);
  CHECK(tally.measures().communications == 3);
  CHECK(tally.measures().timed == 1);
  CHECK(tally.measures().p50.ns == 7'000);

  test::KnownStore stored(8);
  const auto snapshot = stored.store().reader().snapshot();
  Filter filter;
  filter.from = stored.first();
  filter.to = stored.last() + base::Duration{1};
  StatisticsRequest request;
  request.group_by = {GroupField::status};
  request.order = StatisticsOrder::p50;
  for (const bool descending : {true, false}) {
    request.descending = descending;
    const auto told = statistics(*snapshot, request, filter);
    REQUIRE(told);
    REQUIRE(told->groups.size() > 2);
    CHECK(told->groups.back().key[0].none);
    CHECK(told->groups.back().measures.timed == 0);
  }
}

}  // namespace spider::query
