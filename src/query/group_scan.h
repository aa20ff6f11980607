#pragma once
// GroupScan: walks the rows that answer a filter, block by block, and hands each to a tally: that
// of its group, of a group's period, of the rest. The group of a pair of values is looked up once
// per block. Owned by one thread.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "spider/query/statistics.h"

#include "query/block_filter.h"
#include "query/group_fields.h"
#include "query/group_table.h"

namespace spider::query {

class GroupScan {
 public:
  GroupScan(const store::StoreSnapshot& snapshot, const Filter& filter,
            std::span<const GroupField> fields);

  // Numbers groups: asked once per pair of values and block (or row, when nearly all differ).
  using GroupOf = std::function<std::uint32_t(const GroupKey&)>;
  // Each row of the block: `take(group, start, duration, status, request bytes, response bytes)`.
  template <class Take>
  [[nodiscard]] base::Result<void> block(const store::BlockInfo& block, const GroupOf& group_of,
                                         bool starts, Take&& take) {
    SPIDER_TRY(read(block, starts));
    for (const std::uint32_t row : rows_)
      take(group(row, group_of), starts_ == nullptr ? 0 : starts_[row], durations_[row],
           status_[row], request_[row], response_[row]);
    return {};
  }
  // Adds every row of the block to the tally of its group: `tallies(group)` when all groups of the
  // block have their number, so it stays where it is meanwhile.
  template <class Tallies>
  [[nodiscard]] base::Result<void> add_to(const store::BlockInfo& block, const GroupOf& group_of,
                                          Tallies&& tallies) {
    SPIDER_TRY(read(block, false));
    number_rows(group_of);
    tallies_.clear();
    for (const std::uint32_t group : groups_) tallies_.push_back(&tallies(group));
    add_rows();
    return {};
  }
  [[nodiscard]] bool may_match(const store::BlockInfo& block) const {
    return scan_.may_match(block);
  }

 private:
  [[nodiscard]] base::Result<void> read(const store::BlockInfo& block, bool starts);
  [[nodiscard]] std::uint32_t group(std::uint32_t row, const GroupOf& group_of) {
    const std::size_t at = fields_.empty() ? 0
                           : fields_.size() == 1
                               ? fields_[0].code(row)
                               : fields_[0].code(row) * second_codes_ + fields_[1].code(row);
    if (known_.empty()) return looked_up(row, group_of);
    std::uint32_t& known = known_[at];
    if (known == kUnknown) known = looked_up(row, group_of);
    return known;
  }
  // Which of the block's groups, counted in the order of their first rows, each row is of.
  void number_rows(const GroupOf& group_of);
  void add_rows();
  struct Timed;
  // Not inlined, so that what they need stays in registers.
  [[gnu::noinline]] std::size_t sum_rows(std::size_t count, Timed* timed);
  [[gnu::noinline]] static void count_durations(const Timed* timed, std::size_t count,
                                                DurationSketch::Places* places);
  [[nodiscard]] std::uint32_t looked_up(std::uint32_t row, const GroupOf& group_of);

  static constexpr std::uint32_t kUnknown = UINT32_MAX;
  static constexpr std::size_t kKnownMax = 65'536;  // more pairs than that are looked up each time

  const store::StoreSnapshot& snapshot_;
  BlockFilter scan_;
  std::vector<FieldReader> fields_;
  std::size_t second_codes_ = 1;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> known_;  // group of each code, or pair of codes, of this block
  GroupKey key_;
  std::vector<std::uint32_t> groups_;    // of the block, each once
  std::vector<std::uint32_t> place_of_;  // of each group: where in groups_
  std::vector<std::uint32_t> group_at_;  // of each of rows_: its place in groups_
  std::vector<Tally*> tallies_;          // of groups_
  // Of a block, which has fewer than 2^32 rows: two counts in one number each, the first below.
  struct Sums {
    std::uint64_t communications_errors = 0;
    std::uint64_t unanswered_timed = 0;
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
    std::uint64_t longest = 0;
  };
  std::vector<Sums> sums_;  // of groups_
  struct Timed {
    std::uint64_t duration = 0;
    std::uint32_t bucket = 0;
    std::uint32_t group = 0;
  };
  std::vector<Timed> timed_;                    // rows that have a duration
  std::vector<DurationSketch::Places> places_;  // of groups_
  const std::int64_t* starts_ = nullptr;
  const std::int64_t* durations_ = nullptr;
  const std::int64_t* status_ = nullptr;
  const std::int64_t* request_ = nullptr;
  const std::int64_t* response_ = nullptr;
};

}  // namespace spider::query
