// A process that writes under load is killed at a random moment and the store opened again, fifty
// times: what was committed is there, once, with its bytes; nothing is there by halves; and the
// roll-ups count what is there.
//
// The writer is this very program, run again with the hidden case below.

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::store {
namespace {

using test::KnownCommunication;
using test::RecordMaker;
using test::RecordShape;

constexpr int kKills = 50;
constexpr std::size_t kBatch = 60;  // communications

StoreConfig config_at(const std::string& path) {
  StoreConfig config;
  config.path = path;
  config.block_rows = 512;
  config.cache_mib = 8;
  config.sync_ms = 50;
  return config;
}

RecordMaker maker_of(model::SourceId source, int round) {
  RecordShape shape;
  shape.first = base::Time::from_us(1'760'000'000'000'000 + round * 3'600'000'000LL);
  shape.body_bytes_max = 3'000;
  shape.long_share = 0.05;
  return RecordMaker(source, static_cast<std::uint64_t>(round) + 1, shape);
}

// Every second round writes packs and blocks as files of their own.
std::unique_ptr<Store> opened(const std::string& path, int round = 0) {
  StoreConfig config = config_at(path);
  if (round % 2 != 0) config.bulk_bytes = 1U << 14U;
  auto store = Store::open(config);
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Writes until it is killed. Tells after each commit how many batches are safe.
TEST_CASE("crash writer", "[.crash-writer]") {
  const std::string path = environment("SPIDER_CRASH_STORE");
  REQUIRE_FALSE(path.empty());
  const int round = std::atoi(environment("SPIDER_CRASH_ROUND").c_str());
  const int told =
      ::open(environment("SPIDER_CRASH_TOLD").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  REQUIRE(told >= 0);
  auto store = opened(path, round);
  RecordMaker maker = maker_of(store->source("load", "UPLOAD").value(), round);
  RecordMaker dice({}, static_cast<std::uint64_t>(round) + 1'000);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  for (std::uint64_t batches = 1;; ++batches) {
    static_cast<void>(maker.communications(batch, kBatch, store->next_pack_id()));
    batch.quality.add(batch.communications[0].start, model::Quality::packets_received, kBatch);
    REQUIRE(store->writer().add(batch));
    if (dice.below(4) != 0) continue;
    REQUIRE(store->writer().commit());
    REQUIRE(::pwrite(told, &batches, sizeof batches, 0) == sizeof batches);
  }
}

pid_t start_writer(const std::string& path, const std::string& told, int round) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setenv("SPIDER_CRASH_STORE", path.c_str(), 1);
  ::setenv("SPIDER_CRASH_ROUND", std::to_string(round).c_str(), 1);
  ::setenv("SPIDER_CRASH_TOLD", told.c_str(), 1);
  const int quiet = ::open("/dev/null", O_WRONLY);
  ::dup2(quiet, STDOUT_FILENO);
  ::execl("/proc/self/exe", "crash_writer", "crash writer", static_cast<char*>(nullptr));
  ::_exit(127);
}

std::uint64_t batches_told(const std::string& told) {
  std::uint64_t batches = 0;
  std::ifstream in(told, std::ios::binary);
  in.read(reinterpret_cast<char*>(&batches), sizeof batches);
  return in ? batches : 0;
}

void wait_for_commit(const std::string& told) {
  for (int i = 0; i < 2'000 && batches_told(told) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

struct Rows {
  std::multiset<model::CommunicationId> ids;
  std::map<std::pair<std::uint8_t, std::string>, std::uint64_t> by_class;
};

Rows all_rows(const StoreSnapshot& snapshot) {
  Rows out;
  const auto blocks = snapshot.blocks(RecordKind::http, {}, base::Time::min(), base::Time::max());
  REQUIRE(blocks);
  std::vector<std::int64_t> start;
  std::vector<std::int64_t> number;
  std::vector<std::int64_t> ordinal;
  std::vector<std::int64_t> status;
  TextColumn method;
  for (const BlockPtr& b : *blocks) {
    REQUIRE(snapshot.numbers(*b, ColumnId::start, start));
    REQUIRE(snapshot.numbers(*b, ColumnId::session_number, number));
    REQUIRE(snapshot.numbers(*b, ColumnId::ordinal, ordinal));
    REQUIRE(snapshot.numbers(*b, ColumnId::status, status));
    REQUIRE(snapshot.text(*b, ColumnId::method, method));
    for (std::size_t i = 0; i < b->rows; ++i) {
      out.ids.insert({b->source,
                      {start[i]},
                      static_cast<std::uint64_t>(number[i]),
                      static_cast<std::uint32_t>(ordinal[i])});
      ++out.by_class[{status_class(static_cast<std::uint16_t>(status[i])),
                      std::string(method.row(i))}];
    }
  }
  return out;
}

void check_whole(const StoreSnapshot& snapshot, const KnownCommunication& k) {
  const auto at = snapshot.find(k.id);
  REQUIRE(at);
  const auto detail = snapshot.http_detail(*at->block, at->row);
  REQUIRE(detail);
  REQUIRE(detail->request.head == k.request_head);
  REQUIRE(detail->response.head == k.response_head);
  std::vector<std::uint8_t> body;
  REQUIRE(snapshot.read_body(k.id.source, detail->response.body, 0, ~std::uint64_t{0}, body));
  REQUIRE(base::as_text(body) == k.response_body);
}

// Hours, days and all together are what their minutes are.
void check_sums(const StoreSnapshot& snapshot, const std::vector<QualityRow>& minutes) {
  for (const RollupLevel level : {RollupLevel::hour, RollupLevel::day}) {
    const base::Duration step{bucket_ns(level)};
    const std::int64_t length = step.ns / bucket_ns(RollupLevel::minute);
    const auto rows = snapshot.quality_sums({}, base::Time::min(), base::Time::max(), step);
    REQUIRE(rows);
    std::map<std::pair<model::SourceId, std::int64_t>, model::QualityCounts> want;
    std::map<std::pair<model::SourceId, std::int64_t>, model::QualityCounts> found;
    for (const QualityRow& q : minutes)
      want[{q.source, q.minute.minute / length}] += q.minute.counts;
    for (const QualityRow& q : *rows)
      found[{q.source, q.minute.minute / length}] += q.minute.counts;
    REQUIRE(rows->size() == found.size());
    REQUIRE((found == want));
  }
}

void check_rollups(const StoreSnapshot& snapshot, const Rows& rows) {
  const auto methods = snapshot.methods();
  REQUIRE(methods);
  for (const RollupLevel level : {RollupLevel::second, RollupLevel::day}) {
    std::map<std::pair<std::uint8_t, std::string>, std::uint64_t> opened;
    std::map<std::pair<std::uint8_t, std::string>, std::uint64_t> closed;
    const auto buckets = snapshot.rollup(level, {}, base::Time::min(), base::Time::max());
    REQUIRE(buckets);
    for (const RollupBucket& b : *buckets)
      for (const RollupCell& c : b.cells) {
        if (c.opened > 0) opened[{c.status_class, (*methods)[c.method]}] += c.opened;
        if (c.closed > 0) closed[{c.status_class, (*methods)[c.method]}] += c.closed;
      }
    REQUIRE(opened == rows.by_class);
    REQUIRE(closed == rows.by_class);
  }
}

TEST_CASE("fifty kills under load lose nothing committed, halve nothing, double nothing",
          "[store][crash]") {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "store").string();
  const std::string told = (folder.path() / "told").string();
  RecordMaker dice({}, 42);
  std::set<model::CommunicationId> survivors;  // of the rounds before
  std::size_t rounds_with_commits = 0;
  for (int round = 0; round < kKills; ++round) {
    INFO("round " << round);
    const pid_t child = start_writer(path, told, round);
    REQUIRE(child > 0);
    // Every other kill comes at any moment at all, opening included; the others under load.
    if (round % 2 == 0) wait_for_commit(told);
    std::this_thread::sleep_for(std::chrono::milliseconds(dice.below(200)));
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));  // it was still writing: nothing made it stop by itself

    const std::uint64_t batches = batches_told(told);
    std::filesystem::remove(told);
    rounds_with_commits += batches > 0 ? 1 : 0;
    auto store = opened(path);
    const auto snapshot = store->reader().snapshot();
    const Rows rows = all_rows(*snapshot);
    for (const model::CommunicationId& id : survivors) REQUIRE(rows.ids.count(id) == 1);
    REQUIRE(rows.ids.size() >= survivors.size() + batches * kBatch);

    // What this round left is a whole number of batches, from the first on, each whole and once.
    const std::size_t left = rows.ids.size() - survivors.size();
    REQUIRE(left % kBatch == 0);
    RecordMaker maker = maker_of(store->source("load", "UPLOAD").value(), round);
    model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
    for (std::size_t b = 0; b < left / kBatch; ++b)
      for (const KnownCommunication& k : maker.communications(batch, kBatch, 1)) {
        REQUIRE(rows.ids.count(k.id) == 1);
        survivors.insert(k.id);
        if (survivors.size() % 7 == 0) check_whole(*snapshot, k);
      }
    check_rollups(*snapshot, rows);
    const auto quality = snapshot->quality({}, base::Time::min(), base::Time::max());
    REQUIRE(quality);
    std::uint64_t booked = 0;
    for (const QualityRow& q : *quality)
      booked += q.minute.counts[model::Quality::packets_received];
    REQUIRE(booked == rows.ids.size());
    check_sums(*snapshot, *quality);
  }
  CHECK(rounds_with_commits >= kKills / 2);
}

}  // namespace
}  // namespace spider::store
