#include "spider/query/statistics.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/block_parts.h"
#include "query/group_fields.h"
#include "query/group_runs.h"
#include "query/group_scan.h"
#include "query/group_table.h"

namespace spider::query {
namespace {

// Cells of groups and periods, for runs that lie in one period.
class CellSink final : public GroupSink {
 public:
  using Add = std::function<base::Result<void>(GroupScan& scan, const store::BlockInfo& block)>;
  using Of = std::function<Tally&(const GroupKey& key, base::Time start)>;
  CellSink(Add add, Of of) : add_(std::move(add)), of_(std::move(of)) {}
  [[nodiscard]] base::Result<void> add(GroupScan& scan, const store::BlockInfo& block) override {
    return add_(scan, block);
  }
  [[nodiscard]] Tally& of(const GroupKey& key, const BlockRun& run) override {
    return of_(key, run.start_min);
  }
  [[nodiscard]] bool full() const override { return false; }

 private:
  Add add_;
  Of of_;
};

// Parts of a question, always the same ones: what is told may not depend on the threads.
constexpr std::size_t kParts = 4;

class Counting {
 public:
  Counting(const store::StoreSnapshot& snapshot, const StatisticsRequest& request,
           const Filter& filter, const Executor& executor, std::size_t periods)
      : snapshot_(snapshot),
        request_(request),
        filter_(filter),
        executor_(executor),
        periods_(periods),
        runs_(snapshot, executor, BlockFilter(snapshot, filter).name_or_all(), request.group_by) {}

  [[nodiscard]] base::Result<Statistics> run() {
    SPIDER_TRY_LET(blocks, snapshot_.blocks(store::RecordKind::http, filter_.sources, filter_.from,
                                            filter_.to));
    blocks_ = std::move(blocks);
    SPIDER_TRY_LET(table, all_groups());
    Statistics out;
    out.from = filter_.from;
    out.periods = periods_;
    out.missed_max = table.moved_max();
    if (table.moved_max() == 0)
      out.rest_groups = table.groups().size() - std::min(table.groups().size(), request_.limit);
    choose(table, out);
    tell(table, out);
    if (periods_ > 0 || out.missed_max > 0) SPIDER_TRY(count_again(out));
    return out;
  }

 private:
  [[nodiscard]] std::vector<GroupScan> new_scans() const {
    std::vector<GroupScan> scans;
    for (std::size_t i = 0; i < kParts; ++i)
      scans.emplace_back(snapshot_, filter_, request_.group_by);
    return scans;
  }

  // Calls part(i, its scan, block) for every block that may match.
  template <class Part>
  [[nodiscard]] base::Result<void> scan_blocks(Part&& part) {
    std::vector<GroupScan> scans = new_scans();
    return each_block<kParts>(
        snapshot_, blocks_, executor_, [&](std::size_t i, const store::BlockInfo& block) {
          return scans[i].may_match(block) ? part(i, scans[i], block) : base::Result<void>{};
        });
  }

  // Adds what runs_ planned to sink(i), whichever adds it.
  template <class Sink>
  [[nodiscard]] base::Result<void> add_runs(Sink&& sink) {
    std::vector<GroupScan> scans = new_scans();
    std::array<base::Result<void>, kParts> results;
    executor_.run(kParts, [&](std::size_t i) { results[i] = runs_.add(scans[i], sink(i)); });
    for (auto& result : results) SPIDER_TRY(result);
    return {};
  }

  // Nothing: there are too many groups.
  [[nodiscard]] base::Result<std::optional<GroupTable>> groups_of_runs() {
    std::array<GroupTable, kParts> tables;
    std::vector<TableSink> sinks;
    for (GroupTable& table : tables) sinks.emplace_back(table, kGroupsMax);
    SPIDER_TRY(add_runs([&](std::size_t i) -> GroupSink& { return sinks[i]; }));
    for (std::size_t i = 1; i < kParts; ++i) {
      if (runs_.failed() || tables[0].exceeds(kGroupsMax)) return std::nullopt;
      tables[0].merge(GroupTable(std::move(tables[i])));
    }
    if (tables[0].exceeds(kGroupsMax)) return std::nullopt;
    return std::move(tables[0]);
  }

  [[nodiscard]] base::Result<GroupTable> all_groups() {
    if (runs_.plan(blocks_, filter_, [](const BlockRun&) { return true; })) {
      SPIDER_TRY_LET(whole, groups_of_runs());
      if (whole) return std::move(*whole);
      runs_.give_up();
    }
    SPIDER_TRY_LET(table, groups_of_blocks());
    if (table.moved_max() > 0) runs_.give_up();
    return table;
  }

  [[nodiscard]] base::Result<GroupTable> groups_of_blocks() {
    std::array<GroupTable, kParts> tables;
    SPIDER_TRY(scan_blocks([&](std::size_t i, GroupScan& scan, const store::BlockInfo& block) {
      GroupTable& table = tables[i];
      auto done = scan.add_to(
          block, [&](const GroupKey& key) { return table.find(key); },
          [&](std::uint32_t group) -> Tally& { return table.at(group).tally; });
      table.shrink(kGroupsMax);
      return done;
    }));
    for (std::size_t i = 1; i < kParts; ++i) {
      GroupTable theirs = std::move(tables[i]);  // its memory goes before the next one's is taken
      tables[0].merge(std::move(theirs));
      tables[0].shrink(kGroupsMax);
    }
    return std::move(tables[0]);
  }

  // Nothing: the group has no such value.
  [[nodiscard]] std::optional<double> rank(const Tally& t) const {
    const auto count = static_cast<double>(t.communications);
    const bool by_duration =
        request_.order == StatisticsOrder::p50 || request_.order == StatisticsOrder::p90 ||
        request_.order == StatisticsOrder::p99 || request_.order == StatisticsOrder::max;
    if (by_duration && t.durations.count() == 0) return std::nullopt;
    const auto percentile = [&](unsigned share) {
      return static_cast<double>(t.durations.percentile(share).ns);
    };
    switch (request_.order) {
      case StatisticsOrder::communications:
        return count;
      case StatisticsOrder::errors:
        return static_cast<double>(t.errors);
      case StatisticsOrder::error_rate:
        return static_cast<double>(t.errors) / std::max(1.0, count);
      case StatisticsOrder::p50:
        return percentile(50);
      case StatisticsOrder::p90:
        return percentile(90);
      case StatisticsOrder::p99:
        return percentile(99);
      case StatisticsOrder::max:
        return static_cast<double>(t.durations.max().ns);
      case StatisticsOrder::bytes:
        return static_cast<double>(t.request_bytes) + static_cast<double>(t.response_bytes);
      case StatisticsOrder::key:
        break;
    }
    return 0;
  }

  // Picks the groups that are told, in their order; the others join the rest.
  void choose(GroupTable& table, Statistics& out) {
    if (request_.group_by.empty()) return;
    std::vector<std::pair<double, std::uint32_t>> ranked;
    const double sign = request_.descending ? -1 : 1;
    for (std::uint32_t i = 0; i < table.groups().size(); ++i) {
      const auto value = rank(table.at(i).tally);
      ranked.emplace_back(value ? sign * *value : std::numeric_limits<double>::infinity(), i);
    }
    const bool by_key = request_.order == StatisticsOrder::key;
    std::sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      const GroupKey& left = table.at(a.second).key;
      const GroupKey& right = table.at(b.second).key;
      return by_key && request_.descending ? right < left : left < right;
    });
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      const GroupTable::Group& group = table.at(ranked[i].second);
      if (i >= request_.limit) {
        table.rest().merge(group.tally);
        continue;
      }
      StatisticsGroup told;
      for (std::size_t f = 0; f < request_.group_by.size(); ++f)
        told.key[f] = value_of_key(request_.group_by[f], group.key.parts[f]);
      told.measures = group.tally.measures();
      out.groups.push_back(std::move(told));
      chosen_.push_back(ranked[i].second);
    }
    for (const std::uint32_t index : chosen_) keys_.push_back(table.at(index).key);
  }

  void tell(GroupTable& table, Statistics& out) const {
    out.rest.measures = table.rest().measures();
    Tally total;
    total.merge(table.rest());
    if (request_.group_by.empty()) {
      for (const GroupTable::Group& group : table.groups()) total.merge(group.tally);
    } else {
      for (const std::uint32_t index : chosen_) total.merge(table.at(index).tally);
    }
    out.total.measures = total.measures();
  }

  [[nodiscard]] std::size_t period_of(std::int64_t start) const {
    if (periods_ < 2 || start <= filter_.from.ns) return 0;
    const std::vector<base::Time>& starts = request_.starts;
    if (!starts.empty())
      return static_cast<std::size_t>(
          std::upper_bound(starts.begin(), starts.end(), base::Time{start}) - starts.begin() - 1);
    const auto at = static_cast<std::size_t>((start - filter_.from.ns) / request_.period.ns);
    return std::min(at, periods_ - 1);
  }

  // The groups that are told, period by period, and the rest (of a question without groups: all).
  [[nodiscard]] base::Result<void> count_again(Statistics& out) {
    const std::size_t columns = std::max<std::size_t>(1, periods_);
    const auto rest = static_cast<std::uint32_t>(keys_.size());
    std::unordered_map<GroupKey, std::uint32_t, GroupKeyHash> index_of;
    for (std::uint32_t i = 0; i < rest; ++i) index_of.emplace(keys_[i], i);
    const auto told = [&](const GroupKey& key) {
      const auto at = index_of.find(key);
      return at == index_of.end() ? rest : at->second;
    };
    std::array<std::vector<Tally>, kParts> cells;
    const auto add = [&](std::size_t i, GroupScan& scan, const store::BlockInfo& block) {
      cells[i].resize((rest + 1) * columns);
      Tally* const mine = cells[i].data();
      return scan.block(block, told, columns > 1,
                        [&](std::uint32_t group, std::int64_t start, std::int64_t duration,
                            std::int64_t status, std::int64_t request, std::int64_t response) {
                          mine[group * columns + period_of(start)].add(duration, status, request,
                                                                       response);
                        });
    };
    const auto in_one = [&](const BlockRun& run) {
      return period_of(run.start_min.ns) == period_of(run.start_max.ns);
    };
    bool by_runs = runs_.plan(blocks_, filter_, in_one);
    if (by_runs) {
      std::vector<CellSink> sinks;
      for (std::size_t i = 0; i < kParts; ++i) {
        cells[i].resize((rest + 1) * columns);
        sinks.emplace_back([&add, i](GroupScan& scan,
                                     const store::BlockInfo& block) { return add(i, scan, block); },
                           [&, i](const GroupKey& key, base::Time start) -> Tally& {
                             return cells[i][told(key) * columns + period_of(start.ns)];
                           });
      }
      SPIDER_TRY(add_runs([&](std::size_t i) -> GroupSink& { return sinks[i]; }));
      by_runs = !runs_.failed();
      if (!by_runs) cells = {};
    }
    if (!by_runs) SPIDER_TRY(scan_blocks(add));
    std::vector<Tally> all((rest + 1) * columns);
    for (const auto& part : cells)
      for (std::size_t i = 0; i < part.size(); ++i) all[i].merge(part[i]);
    tell_periods(all, columns, out);
    return {};
  }

  void tell_periods(const std::vector<Tally>& cells, std::size_t columns, Statistics& out) const {
    std::vector<Tally> totals(columns);
    for (std::size_t g = 0; g <= keys_.size(); ++g) {
      StatisticsGroup& told = g == keys_.size() ? out.rest : out.groups[g];
      Tally sum;
      for (std::size_t p = 0; p < columns; ++p) {
        const Tally& cell = cells[g * columns + p];
        sum.merge(cell);
        totals[p].merge(cell);
        if (periods_ > 0) told.periods.push_back(cell.measures());
      }
      told.measures = sum.measures();
    }
    if (periods_ > 0)
      for (const Tally& total : totals) out.total.periods.push_back(total.measures());
    if (!request_.group_by.empty()) return;
    out.rest = {};  // there are no groups that it could be the rest of
  }

  const store::StoreSnapshot& snapshot_;
  const StatisticsRequest& request_;
  const Filter& filter_;
  const Executor& executor_;
  const std::size_t periods_;
  GroupRuns runs_;
  std::vector<store::BlockPtr> blocks_;
  std::vector<std::uint32_t> chosen_;  // indices of the groups that are told
  std::vector<GroupKey> keys_;         // theirs
};

}  // namespace

base::Result<Statistics> statistics(const store::StoreSnapshot& snapshot,
                                    const StatisticsRequest& request, const Filter& filter,
                                    const Executor* executor) {
  if (request.group_by.size() > kGroupFieldsMax || request.limit == 0)
    return base::fail(codes::bad_query,
                      fmt::format("Statistics go by at most {} fields and tell at least one group.",
                                  kGroupFieldsMax));
  if (filter.to < filter.from || request.period.ns < 0)
    return base::fail(codes::bad_query,
                      "Statistics need a range that does not end before it begins.");
  std::size_t periods = 0;
  if (request.period.ns > 0) {
    const std::int64_t span = (filter.to - filter.from).ns;
    if (!request.starts.empty() &&
        (request.starts.front() != filter.from || !(request.starts.back() < filter.to) ||
         !std::is_sorted(request.starts.begin(), request.starts.end())))
      return base::fail(codes::bad_query, "Periods begin within the range, one after the other.");
    const std::uint64_t count = !request.starts.empty()
                                    ? request.starts.size()
                                    : static_cast<std::uint64_t>(span / request.period.ns) +
                                          (span % request.period.ns != 0 ? 1U : 0U);
    const std::size_t rows = request.group_by.empty() ? 1 : request.limit;
    if (count > kStatisticsCellsMax / rows)
      return base::fail(
          codes::bad_query,
          fmt::format("{} periods of {} groups are more than {} cells; ask for longer "
                      "periods or fewer groups.",
                      count, rows, kStatisticsCellsMax));
    periods = static_cast<std::size_t>(count);
  }
  return Counting(snapshot, request, filter, executor == nullptr ? caller_alone() : *executor,
                  periods)
      .run();
}

}  // namespace spider::query
