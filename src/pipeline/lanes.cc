#include "pipeline/lanes.h"

#include <algorithm>
#include <array>

#include "spider/capture/outer_layers.h"

namespace spider::pipeline {
namespace {
// How many packets ahead the flow's entry is asked for; a few tens of nanoseconds of work each.
constexpr std::size_t kPrefetch = 6;
constexpr std::size_t kObserver = 4;        // when the flow is there: whom it tells
constexpr std::size_t kDecoder = 2;         // and what that one points to
constexpr std::size_t kGuesses = 8;         // flows remembered, more than kPrefetch
constexpr std::size_t kPayloadAhead = 512;  // bytes; the processor guesses the rest itself
constexpr std::size_t kLine = 64;
constexpr std::size_t kRecordAhead = 2 * kPrefetch;  // the packet's own record, two lines
// Most bytes of bodies that are not kept are never looked at here. What begins like a word may be
// the head of a message.
[[nodiscard]] std::size_t ahead_of(const model::Packet& packet, bool bodies) noexcept {
  const bool word = packet.first_byte >= 'A' && packet.first_byte <= 'Z';
  return std::min<std::size_t>(packet.payload_bytes, bodies || word ? kPayloadAhead : kLine);
}

}  // namespace

Lanes::Lanes(Run& run, std::size_t shard, std::size_t shards, const FloorConfigs& config,
             store::Store& store, BatchExchange& exchange)
    : run_(run),
      meter_(*run.meters[shard]),
      builder_(run.source, run.whisperer, store, exchange, quality_, meter_.codes) {
  for (std::size_t lane = shard; lane < model::kLanes; lane += shards)
    lanes_[lane] = std::make_unique<Lane>(run, config, builder_, quality_);
}

void Lanes::on_packet(const model::PacketBatch& batch, const model::Packet& packet) {
  std::uint64_t session = 0;
  bool began = false;
  if (packet.kind == model::PacketKind::tcp) {
    reassembly::FlowTable& flows = lanes_[packet.lane]->flows;
    session = flows.on_packet(packet, batch.payload(packet));
    began = flows.began();
    if (packet.wrapped && began)
      builder_.note_outer(
          session, capture::outer_layers(packet, batch.frame(packet), batch.datagram(packet)));
  }
  if (model::from_name_server(packet)) [[unlikely]]
    on_name_server(packet, batch.payload(packet));
  if (run_.whisperer.save_packets) {
    builder_.save_packet(packet, batch.frame(packet), session, began);
    quality_.add(packet.time, model::Quality::packets_saved);
  }
}

void Lanes::on_name_server(const model::Packet& packet, base::Bytes payload) {
  switch (parse::read_dns_answer(payload, answer_)) {
    case parse::DnsOutcome::named:
      quality_.add(packet.time, model::Quality::dns_answers);
      builder_.on_names(packet, answer_.name(), std::span(answer_.addresses).first(answer_.count));
      return;
    case parse::DnsOutcome::unnamed:
      return;
    case parse::DnsOutcome::cut:
    case parse::DnsOutcome::bad_name:
    case parse::DnsOutcome::bad_record:
      quality_.add(packet.time, model::Quality::dns_unread);
  }
}

void Lanes::on_batch(model::PacketBatch& batch) {
  const auto packets = batch.packets();
  const bool bodies = run_.whisperer.save_bodies;
  std::array<reassembly::FlowTable::Guess, kGuesses> guesses;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i + kRecordAhead < packets.size()) {
      const auto* const record = reinterpret_cast<const char*>(&packets[i + kRecordAhead]);
      __builtin_prefetch(record);
      __builtin_prefetch(record + kLine);
    }
    if (i + kPrefetch < packets.size()) {
      const model::Packet& ahead = packets[i + kPrefetch];
      if (ahead.kind == model::PacketKind::tcp) {
        guesses[(i + kPrefetch) % kGuesses] = lanes_[ahead.lane]->flows.prefetch(ahead);
        // Another processor has just written it.
        const std::uint8_t* const payload = batch.payload(ahead).data();
        const std::size_t bytes = ahead_of(ahead, bodies);
        for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(payload + at);
      }
    }
    // What the flow points to, one step after the other.
    if (i >= kPrefetch - kObserver && i + kObserver < packets.size()) {
      const model::Packet& ahead = packets[i + kObserver];
      if (ahead.kind == model::PacketKind::tcp)
        lanes_[ahead.lane]->flows.prefetch_observer(guesses[(i + kObserver) % kGuesses]);
    }
    if (i >= kPrefetch - kDecoder && i + kDecoder < packets.size()) {
      const model::Packet& ahead = packets[i + kDecoder];
      if (ahead.kind == model::PacketKind::tcp)
        lanes_[ahead.lane]->flows.wake_observer(guesses[(i + kDecoder) % kGuesses]);
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

void Lanes::measure() {
  std::uint64_t flows = 0;
  std::uint64_t flow_bytes = 0;
  std::uint64_t parse_bytes = 0;
  for (const auto& lane : lanes_) {
    if (!lane) continue;
    flows += lane->flows.flows();
    flow_bytes += lane->flows.bytes_held();
    parse_bytes += lane->parser.bytes_held();
  }
  meter_.flows.store(flows, std::memory_order_relaxed);
  meter_.flow_bytes.store(flow_bytes, std::memory_order_relaxed);
  meter_.parse_bytes.store(parse_bytes, std::memory_order_relaxed);
}

void Lanes::rest() {
  for (const auto& lane : lanes_)
    if (lane) lane->flows.rest();
}

void Lanes::finish() {
  for (const auto& lane : lanes_)
    if (lane) lane->flows.finish();
  builder_.flush(quality_, true);
}

}  // namespace spider::pipeline
