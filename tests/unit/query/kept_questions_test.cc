// Questions asked again, whose answers are kept by block: the same rows as at first, whatever is
// asked in between, and without another look at the columns.

#include <functional>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/language.h"

#include "query/block_filter.h"
#include "support/forwarding_snapshot.h"
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

// Counts the looks at columns that a kept answer spares.
class WatchedSnapshot final : public test::ForwardingSnapshot {
 public:
  WatchedSnapshot(std::unique_ptr<store::StoreSnapshot> inner, int& looks)
      : ForwardingSnapshot(std::move(inner)), looks_(looks) {}

  base::Result<void> keep_asked(const store::BlockInfo& block, std::uint64_t asked,
                                const Keep& keep, std::vector<std::uint32_t>& rows) const override {
    const Keep watched = [&](std::vector<std::uint32_t>& of) {
      ++looks_;
      return keep(of);
    };
    return inner().keep_asked(block, asked, watched, rows);
  }
  base::Result<void> keep_texts(const store::BlockInfo& block, store::ColumnId column,
                                const Judge& judge, std::uint64_t asked,
                                std::vector<std::uint32_t>& rows) const override {
    const Judge watched = [&](const store::TextColumn& values, std::vector<char>& verdicts) {
      ++looks_;
      judge(values, verdicts);
    };
    return inner().keep_texts(block, column, watched, asked, rows);
  }

 private:
  int& looks_;
};

// The starts of the rows that answer, as thousandths; `looks` is set.
[[nodiscard]] std::vector<int> asked(const store::Store& store, const Filter& filter, int& looks) {
  looks = 0;
  const auto snapshot = std::make_unique<WatchedSnapshot>(store.reader().snapshot(), looks);
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
    bool kept = true;
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
  all.back().kept = false;  // of numbers, a single stretch is
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
      int looks = 0;
      const std::uint64_t before = store->memory_bytes();
      REQUIRE(asked(*store, all[q].filter, looks) == expected);
      // When it is asked for the second time its answer is kept: of the first one it was before,
      // as a part of another's. From then on nothing is looked at.
      if (round == 1 && all[q].kept && q != 0) CHECK(store->memory_bytes() != before);
      if (round > 1) CHECK(looks == 0);
    }
}

}  // namespace
}  // namespace spider::query
