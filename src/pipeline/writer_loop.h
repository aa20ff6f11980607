#pragma once
// WriterLoop: the one thread that writes to the store. Takes RecordBatches from every shard,
// commits at least every commit_ms, and tells a run when its last record is durable. When the store
// refuses (disk full), it goes on emptying the rings: what cannot be stored is counted, the reason
// is logged once and shown, and writing resumes by itself.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/thread.h"
#include "spider/store/store_writer.h"

#include "pipeline/comm_ring.h"
#include "pipeline/run.h"
#include "pipeline/standing.h"

namespace spider::pipeline {

class WriterLoop {
 public:
  WriterLoop(store::StoreWriter& writer, std::uint32_t commit_ms, const Standing& standing);
  ~WriterLoop();
  WriterLoop(const WriterLoop&) = delete;
  WriterLoop& operator=(const WriterLoop&) = delete;

  void start(std::vector<CommRing*> rings);
  // Empties the rings, commits, ends. The shards have stopped.
  void stop();

  // Runs `task` on the writer's thread, between two batches, and returns when it is done. False:
  // the loop has ended or never began. Any thread but the writer's.
  bool call(const std::function<void(store::StoreWriter&)>& task);
  // Removes everything of a source whose run is over; any other thread. Errors: those of the store;
  // purge_stopped when there is no writer.
  [[nodiscard]] base::Result<void> purge(model::SourceId source);

  [[nodiscard]] Doorbell& bell() noexcept { return bell_; }
  // Why nothing is stored at present; empty when all is well. Any thread.
  [[nodiscard]] std::optional<base::Error> trouble() const;
  [[nodiscard]] std::uint64_t communications() const noexcept {
    return communications_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t commits() const noexcept {
    return commits_.load(std::memory_order_relaxed);
  }

 private:
  void loop(std::stop_token stop);
  void make_way() const noexcept;
  bool serve_all();
  bool serve_task();
  void end_tasks();
  void take(CommRing& ring, CommRing::Item item);
  static void book_records(model::RecordBatch& batch, model::Quality communications,
                           model::Quality sessions, std::uint64_t n);
  [[nodiscard]] bool store(model::RecordBatch& batch);
  void lose(model::RecordBatch& batch);
  bool write_lost();
  void commit(bool wait);
  void ended(const base::Result<bool>& done);
  void failed(const base::Error& error);
  void recovered();

  store::StoreWriter& writer_;
  const Standing& standing_;
  const std::chrono::milliseconds commit_every_;
  std::vector<CommRing*> rings_;
  Doorbell bell_;
  bool dirty_ = false;
  bool committing_ = false;  // begun, not ended
  std::chrono::steady_clock::time_point committed_;
  std::vector<std::shared_ptr<Run>> ended_;  // wait for the commit that makes them durable
  // Books of batches that could not be stored, by source, until the store takes writes again.
  std::map<model::SourceId, model::QualityLog> lost_;
  struct Task {
    const std::function<void(store::StoreWriter&)>* work = nullptr;
    bool done = false;
    bool ran = false;
  };
  std::mutex tasks_mutex_;
  std::condition_variable task_done_;
  std::deque<Task*> tasks_;   // guarded by tasks_mutex_
  bool takes_tasks_ = false;  // guarded by tasks_mutex_
  std::atomic<bool> has_tasks_{false};
  mutable std::mutex mutex_;
  std::optional<base::Error> trouble_;  // guarded by mutex_
  std::atomic<std::uint64_t> communications_{0};
  std::atomic<std::uint64_t> commits_{0};
  base::Thread thread_;
};

}  // namespace spider::pipeline
