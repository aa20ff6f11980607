// What goes and what stays, block by block and pack by pack, beside a writer that goes on.

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/table_properties.h>

#include "spider/store/codes.h"
#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "store/database.h"
#include "store/format/keys.h"
#include "support/records.h"

namespace spider::store {
namespace {

using model::KeptKind;
using test::KnownCommunication;
using test::RecordMaker;
using test::RecordShape;

constexpr base::Duration kHour = base::Duration::from_s(3'600);

StoreConfig config_in(const test::TemporaryFolder& folder) {
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 64;
  config.cache_mib = 8;
  config.bulk_bytes = GENERATE(std::size_t{4} << 20U, std::size_t{1} << 12U);
  return config;
}

std::unique_ptr<Store> opened(const StoreConfig& config) {
  auto store = Store::open(config);
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

// A store with one exchange after the other, an hour apart on average, all of them short.
struct Kept {
  explicit Kept(const StoreConfig& given, std::size_t batches = 40) : config(given) {
    store = opened(config);
    source = store->source("eth", "INTERFACE").value();
    RecordShape shape;
    shape.step_ns_max = 120'000'000'000;
    shape.long_share = 0;
    maker = std::make_unique<RecordMaker>(source, 5, shape);
    for (std::size_t i = 0; i < batches; ++i) add();
    REQUIRE(store->writer().commit());
  }
  void add() {
    const auto more = maker->communications(batch, 30, store->next_pack_id());
    known.insert(known.end(), more.begin(), more.end());
    REQUIRE(store->writer().add(batch));
  }
  void carry_out(const Survey& survey, const Removal& removal) {
    for (;;) {
      const auto done = store->writer().remove(survey, removal);
      REQUIRE(done);
      if (*done) return;
    }
  }
  // The exchanges that are stored; of each that is, the body is as it was or `gone` counts it.
  std::size_t stored(base::Time must_from, std::size_t& gone) const {
    const auto snapshot = store->reader().snapshot();
    std::size_t count = 0;
    gone = 0;
    for (const KnownCommunication& k : known) {
      const auto at = snapshot->find(k.id);
      if (k.end >= must_from) REQUIRE(at);
      if (!at) {
        CHECK(is_absent(at.error()));
        continue;
      }
      ++count;
      const auto detail = snapshot->http_detail(*at->block, at->row);
      REQUIRE(detail);
      std::vector<std::uint8_t> body;
      const auto read =
          snapshot->read_body(source, detail->response.body, 0, ~std::uint64_t{0}, body);
      if (!read) {
        CHECK(read.error().code == codes::removed);
        ++gone;
      } else {
        CHECK(base::as_text(body) == k.response_body);
      }
    }
    return count;
  }
  [[nodiscard]] base::Time at(double share) const {
    return known[static_cast<std::size_t>(share * static_cast<double>(known.size() - 1))].start;
  }

  StoreConfig config;
  std::unique_ptr<Store> store;
  model::SourceId source{};
  std::unique_ptr<RecordMaker> maker;
  model::RecordBatch batch{4U << 20U, 1U << 20U, 64};
  std::vector<KnownCommunication> known;
};

TEST_CASE("what ended before the cut goes, all that ended later stays with its body",
          "[store][retention]") {
  const test::TemporaryFolder folder;
  Kept kept(config_in(folder));
  const auto survey = kept.store->survey(kept.source);
  REQUIRE(survey);
  const base::Time cut = kept.at(0.5);
  Removal removal;
  removal.of(KeptKind::communications) = cut;
  removal.of(KeptKind::bodies) = cut;
  removal.bodies_below = bodies_cut(*survey, cut);
  CHECK(removal.bodies_below > 0);
  CHECK(anything_before(*survey, KeptKind::communications, cut));
  kept.carry_out(*survey, removal);
  std::size_t gone = 0;
  const std::size_t count = kept.stored(cut, gone);
  CHECK(count < kept.known.size() * 6 / 10);
  CHECK(gone == 0);
  const auto after = kept.store->survey(kept.source);
  REQUIRE(after);
  CHECK(after->bodies_below > 1);
  CHECK(after->of(KeptKind::communications).oldest > survey->of(KeptKind::communications).oldest);
  CHECK_FALSE(anything_before(*after, KeptKind::bodies, cut));
  // What was asked for once is told as removed, over a restart, too.
  kept.store.reset();
  kept.store = opened(kept.config);
  const auto lost = kept.store->reader().snapshot()->find(kept.known.front().id);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == codes::removed);
  // Nothing has come since: what was there at the start may go.
  const base::Time later = kept.at(0.8);
  const auto again = kept.store->survey(kept.source);
  REQUIRE(again);
  CHECK(again->bodies_below == after->bodies_below);
  removal.of(KeptKind::communications) = removal.of(KeptKind::bodies) = later;
  removal.bodies_below = bodies_cut(*again, later);
  kept.carry_out(*again, removal);
  CHECK(kept.store->survey(kept.source)->bodies_below == removal.bodies_below);
  CHECK(removal.bodies_below > after->bodies_below);
  CHECK(kept.stored(later, gone) < count);
  CHECK(gone == 0);
}

TEST_CASE("a quiet source is not charged with the bodies of a busy one", "[store][retention]") {
  const test::TemporaryFolder folder;
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  auto store = opened(config);
  const model::SourceId quiet = store->source("quiet", "INTERFACE").value();
  const model::SourceId busy = store->source("busy", "INTERFACE").value();
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  RecordShape small;
  small.body_bytes_max = 40;
  RecordMaker few(quiet, 3, small);
  RecordMaker other(busy, 4, small);
  std::uint64_t noise = 88172645463325252ULL;
  for (int i = 0; i < 60; ++i) {
    static_cast<void>(few.communications(batch, 3, store->next_pack_id()));
    REQUIRE(store->writer().add(batch));
    static_cast<void>(other.communications(batch, 3, store->next_pack_id()));
    std::vector<std::uint8_t> body(200'000);
    for (std::uint8_t& b : body) {
      noise ^= noise << 13U;
      noise ^= noise >> 7U;
      noise ^= noise << 17U;
      b = static_cast<std::uint8_t>(noise);
    }
    static_cast<void>(batch.bodies.put(body));
    REQUIRE(store->writer().add(batch));
    REQUIRE(store->writer().commit());
  }
  REQUIRE(store->writer().flush());
  store.reset();  // what was in memtables is in files
  store = opened(config);
  const std::uint64_t little = store->survey(quiet)->of(KeptKind::bodies).bytes;
  const std::uint64_t much = store->survey(busy)->of(KeptKind::bodies).bytes;
  CHECK(little < 300'000);
  CHECK(much > 9'000'000);
  CHECK(much < 30'000'000);  // of so few, what tables hold beside values weighs as much
}

TEST_CASE("what several sources have in memory adds up to what is there", "[store][retention]") {
  const test::TemporaryFolder folder;
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  auto store = opened(config);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  RecordShape small;
  small.body_bytes_max = 40;
  constexpr std::size_t kBody = 20'000;
  std::uint64_t put = 0;
  std::uint64_t noise = 88172645463325252ULL;
  std::vector<model::SourceId> sources;
  for (int of = 0; of < 6; ++of) {
    sources.push_back(store->source(fmt::format("upload-{}", of), "UPLOAD").value());
    RecordMaker maker(sources.back(), static_cast<std::uint64_t>(of), small);
    for (int i = 0; i < 25; ++i) {
      static_cast<void>(maker.communications(batch, 3, store->next_pack_id()));
      std::vector<std::uint8_t> body(kBody);
      for (std::uint8_t& b : body) {
        noise ^= noise << 13U;
        noise ^= noise >> 7U;
        noise ^= noise << 17U;
        b = static_cast<std::uint8_t>(noise);
      }
      put += kBody;
      static_cast<void>(batch.bodies.put(body));
      REQUIRE(store->writer().add(batch));
      REQUIRE(store->writer().commit());
    }
  }
  std::uint64_t told = 0;
  for (const model::SourceId source : sources)
    told += store->survey(source)->of(KeptKind::bodies).bytes;
  CHECK(told > put * 3 / 4);
  CHECK(told < put * 3 / 2);
}

TEST_CASE("what came since the survey keeps its record and its body", "[store][retention]") {
  const test::TemporaryFolder folder;
  Kept kept(config_in(folder));
  // The body's pack is an old one, its record is not there yet.
  const std::uint64_t early_pack = kept.store->next_pack_id();
  for (int i = 0; i < 20; ++i) kept.add();
  REQUIRE(kept.store->writer().commit());
  const auto survey = kept.store->survey(kept.source);
  REQUIRE(survey);
  const base::Time cut = kept.known.back().end + base::Duration{1};
  Removal removal;
  removal.of(KeptKind::communications) = cut;
  removal.of(KeptKind::bodies) = cut;
  removal.bodies_below = bodies_cut(*survey, cut);
  REQUIRE(removal.bodies_below > early_pack);
  const std::size_t before = kept.known.size();
  const auto late = kept.maker->communications(kept.batch, 10, early_pack);
  REQUIRE(kept.store->writer().add(kept.batch));
  kept.carry_out(*survey, removal);
  kept.known.erase(kept.known.begin(), kept.known.begin() + static_cast<std::ptrdiff_t>(before));
  kept.known = late;
  std::size_t gone = 0;
  CHECK(kept.stored(base::Time::min(), gone) == late.size());
  CHECK(gone == 0);
}

TEST_CASE("a record that comes after its body went says that it was removed",
          "[store][retention]") {
  const test::TemporaryFolder folder;
  Kept kept(config_in(folder), 2);
  // The body's pack is written, its record still under way.
  const std::uint64_t pack = kept.store->next_pack_id();
  const auto under_way = kept.maker->communications(kept.batch, 5, pack);
  model::RecordBatch records(4U << 20U, 1U << 20U, 64);
  records.source = kept.source;
  records.communications = kept.batch.communications;
  kept.batch.communications.clear();
  REQUIRE(kept.store->writer().add(kept.batch));
  for (int i = 0; i < 20; ++i) {
    model::RecordBatch more(4U << 20U, 1U << 20U, 64);
    static_cast<void>(kept.maker->communications(more, 30, kept.store->next_pack_id()));
    REQUIRE(kept.store->writer().add(more));
  }
  REQUIRE(kept.store->writer().commit());
  const auto survey = kept.store->survey(kept.source);
  REQUIRE(survey);
  const base::Time cut = survey->newest() - base::Duration{1};
  Removal removal;
  removal.of(KeptKind::communications) = cut;
  removal.of(KeptKind::bodies) = cut;
  removal.bodies_below = bodies_cut(*survey, cut);
  REQUIRE(removal.bodies_below > pack);
  kept.carry_out(*survey, removal);
  REQUIRE(kept.store->writer().add(records));
  REQUIRE(kept.store->writer().commit());
  kept.known = under_way;
  std::size_t gone = 0;
  CHECK(kept.stored(base::Time::min(), gone) == under_way.size());
  CHECK(gone == static_cast<std::size_t>(
                    std::count_if(under_way.begin(), under_way.end(),
                                  [](const auto& k) { return !k.response_body.empty(); })));
  CHECK(gone > 0);
}

TEST_CASE("blocks that are being filled stay whole, and what is wide is closed to go later",
          "[store][retention]") {
  const test::TemporaryFolder folder;
  Kept kept(config_in(folder), 1);  // thirty rows of a block of sixty-four
  const auto survey = kept.store->survey(kept.source);
  REQUIRE(survey);
  Removal nothing;
  kept.carry_out(*survey, nothing);
  CHECK(kept.store->survey(kept.source)->blocks.size() == survey->blocks.size());
  CHECK(kept.store->survey(kept.source)->blocks_end == survey->blocks_end);  // not closed
  for (int i = 0; i < 4; ++i) {
    kept.add();
    REQUIRE(kept.store->writer().commit());
  }
  nothing.open_span = base::Duration::from_s(60);
  kept.carry_out(*kept.store->survey(kept.source), nothing);
  std::size_t gone = 0;
  CHECK(kept.stored(base::Time::min(), gone) == kept.known.size());
  const base::Time cut = kept.known.back().end + base::Duration{1};
  Removal all;
  all.of(KeptKind::communications) = cut;
  kept.carry_out(*kept.store->survey(kept.source), all);
  CHECK(kept.stored(cut, gone) == 0);
}

TEST_CASE("of a purged source no key is left, and what comes later is kept", "[store][retention]") {
  const test::TemporaryFolder folder;
  const StoreConfig config = config_in(folder);
  std::size_t later = 0;
  {
    Kept kept(config);
    const model::SourceId other = kept.store->source("other", "UPLOAD").value();
    RecordMaker maker(other, 9);
    const auto theirs = maker.communications(kept.batch, 50, kept.store->next_pack_id());
    kept.batch.quality.add(theirs.front().start, model::Quality::packets_received, 3);
    REQUIRE(kept.store->writer().add(kept.batch));
    kept.add();  // still in an open block, not committed
    REQUIRE(kept.store->writer().purge(kept.source));
    std::size_t gone = 0;
    CHECK(kept.stored(base::Time::max(), gone) == 0);
    const auto survey = kept.store->survey(kept.source);
    REQUIRE(survey);
    CHECK(survey->blocks.empty());
    for (const KeptOfKind& k : survey->kept) CHECK(k.empty());
    for (const KnownCommunication& k : theirs) CHECK(kept.store->reader().snapshot()->find(k.id));
    CHECK(kept.store->sources().size() == 2);
  }
  auto database = Database::open(config);
  REQUIRE(database);
  const model::SourceId source{1};
  for (std::size_t f = 0; f < kFamilies; ++f) {
    const auto family = static_cast<Family>(f);
    if (family == Family::meta || family == Family::setting) continue;
    const auto it = (*database)->iterate(family, nullptr);
    it->Seek(format::source_begin(source));
    INFO(name(family));
    CHECK_FALSE((it->Valid() && it->key().ToStringView() < format::source_end(source)));
  }
  database->reset();
  auto store = opened(config);
  RecordMaker maker(source, 11);
  model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
  const auto more = maker.communications(batch, 40, store->next_pack_id());
  REQUIRE(store->writer().add(batch));
  REQUIRE(store->writer().commit());
  for (const KnownCommunication& k : more)
    if (store->reader().snapshot()->find(k.id)) ++later;
  CHECK(later == more.size());
}

// What removals leave in the families of records: keys that are marked one by one, marks of ranges,
// and keys that a scan of everything has to step over.
struct Marks {
  std::uint64_t keys = 0;
  std::uint64_t ranges = 0;
  std::uint64_t stepped_over = 0;
};
Marks marks_in(const StoreConfig& config) {
  Marks out;
  const auto database = Database::open(config).value();
  REQUIRE(database->flush_and_wait());
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  rocksdb::PerfContext& costs = *rocksdb::get_perf_context();
  costs.Reset();
  for (std::size_t f = 0; f < kFamilies; ++f) {
    const auto family = static_cast<Family>(f);
    if (family == Family::meta || family == Family::setting) continue;
    rocksdb::TablePropertiesCollection tables;
    REQUIRE(database->db().GetPropertiesOfAllTables(database->handle(family), &tables).ok());
    for (const auto& [name, table] : tables) {
      out.ranges += table->num_range_deletions;
      out.keys += table->num_deletions - table->num_range_deletions;
    }
    const auto it = database->iterate(family, nullptr);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
    }
  }
  out.stepped_over = costs.internal_delete_skipped_count;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  return out;
}

TEST_CASE("what is removed is marked by range, however many records it is, and costs no scan",
          "[store][retention]") {
  const test::TemporaryFolder folder;
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  config.block_rows = 8;  // many keys
  {
    auto store = opened(config);
    const model::SourceId before = store->make_upload("upload", "UPLOAD", {}).value();
    const model::SourceId gone = store->make_upload("upload", "UPLOAD", {}).value();
    const model::SourceId after = store->make_upload("upload", "UPLOAD", {}).value();
    model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
    for (const model::SourceId source : {before, gone, after}) {
      RecordMaker maker(source, 5);
      for (int i = 0; i < 20; ++i) {
        static_cast<void>(maker.communications(batch, 60, store->next_pack_id()));
        REQUIRE(store->writer().add(batch));
      }
    }
    REQUIRE(store->writer().commit());
    store.reset();  // what was in memtables is in files, and the marks come above them
    store = opened(config);
    REQUIRE(store->writer().purge(gone));  // of an upload: the disk has its space back later
  }
  const Marks marks = marks_in(config);
  CHECK(marks.keys == 0);
  CHECK(marks.ranges > 0);
  CHECK(marks.ranges < 2 * kFamilies);
  CHECK(marks.stepped_over == 0);
}

// ---- decisions, without a store

SurveyedBlock block(std::uint64_t id, std::int64_t start_h, std::int64_t end_h,
                    std::uint64_t pack_min, std::uint64_t pack_max, std::uint64_t bytes = 100) {
  SurveyedBlock b;
  b.kind = RecordKind::http;
  b.start = base::Time{} + base::Duration{kHour.ns * start_h};
  b.end = base::Time{} + base::Duration{kHour.ns * end_h};
  b.bytes = bytes;
  b.pack_min = pack_min;
  b.pack_max = pack_max;
  b.id = id;
  return b;
}
base::Time hour(std::int64_t h) { return base::Time{} + base::Duration{kHour.ns * h}; }

TEST_CASE("bodies are cut below what any kept record refers to", "[store][retention]") {
  Survey survey;
  survey.blocks = {block(1, 0, 1, 10, 19), block(2, 1, 2, 20, 29), block(3, 2, 3, 30, 39)};
  CHECK(bodies_cut(survey, hour(0)) == 0);
  CHECK(bodies_cut(survey, hour(2)) == 20);  // the second ended at that instant
  CHECK(bodies_cut(survey, hour(3)) == 30);
  CHECK(bodies_cut(survey, hour(9)) == 40);  // nothing above what was removed
  // One that goes on since the beginning holds them all, unless it may not.
  survey.blocks.push_back(block(4, 0, 8, 5, 60));
  CHECK(bodies_cut(survey, hour(3)) == 5);
  CHECK(bodies_cut(survey, hour(3), base::Duration{kHour.ns * 4}) == 30);
  CHECK(bodies_cut(survey, hour(3), base::Duration{kHour.ns * 8}) == 5);
  // A block that cannot be read may refer to anything.
  survey.damaged = true;
  CHECK(bodies_cut(survey, hour(9)) == 0);
}

TEST_CASE("a limit of size takes the oldest, about half of what is too much at once",
          "[store][retention]") {
  Survey survey;
  for (std::uint64_t i = 0; i < 100; ++i)
    survey.blocks.push_back(
        block(i + 1, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1, 0, 0));
  survey.of(KeptKind::communications).bytes = 100 * 100;
  CHECK_FALSE(size_step(survey, 10'000));
  CHECK_FALSE(size_step(Survey{}, 1));
  CHECK(size_step(survey, 9'999) == hour(1) + base::Duration{1});
  CHECK(size_step(survey, 5'000) == hour(26) + base::Duration{1});
  CHECK(size_step(survey, 1) <= hour(51) + base::Duration{1});
}

TEST_CASE("a few odd time stamps do not move what is new", "[store][retention]") {
  Survey survey;
  for (std::uint64_t i = 0; i < 50; ++i)
    survey.blocks.push_back(
        block(i + 1, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1, 0, 0));
  const base::Time usual = survey.mostly_before(kHour);
  CHECK(usual >= hour(44));
  survey.blocks.push_back(block(60, 400'000, 400'000, 0, 0, 500));
  CHECK(survey.mostly_before(kHour) == usual);
  // The larger half is no oddity.
  survey.blocks.push_back(block(61, 400'000, 400'001, 0, 0, 20'000));
  CHECK(survey.mostly_before(kHour) >= hour(400'000));
}

}  // namespace
}  // namespace spider::store
