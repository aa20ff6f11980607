// What two copies of one packet have in common, and what tells two packets apart.
#include <catch2/catch.hpp>

#include "spider/capture/frame_decoder.h"

#include "support/packet_builder.h"

using namespace spider;
using model::CopyProof;
using test::Buffer;
using test::PacketBuilder;

namespace {

model::Packet decode(const Buffer& frame, std::uint32_t wire_more = 0) {
  model::Packet p;
  capture::Fragment fragment;
  p.link_type = 1;
  p.captured_bytes = static_cast<std::uint32_t>(frame.size());
  p.wire_bytes = p.captured_bytes + wire_more;
  capture::FrameDecoder().decode(frame, p, fragment);
  REQUIRE(p.kind == model::PacketKind::tcp);
  return p;
}

constexpr std::uint8_t kStamps[] = {1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9};

PacketBuilder packet(PacketBuilder b) {
  b.ipv4("10.0.0.1", "10.0.0.2").ip_id(77).tcp(40'000, 80).seq(5).ack(6);
  return b;
}
Buffer sent(PacketBuilder b) { return packet(std::move(b)).payload("inside").build(); }

bool same(const model::Packet& a, const model::Packet& b) {
  return a.fingerprint == b.fingerprint && a.flow_hash == b.flow_hash;
}

}  // namespace

TEST_CASE("copies on other VLANs, of other stations, in tunnels and behind routers look alike",
          "[capture]") {
  const model::Packet one = decode(sent(PacketBuilder().ethernet()));
  REQUIRE(one.fingerprint != 0);
  CHECK(one.copy_proof == CopyProof::ip_id);
  CHECK(same(one, decode(sent(PacketBuilder().ethernet().vlan(9)))));
  CHECK(same(one, decode(sent(PacketBuilder().ethernet().vlan(9).vlan(10)))));
  CHECK(same(one, decode(sent(PacketBuilder().ethernet().mpls(16)))));
  CHECK(same(one, decode(sent(PacketBuilder()
                                  .ethernet()
                                  .ipv4("203.0.113.1", "203.0.113.2")
                                  .ip_id(4)
                                  .udp(5'555, 4'789)
                                  .raw({8, 0, 0, 0, 0, 0, 9, 0})
                                  .ethernet()))));
  Buffer other_station = sent(PacketBuilder().ethernet());
  other_station[5] ^= 0x55U;
  CHECK(same(one, decode(other_station)));
  PacketBuilder routed;
  routed.ethernet().ipv4("10.0.0.1", "10.0.0.2").ip_id(77).ttl(63);
  routed.tcp(40'000, 80).seq(5).ack(6).payload("inside");
  CHECK(same(one, decode(routed.build())));
  PacketBuilder padded = packet(PacketBuilder().ethernet());
  padded.payload("inside").trailer(6);
  CHECK(same(one, decode(padded.build())));
}

TEST_CASE("packets sent one after the other do not look alike", "[capture]") {
  const auto with = [](auto&& change) {
    PacketBuilder b;
    b.ethernet().ipv4("10.0.0.1", "10.0.0.2").ip_id(77).tcp(40'000, 80).seq(5).ack(6);
    change(b);
    return decode(b.build());
  };
  const model::Packet one = with([](PacketBuilder& b) { b.payload("inside"); });
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.ip_id(78).payload("inside"); })));
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.seq(6).payload("inside"); })));
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.ack(7).payload("inside"); })));
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.window(9).payload("inside"); })));
  CHECK_FALSE(same(
      one, with([](PacketBuilder& b) { b.flags(model::kAck | model::kPsh).payload("inside"); })));
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.payload("inside!"); })));
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.payload("Inside"); })));  // the checksum
  CHECK_FALSE(same(one, with([](PacketBuilder& b) { b.tcp_options(kStamps).payload("inside"); })));
}

TEST_CASE("what proves a copy is the identification, else a timestamp, else nothing", "[capture]") {
  const auto proof = [](PacketBuilder b) { return decode(b.build()).copy_proof; };
  PacketBuilder v4;
  v4.ethernet().ipv4("10.0.0.1", "10.0.0.2");
  PacketBuilder v6;
  v6.ethernet().ipv6("2001:db8::1", "2001:db8::2");
  CHECK(proof(PacketBuilder(v4).ip_id(1).tcp(1, 2)) == CopyProof::ip_id);
  CHECK(proof(PacketBuilder(v4).ip_id(0).tcp(1, 2)) == CopyProof::header);
  CHECK(proof(PacketBuilder(v4).ip_id(0).tcp(1, 2).tcp_options(kStamps)) == CopyProof::timestamp);
  CHECK(proof(PacketBuilder(v6).tcp(1, 2)) == CopyProof::header);
  CHECK(proof(PacketBuilder(v6).tcp(1, 2).tcp_options(kStamps)) == CopyProof::timestamp);
  // Of a tunnel only the inner packet counts.
  CHECK(proof(PacketBuilder(v4).ip_id(1).ipv6("2001:db8::1", "2001:db8::2").tcp(1, 2)) ==
        CopyProof::header);
  // Options that lie about their length prove nothing.
  constexpr std::uint8_t kLies[] = {2, 0, 8, 10};
  CHECK(proof(PacketBuilder(v6).tcp(1, 2).tcp_options(kLies)) == CopyProof::header);
}

TEST_CASE("a packet's content is that of its payload and of nothing around it", "[capture]") {
  const model::Packet one = decode(sent(PacketBuilder().ethernet()));
  CHECK(one.content == model::content_of(base::as_bytes(std::string_view("inside")), 6));
  CHECK(one.first_byte == 'i');
  CHECK(one.content == decode(sent(PacketBuilder().ethernet().vlan(9))).content);
  const model::Packet other = decode(packet(PacketBuilder().ethernet()).payload("insidf").build());
  CHECK(one.content != other.content);
  const model::Packet empty = decode(packet(PacketBuilder().ethernet()).build());
  CHECK(empty.content == 0);
  CHECK(empty.first_byte == 0);
}

TEST_CASE("a TCP header cut by the snaplen has no fingerprint", "[capture]") {
  Buffer frame = packet(PacketBuilder().ethernet()).tcp_options(kStamps).build();
  CHECK(decode(frame).fingerprint != 0);
  frame.resize(frame.size() - 4);
  CHECK(decode(frame, 4).fingerprint == 0);
}
