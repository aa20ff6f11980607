// Nanoseconds per packet of reassembly alone: how they depend on the number of flows (memory), on
// order, and on floods. The sink does nothing.

#include <array>
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "spider/reassembly/flow_table.h"

namespace {

using namespace spider;

class Nothing final : public model::StreamSink, public model::FlowObserver {
 public:
  model::FlowObserver* open(const model::TcpSession&) override { return this; }
  void close(model::FlowObserver*, model::TcpSession&) override {}
  void on_chunk(model::Direction, const model::StreamChunk& chunk) override {
    bytes += chunk.bytes.size();
  }
  void on_gap(model::Direction, const model::Gap&) override {}
  void on_retransmission(model::Direction, std::uint64_t, std::uint64_t) override {}
  void on_end(model::Direction, base::Time, model::StreamEnd) override {}
  std::uint64_t bytes = 0;
};

struct Wire {
  explicit Wire(std::uint32_t flows) : next(flows) {
    for (std::uint32_t i = 0; i < flows; ++i) next[i] = {i * 7'919U, i * 104'729U};
  }
  // The next packet of a flow: client and server in turn, each acknowledging the other.
  model::Packet packet(std::uint32_t flow, std::size_t d, std::uint8_t flags, std::uint32_t bytes) {
    model::Packet p;
    p.time.ns = now += 1'000;
    p.number = ++number;
    p.kind = model::PacketKind::tcp;
    p.key = {{model::IpAddress::v4(0x0A000000 + flow / 50'000),
              static_cast<std::uint16_t>(flow % 50'000 + 1'024)},
             {model::IpAddress::v4(0x0B000000), 80},
             6};
    p.flow_hash = model::hash(p.key, 0);
    p.fingerprint = number;
    p.copy_proof = model::CopyProof::ip_id;
    p.direction = static_cast<model::Direction>(d);
    p.tcp_flags = flags;
    p.seq = next[flow][d];
    p.ack = next[flow][1 - d];
    p.window = 1'000;
    p.payload_bytes = p.payload_wire_bytes = bytes;
    next[flow][d] += bytes + ((flags & model::kSyn) != 0 ? 1U : 0U);
    return p;
  }
  std::vector<std::array<std::uint32_t, 2>> next;
  std::int64_t now = 1'700'000'000'000'000'000;
  std::uint64_t number = 0;
};

constexpr std::array<std::uint8_t, 1460> kPayload{};

// Established flows, each packet the next in order of another flow.
void in_order(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  Nothing sink;
  model::QualityLog quality;
  reassembly::ReassemblyConfig config;
  config.flows_max = flows * 8 + 8;
  reassembly::FlowTable table(config, model::SourceId{1}, sink, quality);
  Wire wire(flows);
  for (std::uint32_t i = 0; i < flows; ++i) {
    table.on_packet(wire.packet(i, 0, model::kSyn, 0), {});
    table.on_packet(wire.packet(i, 1, model::kSyn | model::kAck, 0), {});
    table.on_packet(wire.packet(i, 0, model::kAck, 0), {});
  }
  std::vector<model::Packet> batch;
  std::uint32_t flow = 0;
  std::size_t d = 0;
  for (auto _ : state) {
    state.PauseTiming();
    batch.clear();
    for (std::size_t i = 0; i < 20'000; ++i) {
      flow = (flow + 7'919) % flows;
      if (i % 2 == 0) d = 1 - d;
      batch.push_back(wire.packet(flow, d, model::kAck, 1460));
    }
    state.ResumeTiming();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i + 2 < batch.size()) table.prefetch(batch[i + 2]);
      table.on_packet(batch[i], kPayload);
    }
  }
  state.SetItemsProcessed(state.iterations() * 20'000);
  state.counters["bytes_per_flow"] =
      static_cast<double>(table.bytes_held()) / static_cast<double>(flows);
}
BENCHMARK(in_order)->Arg(16)->Arg(1'000)->Arg(25'000)->Arg(200'000)->Unit(benchmark::kMillisecond);

// Every fourth segment comes after the next three.
void reordered(benchmark::State& state) {
  Nothing sink;
  model::QualityLog quality;
  reassembly::FlowTable table(reassembly::ReassemblyConfig{}, model::SourceId{1}, sink, quality);
  Wire wire(100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    table.on_packet(wire.packet(i, 0, model::kSyn, 0), {});
    table.on_packet(wire.packet(i, 1, model::kSyn | model::kAck, 0), {});
    table.on_packet(wire.packet(i, 0, model::kAck, 0), {});
  }
  std::vector<model::Packet> batch;
  for (auto _ : state) {
    state.PauseTiming();
    batch.clear();
    for (std::uint32_t i = 0; i < 5'000; ++i) {
      for (int k = 0; k < 4; ++k) batch.push_back(wire.packet(i % 100, 0, model::kAck, 1460));
      std::swap(batch[batch.size() - 4], batch[batch.size() - 1]);
    }
    state.ResumeTiming();
    for (const model::Packet& p : batch) table.on_packet(p, kPayload);
  }
  state.SetItemsProcessed(state.iterations() * 20'000);
}
BENCHMARK(reordered)->Unit(benchmark::kMillisecond);

// Each packet a SYN of a flow never seen before, the table full.
void syn_flood(benchmark::State& state) {
  Nothing sink;
  model::QualityLog quality;
  reassembly::FlowTable table(reassembly::ReassemblyConfig{}, model::SourceId{1}, sink, quality);
  Wire wire(1'000'000);
  std::vector<model::Packet> batch;
  std::uint32_t flow = 0;
  for (auto _ : state) {
    state.PauseTiming();
    batch.clear();
    for (std::size_t i = 0; i < 20'000; ++i)
      batch.push_back(wire.packet(flow++ % 1'000'000, 0, model::kSyn, 0));
    state.ResumeTiming();
    for (const model::Packet& p : batch) table.on_packet(p, {});
  }
  state.SetItemsProcessed(state.iterations() * 20'000);
}
BENCHMARK(syn_flood)->Unit(benchmark::kMillisecond);

}  // namespace
