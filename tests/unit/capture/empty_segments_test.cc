// What skip_empty_packets leaves out: the kernel's program beside the decoder, on frames of every
// kind and on damaged ones.

#include "capture/empty_segments.h"

#include <functional>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <pcap/pcap.h>

#include "spider/capture/frame_decoder.h"

#include "support/packet_builder.h"

using namespace spider;
using capture::FrameStart;
using model::PacketKind;
using test::Buffer;
using test::PacketBuilder;

namespace {

constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kRawIp = 101;

model::Packet decode(const Buffer& frame, std::uint16_t link_type) {
  model::Packet packet;
  packet.link_type = link_type;
  packet.captured_bytes = packet.wire_bytes = static_cast<std::uint32_t>(frame.size());
  capture::Fragment fragment;
  capture::FrameDecoder().decode(frame, packet, fragment);
  return packet;
}

// libpcap's interpreter, which refuses a frame on a load behind its end, as the kernel does.
bool passes(const std::vector<sock_filter>& code, const Buffer& frame) {
  std::vector<bpf_insn> program;
  for (const sock_filter& i : code) program.push_back({i.code, i.jt, i.jf, i.k});
  REQUIRE(bpf_validate(program.data(), static_cast<int>(program.size())) != 0);
  const auto bytes = static_cast<unsigned>(frame.size());
  return bpf_filter(program.data(), frame.data(), bytes, bytes) != 0;
}

struct Way {
  std::string name;
  std::function<PacketBuilder()> to_tcp;  // the layers below TCP
  std::uint16_t link_type = kEthernet;
};

const std::vector<Way>& ways() {
  static const Buffer options{1, 1, 1, 1, 1, 1, 1, 1};
  const auto v4 = [](PacketBuilder b) { return b.ipv4("192.0.2.1", "198.51.100.2"); };
  const auto v6 = [](PacketBuilder b) { return b.ipv6("2001:db8::1", "2001:db8::2"); };
  static const std::vector<Way> all{
      {"IPv4", [=] { return v4(PacketBuilder().ethernet()); }},
      {"IPv4, options", [=] { return v4(PacketBuilder().ethernet()).ipv4_options(options); }},
      {"IPv4, VLAN", [=] { return v4(PacketBuilder().ethernet().vlan(7)); }},
      {"IPv4, QinQ", [=] { return v4(PacketBuilder().ethernet().vlan(7, 0x88A8).vlan(8)); }},
      {"IPv4, raw", [=] { return v4(PacketBuilder()); }, kRawIp},
      {"IPv6", [=] { return v6(PacketBuilder().ethernet()); }},
      {"IPv6, VLAN", [=] { return v6(PacketBuilder().ethernet().vlan(7)); }},
      {"IPv6, QinQ", [=] { return v6(PacketBuilder().ethernet().vlan(7, 0x88A8).vlan(8)); }},
      {"IPv6, raw", [=] { return v6(PacketBuilder()); }, kRawIp},
      {"IPv6, hop by hop", [=] { return v6(PacketBuilder().ethernet()).extension(0); }},
      {"IPv6, options of the destination",
       [=] { return v6(PacketBuilder().ethernet()).extension(60, options); }},
      {"IPv6, VLAN, three headers",
       [=] {
         return v6(PacketBuilder().ethernet().vlan(7)).extension(0).extension(43).extension(60);
       }},
  };
  return all;
}

FrameStart start_of(const Way& way) {
  return way.link_type == kRawIp ? FrameStart::ip : FrameStart::ethernet;
}

PacketBuilder segment(const Way& way, unsigned flags, std::string_view payload) {
  return way.to_tcp().tcp(40'000, 80).seq(7).ack(9).flags(flags).payload(payload);
}

}  // namespace

TEST_CASE("of TCP segments exactly the empty ones are left out", "[capture]") {
  for (const Way& way : ways()) {
    const auto code = capture::without_empty_segments({}, start_of(way));
    for (const unsigned flags : {0x10U, 0x18U, 0x30U, 0x02U, 0x12U, 0x11U, 0x14U, 0x04U}) {
      for (const std::string_view payload : {"", "x", "hello"}) {
        INFO(way.name << ", flags " << flags << ", payload \"" << payload << '"');
        const Buffer frame = segment(way, flags, payload).trailer(6).build();
        const bool empty = payload.empty() && (flags & 0x07U) == 0;
        CHECK(passes(code, frame) == !empty);
        CHECK(capture::is_empty_segment(decode(frame, way.link_type)) == empty);
      }
    }
    const Buffer timestamps = segment(way, 0x10, "").tcp_options(Buffer(12, 1)).build();
    CHECK_FALSE(passes(code, timestamps));
  }
}

TEST_CASE("what is no TCP segment in one piece passes the kernel's program", "[capture]") {
  const auto code = capture::without_empty_segments({}, FrameStart::ethernet);
  const auto v4 = [] { return PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2"); };
  CHECK(passes(code, v4().udp(40'000, 53).build()));
  CHECK(passes(code, v4().fragment(7, 0, true).tcp(1, 2).flags(0x10).build()));
  CHECK(passes(code, v4().fragment(7, 64, false).raw({1, 2, 3, 4}).build()));
  CHECK(passes(code, v4().length(0).tcp(1, 2).flags(0x10).build()));
  const auto v6 = [] { return PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2"); };
  CHECK(passes(code, v6().fragment(7, 0, true).tcp(1, 2).flags(0x10).build()));
  CHECK(passes(code, v6().length(0).tcp(1, 2).flags(0x10).build()));
  CHECK(passes(code, PacketBuilder().ethernet().next(0x0806).raw(Buffer(28, 1)).build()));
  CHECK(passes(code, Buffer{}));
}

TEST_CASE("the kernel's program leaves out nothing that the decoder would not", "[capture]") {
  std::mt19937 random(20'260'101);
  std::uint64_t left_out = 0;
  for (const Way& way : ways()) {
    const auto code = capture::without_empty_segments({}, start_of(way));
    for (const unsigned payload : {0U, 3U}) {
      const Buffer whole =
          segment(way, 0x10, std::string(payload, 'x')).tcp_options(Buffer(12, 1)).build();
      const auto look = [&](const Buffer& frame) {
        if (passes(code, frame)) return;
        ++left_out;
        std::string changed;
        for (std::size_t i = 0; i < frame.size(); ++i)
          if (frame[i] != whole[i])
            changed += ' ' + std::to_string(i) + ':' + std::to_string(frame[i]);
        INFO(way.name << ", " << frame.size() << " of " << whole.size() << " bytes," << changed);
        CHECK(capture::is_empty_segment(decode(frame, way.link_type)));
      };
      for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes)
        look(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes)));
      for (int i = 0; i < 4'000; ++i) {
        Buffer frame = whole;
        for (auto changes = 1 + random() % 3; changes > 0; --changes)
          frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
        if (random() % 4 == 0) frame.resize(random() % frame.size());
        look(frame);
      }
    }
  }
  CHECK(left_out > 10'000);
}

TEST_CASE("a filter in front of it still decides what passes", "[capture]") {
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> dead(pcap_open_dead(DLT_EN10MB, 65'535),
                                                        &pcap_close);
  bpf_program compiled{};
  REQUIRE(pcap_compile(dead.get(), &compiled, "tcp port 80", 1, PCAP_NETMASK_UNKNOWN) == 0);
  std::vector<sock_filter> first;
  for (unsigned i = 0; i < compiled.bf_len; ++i) {
    const bpf_insn& in = compiled.bf_insns[i];
    first.push_back({in.code, in.jt, in.jf, in.k});
  }
  pcap_freecode(&compiled);
  const auto code = capture::without_empty_segments(first, FrameStart::ethernet);
  const Way& way = ways()[0];
  const auto to = [&](std::uint16_t port, std::string_view payload) {
    return way.to_tcp().tcp(40'000, port).flags(0x10).payload(payload).build();
  };
  CHECK(passes(code, to(80, "x")));
  CHECK_FALSE(passes(code, to(80, "")));
  CHECK_FALSE(passes(code, to(81, "x")));
  CHECK_FALSE(passes(code, to(81, "")));
}

TEST_CASE("a filter that ends in its accumulator is left as it is", "[capture]") {
  const std::vector<sock_filter> first{{BPF_LD | BPF_W | BPF_LEN, 0, 0, 0},
                                       {BPF_RET | BPF_A, 0, 0, 0}};
  CHECK(capture::without_empty_segments(first, FrameStart::ethernet).empty());
}
