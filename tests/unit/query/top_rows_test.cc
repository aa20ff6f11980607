// Lists by a value, and lists that begin in the middle, against plain sorting of what is stored.

#include <algorithm>
#include <tuple>

#include <catch2/catch.hpp>

#include "spider/query/codes.h"
#include "spider/query/engine.h"

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownStore;

[[nodiscard]] std::vector<CommunicationRow> all_rows(const QueryEngine& engine,
                                                     const Filter& filter) {
  const auto page = engine.communications(filter, Order::oldest_first, "", 1'000'000);
  REQUIRE(page);
  return page->rows;
}

[[nodiscard]] std::int64_t value_of(const CommunicationRow& row, SortField field) {
  switch (field) {
    case SortField::duration:
      return (row.end - row.id.start).ns;
    case SortField::status:
      return row.status == 0 ? store::kNone : row.status;
    case SortField::request_bytes:
      return row.request_wire_bytes == 0 ? store::kNone
                                         : static_cast<std::int64_t>(row.request_body_bytes);
    case SortField::response_bytes:
      return row.response_wire_bytes == 0 ? store::kNone
                                          : static_cast<std::int64_t>(row.response_body_bytes);
  }
  return 0;
}

[[nodiscard]] std::vector<model::CommunicationId> ids_of(
    const std::vector<CommunicationRow>& rows) {
  std::vector<model::CommunicationId> out;
  for (const CommunicationRow& row : rows) out.push_back(row.id);
  return out;
}

// By the value, those without it last, ties as the walk by start has them.
[[nodiscard]] std::vector<model::CommunicationId> sorted(std::vector<CommunicationRow> rows,
                                                         const Sort& sort) {
  if (sort.descending) std::reverse(rows.begin(), rows.end());
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    const std::int64_t left = value_of(a, sort.field);
    const std::int64_t right = value_of(b, sort.field);
    if (left == store::kNone || right == store::kNone) return left != store::kNone && left != right;
    return sort.descending ? left > right : left < right;
  });
  return ids_of(rows);
}

[[nodiscard]] std::vector<model::CommunicationId> paged(const QueryEngine& engine,
                                                        const Filter& filter, const Sort& sort,
                                                        std::size_t limit) {
  std::vector<model::CommunicationId> out;
  std::string cursor;
  do {
    const auto page = engine.communications_by(filter, sort, cursor, limit);
    REQUIRE(page);
    REQUIRE(page->rows.size() <= limit);
    for (const auto& id : ids_of(page->rows)) out.push_back(id);
    cursor = page->next;
  } while (!cursor.empty());
  return out;
}

constexpr SortField kFields[] = {SortField::duration, SortField::status, SortField::request_bytes,
                                 SortField::response_bytes};

}  // namespace

TEST_CASE("a list by a value is all that matches in its order, whatever the page") {
  KnownStore stored(3, 12, {.unasked_share = 0.05, .request_body_bytes_max = 50});
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  Filter all;
  Filter some;
  some.status = {{0, 0}, {400, 599}};
  some.from = stored.first() + base::Duration::from_ms(200);
  for (const Filter& filter : {all, some}) {
    const auto rows = all_rows(engine, filter);
    REQUIRE(rows.size() > 20);
    for (const SortField field : kFields) {
      for (const bool descending : {true, false}) {
        const Sort sort{field, descending};
        const auto wanted = sorted(rows, sort);
        CHECK(paged(engine, filter, sort, 10'000) == wanted);
        CHECK(paged(engine, filter, sort, 37) == wanted);
      }
    }
  }
}

TEST_CASE("a cursor of one order is refused by another") {
  KnownStore stored(4);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  const auto page = engine.communications_by({}, {SortField::duration, true}, "", 5);
  REQUIRE(page);
  REQUIRE(!page->next.empty());
  const Sort others[] = {{SortField::duration, false}, {SortField::status, true}};
  for (const Sort& sort : others) {
    const auto refused = engine.communications_by({}, sort, page->next, 5);
    REQUIRE(!refused);
    CHECK(refused.error().code == codes::bad_cursor);
  }
  for (const char* text : {"L", "L.", "Lzz.a1-1-1-1", "L1.a1-1-1", "L1.a1-1-1-1-ffffffff"})
    CHECK(!engine.communications_by({}, {SortField::duration, true}, text, 5));
}

TEST_CASE("a list that begins in the middle and what comes before it are the whole list") {
  KnownStore stored(5);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  const auto wanted = ids_of(all_rows(engine, {}));
  const base::Time middle = stored.known()[stored.known().size() / 2].start;
  const std::size_t before = static_cast<std::size_t>(
      std::count_if(stored.known().begin(), stored.known().end(),
                    [&](const auto& known) { return known.start < middle; }));
  const auto page = engine.communications_from({}, Order::oldest_first, middle, 1'000'000);
  REQUIRE(page);
  CHECK(page->rows.size() == wanted.size() - before);
  const auto rest = engine.communications({}, Order::newest_first, page->previous, 1'000'000);
  REQUIRE(rest);
  auto whole = ids_of(rest->rows);
  std::reverse(whole.begin(), whole.end());
  for (const auto& id : ids_of(page->rows)) whole.push_back(id);
  CHECK(whole == wanted);

  const auto back = engine.communications_from({}, Order::newest_first, middle, 1'000'000);
  REQUIRE(back);
  REQUIRE(!back->rows.empty());
  CHECK(back->rows.front().id.start == middle);
}

}  // namespace spider::query
