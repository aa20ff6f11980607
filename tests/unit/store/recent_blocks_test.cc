// What is new since a block: the same from memory as from all keys, whatever happens between.

#include "store/recent_blocks.h"

#include <atomic>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::store {
namespace {

using test::RecordMaker;

std::unique_ptr<Store> opened(const test::TemporaryFolder& folder, std::size_t bulk_bytes) {
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 128;
  config.cache_mib = 8;
  config.bulk_bytes = bulk_bytes;
  auto store = Store::open(config);
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

std::set<std::uint64_t> ids_from(const StoreSnapshot& snapshot, std::uint64_t id) {
  const auto found = snapshot.blocks_from(RecordKind::http, id);
  REQUIRE(found);
  std::set<std::uint64_t> out;
  for (const BlockPtr& block : found->blocks) {
    CHECK(block->id >= id);
    CHECK(block->kind == RecordKind::http);
    out.insert(block->id);
  }
  CHECK(out.size() == found->blocks.size());
  CHECK(found->newest == (out.empty() ? 0 : *out.rbegin()));
  return out;
}

// The same by the list of all blocks.
std::set<std::uint64_t> listed_from(const StoreSnapshot& snapshot, std::uint64_t id) {
  const auto all = snapshot.blocks(RecordKind::http, {}, base::Time::min(), base::Time::max());
  REQUIRE(all);
  std::set<std::uint64_t> out;
  for (const BlockPtr& block : *all)
    if (block->id >= id) out.insert(block->id);
  return out;
}

TEST_CASE("blocks from any id on are those of the list, also through mergers, purges and restarts",
          "[store][recent]") {
  const test::TemporaryFolder folder;
  const std::size_t bulk_bytes = GENERATE(std::size_t{4} << 20U, std::size_t{1} << 12U);
  auto store = opened(folder, bulk_bytes);
  const model::SourceId one = store->source("one", "UPLOAD").value();
  const model::SourceId two = store->source("two", "UPLOAD").value();
  RecordMaker first(one, 31);
  RecordMaker second(two, 32);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  std::uint64_t asked = 0;  // newest of the snapshot before
  for (int i = 0; i < 120; ++i) {
    auto before = store->reader().snapshot();
    asked = before->newest_block(RecordKind::http).value();
    CHECK(listed_from(*before, asked + 1).empty());
    RecordMaker& maker = i % 5 == 0 ? second : first;
    static_cast<void>(maker.communications(batch, 1 + maker.below(60), store->next_pack_id()));
    REQUIRE(store->writer().add(batch));
    batch.clear();
    REQUIRE(store->writer().commit());
    if (i == 70) REQUIRE(store->writer().purge(two));
    const auto check = [&](const StoreSnapshot& snapshot) {
      for (const std::uint64_t id : {asked + 1, asked, asked / 2, std::uint64_t{0}, UINT64_MAX}) {
        INFO(i << " from " << id);
        CHECK(ids_from(snapshot, id) == listed_from(snapshot, id));
      }
    };
    check(*before);
    before.reset();
    if (i % 40 == 39) {
      store.reset();
      store = opened(folder, bulk_bytes);
    }
    const auto after = store->reader().snapshot();
    check(*after);
    if (i != 70) CHECK_FALSE(ids_from(*after, asked + 1).empty());
    CHECK(after->blocks_end().value() > *listed_from(*after, 0).rbegin());
  }
  REQUIRE(asked > 120);
}

std::uint64_t rows_of(const StoreSnapshot& snapshot, Sources sources = {}) {
  const auto all = snapshot.blocks(RecordKind::http, sources, base::Time::min(), base::Time::max());
  REQUIRE(all);
  std::uint64_t sum = 0;
  for (const BlockPtr& block : *all) sum += block->rows;
  return sum;
}

TEST_CASE("lists of blocks hold each record once while the store is written to",
          "[store][recent]") {
  const test::TemporaryFolder folder;
  const std::size_t bulk_bytes = GENERATE(std::size_t{4} << 20U, std::size_t{1} << 12U);
  auto store = opened(folder, bulk_bytes);
  const model::SourceId one = store->source("one", "UPLOAD").value();
  const model::SourceId two = store->source("two", "UPLOAD").value();
  RecordMaker first(one, 31);
  RecordMaker second(two, 32);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  std::uint64_t of_one = 0;
  std::uint64_t of_two = 0;
  std::vector<std::pair<std::unique_ptr<StoreSnapshot>, std::uint64_t>> older;
  for (int i = 0; i < 150; ++i) {
    const bool other = i % 5 == 0;
    std::uint64_t& count = other ? of_two : of_one;
    RecordMaker& maker = other ? second : first;
    static_cast<void>(maker.communications(batch, 1 + maker.below(60), store->next_pack_id()));
    count += batch.communications.size();
    REQUIRE(store->writer().add(batch));
    batch.clear();
    auto before = store->reader().snapshot();
    REQUIRE(store->writer().commit());
    if (i % 50 == 30) {
      REQUIRE(store->writer().purge(two));
      of_two = 0;
    }
    const auto after = store->reader().snapshot();
    INFO(i);
    for (int asks = i % 3; asks >= 0; --asks) {  // asked again, a directory is worth making
      CHECK(rows_of(*after) == of_one + of_two);
      CHECK(rows_of(*after, std::span(&two, 1)) == of_two);
    }
    if (i % 7 == 0) older.emplace_back(store->reader().snapshot(), of_one + of_two);
    for (const auto& [snapshot, rows] : older) CHECK(rows_of(*snapshot) == rows);
    if (older.size() > 3) older.erase(older.begin());
    static_cast<void>(rows_of(*before));
    before.reset();
  }
}

TEST_CASE("whoever asks while the store is written to finds whole batches", "[store][recent]") {
  const test::TemporaryFolder folder;
  auto store = opened(folder, std::size_t{1} << 12U);
  const model::SourceId one = store->source("one", "UPLOAD").value();
  std::atomic<std::uint64_t> begun{0};
  std::atomic<std::uint64_t> written{0};
  std::atomic<bool> done{false};
  std::thread writing([&] {
    RecordMaker maker(one, 31);
    model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
    for (int i = 0; i < 150; ++i) {
      static_cast<void>(maker.communications(batch, 10, store->next_pack_id()));
      begun += batch.communications.size();
      if (!store->writer().add(batch) || !store->writer().commit()) std::abort();
      batch.clear();
      written = begun.load();
    }
    done = true;
  });
  bool good = true;
  for (bool last = false; !last;) {
    last = done;
    const std::uint64_t least = written;
    const auto snapshot = store->reader().snapshot();
    const std::uint64_t most = begun;
    const std::uint64_t rows = rows_of(*snapshot);
    good = good && least <= rows && rows <= most && rows % 10 == 0 && rows_of(*snapshot) == rows;
  }
  writing.join();
  CHECK(good);
}

TEST_CASE("a store has its number before it has a source, and keeps it", "[store][recent]") {
  const test::TemporaryFolder folder;
  const test::TemporaryFolder elsewhere;
  std::uint64_t number = 0;
  {
    auto store = opened(folder, 1U << 12U);
    number = store->number();
    CHECK(number != 0);
    REQUIRE(store->source("one", "UPLOAD"));
    CHECK(store->number() == number);
  }
  CHECK(opened(folder, 1U << 12U)->number() == number);
  CHECK(opened(elsewhere, 1U << 12U)->number() != number);
}

TEST_CASE("changes are told since what was written, unless they are not all known",
          "[store][recent]") {
  RecentBlocks recent;
  const auto key = [](std::uint64_t id) {
    return format::BlockKey{{}, RecordKind::http, 0, {}, id};
  };
  const auto ids = [&](const RecentBlocks::Mark& mark, std::size_t most = 100) {
    std::vector<std::uint64_t> out;
    const auto changes = recent.changes(mark, most);
    if (!changes) return std::vector<std::uint64_t>{0};
    for (const format::BlockKey& k : *changes) out.push_back(k.id);
    return out;
  };
  using Ids = std::vector<std::uint64_t>;
  const auto first = recent.mark();
  CHECK(ids(first).empty());
  recent.note(key(5));
  const std::uint64_t batch = recent.noted();
  recent.note_removed(key(3));  // of the next batch
  CHECK(ids(first) == Ids{5, 3});
  CHECK(ids(recent.mark()) == Ids{5, 3});  // not written yet
  recent.written(batch);
  CHECK(ids(recent.mark()) == Ids{3});
  CHECK(ids(first) == Ids{5, 3});
  CHECK(ids(first, 1) == Ids{0});
  {
    const RecentBlocks::Upheaval upheaval(recent);
    CHECK(ids(first) == Ids{0});
    CHECK(ids(recent.mark()) == Ids{0});  // it may come before or after a snapshot
  }
  CHECK(ids(first) == Ids{0});
  const auto second = recent.mark();
  CHECK(ids(second) == Ids{3});
  for (std::uint64_t id = 10; id < 10 + RecentBlocks::kChangesMax; ++id) recent.note(key(id));
  CHECK(ids(second, 1'000'000) == Ids{0});
  CHECK(ids(RecentBlocks::Mark{}) == Ids{0});
}

TEST_CASE("what is recent is bounded, in order, and says from when on it is whole",
          "[store][recent]") {
  RecentBlocks recent;
  CHECK_FALSE(recent.from(RecordKind::http, UINT64_MAX));
  CHECK_FALSE(recent.bounds());
  recent.begin(100);
  CHECK(recent.from(RecordKind::http, 100)->empty());
  CHECK_FALSE(recent.from(RecordKind::http, 99));
  const auto key = [](std::uint64_t id) {
    return format::BlockKey{{}, id % 2 == 0 ? RecordKind::http : RecordKind::session, 0, {}, id};
  };
  for (const std::uint64_t id : {103U, 104U, 100U, 102U, 101U}) recent.note(key(id));
  const auto known = recent.from(RecordKind::http, 101);
  REQUIRE(known);
  REQUIRE(known->size() == 2);
  CHECK((*known)[0].id == 102);
  CHECK((*known)[1].id == 104);
  for (std::uint64_t id = 105; id < 100 + RecentBlocks::kMax + 10; ++id) recent.note(key(id));
  REQUIRE(recent.bounds());
  CHECK(recent.bounds()->begun == 100);
  CHECK(recent.bounds()->known_from == 110);
  CHECK(recent.bounds()->end == 110 + RecentBlocks::kMax);
  CHECK_FALSE(recent.from(RecordKind::http, 109));
  CHECK(recent.from(RecordKind::http, 110)->size() == RecentBlocks::kMax / 2);
}

}  // namespace
}  // namespace spider::store
