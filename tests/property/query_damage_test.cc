// A damaged store: bits flipped, values cut, swapped, emptied, keys changed. Whatever the damage,
// what is answered is right, what is left out is said, and nothing crashes.
//
// A Picture is everything that readers can get out of a store, as texts under names. The picture of
// a damaged store is held against that of the whole one.

#include <cstdlib>
#include <functional>
#include <map>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/engine.h"
#include "spider/query/record_json.h"
#include "spider/store/codes.h"
#include "spider/store/store.h"
#include "spider/store/store_writer.h"

#include "store/database.h"
#include "store/format/sums.h"
#include "store/fresh_blocks.h"
#include "store/ids.h"
#include "store/reader.h"
#include "store/recent_blocks.h"
#include "store/sum_books.h"
#include "support/records.h"

namespace spider::store {
namespace {

using query::JsonWriter;

std::uint64_t cases_asked() {
  const char* text = std::getenv("SPIDER_PROPERTY_CASES");
  return text == nullptr ? 400 : std::strtoull(text, nullptr, 10);
}

constexpr std::size_t kRows = 60;  // of each of four commits

void add_session(model::RecordBatch& batch, std::uint64_t number, base::Time start,
                 std::uint64_t pack) {
  model::SessionRecord s;
  s.session.id = {batch.source, start, number};
  s.session.start = start;
  s.session.end = start + base::Duration::from_ms(40);
  s.session.client = {model::IpAddress::v4(0x0A000001), 40'000};
  s.session.server = {model::IpAddress::v4(0x0A000002), 80};
  s.session.client_stats.packets = number;
  s.decoder = "http1";
  s.packet_pack_first = s.packet_pack_last = pack;
  s.notes_first = static_cast<std::uint32_t>(batch.notes.size());
  s.notes_count = 1;
  batch.notes.push_back({start, model::Direction::low_to_high, number, 4'010});
  batch.sessions.push_back(s);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const std::string frame = fmt::format("frame {} of session {}", i, number) +
                              std::string(static_cast<std::size_t>(number % 50), 'x');
    model::PacketEntry p{number, number * 3 + i, start, 0, 0, 0, 1};
    p.offset = static_cast<std::uint32_t>(batch.frames.used());
    p.captured_bytes = p.wire_bytes = static_cast<std::uint32_t>(frame.size());
    static_cast<void>(batch.frames.put(std::string_view(frame)));
    batch.packets.push_back(p);
  }
}

// Two whisperers, four commits, every family filled.
void fill(const StoreConfig& config) {
  auto store = Store::open(config).value();
  for (std::uint32_t part = 0; part < 4; ++part) {
    const auto source = store->source(part % 2 == 0 ? "left" : "right", "UPLOAD").value();
    test::RecordShape shape;
    shape.body_bytes_max = 5'000;
    shape.first = base::Time::from_us(1'760'000'000'000'000 + std::int64_t{part} * 20'000'000);
    test::RecordMaker maker(source, part + 1, shape);
    model::RecordBatch batch(4U << 20U, 4U << 20U, 1U << 20U);
    const auto known = maker.communications(batch, kRows, store->next_pack_id());
    batch.packet_pack = store->next_pack_id();
    for (std::uint64_t i = 0; i < 16; ++i)
      add_session(batch, part * 1'000 + i + 1, known[i].start, batch.packet_pack);
    for (const auto& k : known)
      batch.quality.add(k.start, model::Quality::packets_received, 7 + k.status);
    REQUIRE(store->writer().add(batch));
    REQUIRE(store->writer().commit());
  }
  REQUIRE(store->set_setting("filter", "tcp port 80"));
  REQUIRE(store->writer().flush());
}

struct Picture {
  std::map<std::string, std::string> items;
  std::map<std::string, std::uint64_t> counts;  // of timelines
  std::uint64_t damage = 0;                     // what was said to be unreadable
};

// Everything that can be asked, without the writer.
class Viewer {
 public:
  explicit Viewer(Database& database) : database_(database) {}

  Picture look() {
    Picture out;
    SourceTable sources(database_);
    if (!sources.load()) ++out.damage;
    const RecentBlocks none;
    FreshBlocks fresh(0);
    const Reader reader(database_, sources, none, fresh, std::size_t{8} << 20U);
    lists(reader, out);
    sums(reader, out);
    setting(out);
    return out;
  }

 private:
  // Counts an error; it must be that of a damaged value (or of bytes that are gone).
  static void fail(const base::Error& error, Picture& out) {
    INFO(error.detail);
    CHECK((error.code == codes::store_corrupt || error.code == codes::not_found));
    ++out.damage;
  }

  void lists(const Reader& reader, Picture& out) {
    const auto snapshot = reader.snapshot();
    const query::QueryEngine engine(*snapshot);
    query::Filter all;
    auto rows = engine.communications(all, query::Order::newest_first, {}, 10'000);
    if (!rows) return fail(rows.error(), out);
    for (const query::CommunicationRow& row : rows->rows) {
      std::string text;
      JsonWriter json(text);
      json.begin_object();
      query::write_communication(json, row, names_, query::TimeForm::both);
      json.end_object();
      const std::string id = model::to_text(row.id);
      if (!out.items.emplace("row/" + id, text).second) FAIL("twice: " << id);
      if (row.id.session_number % 4 == 0) detail(engine, *snapshot, row.id, out);
    }
    auto sessions = engine.sessions(all, query::Order::oldest_first, {}, 10'000);
    if (!sessions) return fail(sessions.error(), out);
    for (const query::SessionRow& row : sessions->rows) {
      std::string text;
      JsonWriter json(text);
      json.begin_object();
      query::write_session(json, row, names_, query::TimeForm::both);
      json.end_object();
      if (!out.items.emplace("session/" + model::to_text(row.id), text).second)
        FAIL("twice: " << model::to_text(row.id));
      if (row.id.number % 4 == 0) session(engine, *snapshot, row.id, out);
    }
    out.damage += snapshot->unreadable().count;
  }

  void detail(const query::QueryEngine& engine, const StoreSnapshot& snapshot,
              const model::CommunicationId& id, Picture& out) {
    const auto found = engine.communication(id);
    if (!found) return fail(found.error(), out);
    const HttpDetail& d = found->second;
    const std::string name = model::to_text(id);
    out.items["detail/" + name] =
        fmt::format("{} {} {} {} {} {} {}", d.request.head, d.response.head, d.response.trailers,
                    d.request.first_byte.ns, d.response.last_byte.ns, d.response.wire_bytes,
                    d.response.first_packet);
    std::vector<std::uint8_t> body;
    const auto read = snapshot.read_body(id.source, d.response.body, 0, ~std::uint64_t{0}, body);
    if (!read) return fail(read.error(), out);
    out.items["body/" + name] = base::as_text(body);
  }

  void session(const query::QueryEngine& engine, const StoreSnapshot& snapshot,
               const model::SessionId& id, Picture& out) {
    const auto found = engine.session(id);
    if (!found) return fail(found.error(), out);
    const SessionDetail& d = found->second;
    out.items["session detail/" + model::to_text(id)] =
        fmt::format("{} {} {} {} {}", d.decoder, d.session.end.ns, d.session.client_stats.packets,
                    d.notes.size(), d.packet_pack_last);
    const auto keep = [&](const PacketView& p) {
      const std::string name =
          fmt::format("packet/{}/{}", static_cast<unsigned>(id.source), p.number);
      const std::string text =
          fmt::format("{} {} {}", p.time.ns, p.link_type, base::as_text(p.frame));
      if (!out.items.emplace(name, text).second) FAIL("twice: " << name);
      return true;
    };
    const auto read = snapshot.session_packets(id.source, id.number, d.packet_pack_first,
                                               d.packet_pack_last, keep);
    if (!read) fail(read.error(), out);
  }

  void sums(const Reader& reader, Picture& out) {
    const auto snapshot = reader.snapshot();
    const query::QueryEngine engine(*snapshot);
    for (const std::int64_t seconds : {1, 60}) {
      for (const query::Split split : {query::Split::status_class, query::Split::method}) {
        query::TimelineRequest request;
        request.from = base::Time::from_us(1'759'999'980'000'000);
        request.to = request.from + base::Duration{seconds * 120 * 1'000'000'000};
        request.bucket = base::Duration{seconds * 1'000'000'000};
        request.split = split;
        const auto timeline = engine.timeline(request, {});
        if (!timeline) {
          fail(timeline.error(), out);
          continue;
        }
        for (const query::TimelineSeries& series : timeline->series)
          for (std::size_t i = 0; i < series.counts.size(); ++i)
            out.counts[fmt::format("{} {} {} {}", seconds, static_cast<int>(split), series.key,
                                   i)] = series.counts[i];
      }
    }
    const auto minutes = snapshot->quality({}, base::Time{0}, base::Time{std::int64_t{1} << 62});
    if (!minutes) return fail(minutes.error(), out);
    for (const QualityRow& row : *minutes) {
      std::string text;
      for (const std::uint64_t v : row.minute.counts.values) text += fmt::format("{} ", v);
      out.items[fmt::format("quality/{}/{}", static_cast<unsigned>(row.source),
                            row.minute.minute)] = text;
    }
    const base::Duration day{bucket_ns(RollupLevel::day)};
    const auto days =
        snapshot->quality_sums({}, base::Time{0}, base::Time{std::int64_t{1} << 62}, day);
    if (!days) return fail(days.error(), out);
    std::map<std::string, model::QualityCounts> sums;
    for (const QualityRow& row : *days)
      sums[fmt::format("books/{}/{}", static_cast<unsigned>(row.source),
                       row.minute.minute / 1'440)] += row.minute.counts;
    for (const auto& [name, sum] : sums)
      out.items[name] = fmt::format("{}", fmt::join(sum.values, " "));
    const auto span = snapshot->time_span(RecordKind::http, {});
    if (!span) return fail(span.error(), out);
    out.damage += snapshot->unreadable().count;
  }

  void setting(Picture& out) {
    rocksdb::PinnableSlice value;
    const auto found = database_.get(Family::setting, "filter", nullptr, value);
    if (!found) return fail(found.error(), out);
    std::string text;
    if (!*found) return;
    if (format::decode_setting(base::as_bytes(value.ToStringView()), text) !=
        format::ValueState::ok)
      return fail(corrupt(Family::setting, "filter", "").value(), out);
    out.items["setting"] = text;
  }

  Database& database_;
  query::Names names_{{}};
};

// What is there is right; what is not there is said, unless a key was damaged: then a value lies
// where nobody looks.
void hold_against(const Picture& whole, const Picture& damaged, bool key_damaged) {
  for (const auto& [name, text] : damaged.items) {
    const auto at = whole.items.find(name);
    if (at == whole.items.end()) FAIL("invented: " << name);
    // Counts that may be parts of minutes are said to be.
    if (text != at->second && !(name.starts_with("quality/") && damaged.damage > 0))
      FAIL("wrong: " << name << ": " << text);
  }
  if (key_damaged) return;
  if (damaged.items.size() != whole.items.size()) CHECK(damaged.damage > 0);
  for (const auto& [name, count] : damaged.counts) {
    const auto at = whole.counts.find(name);
    const std::uint64_t right = at == whole.counts.end() ? 0 : at->second;
    if (count > right || (count < right && damaged.damage == 0))
      FAIL("timeline " << name << ": " << count << " for " << right);
  }
  if (damaged.damage == 0) CHECK(damaged.counts == whole.counts);
}

struct Stored {
  Family family{};
  std::string key;
  std::string value;
};

std::vector<Stored> all_of(const Database& database, Family family) {
  std::vector<Stored> out;
  const auto it = database.iterate(family, nullptr);
  for (it->SeekToFirst(); it->Valid(); it->Next())
    out.push_back({family, it->key().ToString(), it->value().ToString()});
  return out;
}

void put_raw(Database& database, const Stored& at) {
  REQUIRE(database.db().Put({}, database.handle(at.family), at.key, at.value).ok());
}
void remove_raw(Database& database, const Stored& at) {
  REQUIRE(database.db().Delete({}, database.handle(at.family), at.key).ok());
}

constexpr Family kFamiliesUsed[] = {Family::meta,    Family::block,      Family::column,
                                    Family::detail,  Family::body,       Family::packet,
                                    Family::rollup,  Family::quality,    Family::packet_index,
                                    Family::setting, Family::quality_sum};

class DamagedStore {
 public:
  DamagedStore() {
    config_.path = (folder_.path() / "store").string();
    config_.block_rows = 64;
    config_.cache_mib = 8;
    fill(config_);
    database_ = Database::open(config_).value();
    whole_ = Viewer(*database_).look();
    REQUIRE(whole_.damage == 0);
    for (const Family f : kFamiliesUsed) {
      values_.push_back(all_of(*database_, f));
      INFO(store::name(f));
      REQUIRE_FALSE(values_.back().empty());
    }
  }

  template <class Random>
  const Stored& pick(Random& random) {
    const auto& family = values_[random() % values_.size()];
    return family[random() % family.size()];
  }
  // Another value of the same family.
  template <class Random>
  const Stored& neighbour(const Stored& of, Random& random) {
    for (const auto& family : values_)
      if (family.front().family == of.family) return family[random() % family.size()];
    return of;
  }

  // Looks at the store while `bad` lies in the place of `good`.
  void check(const Stored& good, const Stored& bad) {
    const bool key_damaged = good.key != bad.key;
    if (key_damaged) {
      remove_raw(*database_, good);
      for (const auto& family : values_)
        for (const Stored& s : family)
          if (s.family == bad.family && s.key == bad.key) return put_raw(*database_, good);
    }
    put_raw(*database_, bad);
    const Picture seen = Viewer(*database_).look();
    hold_against(whole_, seen, key_damaged);
    if (!key_damaged && good.family != Family::meta && good.value != bad.value)
      damage_seen_ += seen.damage > 0 ? 1 : 0;
    if (key_damaged) remove_raw(*database_, bad);
    put_raw(*database_, good);
  }

  [[nodiscard]] std::uint64_t damage_seen() const { return damage_seen_; }
  [[nodiscard]] Database& database() { return *database_; }
  [[nodiscard]] const Picture& whole() const { return whole_; }
  [[nodiscard]] const std::vector<std::vector<Stored>>& values() const { return values_; }
  [[nodiscard]] const StoreConfig& config() const { return config_; }
  void close() { database_.reset(); }
  void open() { database_ = Database::open(config_).value(); }

 private:
  test::TemporaryFolder folder_;
  StoreConfig config_;
  std::unique_ptr<Database> database_;
  Picture whole_;
  std::vector<std::vector<Stored>> values_;
  std::uint64_t damage_seen_ = 0;
};

TEST_CASE("a value with a flipped bit, cut short, swapped or empty never gives a wrong answer",
          "[query][damage]") {
  DamagedStore store;
  const std::uint64_t cases = cases_asked();
  std::mt19937_64 random(3);
  for (std::uint64_t i = 0; i < cases; ++i) {
    const Stored& good = store.pick(random);
    Stored bad = good;
    const std::uint64_t kind = random() % 8;
    if (kind == 0) {
      bad.value.resize(random() % bad.value.size());
    } else if (kind == 1) {
      bad.value = store.neighbour(good, random).value;
    } else if (kind == 2) {
      for (std::uint64_t n = random() % 40; n > 0; --n) bad.value += static_cast<char>(random());
    } else if (kind == 3) {
      bad.value[random() % bad.value.size()] = static_cast<char>(random());
    } else {
      // The first bytes steer the decoding: they are hit as often as all others.
      const std::uint64_t at = kind == 4 ? random() % 6 : random() % bad.value.size();
      bad.value[at % bad.value.size()] ^= static_cast<char>(1U << random() % 8);
    }
    INFO("case " << i << ", " << name(good.family) << ", kind " << kind);
    store.check(good, bad);
  }
  // Nearly every damage is in something that is read here; otherwise this test looks at nothing.
  CHECK(store.damage_seen() > cases / 3);
}

TEST_CASE("a damaged key loses its value at most", "[query][damage]") {
  DamagedStore store;
  std::mt19937_64 random(4);
  for (std::uint64_t i = 0; i < cases_asked() / 4; ++i) {
    const Stored& good = store.pick(random);
    Stored bad = good;
    const std::uint64_t kind = random() % 4;
    if (kind == 0) {
      bad.key.resize(random() % bad.key.size());
    } else if (kind == 1) {
      for (std::uint64_t n = random() % 9 + 1; n > 0; --n) bad.key += static_cast<char>(random());
    } else {
      bad.key[random() % bad.key.size()] ^= static_cast<char>(1U << random() % 8);
    }
    INFO("case " << i << ", " << name(good.family) << ", kind " << kind);
    store.check(good, bad);
  }
}

TEST_CASE("a store whose own tables are damaged opens, and goes on with new ids and names",
          "[query][damage]") {
  DamagedStore store;
  const std::vector<Stored> meta = store.values()[0];
  for (const Stored& good : meta) {
    INFO(good.key);
    Stored bad = good;
    bad.value.back() ^= 1;
    put_raw(store.database(), bad);
    store.close();
    {
      auto opened = Store::open(store.config());
      REQUIRE(opened);
      CHECK((*opened)->sources().size() >= 2);
      const auto fresh = (*opened)->source("fresh-" + good.key, "UPLOAD");
      REQUIRE(fresh);
      const std::uint64_t pack = (*opened)->next_pack_id();
      test::RecordMaker maker(*fresh, 9);
      model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
      const auto known = maker.communications(batch, 30, pack);
      REQUIRE((*opened)->writer().add(batch));
      REQUIRE((*opened)->writer().flush());
      CHECK((*opened)->reader().snapshot()->find(known[3].id));
      REQUIRE((*opened)->writer().purge(*fresh));
    }
    store.open();
    for (const Family f : {Family::body, Family::packet_index})
      for (const Stored& s : store.values()[f == Family::body ? 4 : 8]) {
        rocksdb::PinnableSlice value;
        CHECK(store.database().get(f, s.key, nullptr, value).value());  // none was written over
      }
    put_raw(store.database(), good);
    const Picture seen = Viewer(store.database()).look();
    CHECK(seen.items == store.whole().items);
  }
}

TEST_CASE("sums that went on from a damaged value say so, and timelines count the records",
          "[query][damage]") {
  DamagedStore store;
  for (const auto& family : store.values())
    for (const Stored& good : family) {
      if (good.family != Family::rollup && good.family != Family::quality) continue;
      Stored bad = good;
      bad.value[bad.value.size() / 2] ^= 8;
      put_raw(store.database(), bad);
    }
  store.close();
  {
    auto opened = Store::open(store.config()).value();
    model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
    test::RecordShape shape;
    shape.first = base::Time::from_us(1'760'000'000'000'000);
    test::RecordMaker maker(opened->source("left", "UPLOAD").value(), 77, shape);
    const auto known = maker.communications(batch, 50, opened->next_pack_id());
    for (const auto& k : known) batch.quality.add(k.start, model::Quality::packets_received);
    REQUIRE(opened->writer().add(batch));
    REQUIRE(opened->writer().flush());
    const auto snapshot = opened->reader().snapshot();
    const query::QueryEngine engine(*snapshot);
    query::TimelineRequest request;
    request.from = base::Time::from_us(1'759'999'980'000'000);
    request.to = request.from + base::Duration{std::int64_t{7'200} * 1'000'000'000};
    request.bucket = base::Duration{std::int64_t{60} * 1'000'000'000};
    const auto timeline = engine.timeline(request, {});
    REQUIRE(timeline);
    CHECK_FALSE(timeline->from_rollups);
    CHECK(timeline->total == 4 * kRows + 50);
    REQUIRE(snapshot->quality({}, base::Time{0}, base::Time{std::int64_t{1} << 62}));
    CHECK(snapshot->unreadable().count > 0);
  }
}

}  // namespace
}  // namespace spider::store
