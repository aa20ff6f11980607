#include "pipeline/shard.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "spider/base/patience.h"

namespace spider::pipeline {
namespace {
using Clock = std::chrono::steady_clock;
constexpr auto kFlushEvery = std::chrono::milliseconds(50);
constexpr auto kSleep = std::chrono::milliseconds(50);
constexpr auto kLongSleep = std::chrono::milliseconds(1'000);  // without a run nothing falls due
// Batches of one run before the next one has its turn.
constexpr int kTurn = 4;
}  // namespace

Shard::Input::Input(Shard& owner, std::shared_ptr<Run> of)
    : shard(owner),
      run(std::move(of)),
      lanes(*run, owner.index_, owner.shards_, owner.config_, owner.store_, *this) {}

model::RecordBatch* Shard::Input::take() { return shard.output_.take(shard.inputs_.size()); }

void Shard::Input::hand_over(model::RecordBatch* batch) { shard.output_.hand_over(batch, run); }

Shard::Shard(Serves what, std::size_t index, std::size_t shards, const FloorConfigs& config,
             store::Store& store, Doorbell& writer_bell, const Standing& standing)
    : serves_(what),
      index_(index),
      shards_(shards),
      config_(config),
      store_(store),
      standing_(standing),
      output_(writer_bell) {}

void Shard::start() {
  thread_ =
      base::Thread(fmt::format("shard-{}{}", serves_ == Serves::files ? "files-" : "", index_),
                   [this](std::stop_token stop) { loop(std::move(stop)); });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  bell_.ring();
  thread_.join();
}

void Shard::adopt(std::shared_ptr<Run> run) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    adopted_.push_back(std::move(run));
  }
  has_adopted_.store(true, std::memory_order_release);
  bell_.ring();
}

void Shard::adopt_new() {
  if (!has_adopted_.exchange(false, std::memory_order_acquire)) return;
  std::vector<std::shared_ptr<Run>> fresh;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    fresh.swap(adopted_);
  }
  for (auto& run : fresh) inputs_.push_back(std::make_unique<Input>(*this, std::move(run)));
}

bool Shard::serve(Input& input) {
  PacketRing& ring = *input.run->rings[index_];
  bool any = false;
  for (int turn = 0; turn < kTurn; ++turn) {
    model::PacketBatch* batch = ring.take_filled();
    if (batch == nullptr) break;
    any = true;
    if (serves_ == Serves::files) standing_.make_way();
    input.lanes.on_batch(*batch);
    if (batch->end_of_source) {
      input.lanes.finish();
      input.ended = true;
    }
    ring.give_back(batch);
    if (input.ended) break;
  }
  return any;
}

bool Shard::serve_all() {
  bool any = false;
  for (const auto& input : inputs_) any = serve(*input) || any;
  std::erase_if(inputs_, [](const auto& input) { return input->ended; });
  return any;
}

void Shard::flush_all() {
  for (const auto& input : inputs_) input->lanes.flush();
}

// What an import takes ends with it.
void Shard::rest() {
  for (const auto& input : inputs_)
    if (input->run->live) input->lanes.rest();
  output_.rest();
}

bool Shard::work_waits() const {
  if (has_adopted_.load(std::memory_order_acquire)) return true;
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [this](const auto& input) { return input->run->rings[index_]->has_filled(); });
}

void Shard::loop(std::stop_token stop) {
  if (serves_ == Serves::files)
    standing_.serve_files();
  else
    base::wake_patiently();
  Clock::time_point flushed = Clock::now();
  Clock::time_point rested = flushed;
  for (;;) {
    adopt_new();
    const bool any = serve_all();
    const auto now = Clock::now();
    if (now - flushed >= kFlushEvery) {
      flush_all();
      flushed = now;
      if (now - rested >= kRestEvery) {
        rest();
        rested = now;
      }
    }
    if (any) continue;
    if (stop.stop_requested()) break;
    bell_.wait(inputs_.empty() ? kLongSleep : kSleep,
               [&] { return work_waits() || stop.stop_requested(); });
  }
  flush_all();
}

}  // namespace spider::pipeline
