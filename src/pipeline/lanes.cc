#include "pipeline/lanes.h"

#include "spider/capture/outer_layers.h"

namespace spider::pipeline {
namespace {
// How many packets ahead the flow's entry is asked for; a few tens of nanoseconds of work each.
constexpr std::size_t kPrefetch = 6;
constexpr std::size_t kPayloadAhead = 512;  // bytes; the processor guesses the rest itself
constexpr std::size_t kLine = 64;
}  // namespace

Lanes::Lanes(Run& run, std::size_t shard, std::size_t shards, const FloorConfigs& config,
             store::Store& store, BatchExchange& exchange)
    : run_(run), builder_(run.source, run.whisperer, store, exchange, quality_) {
  for (std::size_t lane = shard; lane < model::kLanes; lane += shards)
    lanes_[lane] = std::make_unique<Lane>(run, config, builder_, quality_);
}

void Lanes::on_packet(const model::PacketBatch& batch, const model::Packet& packet) {
  std::uint64_t session = 0;
  if (packet.kind == model::PacketKind::tcp) {
    reassembly::FlowTable& flows = lanes_[packet.lane]->flows;
    session = flows.on_packet(packet, batch.payload(packet));
    if (packet.wrapped && flows.began())
      builder_.note_outer(
          session, capture::outer_layers(packet, batch.frame(packet), batch.datagram(packet)));
  }
  if (run_.whisperer.save_packets) {
    builder_.save_packet(packet, batch.frame(packet), session);
    quality_.add(packet.time, model::Quality::packets_saved);
  }
}

void Lanes::on_batch(model::PacketBatch& batch) {
  const auto packets = batch.packets();
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i + kPrefetch < packets.size()) {
      const model::Packet& ahead = packets[i + kPrefetch];
      if (ahead.kind == model::PacketKind::tcp) {
        lanes_[ahead.lane]->flows.prefetch(ahead);
        // Another processor has just written it.
        const base::Bytes payload = batch.payload(ahead);
        for (std::size_t at = 0; at < payload.size() && at < kPayloadAhead; at += kLine)
          __builtin_prefetch(payload.data() + at);
      }
    }
    on_packet(batch, packets[i]);
  }
  quality_.take(batch.quality);
  // Only live lines fall silent while time goes on. For files the packets alone move time, lane by
  // lane: where a batch ends depends on the number of shards, and results must not.
  if (run_.live && batch.clock > base::Time::min())
    for (const auto& lane : lanes_)
      if (lane) lane->flows.advance(batch.clock);
}

void Lanes::finish() {
  for (const auto& lane : lanes_)
    if (lane) lane->flows.finish();
  builder_.flush(quality_, true);
}

}  // namespace spider::pipeline
