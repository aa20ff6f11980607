#pragma once
// FieldReader: one field of a block's rows as small codes, so that rows of a group are told by
// comparing numbers, and a value is looked at once per block. Reuses its memory; owned by one
// query.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spider/query/statistics.h"

#include "query/block_filter.h"

namespace spider::query {

class FieldReader {
 public:
  FieldReader(const store::StoreSnapshot& snapshot, GroupField field)
      : snapshot_(snapshot), field_(field) {}

  // Of the rows that `scan` was asked about last.
  [[nodiscard]] base::Result<void> read(const store::BlockInfo& block, BlockFilter& scan,
                                        const std::vector<std::uint32_t>& rows);
  // After read(): below codes() each. Different codes may have equal values.
  [[nodiscard]] std::size_t codes() const noexcept { return codes_; }
  [[nodiscard]] std::uint32_t code(std::uint32_t row) const noexcept {
    return row_codes_.empty() ? row : row_codes_[row];
  }
  // The value as a key: empty for none; numbers as eight bytes that sort as they do. Good until the
  // next call.
  [[nodiscard]] std::string_view value(std::uint32_t code);

 private:
  void number_codes(const std::int64_t* values, const std::vector<std::uint32_t>& rows);

  const store::StoreSnapshot& snapshot_;
  GroupField field_;
  std::size_t codes_ = 0;
  store::TextColumn text_;
  std::vector<std::uint32_t> row_codes_;
  std::vector<std::int64_t> numbers_;   // of each code
  std::vector<std::uint32_t> code_of_;  // number + 1 -> code, kept clean between blocks
  std::string key_;
};

[[nodiscard]] GroupValue value_of_key(GroupField field, std::string_view key);

}  // namespace spider::query
