#include "capture/fragments.h"

#include <algorithm>
#include <array>
#include <random>

#include <catch2/catch.hpp>
#include <zlib.h>

#include "capture/intake.h"
#include "unit/capture/collect.h"

using namespace spider;
using capture::CaptureConfig;
using capture::Intake;
using capture::RawPacket;
using model::Quality;
using test::Buffer;
using test::CollectSink;
using test::PacketBuilder;

namespace {

constexpr base::Time at_ms(std::int64_t ms) { return {1'700'000'000'000'000'000 + ms * 1'000'000}; }

// An Intake with a sink and its books.
struct Bench {
  explicit Bench(const CaptureConfig& config = {}) : intake(config) {}
  void take(const Buffer& frame, base::Time time = at_ms(0), std::uint32_t wire_bytes = 0) {
    const auto bytes = static_cast<std::uint32_t>(frame.size());
    intake.take(RawPacket{time, frame, wire_bytes == 0 ? bytes : wire_bytes, 1}, sink, quality);
  }
  model::QualityCounts finish() {
    intake.finish(quality);
    return test::sum(quality);
  }

  Intake intake;
  CollectSink sink;
  model::QualityLog quality;
};

struct Piece {
  std::uint32_t offset;
  std::uint32_t bytes;
  bool more;
};

// With the checksum that it has between the addresses of fragment_of().
Buffer segment(std::string_view payload, bool v6 = false) {
  PacketBuilder b;
  if (v6) {
    b.ipv6("2001:db8::1", "2001:db8::2");
  } else {
    b.ipv4("10.0.0.1", "10.0.0.2");
  }
  const Buffer packet = b.tcp(40'000, 80).seq(3).payload(payload).build();
  return Buffer(packet.begin() + (v6 ? 40 : 20), packet.end());
}

Buffer fragment_of(const Buffer& datagram, const Piece& piece, std::uint32_t id, bool v6 = false,
                   std::uint16_t protocol = 6) {
  const base::Bytes bytes = base::Bytes(datagram).subspan(piece.offset, piece.bytes);
  PacketBuilder b = PacketBuilder().ethernet();
  if (v6) {
    b.ipv6("2001:db8::1", "2001:db8::2").fragment(id, piece.offset, piece.more).next(protocol);
  } else {
    b.ipv4("10.0.0.1", "10.0.0.2").next(protocol).fragment(id, piece.offset, piece.more);
  }
  return b.raw(bytes).build();
}

std::vector<Piece> split(std::size_t bytes, std::uint32_t each) {
  std::vector<Piece> out;
  for (std::uint32_t at = 0; at < bytes; at += each) {
    const auto n = std::min(each, static_cast<std::uint32_t>(bytes - at));
    out.push_back({at, n, at + n < bytes});
  }
  return out;
}

std::string letters(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<char>('a' + i % 26));
  return out;
}

}  // namespace

TEST_CASE("fragments are rejoined in any order, of both IP versions", "[capture]") {
  const std::string text = letters(500);
  std::mt19937 random(7);
  for (const bool v6 : {false, true}) {
    const Buffer datagram = segment(text, v6);
    for (int round = 0; round < 50; ++round) {
      Bench bench;
      std::vector<Piece> pieces = split(datagram.size(), 64);
      if (round > 0) std::shuffle(pieces.begin(), pieces.end(), random);
      for (const Piece& p : pieces) bench.take(fragment_of(datagram, p, 9, v6));
      REQUIRE(bench.sink.payloads() == std::vector<std::string>{text});
      const auto& last = bench.sink.packets.back();
      CHECK(last.packet.rejoined);
      CHECK(last.packet.key.low.port == 40'000);
      CHECK(last.packet.seq == 3);
      CHECK(last.packet.number == pieces.size());
      const auto books = bench.finish();
      CHECK(books[Quality::fragment_joined] == pieces.size() - 1);
      CHECK(books[Quality::fragment_dropped] == 0);
      CHECK(test::unaccounted(books, bench.sink) == 0);
    }
  }
}

TEST_CASE("datagrams with different ids, addresses or protocols do not mix", "[capture]") {
  Bench bench;
  const Buffer a = segment(letters(100));
  const Buffer b = segment(std::string(100, 'Z'));
  const std::vector<Piece> pieces = split(a.size(), 64);
  bench.take(fragment_of(a, pieces[0], 1));
  bench.take(fragment_of(b, pieces[0], 2));
  bench.take(fragment_of(b, pieces[1], 2));
  bench.take(fragment_of(a, pieces[1], 1));
  CHECK(bench.sink.payloads() == std::vector<std::string>{std::string(100, 'Z'), letters(100)});
}

TEST_CASE("the first copy wins when fragments overlap", "[capture]") {
  // Bytes 24..72 of the datagram are claimed by both; 20 bytes are the TCP header.
  std::string want(76, 'g');
  std::fill(want.begin() + 4, want.begin() + 12, 'e');
  std::fill(want.begin() + 44, want.begin() + 52, 'e');
  const Buffer joined = segment(want);
  Buffer good = segment(std::string(76, 'g'));  // 96 bytes
  std::copy_n(joined.begin(), 20, good.begin());
  Buffer evil = good;
  std::fill(evil.begin() + 20, evil.end(), std::uint8_t{'e'});
  Bench bench;
  bench.take(fragment_of(good, {32, 32, true}, 1));
  bench.take(fragment_of(evil, {24, 48, true}, 1));  // only its edges are new
  bench.take(fragment_of(evil, {32, 32, true}, 1));  // nothing is new
  bench.take(fragment_of(good, {0, 32, true}, 1));
  bench.take(fragment_of(good, {64, 32, false}, 1));
  CHECK(bench.sink.payloads() == std::vector<std::string>{want});
  const auto books = bench.finish();
  CHECK(books[Quality::fragment_joined] == 4);
  CHECK(test::unaccounted(books, bench.sink) == 0);
}

TEST_CASE("overlapping fragments give what a byte map gives", "[capture]") {
  std::mt19937 engine(11);
  const auto random = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(engine() % below);
  };
  for (int round = 0; round < 300; ++round) {
    Bench bench;
    constexpr std::uint32_t kBytes = 256;
    Buffer want(kBytes);
    std::vector<bool> there(kBytes);
    bool complete = false;
    bool last_came = false;
    for (int i = 0; i < 400 && !complete; ++i) {
      const std::uint32_t from = random(kBytes / 8) * 8;
      const std::uint32_t to = std::min(kBytes, from + 8 + random(5) * 8);
      const bool more = to != kBytes;
      last_came = last_came || !more;
      const Buffer content(kBytes, static_cast<std::uint8_t>(random(256)));
      for (std::uint32_t k = from; k < to; ++k) {
        if (there[k]) continue;
        there[k] = true;
        want[k] = content[k];
      }
      // Not TCP, whose checksum could not be right.
      bench.take(fragment_of(content, {from, to - from, more}, 5, false, 253));
      complete = last_came && std::find(there.begin(), there.end(), false) == there.end();
      REQUIRE((bench.sink.packets.back().packet.kind != model::PacketKind::fragment) == complete);
    }
    REQUIRE(complete);
    const auto& got = bench.sink.packets.back();
    CHECK(got.datagram == want);
    CHECK(test::unaccounted(bench.finish(), bench.sink) == 0);
  }
}

TEST_CASE("a stale copy of a fragment is not joined with the next datagram of the same id",
          "[capture]") {
  for (const bool v6 : {false, true}) {
    const Buffer one = segment(std::string(101, 'A'), v6);
    const Buffer two = segment(std::string(101, 'B'), v6);
    const auto pieces = split(one.size(), 64);
    Bench bench;
    bench.take(fragment_of(one, pieces[0], 7, v6));
    bench.take(fragment_of(one, pieces[1], 7, v6));
    bench.take(fragment_of(one, pieces[1], 7, v6));                  // seen twice
    bench.take(fragment_of(two, pieces[0], 7, v6), at_ms(120'000));  // that copy's time is over
    bench.take(fragment_of(two, pieces[1], 7, v6), at_ms(120'001));
    CHECK(bench.sink.payloads() ==
          std::vector<std::string>{std::string(101, 'A'), std::string(101, 'B')});
    CHECK(test::sum(bench.quality)[Quality::fragment_dropped] == 1);

    bench.take(fragment_of(one, pieces[1], 7, v6), at_ms(140'000));
    bench.take(fragment_of(two, pieces[0], 7, v6), at_ms(160'000));  // completes it, wrongly
    const auto& packet = bench.sink.packets.back().packet;
    CHECK(packet.kind == model::PacketKind::fragment);
    CHECK_FALSE(packet.rejoined);
    CHECK(packet.payload_bytes == 0);
    CHECK(bench.sink.payloads().size() == 2);
    // The one before it is booked in its own minute.
    CHECK(bench.quality.at(at_ms(140'000))[Quality::fragment_dropped] == 1);
    bench.take(fragment_of(two, pieces[1], 7, v6), at_ms(160'001));  // its first one is gone
    const auto books = bench.finish();
    CHECK(bench.sink.payloads().size() == 2);
    CHECK(books[Quality::fragment_joined] == 2);
    CHECK(books[Quality::fragment_dropped] == 4);
    CHECK(test::unaccounted(books, bench.sink) == 0);
  }
}

// The pieces of an IPv6 datagram, each behind an extension header.
void take_behind(Bench& bench, const Buffer& datagram, std::uint8_t header, const Buffer& body) {
  for (const Piece& p : split(datagram.size(), 64))
    bench.take(PacketBuilder()
                   .ethernet()
                   .ipv6("2001:db8::1", "2001:db8::9")
                   .extension(header, body)
                   .fragment(1, p.offset, p.more)
                   .next(6)
                   .raw(base::Bytes(datagram).subspan(p.offset, p.bytes))
                   .build());
}

TEST_CASE("a source route makes no rejoined datagram wrong", "[capture]") {
  // The checksum is about where the route ends, 10.0.0.2; the header names the next hop.
  const std::string text = letters(101);
  const Buffer datagram = segment(text);
  for (const std::uint8_t option :
       std::array<std::uint8_t, 3>{131, 137, 148}) {  // loose, strict, router alert
    Bench bench;
    for (const Piece& p : split(datagram.size(), 64))
      bench.take(PacketBuilder()
                     .ethernet()
                     .ipv4("10.0.0.1", "192.0.2.1")
                     .ipv4_options(Buffer{1, option, 7, 4, 10, 0, 0, 2})
                     .next(6)
                     .fragment(1, p.offset, p.more)
                     .raw(base::Bytes(datagram).subspan(p.offset, p.bytes))
                     .build());
    CHECK(bench.sink.payloads().size() == (option == 148 ? 0 : 1));
    CHECK(test::unaccounted(bench.finish(), bench.sink) == 0);
  }
  // IPv6: a routing header before the fragment's, with segments left, and with none.
  const Buffer six = segment(text, true);
  for (const std::uint8_t left : std::array<std::uint8_t, 2>{1, 0}) {
    Bench bench;
    take_behind(bench, six, 43, Buffer{4, left, 0, 0, 0, 0});
    CHECK(bench.sink.payloads().size() == left);
    CHECK(test::unaccounted(bench.finish(), bench.sink) == 0);
  }
}

TEST_CASE("an IPv6 option that claims more than its header has ends the look at it", "[capture]") {
  const Buffer six = segment(letters(101), true);
  for (const std::uint8_t claimed : std::array<std::uint8_t, 3>{4, 5, 255}) {
    Bench bench;
    take_behind(bench, six, 60, Buffer{5, claimed, 0, 0, 0, 0});
    CHECK(bench.sink.payloads().empty());  // no other address was named: the checksum is wrong
    CHECK(test::unaccounted(bench.finish(), bench.sink) == 0);
  }
}

TEST_CASE("fragments whose others never come are dropped after the time-out, in their own minute",
          "[capture]") {
  CaptureConfig config;
  config.fragment_timeout_ms = 1'000;
  Bench bench(config);
  const Buffer datagram = segment(letters(100));
  const auto pieces = split(datagram.size(), 64);
  bench.take(fragment_of(datagram, pieces[0], 1), at_ms(0));
  bench.take(fragment_of(datagram, pieces[0], 2), at_ms(120'000));
  CHECK(test::sum(bench.quality)[Quality::fragment_dropped] == 1);
  CHECK(bench.quality.at(at_ms(0))[Quality::fragment_dropped] == 1);
  // Too late: the second half starts a datagram of its own.
  bench.take(fragment_of(datagram, pieces[1], 1), at_ms(120'001));
  CHECK(bench.sink.payloads().empty());
  CHECK(bench.finish()[Quality::fragment_dropped] == 3);
}

TEST_CASE("no more datagrams and bytes are held than the limits say", "[capture]") {
  CaptureConfig config;
  config.fragments_max = 10;
  config.fragment_mib = 1;
  Bench bench(config);
  const Buffer datagram = segment(letters(100));
  for (std::uint32_t id = 0; id < 1'000; ++id) bench.take(fragment_of(datagram, {0, 64, true}, id));
  CHECK(test::sum(bench.quality)[Quality::fragment_dropped] == 990);

  capture::FragmentTable table(config);
  model::QualityLog quality;
  const Buffer big(32'768);
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    capture::Fragment f;
    f.id = i % 7;
    f.more = true;
    f.offset = i / 7 * 8 % 32'768;
    static_cast<void>(table.add(f, big, at_ms(i), quality));
    REQUIRE(table.waiting() <= 10);
    REQUIRE(table.bytes_held() <= (1U << 20U));
  }
  table.flush(quality);
  CHECK(table.waiting() == 0);
  CHECK(table.bytes_held() == 0);
  CHECK(test::sum(quality)[Quality::fragment_dropped] == 1'000);
}

TEST_CASE("copies of a fragment are held within the limit, whatever times they claim",
          "[capture]") {
  CaptureConfig config;
  config.fragment_mib = 1;
  capture::FragmentTable table(config);
  model::QualityLog quality;
  const Buffer data(64);
  capture::Fragment f;
  f.more = true;
  constexpr std::int64_t kCopies = 200'000;
  for (std::int64_t i = 0; i < kCopies; ++i) {
    // Ever earlier, so that nothing is out of time, and each in a minute of its own.
    static_cast<void>(table.add(f, data, at_ms(-i * 60'000), quality));
    REQUIRE(table.bytes_held() <= (1U << 20U));
  }
  // What waited was given up on the way, more than once, and not only at the end.
  CHECK(test::sum(quality)[Quality::fragment_dropped] > kCopies / 2);
  table.flush(quality);
  CHECK(table.bytes_held() == 0);
  CHECK(test::sum(quality)[Quality::fragment_dropped] == kCopies);
}

TEST_CASE("a second first fragment does not change what an IPv6 datagram carries", "[capture]") {
  const std::string text = letters(100);
  const Buffer datagram = segment(text, true);
  const auto pieces = split(datagram.size(), 64);
  Bench bench;
  bench.take(fragment_of(datagram, pieces[0], 1, true));
  bench.take(PacketBuilder()
                 .ethernet()
                 .ipv6("2001:db8::1", "2001:db8::2")
                 .fragment(1, 0, true)
                 .next(17)
                 .raw(base::Bytes(datagram).subspan(0, 64))
                 .build());
  bench.take(fragment_of(datagram, pieces[1], 1, true));
  CHECK(bench.sink.payloads() == std::vector<std::string>{text});
  const auto books = bench.finish();
  CHECK(books[Quality::fragment_joined] == 1);
  CHECK(books[Quality::fragment_dropped] == 1);
  CHECK(test::unaccounted(books, bench.sink) == 0);
}

TEST_CASE("impossible fragments are malformed, cut ones are dropped", "[capture]") {
  const Buffer datagram(200);
  Bench bench;
  bench.take(fragment_of(datagram, {0, 63, true}, 1));  // not a multiple of eight
  bench.take(fragment_of(datagram, {0, 0, true}, 1));
  CHECK(test::sum(bench.quality)[Quality::malformed] == 2);
  Buffer cut = fragment_of(datagram, {0, 64, true}, 1);
  const auto wire = static_cast<std::uint32_t>(cut.size());
  cut.resize(cut.size() - 10);
  bench.take(cut, at_ms(0), wire);
  CHECK(test::sum(bench.quality)[Quality::fragment_dropped] == 1);
  CHECK(test::sum(bench.quality)[Quality::snaplen_cut] == 1);

  // The same where the frame's length on the wire was written over: the datagram's end is unknown.
  Buffer sliced = fragment_of(datagram, {64, 64, false}, 2);
  sliced.resize(sliced.size() - 10);
  bench.take(sliced);
  CHECK(test::sum(bench.quality)[Quality::fragment_dropped] == 2);

  // Beyond 65,535 bytes.
  Bench beyond;
  const Buffer far = PacketBuilder()
                         .ethernet()
                         .ipv4("10.0.0.1", "10.0.0.2")
                         .next(6)
                         .fragment(1, 65'528, false)
                         .payload("0123456789")
                         .build();
  beyond.take(far);
  CHECK(test::sum(beyond.quality)[Quality::malformed] == 1);
}

TEST_CASE("fragments inside a tunnel that is itself fragmented are rejoined", "[capture]") {
  const std::string text = letters(300);
  const Buffer datagram = segment(text);
  Bench bench;
  std::uint32_t outer_id = 100;
  std::size_t frames = 0;
  for (const Piece& p : split(datagram.size(), 160)) {
    const Buffer inner = PacketBuilder()
                             .raw({0, 0, 8, 0})  // GRE
                             .ipv4("10.0.0.1", "10.0.0.2")
                             .next(6)
                             .fragment(1, p.offset, p.more)
                             .raw(base::Bytes(datagram).subspan(p.offset, p.bytes))
                             .build();
    ++outer_id;
    for (const Piece& o : split(inner.size(), 64)) {
      ++frames;
      bench.take(PacketBuilder()
                     .ethernet()
                     .ipv4("203.0.113.1", "203.0.113.2")
                     .next(47)
                     .fragment(outer_id, o.offset, o.more)
                     .raw(base::Bytes(inner).subspan(o.offset, o.bytes))
                     .build());
    }
  }
  CHECK(bench.sink.payloads() == std::vector<std::string>{text});
  const auto books = bench.finish();
  CHECK(books[Quality::packets_received] == frames);
  CHECK(test::unaccounted(books, bench.sink) == 0);
}

TEST_CASE("what a fragmented tunnel carries may have no checksum yet", "[capture]") {
  const std::string text = letters(300);
  Buffer inner = PacketBuilder()
                     .raw({0, 0, 8, 0})  // GRE
                     .ipv4("10.0.0.1", "10.0.0.2")
                     .tcp(40'000, 80)
                     .payload(text)
                     .build();
  inner[4 + 20 + 16] ^= 0x55U;
  Bench bench;
  for (const Piece& p : split(inner.size(), 160)) bench.take(fragment_of(inner, p, 1, false, 47));
  CHECK(bench.sink.payloads() == std::vector<std::string>{text});
  CHECK(test::unaccounted(bench.finish(), bench.sink) == 0);
}

TEST_CASE("compressed datagrams are inflated, others of their kind are not TCP", "[capture]") {
  const std::string text(400, 'z');
  Buffer plain = segment(text);
  Buffer packed(1'000);
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_in = plain.data();
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = packed.data();
  z.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  const auto frame = [&](const Buffer& content) {
    return PacketBuilder()
        .ethernet()
        .ipv4("10.0.0.1", "10.0.0.2")
        .next(108)
        .raw({6, 0, 0, 2})
        .raw(base::Bytes(content))
        .build();
  };
  Bench bench;
  bench.take(frame(packed));
  bench.take(frame(packed));
  CHECK(bench.sink.payloads() == std::vector<std::string>{text, text});
  CHECK(bench.sink.packets[0].packet.key.low.port == 40'000);
  packed.resize(packed.size() / 2);
  bench.take(frame(packed));
  bench.take(frame({}));
  const auto books = bench.finish();
  CHECK(books[Quality::not_tcp] == 2);
  CHECK(test::unaccounted(books, bench.sink) == 0);
}

TEST_CASE("a full ring books each fragment once", "[capture]") {
  const Buffer datagram = segment(letters(200));
  const auto pieces = split(datagram.size(), 64);
  for (std::size_t refused = 0; refused < pieces.size(); ++refused) {
    Bench bench;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      bench.sink.refuse = i == refused;
      bench.take(fragment_of(datagram, pieces[i], 1));
    }
    const auto books = bench.finish();
    CHECK(books[Quality::ring_dropped] == 1);
    CHECK(test::unaccounted(books, bench.sink) == 0);
  }
}
