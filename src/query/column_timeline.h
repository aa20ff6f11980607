#pragma once
// ColumnTimeline: counts the communications of some blocks into a timeline from their columns; any
// filter, any bucket. Of a block that lies in one bucket it takes the counts that are kept
// (block_counts.h). Owned by one thread at a time.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/query/engine.h"

#include "query/block_counts.h"
#include "query/block_filter.h"
#include "query/class_flow.h"
#include "query/group_fields.h"
#include "query/timeline_flows.h"

namespace spider::query {

class ColumnTimeline {
 public:
  // `filter` covers the buckets exactly and outlives this.
  ColumnTimeline(const store::StoreSnapshot& snapshot, const TimelineRequest& request,
                 const Filter& filter, std::size_t buckets, const Executor& executor);

  [[nodiscard]] base::Result<void> scan(const store::BlockInfo& block);
  void add_to(Flows& flows) const;

  // ---- counts that are kept of runs of blocks (timeline_runs.h)

  // Whether class flows tell all that is asked for.
  [[nodiscard]] bool by_flows() const noexcept {
    return counts_ && request_.split != Split::whisperer;
  }
  // Class flows tell classes; otherwise all is of class 0.
  [[nodiscard]] bool by_class() const noexcept {
    return request_.split == Split::status_class && !only_class_;
  }
  // Where scan() counts from here on: into `to`, by the buckets of the grid; null: into the series.
  // The block is to lie in the window.
  void count_apart(ClassFlow* to) noexcept { apart_ = to; }
  // Adds what a ClassFlow saved; with `classes`, it tells classes even where nobody asks for them.
  // False when it cannot be read: then there is more in it than nothing, and all is wrong.
  [[nodiscard]] bool add_flow(base::Bytes saved, bool classes);
  // The bucket of the grid, which goes on to both sides of the window.
  [[nodiscard]] std::int64_t bucket_of(base::Time time) const noexcept {
    return (time.ns - phase_) / request_.bucket.ns;  // of times from 1970 on
  }
  // The bucket of the grid that holds all of the block.
  [[nodiscard]] std::optional<std::int64_t> only_bucket(const store::BlockInfo& block) const;
  [[nodiscard]] BlockFilter& filter() noexcept { return scan_; }
  [[nodiscard]] BlockCounts* counts() noexcept { return counts_ ? &*counts_ : nullptr; }

 private:
  [[nodiscard]] base::Result<bool> add_counts(const store::BlockInfo& block, std::size_t bucket);
  [[nodiscard]] base::Result<void> add(const store::BlockInfo& block);
  void take_within(std::int64_t surely, const std::int64_t* durations);
  [[nodiscard]] base::Result<void> count_by_times(const store::BlockInfo& block,
                                                  const std::int64_t* durations);
  [[nodiscard]] base::Time bucket_end(std::size_t bucket) const;
  [[nodiscard]] std::optional<std::size_t> only_start(const store::BlockInfo& block) const;
  [[nodiscard]] std::uint8_t class_of(std::uint32_t row) const;
  [[nodiscard]] Flow& series_of(const store::BlockInfo& block, std::uint32_t row);
  [[nodiscard]] Flow& series_of_class(const store::BlockInfo* block, std::uint8_t at);
  [[nodiscard]] std::string value_key(std::string_view value) const;
  void count(Flow& flow, std::int64_t start, std::int64_t duration) const;

  const store::StoreSnapshot& snapshot_;
  const TimelineRequest& request_;
  const std::size_t buckets_;
  const std::int64_t phase_;         // of the grid: where a bucket begins
  const std::int64_t first_bucket_;  // of the window, in the grid
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
  ClassFlow* apart_ = nullptr;
};

}  // namespace spider::query
