#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"
#include "spider/query/engine.h"
#include "spider/store/codes.h"

#include "query/block_parts.h"
#include "query/column_timeline.h"
#include "query/group_fields.h"
#include "query/rollup_filter.h"
#include "query/timeline_flows.h"
#include "query/timeline_runs.h"

namespace spider::query {
namespace {

using store::RollupLevel;

constexpr std::int64_t kSecond = 1'000'000'000;

// A communication touches every bucket from that of its start to that of its end: what is under way
// when a bucket begins, and what begins in it.
[[nodiscard]] Timeline counts_of(const TimelineRequest& request, std::size_t buckets,
                                 const Flows& flows) {
  Timeline out;
  out.from = request.from;
  out.bucket = request.bucket;
  out.buckets = buckets;
  for (const auto& [key, flow] : flows) {
    TimelineSeries series{key, std::vector<std::uint64_t>(buckets)};
    std::int64_t under_way = flow.under_way;
    std::int64_t all = flow.under_way;
    for (std::size_t i = 0; i < buckets; ++i) {
      series.counts[i] =
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, under_way + flow.opened[i]));
      under_way += flow.opened[i] - flow.closed[i];
      all += flow.opened[i];
    }
    if (all <= 0) continue;
    series.total = static_cast<std::uint64_t>(all);
    out.total += series.total;
    out.series.push_back(std::move(series));
  }
  return out;
}

// The coarsest roll-ups whose buckets fill the asked ones exactly; none below a second.
[[nodiscard]] std::optional<RollupLevel> level_for(const TimelineRequest& request) {
  for (const RollupLevel level :
       {RollupLevel::day, RollupLevel::hour, RollupLevel::minute, RollupLevel::second}) {
    const std::int64_t ns = store::bucket_ns(level);
    if (request.bucket.ns % ns == 0 && request.from.ns % ns == 0) return level;
  }
  return std::nullopt;
}

[[nodiscard]] std::string key_of(const store::RollupCell& cell, model::SourceId source, Split split,
                                 const std::vector<std::string>& methods) {
  switch (split) {
    case Split::none:
      return {};
    case Split::status_class:
      return class_name(cell.status_class);
    case Split::whisperer:
      return std::to_string(static_cast<std::uint32_t>(source));
    case Split::method:
    case Split::values:  // no cell tells them
      break;
  }
  if (cell.method == 0 || cell.method >= methods.size()) return "other";
  return methods[cell.method].empty() ? "none" : methods[cell.method];
}

// Finds the series of a roll-up's cell. A day of minutes has ten thousand cells and a handful of
// series, so a name is made once each.
class SeriesOfCells {
 public:
  SeriesOfCells(Split split, const std::vector<std::string>& methods, std::size_t buckets)
      : split_(split), methods_(methods), buckets_(buckets) {}

  [[nodiscard]] Flow& of(const store::RollupCell& cell, model::SourceId source) {
    if (split_ == Split::whisperer) return named(cell, source);  // ids may be any number
    const std::size_t place = split_ == Split::status_class ? cell.status_class
                              : split_ == Split::method && cell.method < methods_.size()
                                  ? cell.method
                                  : 0;  // the only one, or "other"
    if (place >= known_.size()) known_.resize(place + 1);
    Flow*& flow = known_[place];
    if (flow == nullptr) flow = &named(cell, source);
    return *flow;
  }
  [[nodiscard]] const Flows& flows() const noexcept { return flows_; }

 private:
  [[nodiscard]] Flow& named(const store::RollupCell& cell, model::SourceId source) {
    return flow_of(flows_, key_of(cell, source, split_, methods_), buckets_);
  }

  const Split split_;
  const std::vector<std::string>& methods_;
  const std::size_t buckets_;
  Flows flows_;
  std::vector<Flow*> known_;  // of flows_, whose entries stay where they are
};

// Nothing when only the records can tell which of them the filter means.
[[nodiscard]] base::Result<std::optional<Timeline>> from_rollups(
    const store::StoreSnapshot& snapshot, const TimelineRequest& request, const Filter& filter,
    RollupLevel level, std::size_t buckets) {
  const base::Time end =
      request.from + base::Duration{request.bucket.ns * static_cast<std::int64_t>(buckets)};
  SPIDER_TRY_LET(methods, snapshot.methods());
  SPIDER_TRY_LET(before, snapshot.rollup_before(filter.sources, request.from));
  SPIDER_TRY_LET(within, snapshot.rollup(level, filter.sources, request.from, end));
  const RollupFilter asked(filter, methods);
  SeriesOfCells series(request.split, methods, buckets);
  // A whisperer has a source for each upload, and one series for all of them.
  auto whisperer = [&, last = model::SourceId{},
                    head = model::SourceId{}](model::SourceId source) mutable {
    if (request.split != Split::whisperer) return source;
    if (source != last) {
      last = source;
      head = snapshot.whisperer_of(source);
    }
    return head;
  };
  for (const store::RollupBucket& sum : before)
    for (const store::RollupCell& cell : sum.cells) {
      const Coverage verdict = asked.of(cell);
      if (verdict == Coverage::some) return std::nullopt;
      if (verdict == Coverage::no) continue;
      series.of(cell, whisperer(sum.source)).under_way +=
          static_cast<std::int64_t>(cell.opened) - static_cast<std::int64_t>(cell.closed);
    }
  for (const store::RollupBucket& sum : within) {
    const std::int64_t start = sum.bucket * store::bucket_ns(level);
    const std::int64_t at = (start - request.from.ns) / request.bucket.ns;
    if (start < request.from.ns || at >= static_cast<std::int64_t>(buckets)) continue;
    for (const store::RollupCell& cell : sum.cells) {
      const Coverage verdict = asked.of(cell);
      if (verdict == Coverage::some) return std::nullopt;
      if (verdict == Coverage::no) continue;
      Flow& flow = series.of(cell, whisperer(sum.source));
      flow.opened[static_cast<std::size_t>(at)] += static_cast<std::int64_t>(cell.opened);
      flow.closed[static_cast<std::size_t>(at)] += static_cast<std::int64_t>(cell.closed);
    }
  }
  Timeline out = counts_of(request, buckets, series.flows());
  out.from_rollups = true;
  return std::optional(std::move(out));
}

void name_series(const TimelineRequest& request, Timeline& timeline) {
  for (TimelineSeries& series : timeline.series) {
    if (series.key == kNoneKey || series.key == kOthersKey) {
      series.kind = series.key == kNoneKey ? SeriesKind::none : SeriesKind::others;
      series.key.clear();
    } else {
      series.key = request.values[static_cast<std::size_t>(series.key[0] - 'A')];
    }
  }
}

// Parts of a window, always the same ones: small, so that nobody waits long for a part that was
// taken by a helper with little time.
constexpr std::size_t kParts = 16;

[[nodiscard]] base::Result<Timeline> from_columns(const store::StoreSnapshot& snapshot,
                                                  const TimelineRequest& request,
                                                  const Filter& asked, std::size_t buckets,
                                                  const Executor& executor) {
  Filter filter = asked;
  filter.from = request.from;
  filter.to = request.from + base::Duration{request.bucket.ns * static_cast<std::int64_t>(buckets)};
  SPIDER_TRY_LET(blocks,
                 snapshot.blocks(store::RecordKind::http, filter.sources, filter.from, filter.to));
  std::vector<ColumnTimeline> parts;
  const auto start = [&] {
    parts.clear();
    for (std::size_t i = 0; i < kParts; ++i)
      parts.emplace_back(snapshot, request, filter, buckets, executor);
  };
  parts.reserve(kParts);
  start();
  TimelineRuns runs(snapshot, executor, request, parts.front());
  bool by_runs = runs.plan(blocks, filter);
  if (by_runs) {
    std::array<base::Result<void>, kParts> results;
    executor.run(kParts, [&](std::size_t i) { results[i] = runs.add(parts[i]); });
    for (auto& result : results) SPIDER_TRY(result);
    by_runs = !runs.failed();
    if (!by_runs) start();
  }
  if (!by_runs)
    SPIDER_TRY(each_block<kParts>(
        snapshot, blocks, executor,
        [&](std::size_t i, const store::BlockInfo& block) { return parts[i].scan(block); }));
  Flows flows;
  for (const ColumnTimeline& part : parts) part.add_to(flows);
  Timeline out = counts_of(request, buckets, flows);
  if (request.split == Split::values) name_series(request, out);
  return out;
}

[[nodiscard]] base::Result<void> check_values(const TimelineRequest& request, std::size_t buckets) {
  if (request.split != Split::values) return {};
  if (is_number(request.field) || request.values.size() > kTimelineValuesMax)
    return base::fail(codes::bad_query,
                      fmt::format("A timeline by values needs a field that is a text, and names at "
                                  "most {} of its values.",
                                  kTimelineValuesMax));
  if ((request.values.size() + 2) * buckets > kTimelineCellsMax)
    return base::fail(
        codes::bad_query,
        fmt::format("{} buckets of {} values, of those without and of others are more than {} "
                    "numbers; choose a longer bucket or a shorter range.",
                    buckets, request.values.size(), kTimelineCellsMax));
  return {};
}

}  // namespace

base::Result<Timeline> QueryEngine::timeline(const TimelineRequest& request,
                                             const Filter& filter) const {
  if (request.bucket.ns <= 0 || request.to <= request.from)
    return base::fail(codes::bad_query,
                      "A timeline needs from < to and a bucket longer than nothing.");
  const std::int64_t span = (request.to - request.from).ns;
  const std::int64_t count = span / request.bucket.ns + (span % request.bucket.ns != 0 ? 1 : 0);
  if (count > static_cast<std::int64_t>(kTimelineBucketsMax))
    return base::fail(
        codes::bad_query,
        fmt::format("{} buckets are too many, {} is the most; choose a longer bucket or a "
                    "shorter range.",
                    count, kTimelineBucketsMax));
  const auto buckets = static_cast<std::size_t>(count);
  SPIDER_TRY(check_values(request, buckets));
  if (request.split != Split::values && filter.counted_only() && request.bucket.ns % kSecond == 0)
    if (const auto level = level_for(request)) {
      auto timeline = from_rollups(snapshot_, request, filter, *level, buckets);
      // Sums with a hole are wrong; the records themselves are still there to be counted.
      if (timeline && *timeline) return std::move(**timeline);
      if (!timeline && timeline.error().code != store::codes::store_corrupt)
        return tl::unexpected(std::move(timeline).error());
    }
  return from_columns(snapshot_, request, filter, buckets, executor_);
}

}  // namespace spider::query
