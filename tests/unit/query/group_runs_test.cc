// Statistics asked again, whose sums are kept by runs of blocks: what they tell is what they tell
// when nothing is kept, whatever was asked, stored or removed in between.

#include <iterator>
#include <memory>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/statistics.h"
#include "spider/store/codes.h"

#include "support/forwarding_snapshot.h"
#include "support/records.h"
#include "unit/query/step_store.h"

namespace spider::query {
namespace {

using test::kStep;
using test::Threads;

constexpr int kBlockRows = 32;

class RunStore final : public test::StepStore {
 public:
  RunStore() : StepStore(kBlockRows, 97) {}
  int same_target = 0;  // of so many communications of each source

 private:
  void fill(model::Communication& c, model::RecordBatch& batch, int i) const override {
    c.target = batch.text.put(fmt::format("/item/{}", i < same_target ? 0 : i));
    c.host = batch.text.put(fmt::format("h{}.example", i % 13 * (i % 2)));
    c.request.wire_bytes = static_cast<std::uint64_t>(100 + i % 50);
    c.response.wire_bytes = static_cast<std::uint64_t>(i % 1'000);
  }
};

// Counts looks at columns; finds nothing that is kept when it is told to; has a damaged block.
class WatchedSnapshot final : public test::ForwardingSnapshot {
 public:
  WatchedSnapshot(std::unique_ptr<store::StoreSnapshot> inner, bool forgetful,
                  std::uint64_t damaged = 0)
      : ForwardingSnapshot(std::move(inner)), forgetful_(forgetful), damaged_(damaged) {}

  void keep_answer(std::string_view name, std::string answer) const override {
    if (!forgetful_) inner().keep_answer(name, std::move(answer));
  }
  KeptAnswer kept_answer(std::string_view name) const override {
    return forgetful_ ? nullptr : inner().kept_answer(name);
  }
  bool wants_answer(std::string_view name) const override {
    return !forgetful_ && inner().wants_answer(name);
  }
  base::Result<void> numbers_at(const store::BlockInfo& block, store::ColumnId column,
                                std::span<const std::uint32_t> rows,
                                std::vector<std::int64_t>& out) const override {
    ++looks;
    if (block.id == damaged_)
      return base::fail(store::codes::store_corrupt, "This test damaged it.");
    return inner().numbers_at(block, column, rows, out);
  }

  mutable std::atomic<int> looks{0};

 private:
  const bool forgetful_;
  const std::uint64_t damaged_;
};

[[nodiscard]] std::string text_of(const Measures& m) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", m.communications, m.errors, m.unanswered,
                     m.request_bytes, m.response_bytes, m.timed, m.exact, m.p50.ns, m.p90.ns,
                     m.p99.ns, m.max.ns);
}
[[nodiscard]] std::string text_of(const StatisticsGroup& group) {
  std::string out;
  for (const GroupValue& value : group.key)
    out += fmt::format("[{} {} {}]", value.none, value.number, value.text);
  out += text_of(group.measures);
  for (const Measures& period : group.periods) out += "; " + text_of(period);
  return out + '\n';
}
[[nodiscard]] std::string text_of(const Statistics& told) {
  std::string out = fmt::format("{} {} {}\n", told.periods, told.missed_max,
                                told.rest_groups ? *told.rest_groups + 1 : 0);
  for (const StatisticsGroup& group : told.groups) out += text_of(group);
  return out + text_of(told.rest) + text_of(told.total);
}

struct Asked {
  std::string told;
  int looks = 0;
  std::uint64_t unreadable = 0;
};
[[nodiscard]] Asked ask(const RunStore& stored, const StatisticsRequest& request,
                        const Filter& filter, bool forgetful, const Executor* executor = nullptr,
                        std::uint64_t damaged = 0) {
  const WatchedSnapshot snapshot(stored.snapshot(), forgetful, damaged);
  const auto told = statistics(snapshot, request, filter, executor);
  REQUIRE(told);
  return {text_of(*told), snapshot.looks, snapshot.unreadable().count};
}

class Questions {
 public:
  explicit Questions(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] std::int64_t below(std::int64_t bound) {
    return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random_);
  }
  // Few different ones, so that each comes again, over ranges that move.
  void next(const RunStore& stored) {
    request = {};
    filter = {};
    using F = GroupField;
    const std::vector<GroupField> kGroups[] = {{F::host},      {F::host, F::method}, {F::status},
                                               {F::whisperer}, {F::method, F::host}, {}};
    request.group_by = kGroups[below(std::size(kGroups))];
    request.limit = static_cast<std::size_t>(1 + below(20));
    filter.from = {below(3) == 0 ? below(stored.end().ns / 2) : 0};
    filter.to = {below(3) == 0 ? filter.from.ns + 1 + below(stored.end().ns) : stored.end().ns};
    if (below(3) == 0) request.period.ns = (filter.to - filter.from).ns / (1 + below(9)) + 1;
    const std::int64_t kind = below(6);
    if (kind == 0) filter.status = {{404, 404}};
    if (kind == 1) filter.hosts = {"h4.example"};
    if (kind == 2) filter.sources = {stored.source()};
  }
  StatisticsRequest request;
  Filter filter;

 private:
  std::mt19937_64 random_;
};

TEST_CASE("statistics from kept sums are those of a scan of all rows", "[query]") {
  RunStore stored;
  stored.add(8'000);
  Questions questions(21);
  const Threads threads;
  int looks = 0;
  int all_looks = 0;
  for (int i = 0; i < 150; ++i) {
    CAPTURE(i);
    if (i % 60 == 40) stored.add(700);
    if (i % 60 == 50) stored.remove_before({stored.end().ns * i / 450});
    questions.next(stored);
    const Executor* const executor = i % 2 == 0 ? &threads : nullptr;
    const Asked now = ask(stored, questions.request, questions.filter, false, executor);
    const Asked scanned = ask(stored, questions.request, questions.filter, true);
    REQUIRE(now.told == scanned.told);
    looks += now.looks;
    all_looks += scanned.looks;
  }
  CHECK(looks < all_looks * 2 / 3);
}

TEST_CASE("from the third time on, and over another range, few blocks are read", "[query]") {
  RunStore stored;
  stored.add(20'000);
  Filter filter;
  filter.from = {0};
  filter.to = stored.end();
  StatisticsRequest request;
  request.group_by = {GroupField::host};
  const Asked first = ask(stored, request, filter, false);
  const Asked second = ask(stored, request, filter, false);
  const Asked third = ask(stored, request, filter, false);
  CHECK(second.told == first.told);
  CHECK(third.told == first.told);
  CHECK(second.looks == first.looks);
  CHECK(third.looks < first.looks / 50);
  // Long runs that the new range cuts are read once more, and in shorter ones then.
  filter.from = {stored.end().ns / 3};
  filter.to = {stored.end().ns * 4 / 5};
  Asked moved;
  for (int i = 0; i < 4; ++i) {
    filter.from = filter.from + base::Duration{50 * kStep};
    moved = ask(stored, request, filter, false);
  }
  const Asked scanned = ask(stored, request, filter, true);
  CHECK(moved.told == scanned.told);
  CHECK(moved.looks < scanned.looks / 3);
}

TEST_CASE("while new blocks come, few old ones are read", "[query]") {
  RunStore stored;
  stored.add(5'000);
  Filter filter;
  filter.from = {0};
  StatisticsRequest request;
  request.group_by = {GroupField::status};
  int looks = 0;
  constexpr int kTimes = 40;
  for (int i = 0; i < kTimes; ++i) {
    stored.add(kBlockRows);
    filter.to = stored.end();
    Asked now;
    for (int again = 0; again < 3; ++again) {
      now = ask(stored, request, filter, false);
      if (i > 4) looks += now.looks;
    }
    if (i % 8 == 0) REQUIRE(now.told == ask(stored, request, filter, true).told);
  }
  constexpr int kColumns = 4;  // of a block
  INFO(looks);
  CHECK(looks / kColumns < 45 * kTimes);  // one block of each source came each time
}

TEST_CASE("groups that are too many to be held are told as ever", "[query]") {
  RunStore stored;
  stored.add(9'000);
  Filter filter;
  filter.from = {0};
  filter.to = stored.end();
  StatisticsRequest request;
  request.group_by = {GroupField::target};
  request.limit = 7;
  const Asked scanned = ask(stored, request, filter, true);
  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    const Asked now = ask(stored, request, filter, false);
    REQUIRE(now.told == scanned.told);
    CHECK(now.looks == scanned.looks);
  }
  // Few enough to be held, and too many to be kept.
  filter.to = {3'000 * kStep};
  const Asked fewer = ask(stored, request, filter, true);
  request.order = StatisticsOrder::max;
  const Asked by_max = ask(stored, request, filter, true);
  for (int i = 0; i < 4; ++i) {
    request.order = StatisticsOrder::communications;
    REQUIRE(ask(stored, request, filter, false).told == fewer.told);
    request.order = StatisticsOrder::max;
    REQUIRE(ask(stored, request, filter, false).told == by_max.told);
  }
}

TEST_CASE("groups that become too many beside kept ones are told as ever", "[query]") {
  RunStore stored;
  stored.same_target = 4'000;
  stored.add(4'000);
  StatisticsRequest request;
  request.group_by = {GroupField::target};
  request.limit = 7;
  Filter filter;
  filter.from = {0};
  filter.to = stored.end();
  const Asked first = ask(stored, request, filter, false);
  static_cast<void>(ask(stored, request, filter, false));
  CHECK(ask(stored, request, filter, false).looks < first.looks);
  stored.add(7'000);
  filter.to = stored.end();
  const Asked grown = ask(stored, request, filter, false);
  const Asked scanned = ask(stored, request, filter, true);
  CHECK(grown.told == scanned.told);
  CHECK(grown.looks > scanned.looks);  // runs were tried
  CHECK(ask(stored, request, filter, false).told == scanned.told);
}

TEST_CASE("a run with a damaged block is not kept, and told of each time", "[query]") {
  RunStore stored;
  stored.add(3'000);
  Filter filter;
  filter.from = {0};
  filter.to = stored.end();
  StatisticsRequest request;
  request.group_by = {GroupField::host};
  const auto blocks =
      stored.snapshot()->blocks(store::RecordKind::http, {}, filter.from, filter.to);
  REQUIRE(blocks);
  const std::uint64_t damaged = (*blocks)[blocks->size() / 2]->id;
  const Asked scanned = ask(stored, request, filter, true, nullptr, damaged);
  CHECK(scanned.unreadable == 1);
  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    const Asked now = ask(stored, request, filter, false, nullptr, damaged);
    CHECK(now.told == scanned.told);
    CHECK(now.unreadable == 1);
  }
}

}  // namespace
}  // namespace spider::query
