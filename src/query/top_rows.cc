#include "query/top_rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "query/block_parts.h"

namespace spider::query {
namespace {

using store::ColumnId;

constexpr std::size_t kParts = 8;
// Rows with one key of which a cursor may say that they were shown.
constexpr std::uint32_t kShownMax = 10'000;

// In the order of SortField.
constexpr ColumnId kColumns[] = {ColumnId::duration, ColumnId::status, ColumnId::request_body_bytes,
                                 ColumnId::response_body_bytes};

[[nodiscard]] ColumnId column_of(SortField field) {
  return kColumns[static_cast<std::size_t>(field)];
}

// Captured bytes of the message that the column counts the body of: of one that was never seen both
// are 0.
[[nodiscard]] std::optional<ColumnId> wire_bytes_of(SortField field) {
  if (field == SortField::request_bytes) return ColumnId::request_wire_bytes;
  if (field == SortField::response_bytes) return ColumnId::response_wire_bytes;
  return std::nullopt;
}

class ByValue {
 public:
  explicit ByValue(const Sort& sort) : descending_(sort.descending) {}

  [[nodiscard]] bool value_before(std::int64_t a, std::int64_t b) const {
    if ((a == store::kNone) != (b == store::kNone)) return b == store::kNone;
    return descending_ ? a > b : a < b;
  }
  [[nodiscard]] bool before(const ValueKey& a, const ValueKey& b) const {
    if (a.value != b.value) return value_before(a.value, b.value);
    return descending_ ? b.row < a.row : a.row < b.row;
  }
  // Rows with one key come in the same order in every scan.
  [[nodiscard]] bool operator()(const TopRow& a, const TopRow& b) const {
    const ValueKey left{a.value, a.item.key};
    const ValueKey right{b.value, b.item.key};
    if (left == right)
      return std::pair(a.item.block->id, a.item.row) < std::pair(b.item.block->id, b.item.row);
    return before(left, right);
  }

 private:
  bool descending_;
};

// The best rows of one part of the blocks: a heap with the worst of them on top.
class Part {
 public:
  Part(const store::StoreSnapshot& snapshot, const Filter& filter, const Sort& sort,
       const std::optional<ValuePosition>& after, std::size_t limit)
      : snapshot_(snapshot),
        scan_(snapshot, filter),
        field_(sort.field),
        order_(sort),
        after_(after),
        limit_(limit) {}

  [[nodiscard]] base::Result<void> block(const store::BlockPtr& block) {
    if (!scan_.may_match(*block)) return {};
    SPIDER_TRY(scan_.rows(*block, rows_));
    if (rows_.empty()) return {};
    SPIDER_TRY(snapshot_.numbers_at(*block, column_of(field_), rows_, values_));
    SPIDER_TRY(mark_unseen(*block));
    const auto hopeless = [this](std::uint32_t row) {
      const std::int64_t value = values_[row];
      return (after_ && order_.value_before(value, after_->key.value)) ||
             (best_.size() == limit_ && order_.value_before(best_.front().value, value));
    };
    rows_.erase(std::remove_if(rows_.begin(), rows_.end(), hopeless), rows_.end());
    if (rows_.empty()) return {};
    SPIDER_TRY(snapshot_.numbers_at(*block, ColumnId::start, rows_, starts_));
    SPIDER_TRY(snapshot_.numbers_at(*block, ColumnId::session_number, rows_, sessions_));
    SPIDER_TRY(snapshot_.numbers_at(*block, ColumnId::ordinal, rows_, ordinals_));
    for (const std::uint32_t row : rows_) take(block, row);
    return {};
  }

  [[nodiscard]] std::vector<TopRow>& best() { return best_; }

 private:
  // The columns hold a 0 where there is no value: no response has a status, nothing of a message
  // that was never seen a size.
  [[nodiscard]] base::Result<void> mark_unseen(const store::BlockInfo& block) {
    const auto wire_bytes = wire_bytes_of(field_);
    if (field_ != SortField::status && !wire_bytes) return {};
    zeros_.clear();
    std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(zeros_),
                 [this](std::uint32_t row) { return values_[row] == 0; });
    if (wire_bytes) {
      SPIDER_TRY(snapshot_.numbers_at(block, *wire_bytes, zeros_, wire_bytes_));
      std::erase_if(zeros_, [this](std::uint32_t row) { return wire_bytes_[row] > 0; });
    }
    for (const std::uint32_t row : zeros_) values_[row] = store::kNone;
    return {};
  }

  void take(const store::BlockPtr& block, std::uint32_t row) {
    TopRow found;
    found.value = values_[row];
    found.item.row = row;
    found.item.key = {base::Time{starts_[row]}, block->source,
                      static_cast<std::uint64_t>(sessions_[row]),
                      static_cast<std::uint32_t>(ordinals_[row])};
    if (after_ && order_.before({found.value, found.item.key}, after_->key)) return;
    found.item.block = block;
    if (best_.size() == limit_) {
      if (!order_(found, best_.front())) return;
      std::pop_heap(best_.begin(), best_.end(), order_);
      best_.back() = std::move(found);
    } else {
      best_.push_back(std::move(found));
    }
    std::push_heap(best_.begin(), best_.end(), order_);
  }

  const store::StoreSnapshot& snapshot_;
  BlockFilter scan_;
  SortField field_;
  ByValue order_;
  const std::optional<ValuePosition>& after_;
  std::size_t limit_;
  std::vector<TopRow> best_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> zeros_;
  std::vector<std::int64_t> values_;
  std::vector<std::int64_t> wire_bytes_;
  std::vector<std::int64_t> starts_;
  std::vector<std::int64_t> sessions_;
  std::vector<std::int64_t> ordinals_;
};

// The letters of a cursor: which field, and upper case for descending.
[[nodiscard]] char letter(const Sort& sort) {
  constexpr char kLetters[2][4] = {{'l', 's', 'q', 'r'}, {'L', 'S', 'Q', 'R'}};
  return kLetters[sort.descending ? 1 : 0][static_cast<std::size_t>(sort.field)];
}

}  // namespace

// The letter, the value, and what follows is the cursor of a walk by start: hex, as there.
std::string to_cursor(const ValuePosition& position, const Sort& sort) {
  return fmt::format("{}{:x}.{}", letter(sort), static_cast<std::uint64_t>(position.key.value),
                     to_cursor(Position{position.key.row, position.shown}, Order::oldest_first));
}

std::optional<ValuePosition> parse_value_cursor(std::string_view text, const Sort& sort) {
  const std::size_t dot = text.find('.');
  if (text.empty() || text.front() != letter(sort) || dot == std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  const char* const last = text.data() + dot;
  const auto [end, error] = std::from_chars(text.data() + 1, last, value, 16);
  if (error != std::errc{} || end != last) return std::nullopt;
  const auto position = parse_cursor(text.substr(dot + 1), Order::oldest_first);
  if (!position || position->shown > kShownMax) return std::nullopt;
  return ValuePosition{{static_cast<std::int64_t>(value), position->key}, position->shown};
}

base::Result<std::vector<TopRow>> top_rows(const store::StoreSnapshot& snapshot,
                                           const Filter& filter, const Sort& sort,
                                           const std::optional<ValuePosition>& after,
                                           std::size_t limit, const Executor& executor) {
  SPIDER_TRY_LET(blocks,
                 snapshot.blocks(store::RecordKind::http, filter.sources, filter.from, filter.to));
  // Rows of the cursor's own key are found again, and passed over in their order.
  const std::size_t held = limit + (after ? after->shown : 0);
  std::vector<Part> parts;
  parts.reserve(kParts);
  for (std::size_t i = 0; i < kParts; ++i) parts.emplace_back(snapshot, filter, sort, after, held);
  SPIDER_TRY(each_block<kParts>(
      snapshot, blocks, executor,
      [&](std::size_t i, const store::BlockPtr& block) { return parts[i].block(block); }));
  std::vector<TopRow> out;
  for (Part& part : parts)
    out.insert(out.end(), std::make_move_iterator(part.best().begin()),
               std::make_move_iterator(part.best().end()));
  std::sort(out.begin(), out.end(), ByValue(sort));
  std::size_t passed = 0;
  while (after && passed < after->shown && passed < out.size() &&
         ValueKey{out[passed].value, out[passed].item.key} == after->key)
    ++passed;
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(passed));
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace spider::query
