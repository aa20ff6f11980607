#pragma once
// TextFlows: the class flows of every text of a column in some blocks, while a table of them is
// made. A table: number of texts; of each its length and that of its flow, varints; the texts; the
// flows. Owned by one thread.

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/text_hash.h"
#include "spider/store/store_reader.h"

#include "query/class_flow.h"
#include "query/column_timeline.h"

namespace spider::query {

class TextFlows {
 public:
  // `asked`: what the store knows counts of the column's texts by.
  TextFlows(const store::StoreSnapshot& snapshot, store::ColumnId column, std::uint64_t asked)
      : snapshot_(snapshot), column_(column), asked_(asked) {}

  // All rows of the block, by the grid of `part`. False, and nothing is added: there are too many
  // texts, or no such column.
  [[nodiscard]] base::Result<bool> add(const store::BlockInfo& block, const ColumnTimeline& part);
  // What was saved; false when it cannot be read.
  [[nodiscard]] bool add_saved(const std::string& table);
  [[nodiscard]] std::string save() const;
  // More than may be held.
  [[nodiscard]] bool full() const noexcept { return cells_ > kCellsMax || bytes_ > kBytesMax; }

  // each(texts, flows) of a table: flows[i] is the saved flow of text i.
  template <class Each>
  [[nodiscard]] static bool read(const std::string& table, Each&& each) {
    store::TextColumn texts;
    std::vector<base::Bytes> flows;
    return take_apart(table, texts, flows) && each(texts, flows);
  }

 private:
  static constexpr std::size_t kCellsMax = 32'768;  // buckets of texts, some 150 bytes each
  // A target may be as long as a head: tens of thousands of them would not fit memory. One block
  // more, at most.
  static constexpr std::size_t kBytesMax = std::size_t{4} << 20U;
  [[nodiscard]] static bool take_apart(const std::string& table, store::TextColumn& texts,
                                       std::vector<base::Bytes>& flows);
  [[nodiscard]] ClassFlow& of(std::string_view text);
  // The flows of this block's texts, and what was counted of them by then.
  void find_flows();
  void count_cells();

  const store::StoreSnapshot& snapshot_;
  const store::ColumnId column_;
  const std::uint64_t asked_;
  std::unordered_map<std::string, ClassFlow, base::TextHash, std::equal_to<>> flows_;
  std::size_t cells_ = 0;
  std::size_t bytes_ = 0;  // of the texts
  store::TextColumn texts_;
  std::vector<store::ClassCounts> counts_;
  std::vector<ClassFlow*> found_;  // of texts_
  std::vector<std::int64_t> status_;
  std::vector<std::int64_t> starts_;
  std::vector<std::int64_t> durations_;
};

}  // namespace spider::query
