#include "pipeline/distributor.h"

#include <algorithm>

#include "spider/capture/packet_source.h"

namespace spider::pipeline {
namespace {
// The largest snaplen libpcap allows; longer frames of odd files are cut here and booked as cut.
constexpr std::size_t kFrameMax = 262'144;
}  // namespace

Distributor::Distributor(Run& run)
    : run_(run),
      open_(run.rings.size(), nullptr),
      kernel_(std::uint64_t{run.whisperer.buffer_mib} << 20U) {}

model::PacketBatch* Distributor::empty_batch(std::size_t shard, bool wait) {
  PacketRing& ring = *run_.rings[shard];
  model::PacketBatch* batch = ring.take_empty();
  while (batch == nullptr && wait && !abandoned_) {
    ring.wait_for_empty();
    batch = ring.take_empty();
  }
  if (batch != nullptr) batch->source = run_.source;
  return batch;
}

// The kernel's buffer is there for just this: while it has room, nothing needs to be dropped.
model::PacketBatch* Distributor::wait_live(std::size_t shard, base::Time packet) {
  model::PacketBatch* batch = nullptr;
  while (batch == nullptr && kernel_.has_room(packet, base::Time::now())) {
    run_.rings[shard]->wait_for_empty();
    batch = empty_batch(shard, false);
  }
  return batch;
}

model::PacketBatch* Distributor::room(std::size_t shard, std::size_t bytes, base::Time packet) {
  model::PacketBatch*& batch = open_[shard];
  if (batch != nullptr && !batch->fits(bytes)) {
    batch->clock = batch->packets().empty() ? base::Time::min() : batch->packets().back().time;
    run_.rings[shard]->submit(batch);
    batch = nullptr;
  }
  if (batch == nullptr) batch = empty_batch(shard, !run_.live);
  if (batch == nullptr && run_.live) batch = wait_live(shard, packet);
  return batch;
}

bool Distributor::on_packet(const model::Packet& packet, base::Bytes frame, base::Bytes datagram) {
  const std::size_t shard = packet.lane % run_.rings.size();
  if (frame.size() > kFrameMax) [[unlikely]] {
    model::Packet cut = packet;
    cut.captured_bytes = kFrameMax;
    cut.payload_offset = std::min(cut.payload_offset, cut.captured_bytes);
    cut.payload_bytes = std::min(cut.payload_bytes, cut.captured_bytes - cut.payload_offset);
    cut.content = 0;
    return on_packet(cut, frame.first(kFrameMax), datagram);
  }
  if (run_.live) kernel_.took(packet.time, frame.size());
  model::PacketBatch* batch = room(shard, frame.size() + datagram.size(), packet.time);
  if (batch == nullptr) return false;
  first_ = std::min(first_, packet.time);
  last_ = std::max(last_, packet.time);
  if (datagram.empty()) {
    batch->append(packet, frame);
  } else {
    batch->append_rejoined(packet, frame, datagram);
  }
  return true;
}

void Distributor::flush(base::Time clock, model::QualityLog& quality) {
  for (std::size_t shard = 0; shard < open_.size(); ++shard) {
    model::PacketBatch*& batch = open_[shard];
    if (batch == nullptr) batch = empty_batch(shard, !run_.live);
    if (batch == nullptr) continue;  // full ring: the shard is busy enough
    batch->clock = clock;
    if (!quality.empty()) batch->quality.take(quality);
    run_.rings[shard]->submit(batch);
    batch = nullptr;
  }
}

void Distributor::end(base::Time clock, model::QualityLog& quality) {
  for (std::size_t shard = 0; shard < open_.size(); ++shard) {
    model::PacketBatch*& batch = open_[shard];
    if (batch == nullptr) batch = empty_batch(shard, true);
    if (batch == nullptr) return;  // abandoned
    batch->clock = clock;
    if (!quality.empty()) batch->quality.take(quality);
    batch->end_of_source = true;
    run_.rings[shard]->submit(batch);
    batch = nullptr;
  }
}

}  // namespace spider::pipeline
