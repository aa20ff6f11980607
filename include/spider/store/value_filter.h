#pragma once
// What a block's summary knows of a text column with too many values to list them: a Bloom filter
// over its distinct values, ten bits each, so that a question for one host reads only blocks that
// have it (and one in a hundred of the others). Plain functions; any thread.
//
// A network can make texts that fill a filter's bits: such blocks are then read, as without one.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "spider/store/schema.h"

namespace spider::store {

// More distinct values than that have no filter.
inline constexpr std::size_t kFilterValuesMax = 1'024;
inline constexpr std::size_t kFilterBytesMax = kFilterValuesMax * 10 / 8;

// Columns that are asked for by a whole value.
[[nodiscard]] constexpr bool has_value_filter(ColumnId id) noexcept {
  return id == ColumnId::host || id == ColumnId::client_ip || id == ColumnId::server_ip ||
         id == ColumnId::origin || id == ColumnId::identity;
}

// What a filter knows a text by; ASCII letters of either case are the same. Stored: never changes.
[[nodiscard]] std::uint64_t value_mark(std::string_view text) noexcept;

[[nodiscard]] std::string make_value_filter(std::span<const std::string_view> distinct);
// False: none of the values that the filter was made of has this mark.
[[nodiscard]] bool may_hold(std::string_view filter, std::uint64_t mark) noexcept;

// False: no row of the block has a text of this mark in the column. Null: the column is not known.
[[nodiscard]] bool may_hold(const ColumnSummary* column, std::uint64_t mark) noexcept;

}  // namespace spider::store
