#include "spider/capture/frame_decoder.h"

#include <catch2/catch.hpp>

#include "support/packet_builder.h"

using namespace spider;
using model::PacketKind;
using test::Buffer;
using test::PacketBuilder;

namespace {

struct Decoded {
  model::Packet packet;
  capture::Fragment fragment;
};

Decoded decode(const Buffer& frame, std::uint16_t link_type = 1, std::uint32_t wire_bytes = 0) {
  Decoded d;
  d.packet.link_type = link_type;
  d.packet.captured_bytes = static_cast<std::uint32_t>(frame.size());
  d.packet.wire_bytes = wire_bytes == 0 ? d.packet.captured_bytes : wire_bytes;
  capture::FrameDecoder().decode(frame, d.packet, d.fragment);
  return d;
}

std::string payload(const Decoded& d, const Buffer& frame) {
  return std::string(
      base::as_text(base::Bytes(frame)).substr(d.packet.payload_offset, d.packet.payload_bytes));
}

PacketBuilder segment(PacketBuilder b) {
  return b.ipv4("192.0.2.1", "198.51.100.2").tcp(40'000, 80).seq(7).ack(9).payload("hello");
}

// Asserts that `frame` is the segment of segment().
void expect_segment(const Buffer& frame, std::uint16_t link_type) {
  INFO("link type " << link_type);
  const Decoded d = decode(frame, link_type);
  REQUIRE(d.packet.kind == PacketKind::tcp);
  CHECK(payload(d, frame) == "hello");
  CHECK(d.packet.payload_wire_bytes == 5);
  CHECK(d.packet.seq == 7);
  CHECK(d.packet.ack == 9);
  CHECK(d.packet.key.low == model::Endpoint{*model::parse_ip("192.0.2.1"), 40'000});
  CHECK(d.packet.key.high == model::Endpoint{*model::parse_ip("198.51.100.2"), 80});
}

Buffer with_prefix(std::initializer_list<std::uint8_t> prefix, const Buffer& rest) {
  Buffer out(prefix);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

}  // namespace

TEST_CASE("an Ethernet frame gives exactly what its builder put in", "[capture]") {
  const PacketBuilder built = PacketBuilder()
                                  .ethernet()
                                  .vlan(42)
                                  .ipv6("2001:db8::9", "2001:db8::1")
                                  .tcp(50'000, 8'080)
                                  .seq(0xFFFFFFF0)
                                  .ack(1)
                                  .flags(model::kPsh | model::kAck)
                                  .window(512)
                                  .payload("abc");
  const Buffer frame = built.build();
  const model::Packet want = built.packet(base::Time{}, 1);
  const model::Packet got = decode(frame).packet;
  CHECK(got.kind == want.kind);
  CHECK(got.key == want.key);
  CHECK(got.direction == want.direction);
  CHECK(got.flow_hash == want.flow_hash);
  CHECK(got.lane == want.lane);
  CHECK(got.seq == want.seq);
  CHECK(got.ack == want.ack);
  CHECK(got.tcp_flags == want.tcp_flags);
  CHECK(got.window == want.window);
  CHECK(got.payload_offset == want.payload_offset);
  CHECK(got.payload_bytes == want.payload_bytes);
  CHECK(got.payload_wire_bytes == want.payload_wire_bytes);
  CHECK(got.vlan == 42);
}

TEST_CASE("both directions of a conversation have one key, one hash and one lane", "[capture]") {
  const auto there = decode(segment(PacketBuilder().ethernet()).build()).packet;
  const auto back =
      decode(PacketBuilder().ethernet().ipv4("198.51.100.2", "192.0.2.1").tcp(80, 40'000).build())
          .packet;
  CHECK(there.key == back.key);
  CHECK(there.flow_hash == back.flow_hash);
  CHECK(there.lane == back.lane);
  CHECK(there.direction == model::opposite(back.direction));
  CHECK(there.lane == there.flow_hash % model::kLanes);
}

TEST_CASE("many flows are spread evenly over the lanes", "[capture]") {
  std::array<unsigned, model::kLanes> lanes{};
  constexpr unsigned kFlows = 4'000;
  for (unsigned i = 0; i < kFlows; ++i) {
    const auto from = model::IpAddress::v4(0x0A000000U + i / 40);
    const auto to = model::IpAddress::v4(0xC0A80001U);
    const auto port = static_cast<std::uint16_t>(32'768 + i % 40);
    ++lanes[decode(PacketBuilder().ethernet().ip(from, to).tcp(port, 443).build()).packet.lane];
  }
  for (const unsigned n : lanes) {
    CHECK(n > kFlows / model::kLanes * 8 / 10);
    CHECK(n < kFlows / model::kLanes * 12 / 10);
  }
}

TEST_CASE("every link type leads to the same segment", "[capture]") {
  const Buffer ip = segment(PacketBuilder()).build();
  expect_segment(segment(PacketBuilder().ethernet()).build(), 1);
  expect_segment(with_prefix({2, 0, 0, 0}, ip), 0);
  expect_segment(with_prefix({0, 0, 0, 2}, ip), 0);  // written on a big-endian machine
  expect_segment(with_prefix({0, 0, 0, 2}, ip), 108);
  for (const std::uint16_t raw : std::initializer_list<std::uint16_t>{12, 14, 101, 228})
    expect_segment(ip, raw);
  expect_segment(with_prefix({0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, ip), 113);
  expect_segment(with_prefix({8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, ip),
                 276);
  expect_segment(with_prefix({0xFF, 0x03, 0x00, 0x21}, ip), 9);
  expect_segment(with_prefix({0x00, 0x21}, ip), 9);
  expect_segment(with_prefix({0x21}, ip), 9);
  expect_segment(with_prefix({0xFF, 0x03, 0x00, 0x21}, ip), 50);
  expect_segment(with_prefix({0x0F, 0x00, 0x08, 0x00}, ip), 50);
  expect_segment(with_prefix({0x0F, 0x00, 0x08, 0x00}, ip), 104);
  expect_segment(with_prefix({0x01, 0xFF, 0x03, 0x00, 0x21}, ip), 204);
  expect_segment(with_prefix({0xAA, 0xAA, 3, 0, 0, 0, 8, 0}, ip), 100);
  expect_segment(with_prefix({0x18, 0x41, 3, 0xCC}, ip), 107);
  expect_segment(with_prefix({1, 2, 0xD4, 0, 0, 1}, ip), 7);
  expect_segment(with_prefix({1, 2, 0xF0}, ip), 7);
  expect_segment(with_prefix({1, 2, 0, 0, 0xD4, 0, 0, 1}, ip), 129);
}

TEST_CASE("NFLOG is read in both byte orders, whatever attributes come first", "[capture]") {
  const Buffer ip = segment(PacketBuilder()).build();
  const auto bytes = static_cast<std::uint8_t>(ip.size() + 4);
  expect_segment(with_prefix({2, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, bytes, 0, 9, 0}, ip), 239);
  expect_segment(with_prefix({2, 0, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, bytes, 0, 9}, ip), 239);
}

TEST_CASE("Wi-Fi data frames are read behind every capture header", "[capture]") {
  const Buffer ip = segment(PacketBuilder()).build();
  Buffer data = {0x08, 0x01, 0, 0};  // data, to the distribution system
  data.resize(24);
  test::put(data, base::Bytes(with_prefix({0xAA, 0xAA, 3, 0, 0, 0, 8, 0}, ip)));
  Buffer qos = {0x88, 0x01, 0, 0};
  qos.resize(26);
  test::put(qos, base::Bytes(with_prefix({0xAA, 0xAA, 3, 0, 0, 0, 8, 0}, ip)));

  expect_segment(data, 105);
  expect_segment(qos, 105);
  expect_segment(with_prefix({0, 0, 8, 0, 0, 0, 0, 0}, data), 127);
  expect_segment(with_prefix({0, 0, 8, 0, 105, 0, 0, 0}, qos), 192);
  expect_segment(with_prefix({0x80, 0x21, 0x10, 1, 0, 0, 0, 12, 0, 0, 0, 0}, data), 163);
  expect_segment(with_prefix({0x44, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0}, data), 119);

  Buffer encrypted = data;
  encrypted[1] = 0x41;
  CHECK(decode(encrypted, 105).packet.kind == PacketKind::not_ip);
  Buffer beacon(64, 0);
  beacon[0] = 0x80;
  CHECK(decode(beacon, 105).packet.kind == PacketKind::not_ip);
}

TEST_CASE("VLAN tags of any kind and depth are passed, and the outermost id is told", "[capture]") {
  for (const std::uint16_t tpid :
       std::initializer_list<std::uint16_t>{0x8100, 0x88A8, 0x9100, 0x9200}) {
    const Buffer frame =
        segment(PacketBuilder().ethernet().vlan(100, tpid).vlan(7).vlan(8)).build();
    expect_segment(frame, 1);
    CHECK(decode(frame).packet.vlan == 100);
  }
}

TEST_CASE("802.3 frames with LLC and SNAP are read, others are not IP", "[capture]") {
  const Buffer ip = segment(PacketBuilder()).build();
  const auto bytes = static_cast<std::uint16_t>(ip.size() + 8);
  const Buffer snap = with_prefix({0xAA, 0xAA, 3, 0, 0, 0, 8, 0}, ip);
  expect_segment(PacketBuilder().ethernet().next(bytes).raw(base::Bytes(snap)).build(), 1);
  const Buffer spanning_tree =
      PacketBuilder().ethernet().next(38).raw({0x42, 0x42, 3}).trailer(43).build();
  CHECK(decode(spanning_tree).packet.kind == PacketKind::not_ip);
  CHECK(decode(PacketBuilder().ethernet().next(0x0806).trailer(46).build()).packet.kind ==
        PacketKind::not_ip);
}

TEST_CASE("the padding of a short Ethernet frame is not payload", "[capture]") {
  const Buffer frame = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .tcp(1, 2)
                           .payload("xy")
                           .trailer(4)
                           .build();
  const Decoded d = decode(frame);
  CHECK(d.packet.payload_bytes == 2);
  CHECK(d.packet.payload_wire_bytes == 2);
  CHECK(payload(d, frame) == "xy");

  const Buffer empty =
      PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).trailer(6).build();
  CHECK(decode(empty).packet.payload_bytes == 0);
}

TEST_CASE("an IP length of zero means the captured length", "[capture]") {
  const Buffer v4 = PacketBuilder()
                        .ethernet()
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .length(0)
                        .tcp(1, 2)
                        .payload(std::string(3'000, 'x'))
                        .build();
  CHECK(decode(v4).packet.payload_bytes == 3'000);
  CHECK(decode(v4).packet.payload_wire_bytes == 3'000);
  const Buffer v6 =
      PacketBuilder().ethernet().ipv6("::1", "::2").length(0).tcp(1, 2).payload("abcd").build();
  CHECK(decode(v6).packet.payload_bytes == 4);
  // But not a captured length that no card ever handed over: it would only invent missing bytes.
  CHECK(decode(v4, 1, 0x7FFFFFFF).packet.kind == PacketKind::malformed);
  CHECK(decode(v6, 1, 0x7FFFFFFF).packet.kind == PacketKind::malformed);
}

TEST_CASE("a frame cut by the snaplen tells how many bytes there were", "[capture]") {
  Buffer frame = segment(PacketBuilder().ethernet()).build();
  const auto whole = static_cast<std::uint32_t>(frame.size());
  frame.resize(frame.size() - 3);
  const Decoded payload_cut = decode(frame, 1, whole);
  REQUIRE(payload_cut.packet.kind == PacketKind::tcp);
  CHECK(payload_cut.packet.payload_bytes == 2);
  CHECK(payload_cut.packet.payload_wire_bytes == 5);

  // Options cut: sequence numbers and flags are there, and that counts.
  Buffer options = PacketBuilder()
                       .ethernet()
                       .ipv4("10.0.0.1", "10.0.0.2")
                       .tcp(1, 2)
                       .seq(99)
                       .tcp_options(base::as_bytes(std::string(12, '\1')))
                       .payload("0123456789")
                       .build();
  const auto options_whole = static_cast<std::uint32_t>(options.size());
  options.resize(14 + 20 + 20);
  const Decoded options_cut = decode(options, 1, options_whole);
  REQUIRE(options_cut.packet.kind == PacketKind::tcp);
  CHECK(options_cut.packet.seq == 99);
  CHECK(options_cut.packet.payload_bytes == 0);
  CHECK(options_cut.packet.payload_wire_bytes == 10);

  frame.resize(14 + 20 + 10);
  CHECK(decode(frame, 1, whole).packet.kind == PacketKind::malformed);
}

TEST_CASE("an IP header is not believed to hold more than what was around it on the wire",
          "[capture]") {
  const auto claims = [](PacketBuilder b, std::uint16_t length) {
    return b.length(length).tcp(1, 2).seq(99).payload("X").build();
  };
  const auto v4 = PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2");
  const auto v6 = PacketBuilder().ethernet().ipv6("::1", "::2");
  const auto nested =
      PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").ipv4("10.1.0.1", "10.1.0.2");
  for (const Buffer& frame :
       {claims(v4, 20'000), claims(v6, 20'000), claims(nested, 20'000), claims(nested, 42)}) {
    const Decoded d = decode(frame);
    REQUIRE(d.packet.kind == PacketKind::tcp);
    CHECK(payload(d, frame) == "X");
    CHECK(d.packet.payload_wire_bytes == 1);
  }
  // What the snaplen took still counts, up to the frame's length on the wire.
  const Buffer cut = claims(v4, 20'000);
  CHECK(decode(cut, 1, 14 + 40 + 100).packet.payload_wire_bytes == 100);

  // A tool that slices frames and writes down the shorter length: the header tells what it can.
  Buffer sliced = PacketBuilder()
                      .ethernet()
                      .ipv4("10.0.0.1", "10.0.0.2")
                      .tcp(1, 2)
                      .seq(99)
                      .tcp_options(base::as_bytes(std::string(12, '\1')))
                      .payload("0123456789")
                      .build();
  sliced.resize(14 + 20 + 24);
  const Decoded d = decode(sliced);
  REQUIRE(d.packet.kind == PacketKind::tcp);
  CHECK(d.packet.seq == 99);
  CHECK(d.packet.payload_bytes == 0);
  CHECK(d.packet.payload_wire_bytes == 0);
}

TEST_CASE("options and extension headers are passed in any order", "[capture]") {
  const std::string options(24, '\1');
  const Buffer v4 = PacketBuilder()
                        .ethernet()
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .ipv4_options(base::as_bytes(options))
                        .tcp(1, 2)
                        .tcp_options(base::as_bytes(options))
                        .payload("deep")
                        .build();
  CHECK(payload(decode(v4), v4) == "deep");

  const Buffer v6 = PacketBuilder()
                        .ethernet()
                        .ipv6("2001:db8::1", "2001:db8::2")
                        .extension(0)
                        .extension(60, base::as_bytes(options))
                        .extension(43)
                        .extension(135)
                        .extension(139)
                        .extension(140)
                        .fragment(5, 0, false)  // atomic: whole all the same
                        .tcp(1, 2)
                        .payload("deep")
                        .build();
  REQUIRE(decode(v6).packet.kind == PacketKind::tcp);
  CHECK(payload(decode(v6), v6) == "deep");
}

TEST_CASE("other protocols keep their addresses and ports", "[capture]") {
  const Buffer udp =
      PacketBuilder().ethernet().ipv4("10.0.0.9", "10.0.0.2").udp(5'353, 53).payload("q").build();
  const auto p = decode(udp).packet;
  CHECK(p.kind == PacketKind::not_tcp);
  CHECK(p.key.protocol == 17);
  CHECK(p.key.low == model::Endpoint{*model::parse_ip("10.0.0.2"), 53});
  CHECK(p.key.high == model::Endpoint{*model::parse_ip("10.0.0.9"), 5'353});
  CHECK(p.direction == model::Direction::high_to_low);
  const Buffer icmp =
      PacketBuilder().ethernet().ipv4("10.0.0.9", "10.0.0.2").next(1).payload("ping").build();
  CHECK(decode(icmp).packet.kind == PacketKind::not_tcp);
  CHECK(decode(icmp).packet.key.protocol == 1);
}

TEST_CASE("headers that cannot be right are malformed", "[capture]") {
  const auto ethernet = [] { return PacketBuilder().ethernet(); };
  CHECK(decode({}).packet.kind == PacketKind::malformed);
  CHECK(decode(Buffer(13)).packet.kind == PacketKind::malformed);
  // Version 5, a header length of 4 words, a total length below the header's.
  CHECK(decode(ethernet().next(0x0800).raw({0x55}).trailer(30).build()).packet.kind ==
        PacketKind::malformed);
  CHECK(decode(ethernet().next(0x0800).raw({0x44}).trailer(30).build()).packet.kind ==
        PacketKind::malformed);
  CHECK(decode(ethernet().ipv4("10.0.0.1", "10.0.0.2").length(19).tcp(1, 2).build()).packet.kind ==
        PacketKind::malformed);
  // A data offset of 4 words, and one beyond the segment.
  Buffer frame = segment(ethernet()).build();
  frame[14 + 20 + 12] = 0x40;
  CHECK(decode(frame).packet.kind == PacketKind::malformed);
  frame[14 + 20 + 12] = 0xF0;
  CHECK(decode(frame).packet.kind == PacketKind::malformed);
  // An extension header longer than the packet.
  Buffer v6 = PacketBuilder().ethernet().ipv6("::1", "::2").extension(0).tcp(1, 2).build();
  v6[14 + 40 + 1] = 200;
  CHECK(decode(v6).packet.kind == PacketKind::malformed);
}

TEST_CASE("an endless stack of headers ends as malformed", "[capture]") {
  PacketBuilder b = PacketBuilder().ethernet();
  for (int i = 0; i < 200; ++i) b.vlan(1);
  CHECK(decode(segment(b).build()).packet.kind == PacketKind::malformed);
}

TEST_CASE("frames of an unknown link type say so and nothing else", "[capture]") {
  const auto p = decode(segment(PacketBuilder().ethernet()).build(), 195).packet;
  CHECK(p.kind == PacketKind::link_unsupported);
  CHECK(p.payload_bytes == 0);
  CHECK_FALSE(capture::FrameDecoder::knows(195));
  CHECK(capture::FrameDecoder::knows(1));
}

TEST_CASE("no cut of a frame is read beyond its end", "[capture]") {
  const Buffer frame =
      segment(PacketBuilder().ethernet().vlan(1).ipv6("::1", "::2").extension(0)).build();
  for (std::size_t n = 0; n < frame.size(); ++n) {
    // A heap block of exactly n bytes: the sanitizers see the first byte too many.
    const Buffer cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(n));
    const Decoded d = decode(cut, 1, static_cast<std::uint32_t>(frame.size()));
    CHECK(d.packet.payload_offset + d.packet.payload_bytes <= n);
  }
}
