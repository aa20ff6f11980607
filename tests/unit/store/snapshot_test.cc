// Readers beside the writer: a snapshot is one state, whatever is written meanwhile.

#include <atomic>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::store {
namespace {

using test::RecordMaker;

std::unique_ptr<Store> opened(const test::TemporaryFolder& folder) {
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 128;
  config.cache_mib = 8;
  config.bulk_bytes = GENERATE(std::size_t{4} << 20U, std::size_t{1} << 12U);
  auto store = Store::open(config);
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

// Rows in blocks and opened communications in roll-ups, of one snapshot; -1 for an error.
std::pair<std::int64_t, std::int64_t> counts(const StoreSnapshot& snapshot) {
  std::int64_t rows = 0;
  std::int64_t opened_count = 0;
  const auto blocks = snapshot.blocks(RecordKind::http, {}, base::Time::min(), base::Time::max());
  const auto sums = snapshot.rollup(RollupLevel::hour, {}, base::Time::min(), base::Time::max());
  if (!blocks || !sums) return {-1, -2};
  std::vector<std::int64_t> start;
  for (const BlockPtr& b : *blocks) {
    rows += b->rows;
    if (!snapshot.numbers(*b, ColumnId::start, start) || start.size() != b->rows) return {-1, -2};
    if (!snapshot.http_detail(*b, b->rows / 2)) return {-1, -2};
  }
  for (const RollupBucket& b : *sums)
    for (const RollupCell& c : b.cells) opened_count += static_cast<std::int64_t>(c.opened);
  return {rows, opened_count};
}

TEST_CASE("every snapshot taken under load counts as many rows as its roll-ups", "[store]") {
  const test::TemporaryFolder folder;
  auto store = opened(folder);
  RecordMaker maker(store->source("eth", "UPLOAD").value(), 21);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::atomic<int> snapshots{0};
  std::atomic<std::int64_t> last{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      std::int64_t before = 0;
      std::uint64_t version = 0;
      while (!done) {
        const auto snapshot = store->reader().snapshot();
        const auto [rows, sums] = counts(*snapshot);
        if (rows != sums || rows < before || snapshot->version() < version) ++wrong;
        before = rows;
        version = snapshot->version();
        ++snapshots;
      }
      last = before;
    });
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  std::string trouble;
  const auto expect = [&trouble](const base::Result<void>& outcome) {
    if (!outcome && trouble.empty()) trouble = outcome.error().detail;
  };
  for (int i = 0; i < 150; ++i) {
    static_cast<void>(maker.communications(batch, 1 + maker.below(60), store->next_pack_id()));
    expect(store->writer().add(batch));
    expect(store->writer().commit());
    if (i % 40 == 39) expect(store->writer().flush());
  }
  while (snapshots < 4) std::this_thread::yield();
  done = true;
  for (std::thread& t : readers) t.join();
  INFO(trouble);
  CHECK(trouble.empty());
  CHECK(wrong == 0);
  CHECK(last > 0);
}

TEST_CASE("a snapshot does not see what is written or removed after it", "[store]") {
  const test::TemporaryFolder folder;
  auto store = opened(folder);
  const model::SourceId source = store->source("eth", "UPLOAD").value();
  RecordMaker maker(source, 22);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  const auto known = maker.communications(batch, 300, store->next_pack_id());
  REQUIRE(store->writer().add(batch));
  REQUIRE(store->writer().commit());
  const auto before = store->reader().snapshot();
  static_cast<void>(maker.communications(batch, 50, store->next_pack_id()));
  REQUIRE(store->writer().add(batch));
  REQUIRE(store->writer().commit());
  CHECK(counts(*before) == std::pair<std::int64_t, std::int64_t>(300, 300));
  CHECK(store->reader().version() > before->version());
  REQUIRE(store->writer().purge(source));
  CHECK(counts(*before) == std::pair<std::int64_t, std::int64_t>(300, 300));
  const auto at = before->find(known[17].id);
  REQUIRE(at);
  std::vector<std::uint8_t> body;
  REQUIRE(before->read_body(source, before->http_detail(*at->block, at->row)->response.body, 0,
                            1U << 20U, body));
  CHECK(base::as_text(body) == known[17].response_body);
  CHECK(counts(*store->reader().snapshot()) == std::pair<std::int64_t, std::int64_t>(0, 0));
}

TEST_CASE("saved packets of a session come back frame by frame, and no one else's", "[store]") {
  const test::TemporaryFolder folder;
  auto store = opened(folder);
  const model::SourceId source = store->source("eth", "UPLOAD").value();
  model::RecordBatch batch(1U << 20U, 1U << 20U, 4U << 20U);
  std::vector<std::uint64_t> packs;
  for (std::uint64_t round = 0; round < 3; ++round) {
    batch.clear();
    batch.source = source;
    batch.packet_pack = store->next_pack_id();
    packs.push_back(batch.packet_pack);
    for (std::uint64_t i = 0; i < 700; ++i) {
      const std::string frame(1'000 + i % 400,
                              static_cast<char>('a' + i % 26));  // several segments
      model::PacketEntry entry;
      entry.session_number = i % 5;
      entry.number = round * 700 + i + 1;
      entry.time = {static_cast<std::int64_t>(entry.number * 1'000)};
      entry.offset = static_cast<std::uint32_t>(batch.frames.used());
      entry.captured_bytes = static_cast<std::uint32_t>(frame.size());
      entry.wire_bytes = entry.captured_bytes + 4;
      entry.link_type = 1;
      static_cast<void>(batch.frames.put(std::string_view(frame)));
      batch.packets.push_back(entry);
    }
    REQUIRE(store->writer().add(batch));
  }
  REQUIRE(store->writer().commit());
  const auto snapshot = store->reader().snapshot();
  for (const std::uint64_t session : {0U, 3U, 99U}) {
    std::size_t seen = 0;
    bool right = true;
    REQUIRE(
        snapshot->session_packets(source, session, packs[0], packs[1], [&](const PacketView& p) {
          const std::uint64_t i = (p.number - 1) % 700;
          right =
              right && p.session_number == i % 5 && (session == 0 || p.session_number == session);
          right = right && base::as_text(p.frame) ==
                               std::string(1'000 + i % 400, static_cast<char>('a' + i % 26));
          right = right && p.time.ns == static_cast<std::int64_t>(p.number * 1'000) &&
                  p.wire_bytes == p.frame.size() + 4;
          ++seen;
          return true;
        }));
    CHECK(right);
    CHECK(seen == (session == 0 ? 1'400U : session == 3 ? 280U : 0U));
  }
  std::size_t visits = 0;
  REQUIRE(snapshot->session_packets(source, 0, packs[0], packs[2],
                                    [&](const PacketView&) { return ++visits < 10; }));
  CHECK(visits == 10);
  // Retention takes packs whose last packet is old.
  REQUIRE(store->writer().purge_before(source, {800 * 1'000}));
  std::vector<std::uint64_t> left;
  REQUIRE(store->reader().snapshot()->session_packets(source, 3, 0, ~std::uint64_t{0},
                                                      [&](const PacketView& p) {
                                                        left.push_back(p.number);
                                                        return true;
                                                      }));
  REQUIRE(left.size() == 280);
  CHECK(left.front() == 704);
}

}  // namespace
}  // namespace spider::store
