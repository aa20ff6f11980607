#include "query/block_counts.h"

#include <cstring>
#include <numeric>

namespace spider::query {

using store::ColumnId;

BlockCounts::BlockCounts(const store::StoreSnapshot& snapshot, BlockFilter& filter, bool by_class)
    : snapshot_(snapshot), by_class_(by_class) {
  const std::string name = filter.name();
  if (!name.empty())
    asked_ = snapshot.asked_before((by_class ? "count by class, " : "count, ") + name);
  text_ = filter.only_text();
  if (!text_) return;
  texts_number_ = snapshot.asked_before("count texts by class, " +
                                        std::to_string(static_cast<unsigned>(text_->column)));
  if (asked_ == 0) texts_asked_ = texts_number_;
}

base::Result<bool> BlockCounts::read(const store::BlockInfo& block, BlockFilter& filter,
                                     Counts& out) {
  if (texts_asked_ != 0) {
    out.fill(0);
    if (!filter.may_match(block)) return true;
    SPIDER_TRY_LET(told, snapshot_.count_texts(block, text_->column, text_->judge, texts_asked_,
                                               verdicts_, out));
    if (told && !by_class_) out = {std::accumulate(out.begin(), out.end(), 0U)};
    return told;
  }
  const auto make = [&](std::string& kept) -> base::Result<void> {
    SPIDER_TRY(count(block, filter, out));
    kept.assign(reinterpret_cast<const char*>(out.data()), sizeof(out));
    return {};
  };
  SPIDER_TRY_LET(there, snapshot_.answer_asked(block, asked_, sizeof(out), make, kept_));
  if (!there || kept_.size() != sizeof(out)) return false;
  std::memcpy(out.data(), kept_.data(), sizeof(out));
  return true;
}

base::Result<void> BlockCounts::count(const store::BlockInfo& block, BlockFilter& filter,
                                      Counts& out) {
  out.fill(0);
  if (!filter.may_match(block)) return {};
  SPIDER_TRY(filter.rows(block, rows_));
  if (!by_class_) {
    out[0] = static_cast<std::uint32_t>(rows_.size());
  } else if (!rows_.empty()) {
    SPIDER_TRY_LET(status, filter.numbers(block, ColumnId::status, rows_));
    for (const std::uint32_t row : rows_)
      ++out[store::status_class(static_cast<std::uint16_t>(status[row]))];
  }
  return {};
}

}  // namespace spider::query
