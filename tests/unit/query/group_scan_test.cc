// Groups of a block's rows, counted through statistics().

#include "query/group_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

TEST_CASE(
    "many values of a block that are one group are counted together, however long they last") {
  const test::TemporaryFolder folder;
  store::StoreConfig config;
  config.path = (folder.path() / "store").string();
  auto store = store::Store::open(config);
  REQUIRE(store);
  const auto source = (*store)->source("one", "UPLOAD");
  REQUIRE(source);
  model::RecordBatch batch(1U << 20U, 1U << 20U, 16);
  batch.source = *source;
  std::array<std::vector<std::int64_t>, 2> durations;
  for (int i = 0; i < 4'000; ++i) {
    // Longer and longer: the buckets of a group are moved while its other values are counted.
    const base::Duration lasts{i < 1'200 ? 700 + i : std::int64_t{1} << (i % 45)};
    durations[static_cast<std::size_t>(i % 2)].push_back(lasts.ns);
    model::Communication c;
    c.session = {*source, {i * 1'000}, static_cast<std::uint64_t>(i) + 1};
    c.start = {i * 1'000};
    c.end = c.start + lasts;
    c.method = "GET";
    c.host = "h";
    c.target = batch.text.put((i % 2 == 0 ? "/even?n=" : "/odd?n=") + std::to_string(i % 700));
    c.status = 200;
    c.request.present = true;
    c.request.wire_bytes = 20;
    batch.communications.push_back(c);
  }
  REQUIRE((*store)->writer().add(batch));
  REQUIRE((*store)->writer().flush());
  const auto snapshot = (*store)->reader().snapshot();
  StatisticsRequest request;
  request.group_by = {GroupField::path};
  request.order = StatisticsOrder::key;
  request.descending = false;
  const auto told = statistics(*snapshot, request, {});
  REQUIRE(told);
  REQUIRE(told->groups.size() == 2);
  CHECK(told->groups[0].key[0].text == "/even");
  for (std::size_t i = 0; i < 2; ++i) {
    const Measures& measures = told->groups[i].measures;
    CHECK(measures.communications == 2'000);
    CHECK(measures.timed == 2'000);
    CHECK(measures.request_bytes == 40'000);
    std::vector<std::int64_t>& all = durations[i];
    std::sort(all.begin(), all.end());
    CHECK(measures.max.ns == all.back());
    const auto near = [&](base::Duration value, std::size_t place) {
      const auto truth = static_cast<double>(all[place]);
      CHECK(std::abs(static_cast<double>(value.ns) - truth) <= truth * kQuantileError);
    };
    near(measures.p50, 999);
    near(measures.p90, 1'799);
    near(measures.p99, 1'979);
  }
}

}  // namespace
}  // namespace spider::query
