#include "query/group_scan.h"

namespace spider::query {

using store::ColumnId;

GroupScan::GroupScan(const store::StoreSnapshot& snapshot, const Filter& filter,
                     std::span<const GroupField> fields)
    : snapshot_(snapshot), scan_(snapshot, filter) {
  for (const GroupField field : fields) fields_.emplace_back(snapshot_, field);
}

base::Result<void> GroupScan::read(const store::BlockInfo& block, bool starts) {
  SPIDER_TRY(scan_.rows(block, rows_));
  if (rows_.empty()) return {};
  const auto column = [&](ColumnId id, const std::int64_t*& out) -> base::Result<void> {
    SPIDER_TRY_LET(values, scan_.numbers(block, id, rows_));
    out = values;
    return {};
  };
  starts_ = nullptr;
  if (starts) SPIDER_TRY(column(ColumnId::start, starts_));
  SPIDER_TRY(column(ColumnId::duration, durations_));
  SPIDER_TRY(column(ColumnId::status, status_));
  SPIDER_TRY(column(ColumnId::request_wire_bytes, request_));
  SPIDER_TRY(column(ColumnId::response_wire_bytes, response_));
  for (FieldReader& field : fields_) SPIDER_TRY(field.read(block, scan_, rows_));
  const std::size_t first = fields_.empty() ? 1 : fields_[0].codes();
  second_codes_ = fields_.size() < 2 ? 1 : fields_[1].codes();
  known_.clear();
  if (first * second_codes_ <= kKnownMax) known_.assign(first * second_codes_, kUnknown);
  return {};
}

std::uint32_t GroupScan::looked_up(std::uint32_t row, const GroupOf& group_of) {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    key_.parts[i] = fields_[i].value(fields_[i].code(row));
  return group_of(key_);
}

}  // namespace spider::query
