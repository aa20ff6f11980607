#pragma once
// top_rows(): the first communications by a value that is not their start: duration, status, sizes.
// Every block that may match is scanned; each part of the work keeps no more rows than the page
// holds. The order is total (value, then RowKey), so a page goes on exactly where the one before it
// ended, however the work was cut. Any thread; errors: those of the store, cancelled.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/engine.h"

#include "query/block_filter.h"
#include "query/merge.h"

namespace spider::query {

// A row's place in the order. Those without the value (no response: its status) come last in both
// directions.
struct ValueKey {
  std::int64_t value = 0;  // as stored; kNone when there is none
  RowKey row;
  friend bool operator==(const ValueKey&, const ValueKey&) noexcept = default;
};

// Where a page ended; `shown` as in Position.
struct ValuePosition {
  ValueKey key;
  std::uint32_t shown = 1;
};

[[nodiscard]] std::string to_cursor(const ValuePosition& position, const Sort& sort);
[[nodiscard]] std::optional<ValuePosition> parse_value_cursor(std::string_view text,
                                                              const Sort& sort);

struct TopRow {
  BlockMerge::Item item;
  std::int64_t value = 0;
};

// At most `limit` rows in order, only those beyond `after`.
[[nodiscard]] base::Result<std::vector<TopRow>> top_rows(const store::StoreSnapshot& snapshot,
                                                         const Filter& filter, const Sort& sort,
                                                         const std::optional<ValuePosition>& after,
                                                         std::size_t limit,
                                                         const Executor& executor);

}  // namespace spider::query
