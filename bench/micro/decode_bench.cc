// Nanoseconds per frame of decoding: plain TCP, IPv6, tags, a tunnel, and what is no TCP.

#include <string>

#include <benchmark/benchmark.h>

#include "spider/capture/frame_decoder.h"

#include "support/packet_builder.h"

namespace {

using namespace spider;
using test::PacketBuilder;

constexpr std::uint16_t kEthernet = 1;  // LINKTYPE_

void decode(benchmark::State& state, const test::Buffer& frame) {
  const capture::FrameDecoder decoder;
  model::Packet packet;
  capture::Fragment fragment;
  for (auto _ : state) {
    packet = {};
    packet.link_type = kEthernet;
    packet.captured_bytes = packet.wire_bytes = static_cast<std::uint32_t>(frame.size());
    decoder.decode(frame, packet, fragment);
    benchmark::DoNotOptimize(packet);
  }
  state.SetItemsProcessed(state.iterations());
}

const std::string kPayload(1'400, 'x');

void ipv4_tcp(benchmark::State& state) {
  decode(state, PacketBuilder()
                    .ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .tcp(40'000, 80)
                    .ack(9)
                    .payload(kPayload)
                    .build());
}
BENCHMARK(ipv4_tcp);

void ipv6_tcp_in_two_vlans(benchmark::State& state) {
  decode(state, PacketBuilder()
                    .ethernet()
                    .vlan(7)
                    .vlan(8)
                    .ipv6("2001:db8::1", "2001:db8::2")
                    .tcp(40'000, 80)
                    .ack(9)
                    .payload(kPayload)
                    .build());
}
BENCHMARK(ipv6_tcp_in_two_vlans);

void vxlan_tcp(benchmark::State& state) {
  decode(state, PacketBuilder()
                    .ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .udp(50'000, 4'789)
                    .raw({0x08, 0, 0, 0, 0, 0, 42, 0})
                    .ethernet()
                    .ipv4("192.168.0.1", "192.168.0.2")
                    .tcp(40'000, 80)
                    .ack(9)
                    .payload(kPayload)
                    .build());
}
BENCHMARK(vxlan_tcp);

void udp(benchmark::State& state) {
  decode(state, PacketBuilder()
                    .ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .udp(5'353, 53)
                    .payload("question")
                    .build());
}
BENCHMARK(udp);

}  // namespace
