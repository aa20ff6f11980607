#include "query/merge.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"

namespace spider::query {

using store::ColumnId;

// "a" or "d" (the order it belongs to), then the key; hex, so that a negative start needs no sign.
// A fifth number only when more than one row of the key was shown.
std::string to_cursor(const Position& position, Order order) {
  const RowKey& key = position.key;
  std::string out =
      fmt::format("{}{:x}-{:x}-{:x}-{:x}", order == Order::oldest_first ? 'a' : 'd',
                  static_cast<std::uint64_t>(key.start.ns), static_cast<std::uint32_t>(key.source),
                  key.session_number, key.ordinal);
  if (position.shown > 1) out += fmt::format("-{:x}", position.shown);
  return out;
}

std::optional<Position> parse_cursor(std::string_view text, Order order) {
  if (text.empty() || text.front() != (order == Order::oldest_first ? 'a' : 'd'))
    return std::nullopt;
  text.remove_prefix(1);
  std::uint64_t parts[5] = {0, 0, 0, 0, 1};
  std::size_t count = 0;
  for (bool last = false; !last; ++count) {
    const std::size_t dash = text.find('-');
    last = dash == std::string_view::npos;
    const std::string_view part = text.substr(0, dash);
    if (count == std::size(parts) || part.empty()) return std::nullopt;
    const auto [end, error] =
        std::from_chars(part.data(), part.data() + part.size(), parts[count], 16);
    if (error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
    text.remove_prefix(last ? text.size() : dash + 1);
  }
  if (count < 4 || parts[1] > UINT32_MAX || parts[3] > UINT32_MAX || parts[4] > UINT32_MAX)
    return std::nullopt;
  Position out;
  out.key.start.ns = static_cast<std::int64_t>(parts[0]);
  out.key.source = model::SourceId{static_cast<std::uint32_t>(parts[1])};
  out.key.session_number = parts[2];
  out.key.ordinal = static_cast<std::uint32_t>(parts[3]);
  out.shown = static_cast<std::uint32_t>(parts[4]);
  return out;
}

base::Result<void> BlockMerge::begin() {
  SPIDER_TRY_LET(blocks, snapshot_.blocks(kind_, filter_.sources, filter_.from, filter_.to));
  for (std::size_t i = 0; i < kParts; ++i) scans_.emplace_back(snapshot_, filter_, executor_);
  for (store::BlockPtr& block : blocks) {
    // Wholly on the near side of the cursor: nothing in it lies beyond.
    const base::Time far = order_ == Order::oldest_first ? block->start_max : block->start_min;
    const bool passed = after_ && (order_ == Order::oldest_first ? far < after_->key.start
                                                                 : far > after_->key.start);
    if (!passed && scans_[0].may_match(*block)) waiting_.push_back(std::move(block));
  }
  std::stable_sort(waiting_.begin(), waiting_.end(), [this](const auto& a, const auto& b) {
    return order_ == Order::oldest_first ? edge(*a) < edge(*b) : edge(*a) > edge(*b);
  });
  return {};
}

base::Result<std::vector<RowKey>> BlockMerge::keys_of(
    const store::BlockInfo& block, const std::vector<std::uint32_t>& rows) const {
  std::vector<std::int64_t> column;
  std::vector<RowKey> keys(rows.size());
  SPIDER_TRY(snapshot_.numbers_at(block, ColumnId::start, rows, column));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    keys[i].start.ns = column[rows[i]];
    keys[i].source = block.source;
  }
  SPIDER_TRY(snapshot_.numbers_at(block, ColumnId::session_number, rows, column));
  for (std::size_t i = 0; i < rows.size(); ++i)
    keys[i].session_number = static_cast<std::uint64_t>(column[rows[i]]);
  if (kind_ == store::RecordKind::http) {
    SPIDER_TRY(snapshot_.numbers_at(block, ColumnId::ordinal, rows, column));
    for (std::size_t i = 0; i < rows.size(); ++i)
      keys[i].ordinal = static_cast<std::uint32_t>(column[rows[i]]);
  }
  return keys;
}

void BlockMerge::push() {
  std::push_heap(heap_.begin(), heap_.end(),
                 [this](const auto& a, const auto& b) { return later(*a, *b); });
}

base::Result<std::unique_ptr<BlockMerge::Open>> BlockMerge::opened(
    BlockFilter& scan, const store::BlockPtr& block) const {
  auto out = std::make_unique<Open>();
  out->block = block;
  SPIDER_TRY(scan.rows(*block, out->rows));
  if (out->rows.empty()) return nullptr;
  SPIDER_TRY_LET(keys, keys_of(*block, out->rows));
  // Rows are stored in ascending order; a walk from the newest goes through them backwards.
  if (order_ == Order::newest_first) {
    std::reverse(out->rows.begin(), out->rows.end());
    std::reverse(keys.begin(), keys.end());
  }
  out->keys = std::move(keys);
  if (after_)
    while (out->at < out->keys.size() && before(out->keys[out->at], after_->key)) ++out->at;
  if (out->at == out->keys.size()) return nullptr;
  return out;
}

base::Result<void> BlockMerge::open_more() {
  const std::size_t count = std::min(at_once_, waiting_.size() - next_block_);
  std::vector<base::Result<std::unique_ptr<Open>>> found(count);
  const std::size_t parts = std::min(count, kParts);
  executor_.run(parts, [&](std::size_t part) {
    for (std::size_t i = part; i < count; i += parts)
      found[i] = opened(scans_[part], waiting_[next_block_ + i]);
  });
  if (executor_.cancelled())
    return base::fail(codes::cancelled, "The server stops, or whoever asked is gone.");
  std::size_t rows = 0;
  for (auto& one : found) {
    if (!one && one.error().code == codes::out_of_time) {
      // What was found behind it is found again by who goes on from here.
      stopped_at_ = edge(*waiting_[next_block_]);
      return {};
    }
    ++next_block_;
    if (!one && !snapshot_.pass_over(one.error())) return tl::unexpected(one.error());
    if (!one || *one == nullptr) continue;
    rows += (*one)->rows.size();
    heap_.push_back(std::move(*one));
    push();
  }
  at_once_ = rows < kFewRows ? std::min(at_once_ * 2, kAtOnceMax) : 1;
  return {};
}

base::Result<std::optional<BlockMerge::Item>> BlockMerge::next() {
  for (;;) {
    SPIDER_TRY_LET(item, take());
    if (!item || skip_ == 0) return item;
    // Rows with equal keys come one after the other.
    if (item->key != after_->key) skip_ = 0;
    if (skip_ == 0) return item;
    --skip_;
  }
}

base::Result<std::optional<BlockMerge::Item>> BlockMerge::take() {
  while (!stopped_at_ && next_block_ < waiting_.size() &&
         (heap_.empty() ||
          reaches(edge(*waiting_[next_block_]), heap_.front()->keys[heap_.front()->at])))
    SPIDER_TRY(open_more());
  if (heap_.empty()) return std::nullopt;
  if (stopped_at_ && reaches(*stopped_at_, heap_.front()->keys[heap_.front()->at]))
    return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(),
                [this](const auto& a, const auto& b) { return later(*a, *b); });
  Open& top = *heap_.back();
  Item item{top.block, top.rows[top.at], top.keys[top.at]};
  if (++top.at == top.rows.size()) {
    heap_.pop_back();
  } else {
    push();
  }
  return std::optional<Item>(std::move(item));
}

}  // namespace spider::query
