#include "query/column_timeline.h"

#include <string>

namespace spider::query {
namespace {

using store::ColumnId;

// Methods are words of the wire: there may be as many as communications. So many have bars of their
// own; those that come later are "other", as in the sums.
constexpr std::size_t kMethodsMax = 256;

[[nodiscard]] std::string key_of_method(const Flows& flows, std::string_view method) {
  if (method.empty()) return "none";
  std::string key(method);
  return flows.size() < kMethodsMax || flows.count(key) != 0 ? key : "other";
}

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

}  // namespace

ColumnTimeline::ColumnTimeline(const store::StoreSnapshot& snapshot, const TimelineRequest& request,
                               const Filter& filter, std::size_t buckets, const Executor& executor)
    : snapshot_(snapshot),
      request_(request),
      buckets_(buckets),
      phase_(request.from.ns % request.bucket.ns),
      first_bucket_((request.from.ns - phase_) / request.bucket.ns),
      scan_(snapshot, filter, executor),
      field_(snapshot, request.field),
      only_class_(only_class_of(filter)) {
  if (request.split != Split::method && request.split != Split::values)
    counts_.emplace(snapshot, scan_, by_class());
  for (std::size_t i = 0; i < request.values.size(); ++i) named_.emplace(request.values[i], i);
}

base::Result<void> ColumnTimeline::scan(const store::BlockInfo& block) {
  const auto bucket = counts_ && counts_->asked() ? only_start(block) : std::nullopt;
  if (bucket && bucket_end(*bucket) > block.end_max) {
    SPIDER_TRY_LET(added, add_counts(block, *bucket));
    if (added) return {};
  }
  return scan_.may_match(block) ? add(block) : base::Result<void>{};
}

void ColumnTimeline::add_to(Flows& flows) const {
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

bool ColumnTimeline::add_flow(base::Bytes saved, bool classes) {
  by_class_.fill(nullptr);
  const bool told = by_class();
  const auto buckets = static_cast<std::int64_t>(buckets_);
  return ClassFlow::read(
      saved, [&](std::int64_t bucket, std::uint8_t c, std::uint64_t opened, std::uint64_t closed) {
        const std::uint8_t at = classes && !told ? std::uint8_t{0} : c;
        Flow& flow = series_of_class(nullptr, only_class_.value_or(at));
        const std::int64_t place = bucket - first_bucket_;
        if (place >= buckets) return;  // what ends there is none of the window's business
        if (place < 0) {
          flow.under_way += static_cast<std::int64_t>(opened);
          return;
        }
        flow.opened[static_cast<std::size_t>(place)] += static_cast<std::int64_t>(opened);
        flow.closed[static_cast<std::size_t>(place)] += static_cast<std::int64_t>(closed);
      });
}

std::optional<std::int64_t> ColumnTimeline::only_bucket(const store::BlockInfo& block) const {
  if (block.start_min < base::Time{phase_}) return std::nullopt;
  const std::int64_t bucket = bucket_of(block.start_min);
  if (bucket_of(block.start_max) != bucket || bucket_of(block.end_max) != bucket)
    return std::nullopt;
  return bucket;
}

// Of a block of which all begins and ends in one bucket, so that its counts say all. False when
// they are not there.
base::Result<bool> ColumnTimeline::add_counts(const store::BlockInfo& block, std::size_t bucket) {
  BlockCounts::Counts counts{};
  SPIDER_TRY_LET(there, counts_->read(block, scan_, counts));
  if (!there) return false;
  by_class_.fill(nullptr);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto at = static_cast<std::uint8_t>(i);
    if (apart_ != nullptr) {
      const std::int64_t place = first_bucket_ + static_cast<std::int64_t>(bucket);
      apart_->open(place, at, counts[i]);
      apart_->close(place, at, counts[i]);
      continue;
    }
    Flow& flow = series_of_class(&block, only_class_.value_or(at));
    flow.opened[bucket] += counts[i];
    flow.closed[bucket] += counts[i];
  }
  return true;
}

base::Result<void> ColumnTimeline::add(const store::BlockInfo& block) {
  SPIDER_TRY(scan_.rows(block, rows_));
  if (rows_.empty()) return {};
  if (by_class()) {
    SPIDER_TRY_LET(status, scan_.numbers(block, ColumnId::status, rows_));
    status_ = status;
  }
  if (request_.split == Split::method) SPIDER_TRY(snapshot_.text(block, ColumnId::method, method_));
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
    if (apart_ != nullptr) {
      const std::int64_t place = first_bucket_ + static_cast<std::int64_t>(*bucket);
      apart_->open(place, class_of(row), 1);
      apart_->close(place, class_of(row), 1);
      continue;
    }
    Flow& flow = series_of(block, row);
    ++flow.opened[*bucket];
    ++flow.closed[*bucket];
  }
  return {};
}

// Most rows end in the bucket in which all of the block begins, whenever that was: they go from
// rows_ to within_.
void ColumnTimeline::take_within(std::int64_t surely, const std::int64_t* durations) {
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

base::Result<void> ColumnTimeline::count_by_times(const store::BlockInfo& block,
                                                  const std::int64_t* durations) {
  SPIDER_TRY_LET(starts, scan_.numbers(block, ColumnId::start, rows_));
  for (const std::uint32_t row : rows_) {
    if (apart_ != nullptr) {
      apart_->open(bucket_of({starts[row]}), class_of(row), 1);
      const base::Time end = base::Time{starts[row]} + base::Duration{durations[row]};
      apart_->close(bucket_of(end), class_of(row), 1);
      continue;
    }
    count(series_of(block, row), starts[row], durations[row]);
  }
  return {};
}

base::Time ColumnTimeline::bucket_end(std::size_t bucket) const {
  return request_.from + base::Duration{request_.bucket.ns * static_cast<std::int64_t>(bucket + 1)};
}

// The bucket in which all of the block begins.
std::optional<std::size_t> ColumnTimeline::only_start(const store::BlockInfo& block) const {
  if (block.start_min < request_.from) return std::nullopt;
  const std::int64_t first = (block.start_min.ns - request_.from.ns) / request_.bucket.ns;
  const std::int64_t last = (block.start_max.ns - request_.from.ns) / request_.bucket.ns;
  if (first != last || last >= static_cast<std::int64_t>(buckets_)) return std::nullopt;
  return static_cast<std::size_t>(first);
}

// As class flows and counts of blocks tell it.
std::uint8_t ColumnTimeline::class_of(std::uint32_t row) const {
  return by_class() ? store::status_class(static_cast<std::uint16_t>(status_[row]))
                    : std::uint8_t{0};
}

Flow& ColumnTimeline::series_of(const store::BlockInfo& block, std::uint32_t row) {
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
  return series_of_class(&block, only_class_.value_or(class_of(row)));
}

// Of all when series are not by class. `block`: where series are by whisperer.
Flow& ColumnTimeline::series_of_class(const store::BlockInfo* block, std::uint8_t at) {
  const bool by_status = request_.split == Split::status_class;
  if (!by_status) at = 0;
  Flow*& flow = by_class_[at];
  if (flow == nullptr) {
    const std::string key =
        by_status ? class_name(at)
        : request_.split == Split::whisperer
            ? std::to_string(static_cast<std::uint32_t>(snapshot_.whisperer_of(block->source)))
            : std::string();
    flow = &flow_of(flows_, key, buckets_);
  }
  return *flow;
}

// The key of a series by values: a letter for its place among the series.
std::string ColumnTimeline::value_key(std::string_view value) const {
  if (value.empty()) return kNoneKey;
  const auto at = named_.find(value);
  return at == named_.end() ? kOthersKey : key_of_value(at->second);
}

void ColumnTimeline::count(Flow& flow, std::int64_t start, std::int64_t duration) const {
  const std::int64_t end = (base::Time{start} + base::Duration{duration}).ns;
  if (start < request_.from.ns) {
    ++flow.under_way;
  } else {
    ++flow.opened[static_cast<std::size_t>((start - request_.from.ns) / request_.bucket.ns)];
  }
  const std::int64_t last = (end - request_.from.ns) / request_.bucket.ns;
  if (last < static_cast<std::int64_t>(buckets_)) ++flow.closed[static_cast<std::size_t>(last)];
}

}  // namespace spider::query
