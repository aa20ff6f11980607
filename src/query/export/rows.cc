#include "query/export/rows.h"

#include <algorithm>
#include <span>
#include <utility>

namespace spider::query {
namespace {

// About a block, so that none is decoded often.
constexpr std::size_t kRowsAtOnce = 4'096;

[[nodiscard]] base::Result<std::vector<ExportRow>> read(
    const store::StoreSnapshot& snapshot, RowReader& rows,
    const std::vector<BlockMerge::Item>& items) {
  std::vector<ExportRow> out;
  out.reserve(items.size());
  rows.expect(items);
  for (const BlockMerge::Item& item : items) {
    auto row = rows.communication(item.block, item.row);
    if (row) {
      out.push_back({std::move(*row), {item.block, item.row}});
    } else if (!snapshot.pass_over(row.error())) {
      return tl::unexpected(std::move(row).error());
    }
  }
  return out;
}

}  // namespace

base::Result<std::vector<ExportRow>> FilteredRows::next() {
  if (!begun_) SPIDER_TRY(merge_.begin());
  begun_ = true;
  while (!ended_) {
    std::vector<BlockMerge::Item> items;
    while (items.size() < kRowsAtOnce) {
      SPIDER_TRY_LET(item, merge_.next());
      ended_ = !item;
      if (ended_) break;
      items.push_back(std::move(*item));
    }
    SPIDER_TRY_LET(out, read(snapshot_, rows_, items));
    if (!out.empty()) return out;
  }
  return std::vector<ExportRow>{};
}

base::Result<std::vector<ExportRow>> ListedRows::next() {
  while (at_ < items_.size()) {
    const auto some = std::span(items_).subspan(at_, std::min(kRowsAtOnce, items_.size() - at_));
    at_ += some.size();
    SPIDER_TRY_LET(out, read(snapshot_, rows_, {some.begin(), some.end()}));
    if (!out.empty()) return out;
  }
  return std::vector<ExportRow>{};
}

}  // namespace spider::query
