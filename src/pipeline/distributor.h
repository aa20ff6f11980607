#pragma once
// Distributor: the capture thread's side of a run. Spreads packets over the shards' rings by lane.
// Owned by one capture thread.

#include <vector>

#include "spider/model/sinks.h"

#include "pipeline/kernel_buffer.h"
#include "pipeline/run.h"

namespace spider::pipeline {

class Distributor final : public model::PacketSink {
 public:
  explicit Distributor(Run& run);

  // No room: a file waits; a live source while the kernel's buffer can hold what comes meanwhile,
  // for a second at most. Then false: the packet is gone (the source books it).
  bool on_packet(const model::Packet& packet, base::Bytes frame, base::Bytes datagram) override;

  // Hands on what has gathered, with the source's clock and what it booked. Quality that no batch
  // could take (ring full) stays in `quality` for the next call.
  void flush(base::Time clock, model::QualityLog& quality);
  // The source is over: every shard gets its last batch. Waits for room, live or not.
  void end(base::Time clock, model::QualityLog& quality);
  // To be called now and then: batches of a rush that is over forget their pages.
  void rest() noexcept {
    for (const auto& ring : run_.rings) ring->rest();
  }

  // Gives up waiting for a consumer that will never come back (shutdown of the shards).
  void abandon() noexcept { abandoned_ = true; }

  // Of the packets that were taken; first > last when there are none.
  [[nodiscard]] base::Time first() const noexcept { return first_; }
  [[nodiscard]] base::Time last() const noexcept { return last_; }

 private:
  [[nodiscard]] model::PacketBatch* room(std::size_t shard, std::size_t bytes, base::Time packet);
  [[nodiscard]] model::PacketBatch* empty_batch(std::size_t shard, bool wait);
  [[nodiscard]] model::PacketBatch* wait_live(std::size_t shard, base::Time packet);

  Run& run_;
  std::vector<model::PacketBatch*> open_;  // per shard, may be null
  base::Time first_ = base::Time::max();
  base::Time last_ = base::Time::min();
  KernelBuffer kernel_;
  bool abandoned_ = false;
};

}  // namespace spider::pipeline
