// Frozen bytes: tests/golden/format/v<N>/<name>.hex and tests/golden/db/v<N>. What version N wrote,
// every later version reads. SPIDER_BLESS=1 writes those of the present version that are missing;
// none is ever rewritten.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"
#include "spider/store/value_filter.h"

#include "store/format/detail.h"
#include "store/format/packs.h"
#include "store/format/summary.h"
#include "store/format/sums.h"
#include "store/format/texts.h"
#include "support/hex_file.h"
#include "support/records.h"

namespace spider::store {
namespace {

namespace fs = std::filesystem;
using format::ValueState;
using test::from_hex;
using test::to_hex;

const fs::path kGolden = fs::path(SPIDER_SOURCE_DIR) / "tests" / "golden";

bool blessing() { return std::getenv("SPIDER_BLESS") != nullptr; }

std::vector<std::int64_t> some_times() {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < 50; ++i) out.push_back(1'700'000'000'000'000'000 + i * i * 7'000);
  return out;
}
std::vector<std::int64_t> some_sizes() {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < 50; ++i) out.push_back(i % 9 == 0 ? kNone : i * 37 % 900);
  out[20] = 123'456'789'012;
  return out;
}
std::vector<std::string> some_texts() {
  std::vector<std::string> out;
  for (int i = 0; i < 30; ++i) out.push_back("/api/items/" + std::to_string(i % 11));
  return out;
}

std::string numbers_value(const std::vector<std::int64_t>& run) {
  std::string out;
  format::ByteWriter w(out);
  format::NumberEncoder().put(run, w);
  return out;
}

std::string texts_value(format::Codec codec) {
  const auto owned = some_texts();
  const std::vector<std::string_view> views(owned.begin(), owned.end());
  std::string out;
  format::ByteWriter w(out);
  format::NumberEncoder numbers;
  format::Compressor compressor;
  format::TextEncoder().put(views, codec, numbers, compressor, w);
  return out;
}

bool numbers_are(const std::string& bytes, const std::vector<std::int64_t>& run) {
  base::ByteReader in(base::as_bytes(bytes));
  std::vector<std::int64_t> out;
  return format::decode_numbers(in, run.size(), out) && out == run && in.remaining() == 0;
}

std::string some_filter() {
  std::vector<std::string> hosts;
  for (int i = 0; i < 50; ++i) hosts.push_back(fmt::format("www{}.example.com", i));
  return make_value_filter(std::vector<std::string_view>(hosts.begin(), hosts.end()));
}
// The filter of version 7 is the only one, so far: its bits are frozen.
bool filter_is_some(const ColumnSummary& c) {
  return c.id == ColumnId::host && may_hold(&c, value_mark("WWW49.example.com")) &&
         !may_hold(&c, value_mark("www50.example.com")) && c.filter == some_filter();
}

BlockInfo some_block() {
  BlockInfo b;
  b.source = model::SourceId{3};
  b.id = 77;
  b.rows = 400;
  b.start_min = {1'000};
  b.start_max = {5'000};
  b.end_min = {1'500};
  b.end_max = {90'000};
  b.length_class = format::length_class(b.start_min, b.end_max);
  b.body_pack_min = 4;
  b.body_pack_max = 9;
  b.detail_rows = 64;
  b.grouped = true;
  b.bytes = 12'345;
  b.columns = {{ColumnId::start, 1'000, 5'000, false, false, {}, {}},
               {ColumnId::connect, 1, 0, true, false, {}, {}},
               {ColumnId::method, 0, 0, false, true, {"GET", "POST"}, {}},
               {ColumnId::host, 0, 0, false, false, {}, some_filter()}};
  return b;
}

format::DetailRows some_details(bool http) {
  static const model::BodyExtent kExtents[] = {{7, 100, 20}, {8, 0, 5}};
  static const model::ParseNote kNotes[] = {{{2'500}, model::Direction::high_to_low, 99, 4'010}};
  format::DetailRows rows;
  for (int i = 0; i < 3; ++i) {
    if (http) {
      model::Communication c;
      c.start = {1'000 + i};
      c.request.present = true;
      c.request.first_byte = c.start;
      c.request.last_byte = {2'000};
      c.request.head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
      c.request.first_packet = 5;
      c.request.last_packet = 6;
      if (i == 1) c.request.body = kExtents;
      rows.append(c);
    } else {
      model::SessionRecord s;
      s.session.start = {2'000};
      s.session.end = {3'000};
      s.session.syn_time = base::Time::min();
      s.session.id.number = static_cast<std::uint64_t>(i) + 1;
      s.session.server_stats.packets = 12;
      s.decoder = "http1";
      rows.append(s, i == 1 ? std::span<const model::ParseNote>(kNotes)
                            : std::span<const model::ParseNote>());
    }
  }
  return rows;
}

std::string details_value(bool http) {
  std::string out;
  format::NumberEncoder numbers;
  format::Compressor compressor;
  const std::uint32_t order[] = {0, 1, 2};
  format::DetailEncoder().put(some_details(http), order, numbers, compressor, out);
  return out;
}

std::string segment_value(format::Codec codec) {
  std::string out;
  format::Compressor compressor;
  const std::string text(1'000, 'z');
  format::encode_segment(base::as_bytes(text), codec, compressor, out);
  return out;
}

bool segment_is_z(const std::string& bytes) {
  std::vector<char> out;
  return format::decode_segment(base::as_bytes(bytes), out) == ValueState::ok &&
         std::string(out.data(), out.size()) == std::string(1'000, 'z');
}

model::QualityCounts some_counts() {
  model::QualityCounts q;
  for (std::size_t i = 0; i < 20; ++i) q.values[i] = i * 1'000;
  return q;
}

struct Golden {
  std::string name;
  std::string (*encode)();
  bool (*check)(const std::string&);
  // Compressors may find other bytes in another version of their library; what they wrote must
  // still be read.
  bool same_bytes = true;
};

const Golden kGoldens[] = {
    {"numbers_sorted", [] { return numbers_value(some_times()); },
     [](const std::string& b) { return numbers_are(b, some_times()); }},
    {"numbers_none_outlier", [] { return numbers_value(some_sizes()); },
     [](const std::string& b) { return numbers_are(b, some_sizes()); }},
    {"texts_dictionary", [] { return texts_value(format::Codec::raw); },
     [](const std::string& b) {
       base::ByteReader in(base::as_bytes(b));
       TextColumn column;
       return format::decode_texts(in, 30, column) && column.row(13) == some_texts()[13] &&
              column.values() == 11;
     }},
    {"summary", [] { return format::encode_summary(some_block()); },
     [](const std::string& b) {
       BlockInfo out;
       const BlockInfo want = some_block();
       return format::decode_summary(format::key_of(want), base::as_bytes(b), out) ==
                  ValueState::ok &&
              out.rows == want.rows && out.end_max == want.end_max && out.grouped &&
              out.body_pack_max == 9 && out.columns.size() == (b[0] < 7 ? 3U : 4U) &&
              out.columns[1].has_none && out.columns[2].values == want.columns[2].values &&
              (b[0] < 7 || filter_is_some(out.columns[3]));
     }},
    {"http_details", [] { return details_value(true); },
     [](const std::string& b) {
       format::DetailRows rows;
       HttpDetail d;
       return format::decode_detail(base::as_bytes(b), 3, rows) == ValueState::ok &&
              rows.http(1, d) && d.request.head == "GET / HTTP/1.1\r\nHost: a\r\n\r\n" &&
              d.request.body.size() == 2 && d.request.body[1].pack == 8 &&
              d.request.last_packet == 6 && !d.response.present;
     },
     false},
    {"session_details", [] { return details_value(false); },
     [](const std::string& b) {
       format::DetailRows rows;
       SessionDetail d;
       return format::decode_detail(base::as_bytes(b), 3, rows) == ValueState::ok &&
              rows.session(1, model::SourceId{9}, d) && d.session.id.number == 2 &&
              d.decoder == "http1" && d.session.syn_time == base::Time::min() &&
              d.session.server_stats.packets == 12 && d.notes.size() == 1 &&
              d.notes[0].offset == 99;
     },
     false},
    {"segment_raw", [] { return segment_value(format::Codec::raw); }, segment_is_z},
    {"segment_lz4", [] { return segment_value(format::Codec::lz4); }, segment_is_z, false},
    {"segment_zstd", [] { return segment_value(format::Codec::zstd); }, segment_is_z, false},
    {"rollup",
     [] {
       return format::encode_rollup({{2, 1, 300, 299}, {0, 0, 1, 0}});
     },
     [](const std::string& b) {
       std::vector<RollupCell> cells;
       return format::decode_rollup(base::as_bytes(b), cells) == ValueState::ok &&
              cells.size() == 2 && cells[0].opened == 300 && cells[0].closed == 299;
     }},
    {"source",
     [] {
       SourceInfo s;
       s.name = "eth0";
       s.type = "INTERFACE";
       s.created = {12'345};
       s.runs = 7;
       return format::encode_source(s);
     },
     [](const std::string& b) {
       SourceInfo s;
       return format::decode_source(base::as_bytes(b), s) == ValueState::ok && s.name == "eth0" &&
              s.created == base::Time{12'345} && s.purged_before == base::Time::min() &&
              s.runs == (b[0] < 4 ? 1 : 7);  // what was not counted was one, with the number 0
     }},
    {"ids",
     [] {
       return format::encode_ids({500, 70'000});
     },
     [](const std::string& b) {
       format::NextIds ids;
       return format::decode_ids(base::as_bytes(b), ids) == ValueState::ok && ids.block == 500 &&
              ids.pack == 70'000;
     }},
    {"methods",
     [] {
       return format::encode_methods({"other", "", "GET"});
     },
     [](const std::string& b) {
       std::vector<std::string> m;
       return format::decode_methods(base::as_bytes(b), m) == ValueState::ok && m.size() == 3 &&
              m[2] == "GET";
     }},
    {"setting", [] { return format::encode_setting("port 80"); },
     [](const std::string& b) {
       std::string text;
       return format::decode_setting(base::as_bytes(b), text) == ValueState::ok &&
              text == "port 80";
     }},
    // Counters are appended to as the product grows: only the reading of old ones is frozen.
    {"quality", [] { return format::encode_quality(some_counts()); },
     [](const std::string& b) {
       model::QualityCounts q;
       return format::decode_quality(base::as_bytes(b), q) == ValueState::ok && q == some_counts();
     },
     false},
    {"packet_index",
     [] {
       const std::vector<model::PacketEntry> packets = {{1, 10, {1'000}, 0, 60, 60, 1},
                                                        {2, 11, {2'000}, 60, 90, 1'500, 113}};
       std::string out;
       format::NumberEncoder numbers;
       format::encode_packet_index(packets, numbers, out);
       return out;
     },
     [](const std::string& b) {
       format::PacketIndex index;
       return format::decode_packet_index(base::as_bytes(b), 0, index) == ValueState::ok &&
              index.rows() == 2 && index.captured[1] == 90 && index.links[1] == 113;
     }},
};

TEST_CASE("values written by every format version are read for good", "[store][golden]") {
  for (unsigned version = 1; version <= format::kVersion; ++version) {
    const fs::path folder = kGolden / "format" / fmt::format("v{}", version);
    for (const Golden& g : kGoldens) {
      const fs::path file = folder / (g.name + ".hex");
      INFO(file);
      if (blessing() && version == format::kVersion && !fs::exists(file)) {
        fs::create_directories(folder);
        std::ofstream(file) << to_hex(g.encode());
      }
      REQUIRE(fs::exists(file));
      const std::string frozen = from_hex(file);
      CHECK(g.check(frozen));
      CHECK(g.check(g.encode()));
      if (g.same_bytes && version == format::kVersion) CHECK(to_hex(g.encode()) == to_hex(frozen));
    }
  }
}

const base::Time kBooked = base::Time::from_us(1'760'000'400'000'000);  // a whole hour
std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

TEST_CASE("databases written by every format version open and give back their records",
          "[store][golden]") {
  for (unsigned version = 1; version <= format::kVersion; ++version) {
    const fs::path frozen = kGolden / "db" / fmt::format("v{}", version);
    INFO(frozen);
    test::RecordMaker maker(model::SourceId{1}, 2'026);
    model::RecordBatch batch(1U << 20U, 1U << 20U, 64);
    StoreConfig config;
    config.cache_mib = 8;
    config.block_rows = 64;
    config.bulk_bytes = 4'096;
    if (blessing() && version == format::kVersion && !fs::exists(frozen)) {
      config.path = frozen.string();
      for (int i = 0; i < 2; ++i) {  // the second opening leaves files instead of a log
        auto store = Store::open(config).value();
        if (i == 1) break;
        static_cast<void>(maker.communications(batch, 100, store->next_pack_id()));
        REQUIRE(store->source("frozen", "UPLOAD"));
        for (int minute = 0; minute < 90; ++minute)
          batch.quality.add(kBooked + base::Duration::from_s(60 * minute),
                            model::Quality::packets_received, 7);
        REQUIRE(store->writer().add(batch));
        REQUIRE(store->writer().flush());
      }
      // Logs and options name the folder they were made in.
      for (const auto& entry : fs::directory_iterator(frozen / "db")) {
        const std::string name = entry.path().filename();
        if (name.starts_with("LO") || name.starts_with("OPTIONS")) fs::remove(entry.path());
      }
    }
    REQUIRE(fs::exists(frozen));
    const test::TemporaryFolder folder;
    fs::copy(frozen, folder.path() / "store", fs::copy_options::recursive);
    config.path = (folder.path() / "store").string();
    auto store = Store::open(config);
    if (!store) FAIL(store.error().detail);
    // What is written from now on an older Spider could not read.
    std::ifstream now(folder.path() / "store" / "VERSION");
    unsigned says[2] = {};
    now >> says[0] >> says[1];
    CHECK(says[0] == format::kVersion);
    CHECK(says[1] == format::kCompat);
    const auto snapshot = (*store)->reader().snapshot();
    REQUIRE((*store)->sources().size() == 1);
    CHECK((*store)->sources()[0].name == "frozen");
    std::ifstream list(frozen / "records.txt");
    if (blessing() && !list) {
      // What the records are is frozen beside the database: the maker of the tests may change.
      test::RecordMaker again(model::SourceId{1}, 2'026);
      std::ofstream out(frozen / "records.txt");
      for (const auto& k : again.communications(batch, 100, 1))
        out << model::to_text(k.id) << ' ' << k.end.ns << ' ' << k.status << ' ' << k.target << ' '
            << (k.response_body.empty() ? "-" : k.response_body) << ' ' << or_dash(k.origin) << ' '
            << static_cast<int>(k.identity_kind) << ' ' << or_dash(k.identity) << ' '
            << or_dash(k.location) << '\n';
      out.close();
      list.open(frozen / "records.txt");
    }
    std::string id_text;
    std::int64_t end = 0;
    std::int64_t status = 0;
    std::string target;
    std::string body;
    std::string origin = "-";  // since version 2
    std::int64_t kind = 0;
    std::string identity = "-";
    std::string location = "-";
    std::size_t records = 0;
    while (list >> id_text >> end >> status >> target >> body) {
      if (version >= 2) list >> origin >> kind >> identity >> location;
      ++records;
      const auto id = model::parse_communication_id(id_text);
      REQUIRE(id);
      const auto at = snapshot->find(*id);
      REQUIRE(at);
      std::vector<std::int64_t> numbers;
      REQUIRE(snapshot->numbers(*at->block, ColumnId::status, numbers));
      CHECK(numbers[at->row] == status);
      REQUIRE(snapshot->numbers(*at->block, ColumnId::duration, numbers));
      CHECK(numbers[at->row] == end - id->start.ns);
      TextColumn text;
      REQUIRE(snapshot->text(*at->block, ColumnId::target, text));
      CHECK(text.row(at->row) == target);
      const auto sparse_text = [&](ColumnId column) {
        REQUIRE(snapshot->text(*at->block, column, text));
        return or_dash(std::string(text.row(at->row)));
      };
      CHECK(sparse_text(ColumnId::origin) == origin);
      CHECK(sparse_text(ColumnId::identity) == identity);
      CHECK(sparse_text(ColumnId::location) == location);
      REQUIRE(snapshot->numbers(*at->block, ColumnId::identity_kind, numbers));
      CHECK(numbers[at->row] == (kind == 0 ? kNone : kind));
      const auto detail = snapshot->http_detail(*at->block, at->row);
      REQUIRE(detail);
      std::vector<std::uint8_t> bytes;
      REQUIRE(snapshot->read_body(id->source, detail->response.body, 0, 1U << 20U, bytes));
      CHECK(base::as_text(bytes) == (body == "-" ? "" : body));
    }
    CHECK(records == 100);
    if (version >= 5) {  // the books and their sums: none were frozen before
      std::uint64_t packets = 0;
      const auto hours = snapshot->quality_sums({}, base::Time::min(), base::Time::max(),
                                                base::Duration::from_s(3'600));
      REQUIRE(hours);
      CHECK(hours->size() == 2);
      for (const QualityRow& hour : *hours)
        packets += hour.minute.counts[model::Quality::packets_received];
      CHECK(packets == 90 * 7);
    }
  }
}

}  // namespace
}  // namespace spider::store
