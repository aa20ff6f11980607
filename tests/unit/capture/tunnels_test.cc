#include <catch2/catch.hpp>

#include "spider/capture/frame_decoder.h"

#include "support/packet_builder.h"

using namespace spider;
using model::PacketKind;
using test::Buffer;
using test::PacketBuilder;

namespace {

model::Packet decode(const Buffer& frame) {
  model::Packet p;
  capture::Fragment fragment;
  p.link_type = 1;
  p.captured_bytes = p.wire_bytes = static_cast<std::uint32_t>(frame.size());
  capture::FrameDecoder().decode(frame, p, fragment);
  return p;
}

PacketBuilder outer() { return PacketBuilder().ethernet().ipv4("203.0.113.1", "203.0.113.2"); }
PacketBuilder inner(PacketBuilder b) {
  return b.ipv4("10.0.0.1", "10.0.0.2").tcp(40'000, 80).seq(5).payload("inside");
}
PacketBuilder inner6(PacketBuilder b) {
  return b.ipv6("fd00::1", "fd00::2").tcp(40'000, 80).seq(5).payload("inside");
}

// The innermost 5-tuple is the flow and the payload is the innermost one.
void expect_inside(const PacketBuilder& built, const char* low = "10.0.0.1") {
  const Buffer frame = built.build();
  const model::Packet p = decode(frame);
  INFO("outer type " << frame[12] * 256 + frame[13]);
  REQUIRE(p.kind == PacketKind::tcp);
  CHECK(model::to_text(p.key.low.ip) == low);
  CHECK(p.key.low.port == 40'000);
  CHECK(p.key.protocol == 6);
  CHECK(base::as_text(base::Bytes(frame)).substr(p.payload_offset, p.payload_bytes) == "inside");
}

// The packet stays what it is on the outside.
void expect_outside(const PacketBuilder& built, std::uint8_t protocol) {
  const model::Packet p = decode(built.build());
  CHECK(p.kind == PacketKind::not_tcp);
  CHECK(p.key.protocol == protocol);
  CHECK(model::to_text(p.key.low.ip) == "203.0.113.1");
}

}  // namespace

TEST_CASE("IP in IP is followed in all four combinations", "[capture]") {
  expect_inside(inner(outer()));
  expect_inside(inner6(outer()), "fd00::1");
  expect_inside(inner(PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2")));
  expect_inside(inner6(PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2")), "fd00::1");
}

TEST_CASE("MPLS labels are passed, to IP, to bare Ethernet and behind a control word",
          "[capture]") {
  expect_inside(inner(PacketBuilder().ethernet().mpls(16, false).mpls(17)));
  expect_inside(inner6(PacketBuilder().ethernet().mpls(16)), "fd00::1");
  expect_inside(inner(PacketBuilder().ethernet().mpls(16).raw({0, 0, 0, 0}).ethernet()));
  expect_inside(inner(PacketBuilder().ethernet().mpls(16).ethernet()));
  expect_inside(inner(PacketBuilder().ethernet().vlan(3).mpls(16)));
  expect_inside(inner(outer().next(137).raw({0, 1, 1, 64})));
}

TEST_CASE("GRE is followed with every option, in Ethernet and in PPTP's version", "[capture]") {
  expect_inside(inner(outer().next(47).raw({0, 0, 8, 0})));
  expect_inside(inner6(outer().next(47).raw({0, 0, 0x86, 0xDD})), "fd00::1");
  expect_inside(inner(outer().next(47).raw({0xB0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1})));
  expect_inside(inner(outer().next(47).raw({0, 0, 0x65, 0x58}).ethernet()));
  expect_inside(inner(outer().next(47).raw({0, 0, 0x88, 0x47, 0, 1, 1, 64})));
  // PPTP: key with the payload's length, sequence and acknowledgement, then PPP.
  const auto length = static_cast<std::uint8_t>(inner(PacketBuilder()).build().size() + 4);
  expect_inside(inner(outer().next(47).raw(
      {0x30, 0x81, 0x88, 0x0B, 0, length, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xFF, 0x03, 0x00, 0x21})));
  expect_outside(outer().next(47).raw({0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 1, 0, 0, 0, 1}), 47);
  // What is not IP inside is just not TCP: here an ARP in a bridge.
  expect_outside(outer().next(47).raw({0, 0, 0x65, 0x58}).ethernet().next(0x0806).trailer(28), 47);
}

TEST_CASE("ERSPAN of types one, two and three is followed", "[capture]") {
  expect_inside(inner(outer().next(47).raw({0, 0, 0x88, 0xBE}).ethernet()));
  expect_inside(inner(outer()
                          .next(47)
                          .raw({0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0})
                          .ethernet()));
  expect_inside(
      inner(outer()
                .next(47)
                .raw({0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
                .ethernet()));
  expect_inside(inner(outer()
                          .next(47)
                          .raw({0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 0,
                                0,    0, 0,    0,    0, 1, 0, 0, 0,    0, 0, 0, 0, 0})
                          .ethernet()));
}

TEST_CASE("bridges' tags around a whole frame are passed", "[capture]") {
  expect_inside(inner(PacketBuilder().ethernet().next(0x8903).raw({0, 1}).ethernet().vlan(2)));
  expect_inside(inner(PacketBuilder().ethernet().next(0x88E7).raw({0, 0, 0, 1}).ethernet()));
  expect_inside(inner(PacketBuilder().ethernet().next(0x8926).raw({0, 0, 0, 0, 8, 0})));
  expect_inside(inner(outer().next(97).raw({0x30, 0}).ethernet()));
}

TEST_CASE("PPPoE sessions are followed, discovery is not IP", "[capture]") {
  const auto length = static_cast<std::uint8_t>(inner(PacketBuilder()).build().size() + 2);
  expect_inside(
      inner(PacketBuilder().ethernet().next(0x8864).raw({0x11, 0, 0, 1, 0, length, 0, 0x21})));
  const Buffer discovery =
      PacketBuilder().ethernet().next(0x8863).raw({0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0}).build();
  CHECK(decode(discovery).kind == PacketKind::not_ip);
}

TEST_CASE("tunnels over UDP are followed on their ports", "[capture]") {
  expect_inside(inner(outer().udp(5'555, 4'789).raw({8, 0, 0, 0, 0, 0, 9, 0}).ethernet()));
  expect_inside(inner(outer().udp(5'555, 8'472).raw({8, 0, 0, 0, 0, 0, 9, 0}).ethernet().vlan(4)));
  // Reserved bits are ignored (RFC 7348 section 5).
  expect_inside(inner(outer().udp(5'555, 4'789).raw({0xFF, 1, 2, 3, 0, 0, 9, 7}).ethernet()));
  expect_inside(inner(outer().udp(5'555, 4'790).raw({0x0C, 0, 0, 1, 0, 0, 9, 0})));
  expect_inside(inner(outer().udp(5'555, 6'081).raw({0, 0, 0x65, 0x58, 0, 0, 1, 0}).ethernet()));
  expect_inside(inner(outer()
                          .udp(5'555, 6'081)
                          .raw({2, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 1, 9, 9, 9, 9})
                          .ethernet()));
  const auto bytes = static_cast<std::uint8_t>(inner(PacketBuilder()).build().size());
  const auto with_options = static_cast<std::uint8_t>(bytes + 8);
  expect_inside(inner(outer().udp(2'152, 2'152).raw({0x30, 0xFF, 0, bytes, 0, 0, 0, 1})));
  expect_inside(
      inner(outer()
                .udp(2'152, 2'152)
                .raw({0x36, 0xFF, 0, with_options, 0, 0, 0, 1, 0, 1, 0, 0x85, 1, 0x10, 1, 0})));
  expect_inside(inner6(outer().udp(60'000, 3'544)), "fd00::1");
  expect_inside(inner6(outer().udp(3'544, 60'000).raw({0, 0, 1, 2, 3, 4, 5, 6})), "fd00::1");
  expect_inside(inner(outer().udp(5'555, 4'754).raw({0x20, 0, 8, 0, 0, 0, 0, 1})));
  expect_inside(inner(outer().udp(5'555, 6'635).raw({0, 1, 1, 64})));
  expect_inside(inner(outer().udp(1'701, 1'701).raw({0, 2, 0, 1, 0, 1, 0xFF, 3, 0, 0x21})));
}

TEST_CASE("a tunnel's port with other content stays the UDP packet it is", "[capture]") {
  const std::string noise(60, '\x5A');
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{
           4'789, 8'472, 4'790, 6'081, 2'152, 3'386, 3'544, 4'754, 1'701, 5'072, 6'635}) {
    INFO("port " << port);
    expect_outside(outer().udp(5'555, port).payload(noise), 17);
    expect_outside(outer().udp(5'555, port).payload(std::string(60, '\0')), 17);
    expect_outside(outer().udp(5'555, port).payload(""), 17);
  }
  // A possible header with nonsense inside.
  expect_outside(outer()
                     .udp(5'555, 4'789)
                     .raw({8, 0, 0, 0, 0, 0, 9, 0})
                     .ethernet()
                     .next(0x0800)
                     .payload(noise),
                 17);
}

TEST_CASE("tunnels nest, and their depth is bounded", "[capture]") {
  expect_inside(inner(outer()
                          .udp(1, 4'789)
                          .raw({8, 0, 0, 0, 0, 0, 9, 0})
                          .ethernet()
                          .vlan(9)
                          .ipv4("10.9.9.1", "10.9.9.2")
                          .next(47)
                          .raw({0, 0, 0x86, 0xDD})
                          .ipv6("fd01::1", "fd01::2")));
  PacketBuilder deep = outer();
  for (int i = 0; i < 100; ++i) deep.ipv4("10.8.8.1", "10.8.8.2");
  CHECK(decode(inner(deep).build()).kind == PacketKind::malformed);
}

TEST_CASE("UDP inside a tunnel has the inner addresses", "[capture]") {
  const model::Packet p = decode(outer()
                                     .udp(1, 4'789)
                                     .raw({8, 0, 0, 0, 0, 0, 9, 0})
                                     .ethernet()
                                     .ipv4("10.0.0.1", "10.0.0.2")
                                     .udp(53, 5'353)
                                     .payload("x")
                                     .build());
  CHECK(p.kind == PacketKind::not_tcp);
  CHECK(model::to_text(p.key.low.ip) == "10.0.0.1");
  CHECK(p.key.low.port == 53);
}
