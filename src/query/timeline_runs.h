#pragma once
// TimelineRuns: what a timeline comes to in runs of blocks (block_runs.h), kept as class flows on
// the grid of its buckets, which goes on to both sides of the window. A block that lies in several
// buckets then costs nothing when the same is asked again, nor do hundreds that lie in one.
//
// Of a filter they are kept from the second time on that it is asked with this grid. Of a filter
// for one text of a column that is a new one (another host each time), the flows of all texts are,
// once the second such filter is asked with the grid: a table to a run. Both are exact, and both
// come out as a scan of all rows does. Owned by one query; add() from several threads, each with a
// part of its own.

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/store/store_reader.h"

#include "query/block_runs.h"
#include "query/column_timeline.h"

namespace spider::query {

class TimelineRuns {
 public:
  // `part`: any of those that add() is called with.
  TimelineRuns(const store::StoreSnapshot& snapshot, const Executor& executor,
               const TimelineRequest& request, ColumnTimeline& part);

  // Looks for the runs of the blocks. False: nothing is gained here.
  [[nodiscard]] bool plan(std::span<const store::BlockPtr> blocks, const Filter& filter);
  // Adds what was planned, of which each of those who add at once takes what is next. Passes over
  // damaged blocks.
  [[nodiscard]] base::Result<void> add(ColumnTimeline& part);
  // What was kept could not be read, of which no case is known: all is to be counted without it.
  [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

 private:
  using Blocks = std::span<const store::BlockInfo* const>;
  [[nodiscard]] base::Result<void> add_block(const store::BlockInfo& block, ColumnTimeline& part,
                                             bool& good) const;
  void add_kept(const std::string& kept, ColumnTimeline& part);
  // Each adds the run, and keeps what it comes to.
  [[nodiscard]] base::Result<void> make_flow(const BlockRun& run, ColumnTimeline& part);
  [[nodiscard]] base::Result<void> make_table(const BlockRun& run, ColumnTimeline& part);
  // Adds the flows of the texts that are wanted.
  [[nodiscard]] bool add_table(const std::string& table, ColumnTimeline& part) const;

  const store::StoreSnapshot& snapshot_;
  const Executor& executor_;
  const std::int64_t bucket_ns_;
  const std::int64_t phase_;
  bool tables_ = false;  // and not flows of the filter
  std::optional<BlockRuns> runs_;
  const std::vector<BlockRuns::Unit>* units_ = nullptr;
  std::atomic<std::size_t> next_{0};  // of units_
  std::atomic<bool> failed_{false};
};

}  // namespace spider::query
