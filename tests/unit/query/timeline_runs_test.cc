// Timelines asked again, of which flows are kept by runs of blocks: what they tell is what they
// tell when nothing is kept, whatever was asked, stored or removed in between.

#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/engine.h"
#include "spider/query/language.h"
#include "spider/store/codes.h"

#include "query/class_flow.h"
#include "query/text_flows.h"
#include "query/varint.h"
#include "support/forwarding_snapshot.h"
#include "support/records.h"
#include "unit/query/step_store.h"

namespace spider::query {
namespace {

using test::kStep;
using test::Threads;

class RunStore final : public test::StepStore {
 public:
  RunStore(std::uint32_t block_rows, int hosts) : StepStore(block_rows, 997), hosts_(hosts) {}
  std::int64_t lasts = 0;  // every communication, at least; long ones not longer
  [[nodiscard]] static std::string host(int h) { return fmt::format("h{}.example", h); }

 private:
  void fill(model::Communication& c, model::RecordBatch& batch, int i) const override {
    if (i % 997 != 0) c.end.ns += lasts;
    c.target = batch.text.put("/");
    c.host = batch.text.put(host((i + i / 64) % hosts_));
  }
  const int hosts_;
};

// Counts looks at blocks; finds nothing that is kept of runs when it is told to; has a damaged
// block; says that what is kept is what it is not.
class WatchedSnapshot final : public test::ForwardingSnapshot {
 public:
  struct How {
    bool forgetful = false;
    std::uint64_t damaged = 0;
    bool spoilt = false;
  };
  WatchedSnapshot(std::unique_ptr<store::StoreSnapshot> inner, How how)
      : ForwardingSnapshot(std::move(inner)), how_(how) {}

  void keep_answer(std::string_view name, std::string answer) const override {
    if (!how_.forgetful) inner().keep_answer(name, std::move(answer));
  }
  KeptAnswer kept_answer(std::string_view name) const override {
    auto answer = how_.forgetful ? nullptr : inner().kept_answer(name);
    if (answer == nullptr || answer->empty()) return answer;
    ++found;
    if (!how_.spoilt) return answer;
    return std::make_shared<const std::string>(answer->substr(0, answer->size() / 2));
  }
  bool wants_answer(std::string_view name) const override {
    return !how_.forgetful && inner().wants_answer(name);
  }
  bool has_room_for_answers() const override {
    return !how_.forgetful && inner().has_room_for_answers();
  }
  base::Result<bool> answer_asked(const store::BlockInfo& block, std::uint64_t asked,
                                  std::size_t bytes, const Make& make,
                                  std::string& out) const override {
    SPIDER_TRY(look(block));
    return inner().answer_asked(block, asked, bytes, make, out);
  }
  base::Result<bool> count_texts(const store::BlockInfo& block, store::ColumnId column,
                                 const Judge& judge, std::uint64_t asked,
                                 std::vector<char>& verdicts,
                                 store::ClassCounts& out) const override {
    SPIDER_TRY(look(block));
    return inner().count_texts(block, column, judge, asked, verdicts, out);
  }
  base::Result<bool> texts_by_class(const store::BlockInfo& block, store::ColumnId column,
                                    std::uint64_t asked, store::TextColumn& values,
                                    std::vector<store::ClassCounts>& out) const override {
    SPIDER_TRY(look(block));
    return inner().texts_by_class(block, column, asked, values, out);
  }
  base::Result<void> keep_texts(const store::BlockInfo& block, store::ColumnId column,
                                const Judge& judge, std::uint64_t asked,
                                std::vector<std::uint32_t>& rows) const override {
    SPIDER_TRY(look(block));
    return inner().keep_texts(block, column, judge, asked, rows);
  }
  base::Result<void> text(const store::BlockInfo& block, store::ColumnId column,
                          store::TextColumn& out) const override {
    SPIDER_TRY(look(block));
    return inner().text(block, column, out);
  }

  mutable std::atomic<int> looks{0};
  mutable std::atomic<int> found{0};  // of what is kept

 private:
  base::Result<void> look(const store::BlockInfo& block) const {
    ++looks;
    if (block.id == how_.damaged)
      return base::fail(store::codes::store_corrupt, "This test damaged it.");
    return {};
  }
  const How how_;
};

struct Asked {
  std::string told;
  int looks = 0;
  int found = 0;
  std::uint64_t unreadable = 0;
};
[[nodiscard]] Asked ask(const RunStore& stored, const TimelineRequest& request,
                        const Filter& filter, WatchedSnapshot::How how = {},
                        const Executor* executor = nullptr) {
  const WatchedSnapshot snapshot(stored.snapshot(), how);
  const auto told = QueryEngine(snapshot, executor).timeline(request, filter);
  REQUIRE(told);
  std::string text = fmt::format("{} of {}\n", told->total, told->buckets);
  for (const TimelineSeries& series : told->series) {
    text += series.key + ':';
    for (const std::uint64_t count : series.counts) text += fmt::format(" {}", count);
    text += fmt::format(" all {}\n", series.total);
  }
  return {std::move(text), snapshot.looks, snapshot.found, snapshot.unreadable().count};
}
constexpr WatchedSnapshot::How kForgetful{true, 0, false};

[[nodiscard]] TimelineRequest whole(const RunStore& stored, std::int64_t bucket) {
  TimelineRequest request;
  request.from = {0};
  request.to = {stored.end().ns};
  request.bucket = {bucket};
  request.split = Split::status_class;
  return request;
}
[[nodiscard]] Filter of_host(int host) {
  Filter filter;
  filter.hosts = {RunStore::host(host)};
  return filter;
}

// Few different ones, so that each comes again, over ranges that move.
class Questions {
 public:
  explicit Questions(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] std::int64_t below(std::int64_t bound) {
    return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random_);
  }
  void next(const RunStore& stored, int hosts) {
    constexpr std::int64_t kBuckets[] = {700 * kStep, 90 * kStep + 7, 40 * kStep, kStep / 2};
    constexpr Split kSplits[] = {Split::status_class, Split::status_class, Split::none,
                                 Split::whisperer, Split::method};
    request = whole(stored, kBuckets[below(std::size(kBuckets))]);
    request.split = kSplits[below(std::size(kSplits))];
    if (below(2) == 0) request.from = {below(stored.end().ns / 2)};
    // Most windows begin where a bucket of the grid does, as the interface has them.
    if (below(3) != 0) request.from.ns -= request.from.ns % request.bucket.ns;
    if (below(2) == 0) request.to = {request.from.ns + 1 + below(stored.end().ns)};
    const auto most = static_cast<std::int64_t>(kTimelineBucketsMax / 2);
    request.to.ns = std::min(request.to.ns, request.from.ns + most * request.bucket.ns);
    filter = of_host(static_cast<int>(below(hosts)));
    const std::int64_t kind = below(6);
    if (kind == 0) filter.status = {{400, 499}};
    if (kind == 1) filter.methods = {"POST"};
    if (kind == 2) filter.sources = {stored.source()};
    if (kind == 3) {
      const std::string host = filter.hosts.front();
      filter = {};
      REQUIRE(
          narrow(filter, below(2) == 0 ? "host:" + host : "NOT host:" + host, FilterVocabulary{}));
    }
  }
  TimelineRequest request;
  Filter filter;

 private:
  std::mt19937_64 random_;
};

TEST_CASE("timelines from kept flows are those of a scan", "[query]") {
  const auto [block_rows, hosts, count, lasts] =
      GENERATE(std::tuple(32U, 3, 6'000, 0), std::tuple(32U, 3, 6'000, 400),
               std::tuple(512U, 30, 40'000, 0));
  CAPTURE(block_rows, lasts);
  RunStore stored(block_rows, hosts);
  stored.lasts = lasts * kStep;
  stored.add(count);
  Questions questions(43);
  const Threads threads;
  int found = 0;
  for (int i = 0; i < 240; ++i) {
    CAPTURE(i);
    if (i % 60 == 40) stored.add(count / 12);
    if (i % 60 == 50) stored.remove_before({stored.end().ns * i / 720});
    questions.next(stored, hosts);
    const Executor* const executor = i % 2 == 0 ? &threads : nullptr;
    const Asked now = ask(stored, questions.request, questions.filter, {}, executor);
    const Asked scanned = ask(stored, questions.request, questions.filter, kForgetful);
    REQUIRE(now.told == scanned.told);
    found += now.found;
    CHECK(scanned.found == 0);
  }
  CHECK(found > 100);
}

TEST_CASE("a filter that was asked for before costs few looks, over any range", "[query]") {
  RunStore stored(64, 5);
  stored.add(30'000);
  TimelineRequest request = whole(stored, 200 * kStep);
  const Filter filter = of_host(1);
  const Asked first = ask(stored, request, filter);
  CHECK(ask(stored, request, filter).told == first.told);
  const Asked third = ask(stored, request, filter);
  CHECK(third.told == first.told);
  CHECK(third.looks < first.looks / 5);  // what the ends of the range cut is kept now
  const Asked fourth = ask(stored, request, filter);
  CHECK(fourth.told == first.told);
  CHECK(fourth.looks < first.looks / 50);
  // Where it was not asked for before, runs that lie in the range are kept the first time.
  stored.add(30'000);
  request.from = {stored.end().ns / 2};
  request.from.ns -= request.from.ns % request.bucket.ns;
  request.to = {stored.end().ns};
  const Asked moved = ask(stored, request, filter);
  const Asked again = ask(stored, request, filter);
  const Asked scanned = ask(stored, request, filter, kForgetful);
  CHECK(moved.told == scanned.told);
  CHECK(again.told == scanned.told);
  CHECK(again.looks < scanned.looks / 3);
  // Other buckets are another question, the same ones from elsewhere are not.
  request.bucket = {201 * kStep};
  CHECK(ask(stored, request, filter).told == ask(stored, request, filter, kForgetful).told);
}

TEST_CASE("of one host after the other, the fourth and later ones cost few looks", "[query]") {
  const std::uint32_t block_rows = GENERATE(64U, 512U);  // of 512, counts are kept of blocks too
  CAPTURE(block_rows);
  RunStore stored(block_rows, 7);
  stored.add(static_cast<int>(block_rows) * 240);
  for (const Split split : {Split::status_class, Split::none})
    for (int host = 0; host < 7; ++host) {
      CAPTURE(static_cast<int>(split), host);
      TimelineRequest request = whole(stored, 5'000 * kStep);
      request.split = split;
      const Asked now = ask(stored, request, of_host(host));
      const Asked scanned = ask(stored, request, of_host(host), kForgetful);
      CHECK(now.told == scanned.told);
      if (host >= 3 && split == Split::status_class) CHECK(now.looks < scanned.looks / 50);
    }
}

TEST_CASE("too many texts for a table are counted block by block", "[query]") {
  RunStore stored(64, 40);
  stored.add(9'000);
  for (int i = 0; i < 12; ++i) {
    CAPTURE(i);
    const TimelineRequest request = whole(stored, 300 * kStep);
    const Asked now = ask(stored, request, of_host(i % 5));
    CHECK(now.told == ask(stored, request, of_host(i % 5), kForgetful).told);
  }
}

TEST_CASE("a run with a damaged block is not kept, and is told of each time", "[query]") {
  RunStore stored(64, 5);
  stored.add(9'000);
  const TimelineRequest request = whole(stored, 300 * kStep);
  const auto blocks = stored.snapshot()->blocks(store::RecordKind::http, {}, {0}, request.to);
  REQUIRE(blocks);
  const std::uint64_t damaged = (*blocks)[blocks->size() / 2]->id;
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    const Filter filter = of_host(i % 3);  // each is a new one, and then an old one
    const Asked scanned = ask(stored, request, filter, {true, damaged, false});
    CHECK(scanned.unreadable == 1);
    const Asked now = ask(stored, request, filter, {false, damaged, false});
    CHECK(now.told == scanned.told);
    CHECK(now.unreadable == 1);
  }
}

TEST_CASE("what is kept and cannot be read is counted again", "[query]") {
  RunStore stored(64, 5);
  stored.add(9'000);
  const TimelineRequest request = whole(stored, 300 * kStep);
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    const Filter filter = of_host(i % 4);
    const Asked scanned = ask(stored, request, filter, kForgetful);
    CHECK(ask(stored, request, filter, {false, 0, true}).told == scanned.told);
    CHECK(ask(stored, request, filter).told == scanned.told);
  }
}

TEST_CASE("a table of texts is full by their bytes as well", "[query]") {
  RunStore stored(64, 1);
  stored.add(64);
  const auto snapshot = stored.snapshot();
  TextFlows flows(*snapshot, store::ColumnId::target, 1);
  std::string flow;
  ClassFlow().save(flow);
  const auto table = [&](std::size_t bytes) {
    std::string out;
    append_varint(out, 1);
    append_varint(out, bytes);
    append_varint(out, flow.size());
    return out + std::string(bytes, static_cast<char>('a' + bytes % 7)) + flow;
  };
  for (const std::size_t mib : {1U, 2U}) {
    REQUIRE(flows.add_saved(table(mib << 20U)));
    CHECK_FALSE(flows.full());
  }
  REQUIRE(flows.add_saved(table(2U << 20U)));  // known: it takes nothing
  CHECK_FALSE(flows.full());
  REQUIRE(flows.add_saved(table(3U << 20U)));
  CHECK(flows.full());
}

TEST_CASE("a class flow that was saved is read as it was", "[query]") {
  ClassFlow flow;
  flow.open(5, 2, 7);
  flow.close(9, 2, 7);
  flow.open(-3, 0, 1);
  flow.close(100'000, 0, 1);
  flow.open(5, 6, 300);
  flow.close(5, 6, 300);
  std::string saved;
  flow.save(saved);
  using Row = std::tuple<std::int64_t, int, std::uint64_t, std::uint64_t>;
  std::vector<Row> rows;
  const auto take = [&](std::int64_t bucket, std::uint8_t c, std::uint64_t opened,
                        std::uint64_t ended) { rows.emplace_back(bucket, c, opened, ended); };
  REQUIRE(ClassFlow::read(base::as_bytes(saved), take));
  CHECK(rows ==
        std::vector<Row>{
            {-3, 0, 1, 0}, {5, 2, 7, 0}, {5, 6, 300, 300}, {9, 2, 0, 7}, {100'000, 0, 0, 1}});
  ClassFlow twice;
  REQUIRE(twice.add_saved(base::as_bytes(saved)));
  REQUIRE(twice.add_saved(base::as_bytes(saved)));
  CHECK(twice.size() == flow.size());
  rows.clear();
  std::string both;
  twice.save(both);
  REQUIRE(ClassFlow::read(base::as_bytes(both), take));
  CHECK(rows[2] == Row{5, 6, 600, 600});
  for (std::size_t length = 0; length < saved.size(); ++length)
    CHECK_FALSE(ClassFlow::read(base::as_bytes(saved).first(length), take));
}

}  // namespace
}  // namespace spider::query
