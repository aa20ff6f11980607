#pragma once
// RowBuffer: the rows of an open block, column by column, in order of arrival; and what they keep
// for a detail view. Owned by the writer.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spider/model/record_batch.h"
#include "spider/store/schema.h"

#include "store/format/detail.h"
#include "store/number_columns.h"

namespace spider::store {

class RowBuffer {
 public:
  void add(const model::Communication& c);
  void add(const model::SessionRecord& s, std::span<const model::ParseNote> notes);
  // Rows [first, rows()) were written as this block, which their later ones tell.
  void set_first_block(std::uint32_t first, std::uint64_t block);
  void clear() noexcept;
  void rest() noexcept {
    dense_.rest();
    if (rows() == 0) details_ = {};
  }

  [[nodiscard]] std::uint32_t rows() const noexcept { return dense_.rows(); }
  // Text kept, which is what grows without a fixed size per row.
  [[nodiscard]] std::size_t text_bytes() const noexcept {
    return text_bytes_ + details_.blob.size();
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return text_bytes() + rows() * kRowBytes; }

  // Of a sparse column: may end before the last row; number() knows.
  [[nodiscard]] std::span<const std::int64_t> numbers(ColumnId id) const noexcept {
    if (is_sparse(id)) return sparse_[static_cast<std::size_t>(id)];
    return dense_.run(id);
  }
  [[nodiscard]] std::int64_t number(ColumnId id, std::uint32_t row) const noexcept {
    const std::span<const std::int64_t> run = numbers(id);
    return row < run.size() ? run[row] : kNone;
  }
  [[nodiscard]] std::string_view text(ColumnId id, std::uint32_t row) const noexcept {
    const Texts& t = texts_[static_cast<std::size_t>(id)];
    if (row >= t.ends.size()) return {};  // sparse, and none since
    const std::uint32_t begin = row == 0 ? 0 : t.ends[row - 1];
    return std::string_view(t.bytes).substr(begin, t.ends[row] - begin);
  }
  [[nodiscard]] const format::DetailRows& details() const noexcept { return details_; }
  [[nodiscard]] std::span<const std::int64_t> starts() const noexcept {
    return numbers(ColumnId::start);
  }
  [[nodiscard]] std::uint64_t pack_min(std::uint32_t row) const noexcept { return pack_mins_[row]; }
  [[nodiscard]] std::uint64_t pack_max(std::uint32_t row) const noexcept { return pack_maxs_[row]; }

 private:
  static constexpr std::size_t kColumnIds = 96;
  // Numbers of a row, its ends of texts, and half as much again of room: about.
  static constexpr std::size_t kRowBytes = 900;
  struct Texts {
    std::string bytes;
    std::vector<std::uint32_t> ends;
  };

  void put(ColumnId id, std::int64_t value) noexcept { dense_.set(id, value); }
  void put_unsigned(ColumnId id, std::uint64_t value) { put(id, static_cast<std::int64_t>(value)); }
  void put_text(ColumnId id, std::string_view value);
  // Values of the newest row; what is empty costs nothing.
  void put_sparse(ColumnId id, std::string_view value);
  void put_sparse(ColumnId id, std::int64_t value);  // kNone: no value
  void put_meaning(const model::Meaning& meaning);
  void put_codes(std::span<const std::uint16_t> codes);

  NumberColumns dense_;
  std::array<std::vector<std::int64_t>, kColumnIds> sparse_;
  std::array<Texts, kColumnIds> texts_;
  std::vector<std::uint64_t> pack_mins_;  // of the bodies a row refers to; 0 for none
  std::vector<std::uint64_t> pack_maxs_;
  std::size_t text_bytes_ = 0;
  format::DetailRows details_;
};

}  // namespace spider::store
