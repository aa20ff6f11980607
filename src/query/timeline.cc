#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"
#include "spider/query/engine.h"
#include "spider/store/codes.h"

#include "query/block_counts.h"
#include "query/block_filter.h"
#include "query/block_parts.h"
#include "query/group_fields.h"
#include "query/rollup_filter.h"

namespace spider::query {
namespace {

using store::ColumnId;
using store::RollupLevel;

constexpr std::int64_t kSecond = 1'000'000'000;

[[nodiscard]] std::string class_name(std::uint8_t status_class) {
  if (status_class == 0) return "none";
  if (status_class > 5) return "other";
  return fmt::format("{}xx", status_class);
}

// Counts of one series while they are being made: what was under way when the window began, and
// how many began and ended in each bucket.
struct Flow {
  std::int64_t under_way = 0;
  std::vector<std::int64_t> opened;
  std::vector<std::int64_t> closed;
};
using Flows = std::map<std::string, Flow>;

// Methods are words of the wire: there may be as many as communications. So many have bars of their
// own; those that come later are "other", as in the sums.
constexpr std::size_t kMethodsMax = 256;

[[nodiscard]] std::string key_of_method(const Flows& flows, std::string_view method) {
  if (method.empty()) return "none";
  std::string key(method);
  return flows.size() < kMethodsMax || flows.count(key) != 0 ? key : "other";
}

[[nodiscard]] Flow& flow_of(Flows& flows, const std::string& key, std::size_t buckets) {
  Flow& flow = flows[key];
  if (flow.opened.empty()) {
    flow.opened.resize(buckets);
    flow.closed.resize(buckets);
  }
  return flow;
}

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

// Keys of series by values, which sort as they are told: each value by its place, none, others.
constexpr const char* kNoneKey = "n";
constexpr const char* kOthersKey = "o";
[[nodiscard]] std::string key_of_value(std::size_t place) {
  return std::string(1, static_cast<char>('A' + static_cast<char>(place)));
}
static_assert('A' + kTimelineValuesMax < 'n');

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

// The class of all statuses that the filter asks for, when they are of one.
[[nodiscard]] std::optional<std::uint8_t> only_class_of(const Filter& filter) {
  std::optional<std::uint8_t> out;
  for (const StatusRange& range : filter.status) {
    const std::uint8_t first = store::status_class(range.first);
    const bool together = range.first == range.last || (first >= 1 && first <= 5);
    if (!together || store::status_class(range.last) != first || out.value_or(first) != first)
      return std::nullopt;
    out = first;
  }
  return out;
}

// Counts from the columns of a part of the blocks in the window; any filter, any bucket.
class ColumnTimeline {
 public:
  // `filter` covers the buckets exactly and outlives this.
  ColumnTimeline(const store::StoreSnapshot& snapshot, const TimelineRequest& request,
                 const Filter& filter, std::size_t buckets, const Executor& executor)
      : snapshot_(snapshot),
        request_(request),
        buckets_(buckets),
        scan_(snapshot, filter, executor),
        field_(snapshot, request.field),
        only_class_(only_class_of(filter)) {
    if (request.split != Split::method && request.split != Split::values)
      counts_.emplace(snapshot, scan_, request.split == Split::status_class && !only_class_);
    for (std::size_t i = 0; i < request.values.size(); ++i) named_.emplace(request.values[i], i);
  }

  [[nodiscard]] base::Result<void> scan(const store::BlockInfo& block) {
    const auto bucket = counts_ && counts_->asked() ? only_start(block) : std::nullopt;
    if (bucket && bucket_end(*bucket) > block.end_max) {
      SPIDER_TRY_LET(added, add_counts(block, *bucket));
      if (added) return {};
    }
    return scan_.may_match(block) ? add(block) : base::Result<void>{};
  }
  void add_to(Flows& flows) const {
    for (const auto& entry : flows_) {
      const std::string key =
          request_.split == Split::method ? key_of_method(flows, entry.first) : entry.first;
      Flow& sum = flow_of(flows, key, buckets_);
      sum.under_way += entry.second.under_way;
      for (std::size_t i = 0; i < buckets_; ++i) {
        sum.opened[i] += entry.second.opened[i];
        sum.closed[i] += entry.second.closed[i];
      }
    }
  }

 private:
  // Of a block of which all begins and ends in one bucket, so that its counts say all. False when
  // they are not there.
  [[nodiscard]] base::Result<bool> add_counts(const store::BlockInfo& block, std::size_t bucket) {
    BlockCounts::Counts counts{};
    SPIDER_TRY_LET(there, counts_->read(block, scan_, counts));
    if (!there) return false;
    by_class_.fill(nullptr);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      Flow& flow = series_of_class(block, only_class_.value_or(static_cast<std::uint8_t>(i)));
      flow.opened[bucket] += counts[i];
      flow.closed[bucket] += counts[i];
    }
    return true;
  }

  [[nodiscard]] base::Result<void> add(const store::BlockInfo& block) {
    SPIDER_TRY(scan_.rows(block, rows_));
    if (rows_.empty()) return {};
    if (request_.split == Split::status_class && !only_class_) {
      SPIDER_TRY_LET(status, scan_.numbers(block, ColumnId::status, rows_));
      status_ = status;
    }
    if (request_.split == Split::method)
      SPIDER_TRY(snapshot_.text(block, ColumnId::method, method_));
    if (request_.split == Split::values) SPIDER_TRY(field_.read(block, scan_, rows_));
    by_code_.assign(request_.split == Split::method   ? method_.values()
                    : request_.split == Split::values ? field_.codes()
                                                      : 0,
                    nullptr);
    by_class_.fill(nullptr);
    within_.clear();
    const auto bucket = only_start(block);
    if (bucket && bucket_end(*bucket) > block.end_max) {
      within_.swap(rows_);  // all of them: their times need not be read
    } else {
      SPIDER_TRY_LET(durations, scan_.numbers(block, ColumnId::duration, rows_));
      if (bucket) take_within((bucket_end(*bucket) - block.start_max).ns, durations);
      if (!rows_.empty()) SPIDER_TRY(count_by_times(block, durations));
    }
    for (const std::uint32_t row : within_) {
      Flow& flow = series_of(block, row);
      ++flow.opened[*bucket];
      ++flow.closed[*bucket];
    }
    return {};
  }

  // Most rows end in the bucket in which all of the block begins, whenever that was: they go from
  // rows_ to within_.
  void take_within(std::int64_t surely, const std::int64_t* durations) {
    std::size_t left = 0;
    for (const std::uint32_t row : rows_) {
      if (durations[row] < surely) {
        within_.push_back(row);
      } else {
        rows_[left++] = row;
      }
    }
    rows_.resize(left);
  }

  [[nodiscard]] base::Result<void> count_by_times(const store::BlockInfo& block,
                                                  const std::int64_t* durations) {
    SPIDER_TRY_LET(starts, scan_.numbers(block, ColumnId::start, rows_));
    for (const std::uint32_t row : rows_) count(series_of(block, row), starts[row], durations[row]);
    return {};
  }

  [[nodiscard]] base::Time bucket_end(std::size_t bucket) const {
    return request_.from +
           base::Duration{request_.bucket.ns * static_cast<std::int64_t>(bucket + 1)};
  }

  // The bucket in which all of the block begins.
  [[nodiscard]] std::optional<std::size_t> only_start(const store::BlockInfo& block) const {
    if (block.start_min < request_.from) return std::nullopt;
    const std::int64_t first = (block.start_min.ns - request_.from.ns) / request_.bucket.ns;
    const std::int64_t last = (block.start_max.ns - request_.from.ns) / request_.bucket.ns;
    if (first != last || last >= static_cast<std::int64_t>(buckets_)) return std::nullopt;
    return static_cast<std::size_t>(first);
  }

  [[nodiscard]] Flow& series_of(const store::BlockInfo& block, std::uint32_t row) {
    if (request_.split == Split::method) {
      Flow*& flow = by_code_[method_.code(row)];
      const std::string_view method = method_.row(row);
      if (flow == nullptr) flow = &flow_of(flows_, key_of_method(flows_, method), buckets_);
      return *flow;
    }
    if (request_.split == Split::values) {
      const std::uint32_t code = field_.code(row);
      Flow*& flow = by_code_[code];
      if (flow == nullptr) flow = &flow_of(flows_, value_key(field_.value(code)), buckets_);
      return *flow;
    }
    const bool by_class = request_.split == Split::status_class;
    return series_of_class(
        block, !by_class     ? std::uint8_t{0}
               : only_class_ ? *only_class_
                             : store::status_class(static_cast<std::uint16_t>(status_[row])));
  }

  // Of all when series are not by class.
  [[nodiscard]] Flow& series_of_class(const store::BlockInfo& block, std::uint8_t at) {
    const bool by_class = request_.split == Split::status_class;
    if (!by_class) at = 0;
    Flow*& flow = by_class_[at];
    if (flow == nullptr) {
      const std::string key =
          by_class ? class_name(at)
          : request_.split == Split::whisperer
              ? std::to_string(static_cast<std::uint32_t>(snapshot_.whisperer_of(block.source)))
              : std::string();
      flow = &flow_of(flows_, key, buckets_);
    }
    return *flow;
  }

  // The key of a series by values: a letter for its place among the series.
  [[nodiscard]] std::string value_key(std::string_view value) const {
    if (value.empty()) return kNoneKey;
    const auto at = named_.find(value);
    return at == named_.end() ? kOthersKey : key_of_value(at->second);
  }

  void count(Flow& flow, std::int64_t start, std::int64_t duration) const {
    const std::int64_t end = (base::Time{start} + base::Duration{duration}).ns;
    if (start < request_.from.ns) {
      ++flow.under_way;
    } else {
      ++flow.opened[static_cast<std::size_t>((start - request_.from.ns) / request_.bucket.ns)];
    }
    const std::int64_t last = (end - request_.from.ns) / request_.bucket.ns;
    if (last < static_cast<std::int64_t>(buckets_)) ++flow.closed[static_cast<std::size_t>(last)];
  }

  const store::StoreSnapshot& snapshot_;
  const TimelineRequest& request_;
  const std::size_t buckets_;
  BlockFilter scan_;
  Flows flows_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> within_;     // rows that begin and end in one bucket
  const std::int64_t* status_ = nullptr;  // of this block
  store::TextColumn method_;
  FieldReader field_;
  std::unordered_map<std::string_view, std::size_t> named_;
  std::vector<Flow*> by_code_;  // of this block's values
  std::array<Flow*, store::kStatusClasses> by_class_{};
  const std::optional<std::uint8_t> only_class_;  // of every row that the filter lets in
  std::optional<BlockCounts> counts_;             // unless series are by what they do not tell
};

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
  parts.reserve(kParts);
  for (std::size_t i = 0; i < kParts; ++i)
    parts.emplace_back(snapshot, request, filter, buckets, executor);
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
