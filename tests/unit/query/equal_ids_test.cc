// Stores from before runs were counted may hold records with equal ids: a page does not lose them.
#include <map>

#include <catch2/catch.hpp>

#include "spider/query/engine.h"
#include "spider/store/store.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

using namespace spider;

TEST_CASE("pages give out every one of several records with one id", "[query]") {
  const test::TemporaryFolder folder;
  store::StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 64;
  const auto store = store::Store::open(config);
  REQUIRE(store);
  const auto source = (*store)->source("twice", "UPLOAD");
  REQUIRE(source);
  std::map<std::string, std::size_t> known;
  model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
  for (const std::size_t count : {150U, 90U, 150U}) {
    test::RecordMaker maker(*source, 5);  // the same ones again
    for (const auto& k : maker.communications(batch, count, (*store)->next_pack_id()))
      ++known[model::to_text(k.id)];
    REQUIRE((*store)->writer().add(batch));
    REQUIRE((*store)->writer().commit());
  }
  const auto snapshot = (*store)->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  for (const auto order : {query::Order::oldest_first, query::Order::newest_first}) {
    for (const std::size_t limit : {1U, 2U, 7U, 100U}) {
      std::map<std::string, std::size_t> seen;
      std::string cursor;
      do {
        const auto page = engine.communications({}, order, cursor, limit);
        REQUIRE(page);
        for (const auto& row : page->rows) ++seen[model::to_text(row.id)];
        cursor = page->next;
      } while (!cursor.empty());
      CHECK(seen == known);
    }
  }
}

TEST_CASE("a cursor with a number too many or too few is refused", "[query]") {
  const test::TemporaryFolder folder;
  store::StoreConfig config;
  config.path = (folder.path() / "store").string();
  const auto store = store::Store::open(config);
  REQUIRE(store);
  const auto snapshot = (*store)->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  const auto asks = [&](const char* cursor) {
    return engine.communications({}, query::Order::oldest_first, cursor, 10).has_value();
  };
  CHECK(asks("a1-1-1-0"));
  CHECK(asks("a1-1-1-0-3"));
  for (const char* bad : {"a", "a1-1-1", "a1-1-1-", "a1-1-1-0-", "a1-1-1-0-3-1", "d1-1-1-0",
                          "a1-1-1-100000000", "a1-1-1-0-100000000", "a1-1-1-0-x"})
    CHECK_FALSE(asks(bad));
}
