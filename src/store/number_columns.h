#pragma once
// NumberColumns: the numbers of an open block's rows, a run per column, in order of arrival. Owned
// by a RowBuffer. A row is begun, then each of its columns set at most once; grows by doubling.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "spider/base/pages.h"
#include "spider/store/schema.h"

namespace spider::store {

class NumberColumns {
 public:
  void begin_row() {
    if (rows_ == capacity_) grow();
    ++rows_;
  }
  // Of the newest row.
  void set(ColumnId id, std::int64_t value) noexcept {
    const auto column = static_cast<std::size_t>(id);
    used_[column] = true;
    cells_[column * stride_ + rows_ - 1] = value;
  }
  void clear() noexcept {
    rows_touched_ = std::max(rows_touched_, rows_);
    rows_ = 0;
    used_.fill(false);
  }

  // To be called now and then: what rows that are gone have touched forgets its pages.
  void rest() noexcept {
    if (rows_touched_ > rows_)
      for (std::size_t c = 0; c < kColumns; ++c)
        base::forget_pages(cells_.get() + c * stride_ + rows_,
                           (rows_touched_ - rows_) * sizeof(std::int64_t));
    rows_touched_ = rows_;
  }

  [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }
  // Empty when no row has set it; otherwise every row must have.
  [[nodiscard]] std::span<const std::int64_t> run(ColumnId id) const noexcept {
    const auto column = static_cast<std::size_t>(id);
    if (!used_[column]) return {};
    return {cells_.get() + column * stride_, rows_};
  }

 private:
  static constexpr std::size_t kColumns = 96;
  static constexpr std::uint32_t kRowsAtFirst = 1'024;
  // A row touches a line of every column: runs that begin at the same place of a page would all
  // want the same few lines of the processor's cache.
  static constexpr std::size_t kShift = 8;

  void grow() {
    const std::uint32_t capacity = std::max(kRowsAtFirst, capacity_ * 2);
    const std::size_t stride = capacity + kShift;
    auto cells = std::make_unique_for_overwrite<std::int64_t[]>(kColumns * stride);
    for (std::size_t c = 0; c < kColumns; ++c)
      if (used_[c]) std::copy_n(cells_.get() + c * stride_, rows_, cells.get() + c * stride);
    cells_ = std::move(cells);
    capacity_ = capacity;
    stride_ = stride;
  }

  std::unique_ptr<std::int64_t[]> cells_;
  std::array<bool, kColumns> used_{};
  std::size_t stride_ = 0;
  std::uint32_t rows_ = 0;
  std::uint32_t rows_touched_ = 0;  // at most, since the last rest()
  std::uint32_t capacity_ = 0;
};

}  // namespace spider::store
