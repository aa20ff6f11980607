// What lies around a packet, for every tunnel that is followed.
#include "spider/capture/outer_layers.h"

#include <catch2/catch.hpp>

#include "spider/capture/frame_decoder.h"

#include "capture/fragments.h"
#include "support/packet_builder.h"

using namespace spider;
using test::Buffer;
using test::PacketBuilder;

namespace {

PacketBuilder eth() { return PacketBuilder().ethernet(); }
PacketBuilder outer() { return eth().ipv4("203.0.113.1", "203.0.113.2"); }
PacketBuilder outer6() { return eth().ipv6("2001:db8::1", "2001:db8::2"); }
PacketBuilder udp(std::uint16_t port) { return outer().udp(5'555, port); }
PacketBuilder gre(std::initializer_list<std::uint8_t> header) {
  return outer().next(47).raw(header);
}
const std::string kOuter = "ipv4 203.0.113.1 > 203.0.113.2";

struct Decoded {
  model::Packet packet;
  std::string outer;
};

Decoded decode(const Buffer& frame) {
  Decoded d;
  capture::Fragment fragment;
  d.packet.link_type = 1;
  d.packet.captured_bytes = d.packet.wire_bytes = static_cast<std::uint32_t>(frame.size());
  capture::FrameDecoder().decode(frame, d.packet, fragment);
  d.outer = capture::outer_layers(d.packet, frame, {});
  return d;
}

// What is told of a TCP packet inside these layers.
std::string around(PacketBuilder layers) {
  layers.ipv4("10.0.0.1", "10.0.0.2").tcp(40'000, 80).seq(5).payload("inside");
  const Decoded d = decode(layers.build());
  REQUIRE(d.packet.kind == model::PacketKind::tcp);
  REQUIRE(model::to_text(d.packet.key.low.ip) == "10.0.0.1");
  CHECK(d.packet.wrapped == !d.outer.empty());
  return d.outer;
}

}  // namespace

TEST_CASE("a bare packet has nothing around it", "[capture]") {
  CHECK(around(eth()).empty());
  const Buffer v6 = outer6().tcp(40'000, 80).payload("inside").build();
  CHECK(decode(v6).outer.empty());
  CHECK_FALSE(decode(v6).packet.wrapped);
}

TEST_CASE("tags and labels are told with their numbers, outermost first", "[capture]") {
  CHECK(around(eth().vlan(100)) == "vlan 100");
  CHECK(around(eth().vlan(100, 0x88A8).vlan(7)) == "vlan 100 / vlan 7");
  CHECK(around(eth().vlan(0)) == "vlan 0");
  CHECK(around(eth().mpls(16, false).mpls(17)) == "mpls 16 / mpls 17");
  CHECK(around(eth().vlan(3).mpls(1'048'575)) == "vlan 3 / mpls 1048575");
  CHECK(around(eth().mpls(16).raw({0, 0, 0, 0}).ethernet().vlan(4)) == "mpls 16 / vlan 4");
  CHECK(around(eth().next(0x8864).raw({0x11, 0, 0, 9, 0, 62, 0, 0x21})) == "pppoe 9");
  CHECK(around(eth().next(0x8903).raw({0, 1}).ethernet().vlan(2)) == "fabricpath / vlan 2");
  CHECK(around(eth().next(0x88E7).raw({0, 1, 2, 3}).ethernet()) == "pbb 66051");
  CHECK(around(eth().next(0x8926).raw({0, 0, 0, 0, 8, 0})) == "vn-tag");
  CHECK(around(eth().next(0x894F).raw({0, 2, 1, 1, 0, 0, 5, 255})) == "nsh 5");
}

TEST_CASE("IP in IP is told with the outer addresses", "[capture]") {
  CHECK(around(outer()) == kOuter);
  CHECK(around(outer6()) == "ipv6 2001:db8::1 > 2001:db8::2");
  CHECK(around(eth().vlan(9).ipv4("192.0.2.1", "192.0.2.2").ipv6("2001:db8::1", "2001:db8::2")) ==
        "vlan 9 / ipv4 192.0.2.1 > 192.0.2.2 / ipv6 2001:db8::1 > 2001:db8::2");
}

TEST_CASE("GRE and what it carries are told with key, call and session", "[capture]") {
  CHECK(around(gre({0, 0, 8, 0})) == kOuter + " / gre");
  CHECK(around(gre({0x20, 0, 8, 0, 0, 0, 1, 2})) == kOuter + " / gre 258");
  CHECK(around(gre({0xB0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1})) == kOuter + " / gre 7");
  CHECK(around(gre({0, 0, 0x65, 0x58}).ethernet().vlan(5)) == kOuter + " / gre / vlan 5");
  CHECK(around(gre({0x30, 0x81, 0x88, 0x0B, 0, 50, 0,    9,    0,    0,
                    0,    1,    0,    0,    0, 1,  0xFF, 0x03, 0x00, 0x21})) ==
        kOuter + " / pptp 9");
  CHECK(around(gre({0, 0, 0x88, 0xBE}).ethernet()) == kOuter + " / gre / erspan");
  CHECK(around(gre({0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 9, 0xFC, 5, 0, 0, 0, 0}).ethernet()) ==
        kOuter + " / gre / erspan 5");
  CHECK(around(gre({0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0})
                   .ethernet()) == kOuter + " / gre / erspan 6");
  CHECK(around(outer().next(97).raw({0x30, 0}).ethernet()) == kOuter + " / etherip");
}

TEST_CASE("tunnels over UDP are told with their identifiers", "[capture]") {
  CHECK(around(udp(4'789).raw({8, 0, 0, 0, 0, 0x13, 0x88, 0}).ethernet()) ==
        kOuter + " / vxlan 5000");
  CHECK(around(udp(4'790).raw({0x0C, 0, 0, 1, 0, 0, 9, 0})) == kOuter + " / vxlan-gpe 9");
  CHECK(around(udp(6'081).raw({0, 0, 0x65, 0x58, 0, 0, 7, 0}).ethernet()) ==
        kOuter + " / geneve 7");
  CHECK(around(udp(2'152).raw({0x30, 0xFF, 0, 46, 0x12, 0x34, 0x56, 0x78})) ==
        kOuter + " / gtp-u 305419896");
  CHECK(around(udp(1'701).raw({0x00, 0x02, 0, 1, 0, 2, 0xFF, 0x03, 0x00, 0x21})) ==
        kOuter + " / l2tp 65538");
  CHECK(around(udp(6'635).raw({0, 1, 1, 64})) == kOuter + " / mpls 16");
}

TEST_CASE("tunnels in tunnels are told up to twelve layers", "[capture]") {
  CHECK(around(eth()
                   .vlan(1)
                   .ipv4("203.0.113.1", "203.0.113.2")
                   .udp(5'555, 4'789)
                   .raw({8, 0, 0, 0, 0, 0, 3, 0})
                   .ethernet()
                   .vlan(2)) == "vlan 1 / " + kOuter + " / vxlan 3 / vlan 2");
  PacketBuilder deep = eth();
  for (std::uint16_t i = 0; i < 20; ++i) deep.vlan(static_cast<std::uint16_t>(4'000 + i));
  const std::string text = around(deep);
  CHECK(text.substr(text.size() - 19) == " / vlan 4011 / more");
  CHECK(text.size() < 300);
}

TEST_CASE("around a packet whose tunnel was fragmented both parts are told", "[capture]") {
  const Buffer whole = eth()
                           .ipv4("203.0.113.1", "203.0.113.2")
                           .udp(5'555, 4'789)
                           .raw({8, 0, 0, 0, 0, 0, 3, 0})
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .tcp(40'000, 80)
                           .payload(std::string(80, 'x'))
                           .build();
  constexpr std::size_t kHeaders = 14 + 20;
  const base::Bytes datagram = base::Bytes(whole).subspan(kHeaders);
  const Buffer last = eth()
                          .vlan(8)
                          .ipv4("203.0.113.1", "203.0.113.2")
                          .next(17)
                          .fragment(7, 64, false)
                          .raw(datagram.subspan(64))
                          .build();
  model::Packet packet = decode(whole).packet;
  CHECK(capture::outer_layers(packet, last, datagram) == "vlan 8 / " + kOuter + " / vxlan 3");
  // Another datagram than the frame's own says nothing of what is inside.
  packet.key.low.port = 1;
  CHECK(capture::outer_layers(packet, last, datagram) == "vlan 8");
}

TEST_CASE("frames that an access point hands on inside GRE are read", "[capture]") {
  for (const std::uint8_t tunnel : std::initializer_list<std::uint8_t>{0x00, 0x10, 0xF0}) {
    PacketBuilder layers = gre({0, 0, 0x82, tunnel});
    layers.raw({0x88, 0x01, 0, 0,                      // QoS data, to the distribution system
                0x02, 0,    0, 0, 0, 1,                // access point
                0x02, 0,    0, 0, 0, 2,                // station
                0x02, 0,    0, 0, 0, 3,                // destination
                0x80, 0x7D, 0, 0,                      // sequence, QoS control
                0xAA, 0xAA, 3, 0, 0, 0, 0x08, 0x00});  // SNAP: IPv4
    CHECK(around(std::move(layers)).starts_with(kOuter + " / gre"));
  }
  // The types beside theirs are not 802.11.
  PacketBuilder other = gre({0, 0, 0x82, 0x01});
  other.raw({0x88, 0x01, 0, 0});
  CHECK(decode(other.build()).packet.kind != model::PacketKind::tcp);
}
