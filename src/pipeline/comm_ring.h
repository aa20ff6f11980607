#pragma once
// CommRing: carries RecordBatches from one shard to the writer, and empty ones back. Exactly one
// thread on each side. The pool is fixed but for one batch more per source that is being read, so
// that open batches of quiet sources cannot starve a busy one.

#include <memory>
#include <vector>

#include "spider/base/spsc_ring.h"
#include "spider/model/record_batch.h"

#include "pipeline/doorbell.h"
#include "pipeline/run.h"
#include "pipeline/spares.h"

namespace spider::pipeline {

class CommRing {
 public:
  struct Item {
    model::RecordBatch* batch = nullptr;
    std::shared_ptr<Run> run;
  };

  // The writer closes blocks in bursts of some batches' time; with fewer, shards wait for it.
  static constexpr std::size_t kBatches = 20;
  static constexpr std::size_t kBatchesMax = 1'024;
  static constexpr std::size_t kTextBytes = 256U << 10U;
  static constexpr std::size_t kBodyBytes = 256U << 10U;
  static constexpr std::size_t kFrameBytes = 512U << 10U;

  explicit CommRing(Doorbell& writer_bell)
      : filled_(kBatchesMax), empty_(kBatchesMax), writer_bell_(writer_bell) {
    for (std::size_t i = 0; i < kBatches; ++i) {
      model::RecordBatch* batch = new_batch();
      (void)empty_.try_push(batch);
    }
  }

  // Shard.
  [[nodiscard]] model::RecordBatch* take(std::size_t sources) {
    for (;;) {
      gather_spares();
      if (model::RecordBatch* const batch = spare_.take(); batch != nullptr) return batch;
      if (pool_.size() < kBatches + sources && pool_.size() < kBatchesMax) return new_batch();
      shard_bell_.wait(std::chrono::milliseconds(50), [this] { return empty_.size() > 0; });
    }
  }
  // Shard, now and then: see Spares.
  void rest() noexcept {
    gather_spares();
    spare_.rest();
  }
  void hand_over(model::RecordBatch* batch, std::shared_ptr<Run> run) {
    Item item{batch, std::move(run)};
    (void)filled_.try_push(item);  // at least as many slots as batches: never full
    writer_bell_.ring();
  }

  // Writer.
  [[nodiscard]] bool pop(Item& item) { return filled_.try_pop(item); }
  void give_back(model::RecordBatch* batch) noexcept {
    batch->clear();
    (void)empty_.try_push(batch);
    shard_bell_.ring();
  }
  [[nodiscard]] bool has_filled() const noexcept { return filled_.size() > 0; }
  [[nodiscard]] std::size_t filled() const noexcept { return filled_.size(); }

 private:
  void gather_spares() noexcept {
    model::RecordBatch* batch = nullptr;
    while (empty_.try_pop(batch)) spare_.put(batch);
  }
  [[nodiscard]] model::RecordBatch* new_batch() {
    pool_.push_back(std::make_unique<model::RecordBatch>(kTextBytes, kBodyBytes, kFrameBytes));
    return pool_.back().get();
  }

  std::vector<std::unique_ptr<model::RecordBatch>> pool_;
  base::SpscRing<Item> filled_;
  base::SpscRing<model::RecordBatch*> empty_;
  Spares<model::RecordBatch> spare_;  // shard only
  Doorbell& writer_bell_;
  Doorbell shard_bell_;
};

}  // namespace spider::pipeline
