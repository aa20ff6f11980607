#include "spider/query/live.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "query/block_filter.h"
#include "query/merge.h"
#include "query/row_reader.h"

namespace spider::query {
namespace {

using store::ColumnId;

// A part of a cursor up to `mark`, as a number.
[[nodiscard]] bool take_number(std::string_view& text, char mark, int base, std::uint64_t& out) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const auto [at, error] = std::from_chars(text.data(), text.data() + end, out, base);
  const bool good = error == std::errc{} && at == text.data() + end && end > 0;
  text.remove_prefix(std::min(end + 1, text.size()));
  return good;
}

[[nodiscard]] RowKey key_of(const model::CommunicationId& id) {
  return {id.start, id.source, id.session_number, id.ordinal};
}

}  // namespace

// "store.block" or "store.block.id", the store in hex.
std::string to_text(const LiveCursor& cursor) {
  std::string out = fmt::format("{:x}.{}", cursor.store, cursor.block);
  if (cursor.last) out += '.' + model::to_text(*cursor.last);
  return out;
}

std::optional<LiveCursor> parse_live_cursor(std::string_view text) {
  LiveCursor out;
  if (text.size() > 200 || !take_number(text, '.', 16, out.store) ||
      !take_number(text, '.', 10, out.block))
    return std::nullopt;
  if (text.empty()) return out;
  out.last = model::parse_communication_id(text);
  return out.last ? std::optional(out) : std::nullopt;
}

struct LiveFeed::Item {
  std::uint64_t first_block = 0;
  RowKey key;
  store::BlockPtr block;
  std::uint32_t row = 0;
  [[nodiscard]] bool before(const Item& other) const noexcept {
    return std::tie(first_block, key) < std::tie(other.first_block, other.key);
  }
};

LiveFeed::LiveFeed(const store::StoreReader& reader, std::uint64_t store, Filter filter,
                   std::optional<LiveCursor> after)
    : reader_(reader), store_(store), filter_(std::move(filter)), from_now_(!after) {
  if (after) cursor_ = std::move(*after);
}

LiveFeed::~LiveFeed() = default;

// Those of a block's matches that lie behind the cursor.
struct LiveFeed::Search {
  const store::StoreSnapshot& snapshot;
  const LiveCursor& cursor;
  BlockFilter scan;
  std::vector<std::uint32_t> rows;
  std::vector<std::int64_t> first_blocks;
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> sessions;
  std::vector<std::int64_t> ordinals;

  Search(const store::StoreSnapshot& of, const Filter& filter, const LiveCursor& from)
      : snapshot(of), cursor(from), scan(of, filter) {}

  base::Result<void> block(const store::BlockPtr& block, std::vector<Item>& out) {
    const bool moved = block->column(ColumnId::first_block) != nullptr;
    // All of its rows were in blocks that the cursor has passed.
    if (moved && !block->column(ColumnId::first_block)->has_none &&
        block->column(ColumnId::first_block)->max < static_cast<std::int64_t>(cursor.block))
      return {};
    if (!scan.may_match(*block)) return {};
    SPIDER_TRY(scan.rows(*block, rows));
    if (rows.empty()) return {};
    if (moved) SPIDER_TRY(snapshot.numbers_at(*block, ColumnId::first_block, rows, first_blocks));
    SPIDER_TRY(snapshot.numbers_at(*block, ColumnId::start, rows, starts));
    SPIDER_TRY(snapshot.numbers_at(*block, ColumnId::session_number, rows, sessions));
    SPIDER_TRY(snapshot.numbers_at(*block, ColumnId::ordinal, rows, ordinals));
    for (const std::uint32_t row : rows) {
      const bool elsewhere = moved && first_blocks[row] != store::kNone;
      Item item{elsewhere ? static_cast<std::uint64_t>(first_blocks[row]) : block->id,
                {{starts[row]},
                 block->source,
                 static_cast<std::uint64_t>(sessions[row]),
                 static_cast<std::uint32_t>(ordinals[row])},
                block,
                row};
      const bool known =
          item.first_block < cursor.block ||
          (item.first_block == cursor.block && (!cursor.last || item.key <= key_of(*cursor.last)));
      if (!known) out.push_back(std::move(item));
      if (out.size() > kLiveBehindMax) break;
    }
    return {};
  }
};

// Finds what was committed since, or why that cannot be told piece by piece.
base::Result<std::optional<LiveGap>> LiveFeed::look() {
  std::shared_ptr<const store::StoreSnapshot> snapshot = reader_.snapshot();
  version_ = snapshot->version();
  if (!begun_) {
    begun_ = true;
    SPIDER_TRY_LET(newest, snapshot->newest_block(store::RecordKind::http));
    SPIDER_TRY_LET(end, snapshot->blocks_end());
    const bool strange = !from_now_ && (cursor_.store != store_ || cursor_.block >= end);
    if (from_now_ || strange) {
      cursor_ = {store_, newest, std::nullopt};
      if (strange) return LiveGap{"unknown_cursor"};
      return std::nullopt;
    }
  }
  SPIDER_TRY_LET(found, snapshot->blocks_from(store::RecordKind::http,
                                              cursor_.block + (cursor_.last ? 0 : 1)));
  newest_ = std::max(cursor_.block, found.newest);
  std::uint64_t rows = 0;
  LiveGap gap{"behind", base::Time::max(), base::Time::min()};
  for (const store::BlockPtr& block : found.blocks) {
    rows += block->rows;
    gap.from = std::min(gap.from, block->start_min);
    gap.to = std::max(gap.to, block->end_max + base::Duration{1});
  }
  Search search(*snapshot, filter_, cursor_);
  for (const store::BlockPtr& block : found.blocks) {
    if (rows > kLiveScanMax || items_.size() > kLiveBehindMax) break;
    const auto done = search.block(block, items_);
    if (!done && !snapshot->pass_over(done.error())) return tl::unexpected(done.error());
  }
  const bool damaged = snapshot->unreadable().count > 0;
  if (damaged || rows > kLiveScanMax || items_.size() > kLiveBehindMax) {
    items_.clear();
    cursor_ = {store_, newest_, std::nullopt};
    if (damaged) gap.reason = "damaged";
    return found.blocks.empty() ? LiveGap{"damaged"} : gap;
  }
  std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) { return a.before(b); });
  if (items_.empty()) cursor_ = {store_, newest_, std::nullopt};
  if (!items_.empty()) snapshot_ = std::move(snapshot);
  return std::nullopt;
}

base::Result<void> LiveFeed::take(std::size_t limit, LivePage& page) {
  std::vector<BlockMerge::Item> items;
  const std::size_t end = std::min(items_.size(), at_ + limit);
  for (std::size_t i = at_; i < end; ++i)
    items.push_back({items_[i].block, items_[i].row, items_[i].key});
  RowReader reader(*snapshot_, store::RecordKind::http);
  reader.expect(items);
  for (; at_ < end; ++at_) {
    const Item& item = items_[at_];
    auto row = reader.communication(item.block, item.row);
    if (row) {
      cursor_ = {store_, item.first_block, row->id};
      page.rows.push_back({std::move(*row), cursor_});
    } else if (snapshot_->pass_over(row.error())) {
      page.gap = LiveGap{"damaged", item.block->start_min, item.block->end_max + base::Duration{1}};
    } else {
      return tl::unexpected(std::move(row).error());
    }
  }
  page.more = at_ < items_.size();
  if (!page.more) {
    items_.clear();
    at_ = 0;
    snapshot_.reset();
    cursor_ = {store_, newest_, std::nullopt};
    if (!page.rows.empty()) page.rows.back().cursor = cursor_;
  }
  return {};
}

base::Result<LivePage> LiveFeed::next(std::size_t limit) {
  LivePage page;
  if (items_.empty() && (!begun_ || reader_.version() != version_)) {
    SPIDER_TRY_LET(gap, look());
    page.gap = gap;
  }
  if (!items_.empty()) SPIDER_TRY(take(limit, page));
  page.cursor = cursor_;
  return page;
}

}  // namespace spider::query
