#pragma once
// Doorbell: lets the one consumer of some rings sleep while there is nothing to do.
//
// ring() after a push costs one relaxed-to-seq_cst check when the consumer is awake. wait() returns
// when rung or after the time-out; a ring that comes between the consumer's last look and its wait
// is never lost, because the consumer announces itself first and looks again (the `ready` call).

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace spider::pipeline {

class Doorbell {
 public:
  void ring() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!sleeping_.load(std::memory_order_relaxed)) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    rung_ = true;
    condition_.notify_one();
  }

  template <class Ready>
  void wait(std::chrono::milliseconds timeout, Ready&& ready) {
    std::unique_lock<std::mutex> lock(mutex_);
    rung_ = false;
    sleeping_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!ready()) condition_.wait_for(lock, timeout, [this] { return rung_; });
    sleeping_.store(false, std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> sleeping_{false};
  std::mutex mutex_;
  std::condition_variable condition_;
  bool rung_ = false;
};

}  // namespace spider::pipeline
