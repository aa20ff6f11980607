// Questions asked again, whose answers are kept by block: the same rows as at first, whatever is
// asked in between, and without another look at the columns.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/engine.h"
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

// Counts of each bucket by the series' key.
using Bars = std::map<std::string, std::vector<std::uint64_t>>;

[[nodiscard]] Bars counted_plainly(const TimelineRequest& request,
                                   const std::function<bool(const Row&)>& holds) {
  const auto buckets = static_cast<std::size_t>((request.to - request.from).ns / request.bucket.ns);
  Bars out;
  for (int i = 0; i < kRows; ++i) {
    const Row row = row_of(i);
    const std::int64_t start = i * 1'000 - request.from.ns;
    const std::int64_t end = start + 500;
    if (!holds(row) || end < 0 || start >= (request.to - request.from).ns) continue;
    const std::string key = request.split == Split::none ? ""
                            : row.status == 0            ? "none"
                                                         : fmt::format("{}xx", row.status / 100);
    auto& counts = out[key];
    counts.resize(buckets);
    for (std::size_t b = 0; b < buckets; ++b) {
      const auto begin = static_cast<std::int64_t>(b) * request.bucket.ns;
      if (start < begin + request.bucket.ns && end >= begin) ++counts[b];
    }
  }
  return out;
}

TEST_CASE("a timeline that is asked again has the same bars, whatever its buckets", "[query]") {
  const test::TemporaryFolder folder;
  const auto store = filled(folder);
  struct Asked {
    Filter filter;
    std::function<bool(const Row&)> holds;
  };
  std::vector<Asked> all(5);
  all[0].filter.hosts = {"h4.example"};
  all[0].holds = [](const Row& r) { return r.host == "h4.example"; };
  all[1].filter.hosts = {"h4.example"};
  all[1].filter.status = {{400, 499}};
  all[1].holds = [](const Row& r) { return r.host == "h4.example" && r.status / 100 == 4; };
  all[2].filter.uri_part = "q=3";
  all[2].holds = [](const Row& r) { return r.target.find("q=3") != std::string::npos; };
  all[3].filter.hosts = {"nobody.example"};
  all[3].holds = [](const Row&) { return false; };
  REQUIRE(narrow(all[4].filter, "NOT method:POST OR status:404", FilterVocabulary{}));
  all[4].holds = [](const Row& r) { return r.method != "POST" || r.status == 404; };
  constexpr std::int64_t kEnd = kRows * 1'000;
  for (int round = 0; round < 4; ++round)
    for (const std::int64_t bucket : {kEnd, 2'000'000L, 700'300L, 90'000L})
      for (const std::int64_t from : {0L, 1'400'100L})
        for (const Split split : {Split::status_class, Split::none})
          for (std::size_t q = 0; q < all.size(); ++q) {
            CAPTURE(round, bucket, from, static_cast<int>(split), q);
            TimelineRequest request;
            request.from = {from};
            request.bucket = {bucket};
            request.to = {from + (kEnd - from + bucket - 1) / bucket * bucket};
            request.split = split;
            const auto snapshot = store->reader().snapshot();
            const auto found = QueryEngine(*snapshot).timeline(request, all[q].filter);
            REQUIRE(found);
            Bars bars;
            for (const TimelineSeries& series : found->series) bars[series.key] = series.counts;
            REQUIRE(bars == counted_plainly(request, all[q].holds));
          }
}

TEST_CASE("what a question comes to in a block is made once, and told to all who ask it",
          "[query]") {
  const test::TemporaryFolder folder;
  const auto store = filled(folder);
  int made = 0;
  std::vector<bool> there;
  for (int i = 0; i < 4; ++i) {
    const auto snapshot = store->reader().snapshot();
    const auto blocks =
        snapshot->blocks(store::RecordKind::http, {}, base::Time::min(), base::Time::max());
    REQUIRE(blocks);
    const std::uint64_t asked = snapshot->asked_before("how many");
    std::string out;
    const auto make = [&](std::string& to) -> base::Result<void> {
      to = fmt::format("answer {}", ++made);
      return {};
    };
    const auto answered = snapshot->answer_asked(*blocks->front(), asked, 8, make, out);
    REQUIRE(answered);
    there.push_back(*answered);
    if (*answered) CHECK(out == "answer 1");
  }
  CHECK(there == std::vector<bool>{false, true, true, true});  // it has a number the second time
  CHECK(made == 1);
}

TEST_CASE("timelines of one host after the other count what each has", "[query]") {
  const test::TemporaryFolder folder;
  const auto store = filled(folder);
  constexpr std::int64_t kEnd = kRows * 1'000;
  for (const Split split : {Split::status_class, Split::none})
    for (const std::int64_t bucket : {kEnd, 1'500'000L})
      for (int h = 0; h < 37; ++h)
        for (const bool as_text : {false, true}) {
          const std::string host = fmt::format("h{}.example", h);
          CAPTURE(static_cast<int>(split), bucket, host, as_text);
          Filter filter;
          if (as_text) {
            REQUIRE(narrow(filter, "host:" + host, FilterVocabulary{}));
          } else {
            filter.hosts = {host, "H0.EXAMPLE"};
          }
          TimelineRequest request;
          request.from = {0};
          request.bucket = {bucket};
          request.to = {(kEnd + bucket - 1) / bucket * bucket};
          request.split = split;
          const auto snapshot = store->reader().snapshot();
          const auto found = QueryEngine(*snapshot).timeline(request, filter);
          REQUIRE(found);
          Bars bars;
          for (const TimelineSeries& series : found->series) bars[series.key] = series.counts;
          REQUIRE(bars == counted_plainly(request, [&](const Row& r) {
                    return r.host == host || (!as_text && r.host == "h0.example");
                  }));
        }
}

TEST_CASE("counts of all texts of a column are kept, and tell those of any of them", "[query]") {
  const test::TemporaryFolder folder;
  const auto store = filled(folder);
  const auto counted = [&](store::ColumnId column, std::string_view question,
                           std::string_view text) -> std::optional<store::ClassCounts> {
    const auto snapshot = store->reader().snapshot();
    const auto blocks =
        snapshot->blocks(store::RecordKind::http, {}, base::Time::min(), base::Time::max());
    REQUIRE(blocks);
    store::ClassCounts sum{};
    std::vector<char> known;
    for (const auto& block : *blocks) {
      if (block->rows < 1'024) continue;  // the last
      store::ClassCounts counts{};
      const auto told = snapshot->count_texts(
          *block, column,
          [&](const store::TextColumn& values, std::vector<char>& verdicts) {
            for (std::size_t i = 0; i < verdicts.size(); ++i)
              verdicts[i] = values.value(i) == text ? 1 : 0;
          },
          snapshot->asked_before(question), known, counts);
      REQUIRE(told);
      if (!*told) return std::nullopt;
      for (std::size_t c = 0; c < counts.size(); ++c) sum[c] += counts[c];
    }
    return sum;
  };
  CHECK_FALSE(counted(store::ColumnId::host, "hosts", "h4.example"));  // asked for the first time
  for (const int h : {4, 9, 2, 4}) {  // 2: no square leaves it, so nobody has that name
    const std::string host = fmt::format("h{}.example", h);
    store::ClassCounts expected{};
    for (int i = 0; i < kRows / 1'024 * 1'024; ++i)
      if (row_of(i).host == host) ++expected[row_of(i).status / 100U];
    CHECK(counted(store::ColumnId::host, "hosts", host) == expected);
  }
  CHECK_FALSE(counted(store::ColumnId::target, "targets", "/item/7?q=3"));
  CHECK_FALSE(counted(store::ColumnId::target, "targets", "/item/7?q=3"));  // too many of them
  CHECK_FALSE(counted(store::ColumnId::target, "targets", "/item/7?q=3"));
}

}  // namespace
}  // namespace spider::query
