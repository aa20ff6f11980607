#pragma once
// PacketRing: carries filled batches from one capture thread to one shard, and empty ones back.
//
// Exactly one thread uses the producer half, exactly one the consumer half. Its bytes are fixed at
// birth. A batch belongs to whoever holds it; after submit() the producer must not touch it. When
// no empty batch is left take_empty() returns null: a live source drops and counts, a file source
// waits.

#include <memory>
#include <vector>

#include "spider/base/spsc_ring.h"
#include "spider/model/packet.h"

#include "pipeline/doorbell.h"
#include "pipeline/spares.h"

namespace spider::pipeline {

class PacketRing {
 public:
  PacketRing(std::size_t ring_bytes, std::size_t batch_bytes, Doorbell& consumer_bell)
      : filled_(batches_in(ring_bytes, batch_bytes)),
        empty_(batches_in(ring_bytes, batch_bytes)),
        consumer_bell_(consumer_bell) {
    // The record of a packet and its frame share the budget: small packets run out of records
    // first.
    constexpr std::size_t kRecord = sizeof(model::Packet);
    const std::size_t records = batch_bytes / 2 / kRecord;
    spare_.reserve(batches_in(ring_bytes, batch_bytes));
    for (std::size_t i = 0; i < batches_in(ring_bytes, batch_bytes); ++i) {
      batches_.push_back(std::make_unique<model::PacketBatch>(batch_bytes, records));
      model::PacketBatch* batch = batches_.back().get();
      (void)empty_.try_push(batch);
    }
  }

  // Producer.
  [[nodiscard]] model::PacketBatch* take_empty() noexcept {
    gather_spares();
    return spare_.take();
  }
  // Producer, now and then: see Spares.
  void rest() noexcept {
    gather_spares();
    spare_.rest();
  }
  void submit(model::PacketBatch* batch) noexcept {
    (void)filled_.try_push(batch);  // as many slots as batches: never full
    consumer_bell_.ring();
  }
  // Of use when take_empty() gave none; at most 50 ms.
  void wait_for_empty() {
    producer_bell_.wait(std::chrono::milliseconds(50), [this] { return empty_.size() > 0; });
  }

  // Consumer.
  [[nodiscard]] model::PacketBatch* take_filled() noexcept {
    model::PacketBatch* batch = nullptr;
    return filled_.try_pop(batch) ? batch : nullptr;
  }
  void give_back(model::PacketBatch* batch) noexcept {
    batch->clear();
    (void)empty_.try_push(batch);
    producer_bell_.ring();
  }
  [[nodiscard]] bool has_filled() const noexcept { return filled_.size() > 0; }
  [[nodiscard]] std::size_t filled() const noexcept { return filled_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return batches_.size(); }

 private:
  void gather_spares() noexcept {
    model::PacketBatch* batch = nullptr;
    while (empty_.try_pop(batch)) spare_.put(batch);
  }
  // At least two: one being filled, one being read.
  [[nodiscard]] static std::size_t batches_in(std::size_t ring_bytes,
                                              std::size_t batch_bytes) noexcept {
    const std::size_t count = ring_bytes / batch_bytes;
    return count < 2 ? 2 : count;
  }

  std::vector<std::unique_ptr<model::PacketBatch>> batches_;
  base::SpscRing<model::PacketBatch*> filled_;
  base::SpscRing<model::PacketBatch*> empty_;
  Spares<model::PacketBatch> spare_;  // producer only
  Doorbell& consumer_bell_;
  Doorbell producer_bell_;
};

}  // namespace spider::pipeline
