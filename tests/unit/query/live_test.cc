// LiveFeed: whatever the commits, mergers of small blocks, restarts of the feed and filters, every
// communication is told once, and what cannot be told is said.

#include "spider/query/live.h"

#include <algorithm>
#include <map>
#include <set>

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownCommunication;
using test::KnownStore;

constexpr std::uint64_t kStore = 77;

[[nodiscard]] std::set<std::string> ids_of(const std::vector<KnownCommunication>& known) {
  std::set<std::string> out;
  for (const KnownCommunication& k : known) out.insert(model::to_text(k.id));
  return out;
}

// Everything that the feed has now; no id twice.
[[nodiscard]] LiveCursor drain(LiveFeed& feed, std::set<std::string>& seen, std::size_t limit,
                               std::size_t pages = SIZE_MAX) {
  LiveCursor cursor;
  for (std::size_t i = 0; i < pages; ++i) {
    const auto page = feed.next(limit);
    REQUIRE(page);
    CHECK_FALSE(page->gap);
    for (const LiveRow& row : page->rows) {
      INFO(to_text(row.cursor));
      CHECK(seen.insert(model::to_text(row.row.id)).second);
    }
    cursor = page->cursor;
    if (!page->rows.empty()) CHECK(to_text(page->rows.back().cursor) == to_text(cursor));
    if (page->rows.empty() && !page->more) break;
  }
  return cursor;
}

TEST_CASE("a feed tells what is committed after it began, each once, through all mergers of blocks",
          "[live]") {
  KnownStore stored(5, 2);
  LiveFeed feed(stored.store().reader(), kStore, {}, std::nullopt);
  std::set<std::string> seen;
  static_cast<void>(drain(feed, seen, 50));
  CHECK(seen.empty());
  const std::set<std::string> before = ids_of(stored.known());
  // 13 to 60 rows a piece, blocks of 256: pieces, merged pieces and full blocks in turn.
  for (std::size_t i = 0; i < 60; ++i) {
    stored.add(13 + i % 48);
    if (i % 3 == 0) static_cast<void>(drain(feed, seen, 50));
  }
  static_cast<void>(drain(feed, seen, 50));
  std::set<std::string> expected;
  for (const std::string& id : ids_of(stored.known()))
    if (!before.contains(id)) expected.insert(id);
  CHECK(seen == expected);
  REQUIRE(seen.size() > 2'000);
}

TEST_CASE("a feed that goes on from any row's cursor misses nothing and repeats nothing",
          "[live]") {
  KnownStore stored(6, 1);
  const std::set<std::string> before = ids_of(stored.known());
  std::set<std::string> seen;
  std::string cursor;
  {
    LiveFeed feed(stored.store().reader(), kStore, {}, std::nullopt);
    cursor = to_text(drain(feed, seen, 10));
  }
  for (std::size_t i = 0; i < 40; ++i) {
    stored.add(7 + 11 * (i % 5));
    // A new feed each time, that reads some of what there is, in the middle of a block.
    const auto parsed = parse_live_cursor(cursor);
    REQUIRE(parsed);
    LiveFeed feed(stored.store().reader(), kStore, {}, parsed);
    cursor = to_text(drain(feed, seen, 5 + i % 9, 1 + i % 3));
  }
  LiveFeed feed(stored.store().reader(), kStore, {}, parse_live_cursor(cursor));
  static_cast<void>(drain(feed, seen, 100));
  std::set<std::string> expected;
  for (const std::string& id : ids_of(stored.known()))
    if (!before.contains(id)) expected.insert(id);
  CHECK(seen == expected);
}

TEST_CASE("a feed with a filter tells what the filter keeps and moves past the rest", "[live]") {
  KnownStore stored(7, 1);
  Filter filter;
  filter.status = {{400, 599}};
  LiveFeed feed(stored.store().reader(), kStore, filter, std::nullopt);
  std::set<std::string> seen;
  static_cast<void>(drain(feed, seen, 50));
  const std::set<std::string> before = ids_of(stored.known());
  LiveCursor cursor;
  for (std::size_t i = 0; i < 10; ++i) {
    stored.add(30);
    cursor = drain(feed, seen, 50);
  }
  std::set<std::string> expected;
  for (const KnownCommunication& k : stored.known())
    if (k.status >= 400 && k.status < 600 && !before.contains(model::to_text(k.id)))
      expected.insert(model::to_text(k.id));
  CHECK(seen == expected);
  REQUIRE_FALSE(seen.empty());
  LiveFeed later(stored.store().reader(), kStore, {}, cursor);
  std::set<std::string> none;
  static_cast<void>(drain(later, none, 50));
  CHECK(none.empty());
}

TEST_CASE("a cursor of another store, or from the future, is a gap and not silence", "[live]") {
  KnownStore stored(8, 2);
  for (const LiveCursor& strange :
       {LiveCursor{kStore + 1, 1, std::nullopt}, LiveCursor{kStore, 1'000'000, std::nullopt}}) {
    LiveFeed feed(stored.store().reader(), kStore, {}, strange);
    const auto first = feed.next(10);
    REQUIRE(first);
    REQUIRE(first->gap);
    CHECK(first->gap->reason == "unknown_cursor");
    CHECK(first->rows.empty());
    stored.add(5);
    std::set<std::string> seen;
    static_cast<void>(drain(feed, seen, 100));
    CHECK(seen.size() == 10);
  }
}

TEST_CASE("who is too far behind is told from when on to read again, and goes on from now",
          "[live]") {
  KnownStore stored(9, 1);
  LiveFeed feed(stored.store().reader(), kStore, {}, std::nullopt);
  REQUIRE(feed.next(0));
  const std::size_t known_before = stored.known().size();
  std::set<std::string> before = ids_of(stored.known());
  while (stored.known().size() - known_before <= kLiveBehindMax) stored.add(4'000);
  const auto page = feed.next(10);
  REQUIRE(page);
  REQUIRE(page->gap);
  CHECK(page->gap->reason == "behind");
  CHECK(page->rows.empty());
  for (const KnownCommunication& k : stored.known()) {
    if (before.contains(model::to_text(k.id))) continue;
    REQUIRE(k.start >= page->gap->from);
    REQUIRE(k.end < page->gap->to);
  }
  stored.add(3);
  std::set<std::string> seen;
  static_cast<void>(drain(feed, seen, 100));
  CHECK(seen.size() == 6);
}

TEST_CASE("a cursor is read back as it was written, and nothing else is one", "[live]") {
  const LiveCursor whole{0xABCDEF0123, 42, std::nullopt};
  const LiveCursor part{1, 7, model::CommunicationId{model::SourceId{3}, {99}, 5, 6}};
  for (const LiveCursor& cursor : {whole, part}) {
    const auto back = parse_live_cursor(to_text(cursor));
    REQUIRE(back);
    CHECK(back->store == cursor.store);
    CHECK(back->block == cursor.block);
    CHECK(back->last == cursor.last);
  }
  for (const char* text : {"", ".", "1", "1.", "1.x", "1.2.x", "1.2.3-4-5-6-7", " 1.2", "1.-2"}) {
    INFO(text);
    CHECK_FALSE(parse_live_cursor(text));
  }
}

}  // namespace
}  // namespace spider::query
