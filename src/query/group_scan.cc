#include "query/group_scan.h"

#include <algorithm>

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

void GroupScan::number_rows(const GroupOf& group_of) {
  for (const std::uint32_t group : groups_) place_of_[group] = kUnknown;
  groups_.clear();
  group_at_.resize(rows_.size());
  // Different codes may be of one group, and a group has one place.
  const auto fresh = [&](std::uint32_t row) {
    const std::uint32_t group = looked_up(row, group_of);
    if (group >= place_of_.size()) place_of_.resize(group + 1, kUnknown);
    if (place_of_[group] == kUnknown) {
      place_of_[group] = static_cast<std::uint32_t>(groups_.size());
      groups_.push_back(group);
    }
    return place_of_[group];
  };
  const auto number = [&](auto&& code_of) {
    std::uint32_t* const known = known_.data();
    std::uint32_t* const out = group_at_.data();
    const std::size_t count = rows_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t code = code_of(rows_[i]);
      if (known[code] == kUnknown) known[code] = fresh(rows_[i]);
      out[i] = known[code];
    }
  };
  if (known_.empty()) {
    for (std::size_t i = 0; i < rows_.size(); ++i) group_at_[i] = fresh(rows_[i]);
  } else if (fields_.empty()) {
    number([](std::uint32_t) { return std::size_t{0}; });
  } else if (fields_.size() == 1) {
    number([&](std::uint32_t row) { return std::size_t{fields_[0].code(row)}; });
  } else {
    number([&](std::uint32_t row) {
      return fields_[0].code(row) * second_codes_ + fields_[1].code(row);
    });
  }
}

// What Tally::add() adds row by row, in two passes: sums of the block's groups, which stay in the
// nearest cache, and then the durations, whose buckets are fetched while others are counted.
void GroupScan::add_rows() {
  sums_.assign(groups_.size(), {});
  timed_.resize(rows_.size());
  Timed* const timed = timed_.data();
  const std::size_t count = sum_rows(rows_.size(), timed);
  places_.clear();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Tally& tally = *tallies_[g];
    const Sums& sums = sums_[g];
    tally.communications += sums.communications_errors & UINT32_MAX;
    tally.errors += sums.communications_errors >> 32U;
    tally.unanswered += sums.unanswered_timed & UINT32_MAX;
    tally.request_bytes += sums.request_bytes;
    tally.response_bytes += sums.response_bytes;
    tally.durations.note(sums.unanswered_timed >> 32U, sums.longest);
    places_.emplace_back(tally.durations);
  }
  count_durations(timed, count, places_.data());
}

void GroupScan::count_durations(const Timed* timed, std::size_t count,
                                DurationSketch::Places* places) {
  constexpr std::size_t kAhead = 24;
  const std::size_t ahead = count - std::min(count, kAhead);
  for (std::size_t i = 0; i < ahead; ++i) {
    const Timed& later = timed[i + kAhead];
    places[later.group].fetch(later.bucket);
    places[timed[i].group].put(timed[i].duration, timed[i].bucket);
  }
  for (std::size_t i = ahead; i < count; ++i)
    places[timed[i].group].put(timed[i].duration, timed[i].bucket);
}

// Returns how many rows have a duration; they are in `timed`, which has room for all.
std::size_t GroupScan::sum_rows(std::size_t count, Timed* timed) {
  const std::uint32_t* const rows = rows_.data();
  const std::uint32_t* const groups = group_at_.data();
  const std::int64_t* const statuses = status_;
  const std::int64_t* const requests = request_;
  const std::int64_t* const responses = response_;
  const std::int64_t* const durations = durations_;
  Sums* const sums = sums_.data();
  constexpr std::uint64_t kOne = std::uint64_t{1} << 32U;
  std::size_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t row = rows[i];
    const std::uint32_t group = groups[i];
    const std::int64_t status = statuses[row];
    const std::int64_t request = std::max<std::int64_t>(0, requests[row]);
    const std::int64_t response = std::max<std::int64_t>(0, responses[row]);
    const auto duration = static_cast<std::uint64_t>(std::max<std::int64_t>(0, durations[row]));
    const bool has = status != 0 && request > 0;
    Sums& of = sums[group];
    of.communications_errors += status >= 400 ? kOne + 1 : 1;
    of.unanswered_timed += (status == 0 ? 1U : 0U) + (has ? kOne : 0);
    of.request_bytes += static_cast<std::uint64_t>(request);
    of.response_bytes += static_cast<std::uint64_t>(response);
    of.longest = std::max(of.longest, has ? duration : 0);
    timed[out] = {duration, DurationSketch::bucket_of(duration), group};
    out += has ? 1U : 0U;
  }
  return out;
}

std::uint32_t GroupScan::looked_up(std::uint32_t row, const GroupOf& group_of) {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    key_.parts[i] = fields_[i].value(fields_[i].code(row));
  return group_of(key_);
}

}  // namespace spider::query
