#include "spider/query/engine.h"

#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/merge.h"
#include "query/row_reader.h"

namespace spider::query {
namespace {

[[nodiscard]] base::Result<std::optional<Position>> position(const std::string& cursor,
                                                             Order order) {
  if (cursor.empty()) return std::nullopt;
  const auto key = parse_cursor(cursor, order);
  if (!key)
    return base::fail(
        codes::bad_cursor,
        fmt::format("cursor \"{}\" was not given for this order; start again without it.", cursor));
  return key;
}

// A page of at most `limit` rows, read by `read` after `rows` was told which.
template <class Row, class Read>
[[nodiscard]] base::Result<Page<Row>> page(const store::StoreSnapshot& snapshot, BlockMerge& merge,
                                           RowReader& rows, std::optional<Position> last,
                                           Order order, std::size_t limit, Read&& read) {
  SPIDER_TRY(merge.begin());
  Page<Row> out;
  for (bool end = false; !end && out.rows.size() < limit;) {
    std::vector<BlockMerge::Item> items;
    while (out.rows.size() + items.size() < limit) {
      SPIDER_TRY_LET(item, merge.next());
      end = !item;
      if (end) break;
      if (last && last->key == item->key) {
        ++last->shown;
      } else {
        last = Position{item->key};
      }
      items.push_back(std::move(*item));
    }
    rows.expect(items);
    for (const BlockMerge::Item& item : items) {
      auto row = read(item);
      if (row) {
        out.rows.push_back(std::move(*row));
      } else if (!snapshot.pass_over(row.error())) {
        return tl::unexpected(std::move(row).error());
      }
    }
    if (end) return out;
  }
  SPIDER_TRY_LET(more, merge.next());
  if (more && last) out.next = to_cursor(*last, order);
  return out;
}

}  // namespace

base::Result<Page<CommunicationRow>> QueryEngine::communications(const Filter& filter, Order order,
                                                                 const std::string& cursor,
                                                                 std::size_t limit) const {
  SPIDER_TRY_LET(after, position(cursor, order));
  BlockMerge merge(snapshot_, filter, store::RecordKind::http, order, after, executor_);
  RowReader rows(snapshot_, store::RecordKind::http);
  return page<CommunicationRow>(
      snapshot_, merge, rows, after, order, limit,
      [&](const BlockMerge::Item& item) { return rows.communication(item.block, item.row); });
}

base::Result<Page<SessionRow>> QueryEngine::sessions(const Filter& filter, Order order,
                                                     const std::string& cursor,
                                                     std::size_t limit) const {
  SPIDER_TRY_LET(after, position(cursor, order));
  BlockMerge merge(snapshot_, filter, store::RecordKind::session, order, after, executor_);
  RowReader rows(snapshot_, store::RecordKind::session);
  return page<SessionRow>(
      snapshot_, merge, rows, after, order, limit,
      [&](const BlockMerge::Item& item) { return rows.session(item.block, item.row); });
}

base::Result<void> QueryEngine::each_communication(
    const Filter& filter, Order order,
    const std::function<bool(const CommunicationRow&)>& visit) const {
  BlockMerge merge(snapshot_, filter, store::RecordKind::http, order, std::nullopt);
  RowReader rows(snapshot_, store::RecordKind::http);
  SPIDER_TRY(merge.begin());
  for (;;) {
    SPIDER_TRY_LET(item, merge.next());
    if (!item) return {};
    const auto row = rows.communication(item->block, item->row);
    if (!row && !snapshot_.pass_over(row.error())) return tl::unexpected(row.error());
    if (row && !visit(*row)) return {};
  }
}

base::Result<std::pair<CommunicationRow, store::HttpDetail>> QueryEngine::communication(
    const model::CommunicationId& id) const {
  SPIDER_TRY_LET(place, snapshot_.find(id));
  RowReader rows(snapshot_, store::RecordKind::http);
  rows.expect(place);
  SPIDER_TRY_LET(row, rows.communication(place.block, place.row));
  SPIDER_TRY_LET(detail, snapshot_.http_detail(*place.block, place.row));
  return std::pair(std::move(row), std::move(detail));
}

base::Result<std::pair<SessionRow, store::SessionDetail>> QueryEngine::session(
    const model::SessionId& id) const {
  SPIDER_TRY_LET(place, snapshot_.find(id));
  RowReader rows(snapshot_, store::RecordKind::session);
  rows.expect(place);
  SPIDER_TRY_LET(row, rows.session(place.block, place.row));
  SPIDER_TRY_LET(detail, snapshot_.session_detail(*place.block, place.row));
  return std::pair(std::move(row), std::move(detail));
}

base::Result<model::QualityCounts> QueryEngine::books(store::Sources sources, base::Time from,
                                                      base::Time to) const {
  SPIDER_TRY_LET(rows, snapshot_.quality_sums(sources, from, to, {}));
  model::QualityCounts sum;
  for (const store::QualityRow& row : rows) sum += row.minute.counts;
  return sum;
}

}  // namespace spider::query
