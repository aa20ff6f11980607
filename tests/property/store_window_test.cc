// The store against plain lists: whatever was put in, every window finds exactly what overlaps it,
// and the roll-ups count exactly that; across commits, full blocks, restarts and retention.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::store {
namespace {

using test::KnownCommunication;
using test::RecordMaker;
using test::RecordShape;

constexpr std::int64_t kSecond = 1'000'000'000;

std::uint64_t cases() {
  const char* text = std::getenv("SPIDER_PROPERTY_CASES");
  return text == nullptr ? 12
                         : std::max<std::uint64_t>(1, std::strtoull(text, nullptr, 10) / 1'000);
}

struct World {
  explicit World(std::uint64_t seed_) : seed(seed_) {
    config.path = (folder.path() / "store").string();
    config.block_rows = 64 + static_cast<std::uint32_t>(seed % 5) * 100;
    config.cache_mib = 8;
    config.sync_ms = 0;
    reopen();
  }
  void reopen() {
    store.reset();
    auto opened = Store::open(config);
    if (!opened) FAIL(opened.error().detail);
    store = std::move(*opened);
  }

  std::uint64_t seed;
  test::TemporaryFolder folder;
  StoreConfig config;
  std::unique_ptr<Store> store;
  std::vector<KnownCommunication> known;
};

bool overlaps(const KnownCommunication& k, base::Time from, base::Time to) {
  return k.start < to && k.end >= from;
}

// Everything a window holds according to blocks and their columns.
std::multiset<model::CommunicationId> found_in(const StoreSnapshot& snapshot, Sources sources,
                                               base::Time from, base::Time to) {
  std::multiset<model::CommunicationId> out;
  const auto blocks = snapshot.blocks(RecordKind::http, sources, from, to);
  REQUIRE(blocks);
  std::vector<std::int64_t> start;
  std::vector<std::int64_t> duration;
  std::vector<std::int64_t> number;
  std::vector<std::int64_t> ordinal;
  for (const BlockPtr& b : *blocks) {
    REQUIRE(snapshot.numbers(*b, ColumnId::start, start));
    REQUIRE(snapshot.numbers(*b, ColumnId::duration, duration));
    REQUIRE(snapshot.numbers(*b, ColumnId::session_number, number));
    REQUIRE(snapshot.numbers(*b, ColumnId::ordinal, ordinal));
    REQUIRE(std::is_sorted(start.begin(), start.end()));
    for (std::size_t i = 0; i < b->rows; ++i)
      if (start[i] < to.ns && start[i] + duration[i] >= from.ns)
        out.insert({b->source,
                    {start[i]},
                    static_cast<std::uint64_t>(number[i]),
                    static_cast<std::uint32_t>(ordinal[i])});
  }
  return out;
}

using Cells = std::map<std::pair<std::uint8_t, std::string>, std::int64_t>;

// Opened before `to` minus closed before `from`, by status class and method.
Cells counted_in(const StoreSnapshot& snapshot, Sources sources, base::Time from, base::Time to) {
  Cells out;
  const auto methods = snapshot.methods();
  REQUIRE(methods);
  const auto add = [&](base::Time at, bool opened, std::int64_t sign) {
    const auto sums = snapshot.rollup_before(sources, at);
    REQUIRE(sums);
    for (const RollupBucket& b : *sums)
      for (const RollupCell& c : b.cells)
        out[{c.status_class, (*methods)[c.method]}] +=
            sign * static_cast<std::int64_t>(opened ? c.opened : c.closed);
  };
  add(to, true, 1);
  add(from, false, -1);
  std::erase_if(out, [](const auto& c) { return c.second == 0; });
  return out;
}

void check_window(const World& world, const StoreSnapshot& snapshot, Sources sources,
                  base::Time from, base::Time to) {
  std::multiset<model::CommunicationId> expected;
  Cells cells;
  for (const KnownCommunication& k : world.known) {
    if (!sources.empty() && std::find(sources.begin(), sources.end(), k.id.source) == sources.end())
      continue;
    if (!overlaps(k, from, to)) continue;
    expected.insert(k.id);
    ++cells[{status_class(k.status), k.method}];
  }
  INFO("seed " << world.seed << ", window " << from.ns << " to " << to.ns);
  CHECK(found_in(snapshot, sources, from, to) == expected);
  if (from.ns % kSecond == 0 && to.ns % kSecond == 0)
    CHECK(counted_in(snapshot, sources, from, to) == cells);
}

// Sums of a level agree with each other and with the records, bucket by bucket.
void check_levels(const World& world, const StoreSnapshot& snapshot, base::Time from,
                  base::Time to) {
  for (const RollupLevel level :
       {RollupLevel::second, RollupLevel::minute, RollupLevel::hour, RollupLevel::day}) {
    std::map<std::int64_t, std::pair<std::uint64_t, std::uint64_t>> expected;
    const auto inside = [&](base::Time t) {
      return bucket_of(t, level) >= bucket_of(from, level) &&
             bucket_of(t, level) <= bucket_of({to.ns - 1}, level);
    };
    for (const KnownCommunication& k : world.known) {
      if (inside(k.start)) ++expected[bucket_of(k.start, level)].first;
      if (inside(k.end)) ++expected[bucket_of(k.end, level)].second;
    }
    std::map<std::int64_t, std::pair<std::uint64_t, std::uint64_t>> found;
    const auto buckets = snapshot.rollup(level, {}, from, to);
    REQUIRE(buckets);
    for (const RollupBucket& b : *buckets)
      for (const RollupCell& c : b.cells) {
        found[b.bucket].first += c.opened;
        found[b.bucket].second += c.closed;
      }
    CHECK(found == expected);
  }
}

TEST_CASE("every window finds exactly what overlaps it, and the roll-ups count exactly that",
          "[store][property]") {
  for (std::uint64_t seed = 1; seed <= cases(); ++seed) {
    World world(seed);
    RecordShape shape;
    shape.step_ns_max = seed % 3 == 0 ? 20 * kSecond : 40'000'000;
    shape.long_share = 0.1;
    if (seed % 4 == 0) shape.first = base::Time{-3'000 * kSecond};  // before 1970 as well
    std::vector<RecordMaker> makers;
    std::vector<model::SourceId> sources;
    for (const char* name : {"a", "b"}) {
      sources.push_back(world.store->source(name, "UPLOAD").value());
      makers.emplace_back(sources.back(), seed * 7 + sources.size(), shape);
    }
    model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
    for (int round = 0; round < 40; ++round) {
      RecordMaker& maker = makers[static_cast<std::size_t>(round) % 2];
      const auto more =
          maker.communications(batch, 1 + maker.below(60), world.store->next_pack_id());
      batch.end_of_source = maker.below(15) == 0;
      world.known.insert(world.known.end(), more.begin(), more.end());
      REQUIRE(world.store->writer().add(batch));
      if (maker.below(3) == 0) REQUIRE(world.store->writer().commit());
      if (maker.below(12) == 0) {
        REQUIRE(world.store->writer().commit());
        world.reopen();
      }
    }
    REQUIRE(world.store->writer().commit());

    const auto snapshot = world.store->reader().snapshot();
    RecordMaker dice({}, seed);
    const base::Time low = shape.first;
    const auto high =
        std::max_element(world.known.begin(), world.known.end(), [](const auto& a, const auto& b) {
          return a.end < b.end;
        })->end;
    const auto pick = [&] {
      return low + base::Duration{static_cast<std::int64_t>(
                       dice.below(static_cast<std::uint64_t>((high - low).ns)))};
    };
    for (int i = 0; i < 40; ++i) {
      base::Time from = pick();
      base::Time to =
          i % 2 == 0 ? from + base::Duration{static_cast<std::int64_t>(dice.below(5 * kSecond))}
                     : pick();
      if (i % 3 != 0) {
        from = {bucket_of(from, RollupLevel::second) * kSecond};
        to = {bucket_of(to, RollupLevel::second) * kSecond};
      }
      if (to < from) std::swap(from, to);
      check_window(world, *snapshot, i % 4 == 0 ? Sources(sources).first(1) : Sources(), from, to);
      check_levels(world, *snapshot, from, to + base::Duration{1});
    }
    check_window(world, *snapshot, {}, base::Time::min(), base::Time::max());
    const auto span = snapshot->time_span(RecordKind::http, {});
    REQUIRE(span);
    CHECK(span->last == high);
    for (std::size_t i = 0; i < world.known.size(); i += 17) {
      const auto at = snapshot->find(world.known[i].id);
      REQUIRE(at);
      const auto detail = snapshot->http_detail(*at->block, at->row);
      REQUIRE(detail);
      CHECK(detail->request.head == world.known[i].request_head);
      std::vector<std::uint8_t> body;
      REQUIRE(snapshot->read_body(world.known[i].id.source, detail->response.body, 0,
                                  ~std::uint64_t{0}, body));
      CHECK(base::as_text(body) == world.known[i].response_body);
    }
  }
}

TEST_CASE("retention takes what ended before, keeps the rest whole, and the counts stay exact",
          "[store][property]") {
  for (std::uint64_t seed = 100; seed < 100 + cases() / 2; ++seed) {
    World world(seed);
    RecordShape shape;
    shape.step_ns_max = 200 * kSecond;  // spreads over days
    shape.long_share = 0.1;
    const model::SourceId source = world.store->source("a", "UPLOAD").value();
    const model::SourceId other = world.store->source("b", "UPLOAD").value();
    RecordMaker maker(source, seed, shape);
    RecordMaker other_maker(other, seed + 1, shape);
    model::RecordBatch batch(4U << 20U, 1U << 20U, 64);
    for (int round = 0; round < 30; ++round) {
      RecordMaker& m = round % 5 == 0 ? other_maker : maker;
      const auto more = m.communications(batch, 60, world.store->next_pack_id());
      world.known.insert(world.known.end(), more.begin(), more.end());
      REQUIRE(world.store->writer().add(batch));
    }
    REQUIRE(world.store->writer().commit());
    const base::Time middle = world.known.back().start - base::Duration::from_s(8 * 3'600);
    REQUIRE(world.store->writer().purge_before(source, middle));
    if (seed % 2 == 0) world.reopen();

    const auto check_kept = [&](const StoreSnapshot& snapshot) {
      const auto found = found_in(snapshot, {}, base::Time::min(), base::Time::max());
      for (const KnownCommunication& k : world.known) {
        const bool must_stay = k.id.source == other || k.end >= middle;
        INFO("seed " << seed << ", start " << k.start.ns);
        if (!must_stay) continue;
        REQUIRE(found.count(k.id) == 1);
        const auto at = snapshot.find(k.id);
        REQUIRE(at);
        const auto detail = snapshot.http_detail(*at->block, at->row);
        REQUIRE(detail);
        std::vector<std::uint8_t> body;
        REQUIRE(snapshot.read_body(k.id.source, detail->response.body, 0, ~std::uint64_t{0}, body));
        REQUIRE(base::as_text(body) == k.response_body);
      }
      CHECK(found.size() < world.known.size());
      const base::Time from{(bucket_of(middle, RollupLevel::second) + 1) * kSecond};
      for (const std::int64_t hours : {1, 5, 30, 1'000})
        check_window(world, snapshot, {}, from, from + base::Duration{hours * 3'600 * kSecond});
    };
    check_kept(*world.store->reader().snapshot());
    CHECK(world.store->sources()[0].purged_before == middle);
    // More may be added afterwards, to the same minutes and days.
    const auto more = maker.communications(batch, 50, world.store->next_pack_id());
    world.known.insert(world.known.end(), more.begin(), more.end());
    REQUIRE(world.store->writer().add(batch));
    REQUIRE(world.store->writer().commit());
    check_kept(*world.store->reader().snapshot());

    REQUIRE(world.store->writer().purge(source));
    const auto snapshot = world.store->reader().snapshot();
    std::erase_if(world.known, [&](const KnownCommunication& k) { return k.id.source == source; });
    check_window(world, *snapshot, {}, {0}, base::Time::max());
    const auto quality =
        snapshot->quality(std::span(&source, 1), base::Time::min(), base::Time::max());
    REQUIRE(quality);
    CHECK(quality->empty());
  }
}

}  // namespace
}  // namespace spider::store
