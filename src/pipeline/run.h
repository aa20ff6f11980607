#pragma once
// Run: one stretch of reading one source, from opening to its last record: a live capture between
// start and stop, or one import. Its books are the sum of what its batches said.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/model/ids.h"
#include "spider/model/quality.h"
#include "spider/model/whisperer.h"

#include "pipeline/meters.h"
#include "pipeline/packet_ring.h"

namespace spider::pipeline {

struct Run {
  model::SourceId source{};
  std::uint32_t number = 0;  // among the runs of the source
  model::WhispererConfig whisperer;
  bool live = false;                               // never waits: a full ring drops packets
  std::vector<std::unique_ptr<PacketRing>> rings;  // one per shard
  std::vector<std::unique_ptr<RunMeter>> meters;   // likewise

  // Written by the writer thread, read by anyone.
  [[nodiscard]] model::QualityCounts books() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return books_;
  }
  void book(const model::QualityLog& log) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const model::QualityMinute& m : log.minutes()) books_ += m.counts;
  }
  // What kept some of its records from being stored; the first reason stays.
  void fail(const base::Error& error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_) failure_ = error;
  }
  [[nodiscard]] std::optional<base::Error> failure() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return failure_;
  }
  // A shard has handed over everything; the writer says so once it is durable.
  void shard_done() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (++shards_done_ == rings.size()) done_.notify_all();
  }
  [[nodiscard]] bool done() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return shards_done_ == rings.size();
  }
  void wait_done() {
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return shards_done_ == rings.size(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  model::QualityCounts books_;
  std::size_t shards_done_ = 0;
  std::optional<base::Error> failure_;
};

}  // namespace spider::pipeline
