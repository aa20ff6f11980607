#pragma once
// FlowTable: all TCP flows of one lane of one source: finds the flow of a packet, rebuilds both
// directions, ages flows by packet time, stays within its budgets.
//
// Owned by the shard's thread. Time is the packets'. No allocation per packet once warm.
//
// The sink's open() is called when a flow has something to tell (bytes, a gap, an end), at the
// latest just before close(): a flood of SYNs costs the sink nothing that lasts. What a
// retransmission repeats may still be waiting to be handed on. The story is in
// src/reassembly/NOTES.md.

#include <cstdint>
#include <memory>

#include "spider/model/packet.h"
#include "spider/model/quality.h"
#include "spider/model/sinks.h"
#include "spider/reassembly/config.h"

namespace spider::reassembly {

class FlowTable {
 public:
  // Budgets are those of one lane: config's divided by model::kLanes. `sink` and `quality` outlive
  // it. `run` is part of the sessions' numbers.
  FlowTable(const ReassemblyConfig& config, model::SourceId source, model::StreamSink& sink,
            model::QualityLog& quality, std::uint32_t run = 0);
  ~FlowTable();
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  // A packet of kind tcp. Returns the number of the session that it belongs to, 0 for a copy of a
  // packet whose session is over. `payload` is valid during the call. A packet that comes soon may
  // be announced with prefetch().
  std::uint64_t on_packet(const model::Packet& packet, base::Bytes payload);
  // Where its flow probably is: to be shown to prefetch_observer() some packets later, when that
  // has arrived, and again some packets after that.
  using Guess = std::uint32_t;
  Guess prefetch(const model::Packet& packet) const noexcept;
  void prefetch_observer(Guess guess) const noexcept;
  void wake_observer(Guess guess) const noexcept;
  // The latest packet began the session that it was said to belong to.
  [[nodiscard]] bool began() const noexcept;

  // No later packet is older than `clock`: close what timed out, give up what waited too long.
  void advance(base::Time clock);
  // The source is over: deliver what is held, close every flow, in a deterministic order.
  void finish();
  // To be called now and then by who reads a line that may have had a rush: memory that was not
  // needed since the last call is given back. Nothing that is told of the traffic depends on it.
  void rest();

  [[nodiscard]] std::size_t flows() const noexcept;
  [[nodiscard]] std::size_t bytes_held() const noexcept;  // memory fed by the network, all in all

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::reassembly
