#pragma once
// RowReader: turns rows of blocks into owned records. Keeps the columns of the last few blocks that
// it was asked about, since a listing walks blocks that interleave. Owned by one query.

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/records.h"
#include "spider/store/store_reader.h"

#include "query/merge.h"

namespace spider::query {

class RowReader {
 public:
  RowReader(const store::StoreSnapshot& snapshot, store::RecordKind kind)
      : snapshot_(snapshot), kind_(kind) {}

  // Only these rows will be asked for until the next call: of each block no others are decoded.
  // Without a call, any row may be asked for.
  void expect(const std::vector<BlockMerge::Item>& items);
  void expect(const store::RowRef& row);

  [[nodiscard]] base::Result<CommunicationRow> communication(const store::BlockPtr& block,
                                                             std::uint32_t row);
  [[nodiscard]] base::Result<SessionRow> session(const store::BlockPtr& block, std::uint32_t row);

 private:
  // Every column of one block, by ColumnId; of the rows `expected` alone, one behind the other,
  // when there are any.
  struct Columns {
    store::BlockPtr block;
    std::vector<std::uint32_t> expected;
    std::array<std::vector<std::int64_t>, 256> numbers;
    std::array<store::TextColumn, 256> texts;

    // Where the row's values are.
    [[nodiscard]] std::uint32_t place(std::uint32_t row) const {
      if (expected.empty()) return row;
      const auto at = std::lower_bound(expected.begin(), expected.end(), row);
      return static_cast<std::uint32_t>(at - expected.begin());
    }
    [[nodiscard]] std::int64_t number(store::ColumnId id, std::uint32_t row) const {
      return numbers[static_cast<std::size_t>(id)][row];
    }
    [[nodiscard]] std::uint64_t count(store::ColumnId id, std::uint32_t row) const {
      const std::int64_t v = number(id, row);
      return v < 0 ? 0 : static_cast<std::uint64_t>(v);
    }
    [[nodiscard]] std::string_view text(store::ColumnId id, std::uint32_t row) const {
      return texts[static_cast<std::size_t>(id)].row(row);
    }
  };
  [[nodiscard]] base::Result<const Columns*> columns(const store::BlockPtr& block);

  [[nodiscard]] base::Result<void> read(const store::BlockPtr& block, Columns& out) const;
  [[nodiscard]] base::Result<void> read_rows(const store::BlockPtr& block,
                                             const std::vector<std::uint32_t>& rows,
                                             Columns& out) const;

  static constexpr std::size_t kKept = 8;
  const store::StoreSnapshot& snapshot_;
  store::RecordKind kind_;
  std::list<Columns> kept_;                                                 // most recent first
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> expected_;  // by block, ascending
  // The damaged block met last, so that each of its rows does not try it again.
  std::optional<std::uint64_t> damaged_;
  base::Error damage_;
};

}  // namespace spider::query
