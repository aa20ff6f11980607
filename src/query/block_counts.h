#pragma once
// BlockCounts: how many communications of a block answer a filter, by class of status, kept by
// block once the filter was asked before. That is all that a timeline needs of a block which begins
// and ends in one of its buckets, whichever that is, and of a large store those are nearly all. The
// counts are a twentieth of the rows' places and a hundredth of a column, so those of many more
// blocks stay in memory.
//
// A filter for one text of a column (a host) has another way the first time: counts of all texts of
// the column, once anybody asked for one of them. Owned by one query.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/store/store_reader.h"

#include "query/block_filter.h"

namespace spider::query {

class BlockCounts {
 public:
  using Counts = store::ClassCounts;

  // Of all that `filter` asks for besides its window. Without `by_class` all are counted as class
  // 0, and statuses need not be read. The snapshot outlives this.
  BlockCounts(const store::StoreSnapshot& snapshot, BlockFilter& filter, bool by_class);

  // False: read() tells nothing, as nobody asked anything like it before.
  [[nodiscard]] bool asked() const noexcept { return asked_ != 0 || texts_asked_ != 0; }
  // When the filter asks for one text of a column alone; and what the store knows counts of all
  // texts of the column by, 0 when nobody asked for another one before.
  [[nodiscard]] const std::optional<TreeScan::OnlyText>& text() const noexcept { return text_; }
  [[nodiscard]] std::uint64_t texts_number() const noexcept { return texts_number_; }
  // Of a block that lies in the filter's window as a whole. False when the counts are not there and
  // would not be kept: then the rows are to be asked. `filter` is the one of the constructor.
  [[nodiscard]] base::Result<bool> read(const store::BlockInfo& block, BlockFilter& filter,
                                        Counts& out);

 private:
  [[nodiscard]] base::Result<void> count(const store::BlockInfo& block, BlockFilter& filter,
                                         Counts& out);

  const store::StoreSnapshot& snapshot_;
  const bool by_class_;
  std::uint64_t asked_ = 0;  // what the store knows the question by
  // Of a filter for a text alone that is a new one, when another text of the column was asked for.
  std::uint64_t texts_asked_ = 0;
  std::uint64_t texts_number_ = 0;
  std::optional<TreeScan::OnlyText> text_;
  std::vector<char> verdicts_;  // on texts that the store has numbers for
  std::string kept_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace spider::query
