// Questions asked again, whose answers are kept by block: the same rows as at first, whatever is
// asked in between.

#include <functional>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/language.h"

#include "query/block_filter.h"
#include "unit/query/known_store.h"

namespace spider::query {
namespace {

constexpr int kRows = 5'000;

struct Row {
  std::string host;
  std::string method;
  std::string target;
  std::uint16_t status = 0;
};
[[nodiscard]] Row row_of(int i) {
  constexpr std::uint16_t kStatus[] = {200, 204, 304, 404, 500, 0};
  return {fmt::format("h{}.example", i * i % 37), i % 3 == 0 ? "POST" : "GET",
          fmt::format("/item/{}?q={}", i % 900, i % 7),
          kStatus[static_cast<std::size_t>(i % 11) % std::size(kStatus)]};
}

[[nodiscard]] std::unique_ptr<store::Store> filled(const test::TemporaryFolder& folder) {
  store::StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 1'024;
  auto store = store::Store::open(config);
  REQUIRE(store);
  const auto source = (*store)->source("again", "UPLOAD");
  REQUIRE(source);
  model::RecordBatch batch(1U << 20U, 1U << 20U, 16);
  batch.source = *source;
  for (int i = 0; i < kRows; ++i) {
    const Row row = row_of(i);
    model::Communication c;
    c.session = {*source, {i * 1'000}, static_cast<std::uint64_t>(i) + 1};
    c.start = {i * 1'000};
    c.end = {i * 1'000 + 500};
    c.method = batch.text.put(row.method);
    c.target = batch.text.put(row.target);
    c.host = batch.text.put(row.host);
    c.status = row.status;
    batch.communications.push_back(c);
  }
  REQUIRE((*store)->writer().add(batch));
  REQUIRE((*store)->writer().flush());
  return std::move(*store);
}

// The starts of the rows that answer, as thousandths.
[[nodiscard]] std::vector<int> asked(const store::Store& store, const Filter& filter) {
  const auto snapshot = store.reader().snapshot();
  BlockFilter scan(*snapshot, filter);
  BlockFilter beside(*snapshot, filter);  // as two parts of one question do
  const auto blocks =
      snapshot->blocks(store::RecordKind::http, {}, base::Time::min(), base::Time::max());
  REQUIRE(blocks);
  std::vector<int> out;
  for (const auto& block : *blocks) {
    if (!scan.may_match(*block)) continue;
    std::vector<std::uint32_t> rows;
    std::vector<std::uint32_t> again;
    REQUIRE(scan.rows(*block, rows));
    REQUIRE(beside.rows(*block, again));
    CHECK(rows == again);
    std::vector<std::int64_t> starts;
    REQUIRE(snapshot->numbers(*block, store::ColumnId::start, starts));
    for (const std::uint32_t row : rows) out.push_back(static_cast<int>(starts[row] / 1'000));
  }
  return out;
}

TEST_CASE("a question that is asked again has the same answer", "[query][filter]") {
  const test::TemporaryFolder folder;
  const auto store = filled(folder);
  struct Asked {
    Filter filter;
    std::function<bool(int, const Row&)> holds;
  };
  std::vector<Asked> all;
  const auto add = [&](auto&& set, auto&& holds) {
    Asked& asked = all.emplace_back();
    set(asked.filter);
    asked.holds = holds;
  };
  const auto text = [&](std::string_view query, auto&& holds) {
    add([&](Filter& f) { REQUIRE(narrow(f, query, FilterVocabulary{})); }, holds);
  };
  add([](Filter& f) { f.hosts = {"h4.example"}; },
      [](int, const Row& r) { return r.host == "h4.example"; });
  add([](Filter& f) { f.hosts = {"h1*.example"}; },
      [](int, const Row& r) { return r.host.starts_with("h1"); });
  add(
      [](Filter& f) {
        f.hosts = {"h1.example", "h4.example"};
      },
      [](int, const Row& r) { return r.host == "h1.example" || r.host == "h4.example"; });
  add(
      [](Filter& f) {
        f.status = {{404, 404}};
      },
      [](int, const Row& r) { return r.status == 404; });
  add(
      [](Filter& f) {
        f.status = {{200, 299}};
      },
      [](int, const Row& r) { return r.status / 100 == 2; });
  add([](Filter& f) { f.uri_part = "/7"; },
      [](int, const Row& r) { return r.target.find("/7") != std::string::npos; });
  add(
      [](Filter& f) {
        f.hosts = {"h4.example"};
        f.methods = {"POST"};
        f.status = {{400, 599}};
        f.uri_part = "9";
      },
      [](int, const Row& r) {
        return r.host == "h4.example" && r.method == "POST" && r.status >= 400 &&
               r.target.find('9') != std::string::npos;
      });
  add(
      [](Filter& f) {
        f.methods = {"GET"};
        f.from = {1'500'000};
        f.to = {2'600'000};
      },
      [](int i, const Row& r) {
        return r.method == "GET" && i * 1'000 < 2'600'000 && i * 1'000 + 500 >= 1'500'000;
      });
  text("status:404,500..599", [](int, const Row& r) { return r.status == 404 || r.status == 500; });
  text("NOT host:h4.example", [](int, const Row& r) { return r.host != "h4.example"; });
  text("path:/item/7 OR (method:POST AND host:h1*)", [](int, const Row& r) {
    return r.target.substr(0, r.target.find('?')) == "/item/7" ||
           (r.method == "POST" && r.host.starts_with("h1"));
  });
  text("path:/item/8* AND NOT uri:q=3", [](int, const Row& r) {
    return r.target.starts_with("/item/8") && r.target.find("q=3") == std::string::npos;
  });
  for (int round = 0; round < 4; ++round)
    for (std::size_t q = 0; q < all.size(); ++q) {
      CAPTURE(round, q);
      std::vector<int> expected;
      for (int i = 0; i < kRows; ++i)
        if (all[q].holds(i, row_of(i))) expected.push_back(i);
      REQUIRE(asked(*store, all[q].filter) == expected);
    }
}

}  // namespace
}  // namespace spider::query
