#pragma once
// GroupRuns: sums of groups over runs of blocks, kept once a question was asked before
// (block_runs.h). A run of hundreds of blocks has as many groups as one block, and little longer
// lists of buckets, so its sums are a tenth to a hundredth of the columns that they were read from.
// Kept are those of runs whose groups were all held, whose blocks are all good, and that are
// shorter than what they stand for; what comes out is what a scan of all rows comes to. Owned by
// one query; add() from several threads, each with a scan and a sink of its own.

#include <array>
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/query/statistics.h"
#include "spider/store/store_reader.h"

#include "query/block_runs.h"
#include "query/group_scan.h"
#include "query/group_table.h"

namespace spider::query {

// Where rows and sums of groups go.
class GroupSink {
 public:
  virtual ~GroupSink() = default;
  // All rows of the block that answer.
  [[nodiscard]] virtual base::Result<void> add(GroupScan& scan, const store::BlockInfo& block) = 0;
  // Of a group, to be added to: good until the next call. `run`: all of it begins within it.
  [[nodiscard]] virtual Tally& of(const GroupKey& key, const BlockRun& run) = 0;
  // It cannot take more without leaving something out.
  [[nodiscard]] virtual bool full() const = 0;
};

class TableSink final : public GroupSink {
 public:
  TableSink(GroupTable& table, std::size_t groups_max) : table_(table), groups_max_(groups_max) {}
  [[nodiscard]] base::Result<void> add(GroupScan& scan, const store::BlockInfo& block) override;
  [[nodiscard]] Tally& of(const GroupKey& key, const BlockRun& /*run*/) override {
    return table_.at(table_.find(key)).tally;
  }
  [[nodiscard]] bool full() const override { return table_.exceeds(groups_max_); }

 private:
  GroupTable& table_;
  const std::size_t groups_max_;
};

class GroupRuns {
 public:
  // `name`: of the filter without its window, empty when nothing stands for it; then there are no
  // runs.
  GroupRuns(const store::StoreSnapshot& snapshot, const Executor& executor, std::string_view name,
            std::span<const GroupField> fields);

  // Looks for the runs of the blocks that `fits` allows. False: none of them is known, nor worth
  // keeping, so that nothing is gained here.
  [[nodiscard]] bool plan(std::span<const store::BlockPtr> blocks, const Filter& filter,
                          const BlockRuns::Fits& fits);
  // Adds what was planned, of which each of those who add at once takes what is next: sums do not
  // depend on who adds what. Passes over damaged blocks.
  [[nodiscard]] base::Result<void> add(GroupScan& scan, GroupSink& to);
  // A sink is full, so add() ended early: what the sinks hold is of no use.
  [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
  // There are more groups than can be held, so which ones are depends on the order of blocks: no
  // runs from here on, nor for those who ask the same.
  void give_up();

 private:
  void fail() noexcept { failed_.store(true, std::memory_order_relaxed); }
  // Adds the run, and keeps its sums.
  [[nodiscard]] base::Result<void> make(const BlockRun& run, GroupScan& scan, GroupSink& to);
  // Adds the blocks; `good` is cleared when one is damaged.
  [[nodiscard]] base::Result<void> add_blocks(std::span<const store::BlockInfo* const> blocks,
                                              GroupScan& scan, GroupSink& to, bool& good);
  void merge(const std::string& saved, const BlockRun& run, GroupSink& to);
  [[nodiscard]] std::string save(GroupTable& table) const;

  const store::StoreSnapshot& snapshot_;
  const Executor& executor_;
  const std::size_t fields_;
  std::string name_;
  BlockRuns runs_;
  const std::vector<BlockRuns::Unit>* units_ = nullptr;
  std::atomic<std::size_t> next_{0};  // of units_
  std::atomic<bool> failed_{false};
};

}  // namespace spider::query
