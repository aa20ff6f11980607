#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "store/format/detail.h"
#include "store/format/keys.h"
#include "store/format/packs.h"
#include "store/format/seal.h"
#include "store/format/summary.h"
#include "store/format/sums.h"
#include "store/format/texts.h"

namespace spider::store::format {
namespace {

base::Bytes bytes_of(const std::string& s) { return base::as_bytes(s); }

TEST_CASE("byte order of block keys is source, kind, class, time, id", "[store][format]") {
  const model::SourceId a{1};
  const model::SourceId b{2};
  const std::vector<BlockKey> rising = {
      {a, RecordKind::http, 3, {std::numeric_limits<std::int64_t>::min()}, 9},
      {a, RecordKind::http, 3, {-1}, 8},
      {a, RecordKind::http, 3, {0}, 1},
      {a, RecordKind::http, 3, {0}, 2},
      {a, RecordKind::http, 3, {1}, 1},
      {a, RecordKind::http, 40, {-5}, 1},
      {a, RecordKind::session, 0, {-5}, 1},
      {b, RecordKind::http, 0, {-5}, 1},
  };
  for (std::size_t i = 0; i + 1 < rising.size(); ++i)
    CHECK(block_key(rising[i]) < block_key(rising[i + 1]));
  for (const BlockKey& k : rising) {
    const auto back = parse_block_key(block_key(k));
    REQUIRE(back);
    CHECK(back->start == k.start);
    CHECK(back->id == k.id);
    CHECK(back->length_class == k.length_class);
  }
}

TEST_CASE("a block of its class cannot reach further than earliest_start says", "[store][format]") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 10'000; ++i) {
    const base::Time start{static_cast<std::int64_t>(random())};
    const base::Time end{static_cast<std::int64_t>(random())};
    if (end < start) continue;
    const std::uint8_t c = length_class(start, end);
    CHECK(earliest_start(c, end) <= start);
  }
  CHECK(length_class({5}, {5}) == 0);
  CHECK(earliest_start(0, {5}) == base::Time{5});
  CHECK(earliest_start(64, base::Time::max()) == base::Time::min());
}

TEST_CASE("texts come back unchanged, repeated or not", "[store][format]") {
  std::mt19937_64 random(6);
  NumberEncoder numbers;
  Compressor compressor;
  TextEncoder encoder;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> owned;
    const std::size_t rows = 1 + random() % 200;
    const std::size_t distinct = 1 + random() % 300;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::uint64_t which = random() % distinct;
      owned.push_back(which == 0 ? ""
                                 : "/path/" + std::to_string(which * 7'919) +
                                       std::string(which % 40, 'x'));
    }
    const std::vector<std::string_view> views(owned.begin(), owned.end());
    std::string out;
    ByteWriter w(out);
    encoder.put(views, Codec::lz4, numbers, compressor, w);
    base::ByteReader in(bytes_of(out));
    TextColumn column;
    REQUIRE(decode_texts(in, rows, column));
    CHECK(in.remaining() == 0);
    REQUIRE(column.rows() == rows);
    for (std::size_t i = 0; i < rows; ++i) REQUIRE(column.row(i) == owned[i]);
  }
}

TEST_CASE("an envelope that claims more than its limit is refused before it costs memory",
          "[store][format]") {
  std::string out;
  ByteWriter w(out);
  w.u8(static_cast<std::uint8_t>(Codec::lz4));
  w.varint(std::uint64_t{1} << 40U);
  w.varint(4);
  w.text("abcd");
  base::ByteReader in(bytes_of(out));
  std::vector<char> bytes;
  CHECK_FALSE(get_envelope(in, std::size_t{1} << 30U, bytes));
  base::ByteReader again(bytes_of(out));
  CHECK_FALSE(get_envelope(again, ~std::size_t{0}, bytes));
  CHECK(bytes.capacity() < 1'000'000);
}

TEST_CASE("a session comes back with every field", "[store][format]") {
  model::SessionRecord r;
  model::TcpSession& s = r.session;
  s.start = {1'000};
  s.end = {9'000};
  s.id = {model::SourceId{3}, s.start, 77};
  s.client = {model::IpAddress::v4(0x0A000001), 5'000};
  s.server = {model::IpAddress::v4(0x0A000002), 80};
  s.syn_time = {1'000};
  s.syn_ack_time = base::Time::min();
  s.handshake_time = {900};
  s.client_direction = model::Direction::high_to_low;
  s.mid_stream = true;
  s.close = model::CloseReason::idle;
  std::uint64_t n = 1;
  for (model::StreamStats* t : {&s.client_stats, &s.server_stats})
    *t = {n++, n++, n++, n++, n++, n++, n++, n++, n++, n++, n++, n++};
  s.overlap_conflicts = 4;
  s.vlan = 12;
  r.decoder = "http1";
  r.communications = 6;
  r.packet_pack_first = 40;
  r.packet_pack_last = 45;
  const model::ParseNote notes[] = {{{2'000}, model::Direction::high_to_low, 99, 4'010},
                                    {{500}, model::Direction::low_to_high, 0, 65'535}};
  DetailRows rows;
  rows.append(r, {});
  rows.append(r, notes);
  NumberEncoder numbers;
  Compressor compressor;
  std::string out;
  const std::uint32_t order[] = {1, 0};
  DetailEncoder().put(rows, order, numbers, compressor, out);

  DetailRows back;
  REQUIRE(decode_detail(bytes_of(out), 2, back) == ValueState::ok);
  CHECK(decode_detail(bytes_of(out), 3, back) == ValueState::corrupt);
  REQUIRE(decode_detail(bytes_of(out), 2, back) == ValueState::ok);
  SessionDetail d;
  REQUIRE(back.session(0, model::SourceId{3}, d));
  CHECK(d.session.id == s.id);
  CHECK(d.session.end == s.end);
  CHECK(d.session.client == s.client);
  CHECK(d.session.server == s.server);
  CHECK(d.session.syn_time == s.syn_time);
  CHECK(d.session.syn_ack_time == base::Time::min());
  CHECK(d.session.handshake_time == s.handshake_time);
  CHECK(d.session.client_direction == s.client_direction);
  CHECK(d.session.mid_stream);
  CHECK(d.session.close == s.close);
  CHECK(d.session.client_stats.zero_windows == 11);
  CHECK(d.session.client_stats.mirror_duplicates == 12);
  CHECK(d.session.server_stats.packets == 13);
  CHECK(d.session.server_stats.zero_windows == 23);
  CHECK(d.session.server_stats.mirror_duplicates == 24);
  CHECK(d.session.overlap_conflicts == 4);
  CHECK(d.session.vlan == 12);
  CHECK(d.decoder == "http1");
  CHECK(d.communications == 6);
  CHECK(d.packet_pack_first == 40);
  CHECK(d.packet_pack_last == 45);
  REQUIRE(d.notes.size() == 2);
  CHECK(d.notes[0].time == notes[0].time);
  CHECK(d.notes[0].direction == notes[0].direction);
  CHECK(d.notes[0].offset == 99);
  CHECK(d.notes[1].time == notes[1].time);
  CHECK(d.notes[1].code == 65'535);
  REQUIRE(back.session(1, model::SourceId{3}, d));
  CHECK(d.notes.empty());
}

TEST_CASE("an HTTP detail comes back with both messages, trailers and extents in order",
          "[store][format]") {
  const model::BodyExtent first[] = {{7, 100, 20}, {8, 0, 5}};
  const model::BodyExtent second[] = {{std::uint64_t{1} << 40U, 0xFFFF'FFFF, 1}};
  model::Communication c;
  c.start = {50'000};
  c.interim_responses = 2;
  c.request.present = true;
  c.request.first_byte = {50'000};
  c.request.last_byte = {60'000};
  c.request.head = "GET / HTTP/1.1\r\n\r\n";
  c.request.trailers = "X: 1\r\n";
  c.request.flags = model::kMessageChunked;
  c.request.wire_bytes = 10;
  c.request.body_bytes = 25;
  c.request.missing_bytes = 3;
  const model::BodyHole of_request[] = {{5, 2}, {30, 1}};
  const model::BodyHole of_response[] = {{std::uint64_t{1} << 40U, std::uint64_t{1} << 33U}};
  c.request.holes = of_request;
  c.request.more_holes = 9;
  c.request.retransmitted_bytes = 4;
  c.request.body = first;
  c.request.first_packet = 90;
  c.request.last_packet = 95;
  model::Communication d = c;
  d.request = {};
  d.response = c.request;
  d.response.first_byte = {40'000};  // before the start: odd, but what the wire said
  d.response.body = second;
  d.response.holes = of_response;
  d.response.more_holes = 0;
  DetailRows rows;
  rows.append(c);
  rows.append(d);
  NumberEncoder numbers;
  Compressor compressor;
  std::string out;
  const std::uint32_t order[] = {0, 1};
  DetailEncoder().put(rows, order, numbers, compressor, out);
  DetailRows back;
  REQUIRE(decode_detail(bytes_of(out), 2, back) == ValueState::ok);
  HttpDetail h;
  REQUIRE(back.http(0, h));
  CHECK(h.interim_responses == 2);
  CHECK(h.request.present);
  CHECK_FALSE(h.response.present);
  CHECK(h.request.head == c.request.head);
  CHECK(h.request.trailers == c.request.trailers);
  CHECK(h.request.flags == c.request.flags);
  CHECK(h.request.last_byte == c.request.last_byte);
  CHECK(h.request.missing_bytes == 3);
  CHECK(h.request.retransmitted_bytes == 4);
  CHECK(h.request.last_packet == 95);
  REQUIRE(h.request.body.size() == 2);
  CHECK(h.request.body[1].pack == 8);
  CHECK(h.request.saved_body_bytes() == 25);
  REQUIRE(h.request.holes.size() == 2);
  CHECK(h.request.holes[0].offset == 5);
  CHECK(h.request.holes[0].bytes == 2);
  CHECK(h.request.holes[1].offset == 30);
  CHECK(h.request.more_holes == 9);
  REQUIRE(back.http(1, h));
  CHECK_FALSE(h.request.present);
  CHECK(h.response.first_byte == d.response.first_byte);
  REQUIRE(h.response.body.size() == 1);
  CHECK(h.response.body[0].pack == second[0].pack);
  CHECK(h.response.body[0].offset == 0xFFFF'FFFF);
  CHECK(h.request.holes.empty());
  REQUIRE(h.response.holes.size() == 1);
  CHECK(h.response.holes[0].offset == std::uint64_t{1} << 40U);
  CHECK(h.response.holes[0].bytes == std::uint64_t{1} << 33U);
  CHECK(h.response.more_holes == 0);
}

TEST_CASE("sums, ids, methods, sources and settings come back unchanged", "[store][format]") {
  std::vector<RollupCell> cells = {{0, 0, 1, 2}, {6, 63, ~std::uint64_t{0}, 0}};
  std::vector<RollupCell> cells_back;
  REQUIRE(decode_rollup(bytes_of(encode_rollup(cells)), cells_back) == ValueState::ok);
  REQUIRE(cells_back.size() == 2);
  CHECK(cells_back[1].opened == ~std::uint64_t{0});
  CHECK(cells_back[1].method == 63);

  model::QualityCounts counts;
  for (std::size_t i = 0; i < model::kQualityCount; ++i) counts.values[i] = i * 1'000'003;
  model::QualityCounts counts_back;
  REQUIRE(decode_quality(bytes_of(encode_quality(counts)), counts_back) == ValueState::ok);
  CHECK(counts_back == counts);

  NextIds ids{12, 1'000'000};
  NextIds ids_back;
  REQUIRE(decode_ids(bytes_of(encode_ids(ids)), ids_back) == ValueState::ok);
  CHECK(ids_back.pack == ids.pack);

  const std::vector<std::string> methods = {"other", "", "GET"};
  std::vector<std::string> methods_back;
  REQUIRE(decode_methods(bytes_of(encode_methods(methods)), methods_back) == ValueState::ok);
  CHECK(methods_back == methods);

  SourceInfo source;
  source.name = "eth0";
  source.type = "INTERFACE";
  source.created = {-5};
  source.purged_before = {-7};
  SourceInfo source_back;
  REQUIRE(decode_source(bytes_of(encode_source(source)), source_back) == ValueState::ok);
  CHECK(source_back.name == source.name);
  CHECK(source_back.created == source.created);
  CHECK(source_back.purged_before == source.purged_before);

  std::string text;
  REQUIRE(decode_setting(bytes_of(encode_setting("value")), text) == ValueState::ok);
  CHECK(text == "value");
}

TEST_CASE("a value that needs a newer reader says so, an unknown field is skipped",
          "[store][format]") {
  std::string value = encode_setting("x");
  ByteWriter w(value);
  w.varint(77);  // a tag of a later version that old readers may ignore
  w.varint(3);
  w.text("abc");
  std::string text;
  CHECK(decode_setting(bytes_of(value), text) == ValueState::ok);
  CHECK(text == "x");
  value[0] = value[1] = static_cast<char>(kVersion + 1);
  CHECK(decode_setting(bytes_of(value), text) == ValueState::newer);
  value[1] = 0;
  CHECK(decode_setting(bytes_of(value), text) == ValueState::corrupt);
}

TEST_CASE("a seal fits one value under one key of one family", "[store][format]") {
  const std::string value = encode_setting("x");
  const auto seal = seal_of(3, "key", value);
  const std::string stored = value + std::string(seal.data(), seal.size());
  std::string_view taken = stored;
  REQUIRE(take_seal(3, "key", taken) == ValueState::ok);
  CHECK(taken == value);
  const auto refused = [](std::uint8_t family, std::string_view key, std::string_view bytes) {
    return take_seal(family, key, bytes) == ValueState::corrupt;
  };
  CHECK(refused(4, "key", stored));
  CHECK(refused(3, "kez", stored));
  CHECK(refused(3, "key", std::string_view(stored).substr(0, stored.size() - 1)));
  CHECK(refused(3, "key", {}));
  // Not one byte can be another: that of the version neither, which would say that there is no
  // seal.
  for (std::size_t at = 0; at < stored.size(); ++at) {
    for (unsigned other = 1; other < 256; ++other) {
      std::string bad = stored;
      bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(other));
      if (!refused(3, "key", bad)) FAIL("byte " << at << " xor " << other);
    }
  }
}

TEST_CASE("a packet index names the frames of one session, or none", "[store][format]") {
  std::vector<model::PacketEntry> packets;
  for (std::uint32_t i = 0; i < 50; ++i)
    packets.push_back({i % 3 + 1, i + 1, {std::int64_t{i} * 1'000}, i * 60, 60, 1'500, 1});
  NumberEncoder numbers;
  std::string out;
  encode_packet_index(packets, numbers, out);
  PacketIndex index;
  REQUIRE(decode_packet_index(bytes_of(out), 2, index) == ValueState::ok);
  CHECK(index.rows() == 50);
  CHECK(index.times[49] == 49'000);
  REQUIRE(decode_packet_index(bytes_of(out), 9, index) == ValueState::ok);
  CHECK(index.rows() == 0);
  PacketIndexHead head;
  REQUIRE(decode_packet_index_head(bytes_of(out), head) == ValueState::ok);
  CHECK(head.rows == 50);
  CHECK(head.last == base::Time{49'000});
}

}  // namespace
}  // namespace spider::store::format
