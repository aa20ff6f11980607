#include "spider/query/engine.h"

#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/merge.h"
#include "query/row_reader.h"
#include "query/top_rows.h"

namespace spider::query {
namespace {

[[nodiscard]] std::string not_for_this_order(const std::string& cursor) {
  return fmt::format("cursor \"{}\" was not given for this order; start again without it.", cursor);
}

[[nodiscard]] base::Result<std::optional<Position>> position(const std::string& cursor,
                                                             Order order) {
  if (cursor.empty()) return std::nullopt;
  const auto key = parse_cursor(cursor, order);
  if (!key) return base::fail(codes::bad_cursor, not_for_this_order(cursor));
  return key;
}

// No row has the key of this place: sources are numbered from 1, and nothing that is stored has all
// of the highest numbers.
[[nodiscard]] Position before_all_at(base::Time instant, Order order) {
  if (order == Order::newest_first)
    return Position{{instant, model::SourceId{UINT32_MAX}, UINT64_MAX, UINT32_MAX}};
  return Position{{instant, model::SourceId{0}, 0, 0}};
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
    if (!end) continue;
    out.stopped_at = merge.stopped_at();
    if (out.stopped_at && merge.got_on())
      out.next = to_cursor(before_all_at(*out.stopped_at, order), order);
    return out;
  }
  SPIDER_TRY_LET(item, merge.next());
  const bool more = item || merge.stopped_at();
  if (more && last) out.next = to_cursor(*last, order);
  return out;
}

[[nodiscard]] Order other(Order order) {
  return order == Order::oldest_first ? Order::newest_first : Order::oldest_first;
}

// `get` reads one row. With what comes before the page, too.
template <class Row, class Get>
[[nodiscard]] base::Result<Page<Row>> page_of(const store::StoreSnapshot& snapshot,
                                              const Filter& filter, store::RecordKind kind,
                                              Order order, const Executor& executor,
                                              const std::optional<Position>& after,
                                              std::size_t limit, const Get& get) {
  BlockMerge merge(snapshot, filter, kind, order, after, executor);
  RowReader rows(snapshot, kind);
  std::optional<RowKey> first;
  SPIDER_TRY_LET(
      out, page<Row>(snapshot, merge, rows, after, order, limit, [&](const BlockMerge::Item& item) {
        if (!first) first = item.key;
        return get(rows, item);
      }));
  if (first) out.previous = to_cursor(Position{*first}, other(order));
  return out;
}

[[nodiscard]] base::Result<Page<CommunicationRow>> communication_page(
    const store::StoreSnapshot& snapshot, const Filter& filter, Order order,
    const Executor& executor, const std::optional<Position>& after, std::size_t limit) {
  return page_of<CommunicationRow>(snapshot, filter, store::RecordKind::http, order, executor,
                                   after, limit, [](RowReader& rows, const BlockMerge::Item& item) {
                                     return rows.communication(item.block, item.row);
                                   });
}

[[nodiscard]] base::Result<Page<SessionRow>> session_page(const store::StoreSnapshot& snapshot,
                                                          const Filter& filter, Order order,
                                                          const Executor& executor,
                                                          const std::optional<Position>& after,
                                                          std::size_t limit) {
  return page_of<SessionRow>(snapshot, filter, store::RecordKind::session, order, executor, after,
                             limit, [](RowReader& rows, const BlockMerge::Item& item) {
                               return rows.session(item.block, item.row);
                             });
}

}  // namespace

base::Result<Page<CommunicationRow>> QueryEngine::communications(const Filter& filter, Order order,
                                                                 const std::string& cursor,
                                                                 std::size_t limit) const {
  SPIDER_TRY_LET(after, position(cursor, order));
  return communication_page(snapshot_, filter, order, executor_, after, limit);
}

base::Result<Page<CommunicationRow>> QueryEngine::communications_from(const Filter& filter,
                                                                      Order order,
                                                                      base::Time instant,
                                                                      std::size_t limit) const {
  return communication_page(snapshot_, filter, order, executor_, before_all_at(instant, order),
                            limit);
}

base::Result<Page<CommunicationRow>> QueryEngine::communications_by(const Filter& filter,
                                                                    const Sort& sort,
                                                                    const std::string& cursor,
                                                                    std::size_t limit) const {
  std::optional<ValuePosition> last;
  if (!cursor.empty()) {
    last = parse_value_cursor(cursor, sort);
    if (!last) return base::fail(codes::bad_cursor, not_for_this_order(cursor));
  }
  SPIDER_TRY_LET(found, top_rows(snapshot_, filter, sort, last, limit + 1, executor_));
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  std::vector<BlockMerge::Item> items;
  for (const TopRow& row : found) {
    const ValueKey key{row.value, row.item.key};
    if (last && last->key == key) {
      ++last->shown;
    } else {
      last = ValuePosition{key};
    }
    items.push_back(row.item);
  }
  Page<CommunicationRow> out;
  RowReader rows(snapshot_, store::RecordKind::http);
  rows.expect(items);
  for (const BlockMerge::Item& item : items) {
    auto row = rows.communication(item.block, item.row);
    if (row) {
      out.rows.push_back(std::move(*row));
    } else if (!snapshot_.pass_over(row.error())) {
      return tl::unexpected(std::move(row).error());
    }
  }
  if (more && last) out.next = to_cursor(*last, sort);
  return out;
}

base::Result<Page<SessionRow>> QueryEngine::sessions(const Filter& filter, Order order,
                                                     const std::string& cursor,
                                                     std::size_t limit) const {
  SPIDER_TRY_LET(after, position(cursor, order));
  return session_page(snapshot_, filter, order, executor_, after, limit);
}

base::Result<Page<SessionRow>> QueryEngine::sessions_from(const Filter& filter, Order order,
                                                          base::Time instant,
                                                          std::size_t limit) const {
  return session_page(snapshot_, filter, order, executor_, before_all_at(instant, order), limit);
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

base::Result<store::HttpDetail> QueryEngine::detail(const model::CommunicationId& id) const {
  SPIDER_TRY_LET(place, snapshot_.find(id));
  return snapshot_.http_detail(*place.block, place.row);
}

base::Result<store::SessionDetail> QueryEngine::detail(const model::SessionId& id) const {
  SPIDER_TRY_LET(place, snapshot_.find(id));
  return snapshot_.session_detail(*place.block, place.row);
}

base::Result<model::QualityCounts> QueryEngine::books(store::Sources sources, base::Time from,
                                                      base::Time to) const {
  SPIDER_TRY_LET(rows, snapshot_.quality_sums(sources, from, to, {}));
  model::QualityCounts sum;
  for (const store::QualityRow& row : rows) sum += row.minute.counts;
  return sum;
}

}  // namespace spider::query
