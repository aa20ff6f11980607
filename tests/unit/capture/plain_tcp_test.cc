// The short way for plain frames and the walk over the headers say the same.

#include "capture/plain_tcp.h"

#include <random>

#include <catch2/catch.hpp>

#include "spider/capture/frame_decoder.h"

#include "support/packet_builder.h"

using namespace spider;
using test::Buffer;
using test::PacketBuilder;

namespace {

PacketBuilder v4() { return PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2"); }
PacketBuilder v6() { return PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2"); }

// Whether the short way took the frame; what it says is what the walk says.
bool taken_alike(const Buffer& frame, std::uint32_t cut = 0, std::uint16_t link_type = 1) {
  model::Packet plain;
  plain.link_type = link_type;
  plain.captured_bytes = static_cast<std::uint32_t>(frame.size());
  plain.wire_bytes = plain.captured_bytes + cut;
  model::Packet walked = plain;
  const model::Packet before = plain;
  capture::Fragment fragment;
  capture::FrameDecoder().decode_by_steps(frame, walked, fragment);
  const bool taken = capture::decode_plain_tcp(frame, plain);
  REQUIRE(plain == (taken ? walked : before));
  return taken;
}

const std::vector<std::uint8_t> kTimestamps = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};

}  // namespace

TEST_CASE("a plain frame is taken the short way", "[capture]") {
  for (const auto& start : {v4(), v6()}) {
    const auto tcp = [&start] {
      return PacketBuilder(start).tcp(40'000, 80).seq(7).ack(9).window(512);
    };
    CHECK(taken_alike(tcp().build()));
    CHECK(taken_alike(tcp().payload("GET / HTTP/1.1\r\n\r\n").build()));
    CHECK(taken_alike(tcp().tcp_options(kTimestamps).payload("x").build()));
    CHECK(taken_alike(tcp().trailer(6).build()));  // Ethernet's padding
    CHECK(taken_alike(tcp().trailer(6).build(), 4));
    CHECK(taken_alike(tcp().flags(model::kSyn).build()));
  }
  CHECK(taken_alike(v4().tcp(80, 80).build()));
  CHECK(taken_alike(v4().ip_id(7).tcp(1, 2).payload("x").build()));
  CHECK(
      taken_alike(PacketBuilder().ethernet().ipv4("198.51.100.2", "192.0.2.1").tcp(1, 2).build()));
  CHECK(taken_alike(PacketBuilder().ethernet().ipv4("192.0.2.1", "192.0.2.1").tcp(2, 1).build()));
  CHECK(taken_alike(
      PacketBuilder().ethernet().ipv6("::ffff:192.0.2.1", "2001:db8::2").tcp(1, 2).build()));
}

TEST_CASE("what is not plain is left to the walk, untouched", "[capture]") {
  CHECK_FALSE(taken_alike(v4().udp(40'000, 80).payload("x").build()));
  CHECK_FALSE(taken_alike(
      PacketBuilder().ethernet().vlan(7).ipv4("192.0.2.1", "192.0.2.2").tcp(1, 2).build()));
  CHECK_FALSE(taken_alike(v4().ipv4_options(kTimestamps).tcp(1, 2).build()));
  CHECK_FALSE(taken_alike(v4().fragment(1, 0, true).tcp(1, 2).build()));
  CHECK_FALSE(taken_alike(v6().extension(0).tcp(1, 2).build()));
  CHECK_FALSE(taken_alike(v4().tcp(1, 2).build(), 0, 113));
  Buffer cut = v4().tcp(1, 2).payload("more than is there").build();
  cut.resize(cut.size() - 1);
  CHECK_FALSE(taken_alike(cut, 1));
  CHECK_FALSE(taken_alike(cut));
}

TEST_CASE("damaged frames are told alike", "[capture]") {
  const std::vector<Buffer> sound = {
      v4().tcp(40'000, 80).seq(7).ack(9).payload("hello").build(),
      v4().ip_id(3).tcp(40'000, 80).tcp_options(kTimestamps).payload("hello").trailer(3).build(),
      v6().tcp(40'000, 80).seq(7).ack(9).payload("hello").build(),
      v6().tcp(40'000, 80).tcp_options(kTimestamps).build(),
  };
  std::mt19937 random(7);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  unsigned taken = 0;
  unsigned left = 0;
  for (unsigned round = 0; round < 100'000; ++round) {
    Buffer frame = sound[below(sound.size())];
    // Headers alone decide: a change behind them would only be one of the payload.
    for (std::size_t changes = 1 + below(3); changes > 0; --changes)
      frame[below(std::min<std::size_t>(frame.size(), 76))] = static_cast<std::uint8_t>(random());
    if (below(4) == 0) frame.resize(below(frame.size() + 1));
    ++(taken_alike(frame, static_cast<std::uint32_t>(below(3))) ? taken : left);
  }
  CHECK(taken > 10'000);
  CHECK(left > 10'000);
}
