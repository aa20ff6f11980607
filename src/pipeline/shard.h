#pragma once
// Shard: a thread that rebuilds and parses, either what is captured live or what files hold. It
// owns every flow, stream and parser of its lanes, for every run of its kind; nothing in them is
// shared. Reads the rings of these runs and writes to its CommRing.

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "spider/base/thread.h"

#include "pipeline/comm_ring.h"
#include "pipeline/lanes.h"
#include "pipeline/standing.h"

namespace spider::pipeline {

class Shard {
 public:
  enum class Serves : std::uint8_t { live, files };
  // One of `shards` of its kind.
  Shard(Serves what, std::size_t index, std::size_t shards, const FloorConfigs& config,
        store::Store& store, Doorbell& writer_bell, const Standing& standing);

  void start();
  // Drains what is in the rings, then ends. Runs that did not end are dropped without finishing:
  // the pipeline ends all sources first.
  void stop();

  // Any thread: the shard adopts the run before it looks for its packets.
  void adopt(std::shared_ptr<Run> run);

  [[nodiscard]] Doorbell& bell() noexcept { return bell_; }
  [[nodiscard]] CommRing& output() noexcept { return output_; }

 private:
  struct Input final : BatchExchange {
    Input(Shard& owner, std::shared_ptr<Run> of);
    model::RecordBatch* take() override;
    void hand_over(model::RecordBatch* batch) override;
    Shard& shard;
    std::shared_ptr<Run> run;
    Lanes lanes;
    bool ended = false;
  };

  void loop(std::stop_token stop);
  void adopt_new();
  // True when there was something to do.
  bool serve(Input& input);
  bool serve_all();
  void flush_all();
  void rest();
  [[nodiscard]] bool work_waits() const;

  const Serves serves_;
  const std::size_t index_;
  const std::size_t shards_;
  const FloorConfigs& config_;
  store::Store& store_;
  const Standing& standing_;
  Doorbell bell_;
  CommRing output_;
  std::vector<std::unique_ptr<Input>> inputs_;  // this thread only
  std::mutex mutex_;
  std::vector<std::shared_ptr<Run>> adopted_;  // guarded by mutex_
  std::atomic<bool> has_adopted_{false};
  base::Thread thread_;
};

}  // namespace spider::pipeline
