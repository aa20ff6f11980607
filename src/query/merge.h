#pragma once
// BlockMerge: walks the rows that answer a filter in order of start across all blocks. A block is
// opened (filtered, its sort columns read) only when the walk reaches its earliest or latest start
// or, where matches are rare, somewhat earlier together with others, so a page of the newest
// hundred touches a block or two of ten million rows. Owned by one query.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/engine.h"

#include "query/block_filter.h"

namespace spider::query {

// The total order of a listing; ties of the same instant are settled by identity.
struct RowKey {
  base::Time start;
  model::SourceId source{};
  std::uint64_t session_number = 0;
  std::uint32_t ordinal = 0;
  friend auto operator<=>(const RowKey&, const RowKey&) noexcept = default;
};

// Where a page ended. Keys are unique but in stores from before runs were counted: there `shown`
// of the rows with this very key were given out, and the others come next.
struct Position {
  RowKey key;
  std::uint32_t shown = 1;
};

// Page::next as text and back; empty when the text is not one of ours.
[[nodiscard]] std::string to_cursor(const Position& position, Order order);
[[nodiscard]] std::optional<Position> parse_cursor(std::string_view text, Order order);

class BlockMerge {
 public:
  // `after`: only rows beyond this one in the given order.
  BlockMerge(const store::StoreSnapshot& snapshot, const Filter& filter, store::RecordKind kind,
             Order order, std::optional<Position> after, const Executor& executor = caller_alone())
      : snapshot_(snapshot),
        filter_(filter),
        executor_(executor),
        kind_(kind),
        order_(order),
        after_(after),
        skip_(after ? after->shown : 0) {}

  // Finds the blocks of the window.
  [[nodiscard]] base::Result<void> begin();
  struct Item {
    store::BlockPtr block;
    std::uint32_t row = 0;
    RowKey key;
  };
  // The next row, or nothing.
  [[nodiscard]] base::Result<std::optional<Item>> next();

  // Where the walk ended because the executor was out of time, once next() has given nothing: every
  // row before this start, in walking order, was given, and none from it on.
  [[nodiscard]] std::optional<base::Time> stopped_at() const noexcept { return stopped_at_; }
  // Some block was looked through.
  [[nodiscard]] bool got_on() const noexcept { return next_block_ > 0; }

 private:
  [[nodiscard]] base::Result<std::optional<Item>> take();
  struct Open {
    store::BlockPtr block;
    std::vector<std::uint32_t> rows;
    std::vector<RowKey> keys;  // of `rows`, in walking order
    std::size_t at = 0;
  };

  [[nodiscard]] bool before(const RowKey& a, const RowKey& b) const {
    return order_ == Order::oldest_first ? a < b : b < a;
  }
  // Rows with one key come in the same order in every walk.
  [[nodiscard]] bool later(const Open& a, const Open& b) const {
    const RowKey& left = a.keys[a.at];
    const RowKey& right = b.keys[b.at];
    return left == right ? b.block->id < a.block->id : before(right, left);
  }
  void push();
  // The first key that the block could give.
  [[nodiscard]] base::Time edge(const store::BlockInfo& block) const {
    return order_ == Order::oldest_first ? block.start_min : block.start_max;
  }
  [[nodiscard]] bool reaches(base::Time edge_time, const RowKey& key) const {
    return order_ == Order::oldest_first ? edge_time <= key.start : edge_time >= key.start;
  }
  // Null when no row of the block matches beyond the cursor.
  [[nodiscard]] base::Result<std::unique_ptr<Open>> opened(BlockFilter& scan,
                                                           const store::BlockPtr& block) const;
  // Opens the next blocks, several at once, those that there was time for. Those with damaged
  // columns are passed over; the snapshot notes them.
  [[nodiscard]] base::Result<void> open_more();
  [[nodiscard]] base::Result<std::vector<RowKey>> keys_of(
      const store::BlockInfo& block, const std::vector<std::uint32_t>& rows) const;

  const store::StoreSnapshot& snapshot_;
  const Filter& filter_;
  const Executor& executor_;
  store::RecordKind kind_;
  Order order_;
  std::optional<Position> after_;
  std::uint32_t skip_;  // rows with the key of after_ that are still to be passed over
  std::vector<store::BlockPtr> waiting_;  // in walking order of their edges
  std::size_t next_block_ = 0;
  // Blocks to open next: one, and twice as many each time that few rows were found. What was opened
  // too early costs at most as much as what had to be opened before.
  std::size_t at_once_ = 1;
  std::optional<base::Time> stopped_at_;
  static constexpr std::size_t kAtOnceMax = 128;
  static constexpr std::size_t kParts = 8;  // of what is opened at once
  static constexpr std::size_t kFewRows = 100;
  std::vector<BlockFilter> scans_;           // one per part
  std::vector<std::unique_ptr<Open>> heap_;  // the earliest key on top
};

}  // namespace spider::query
