#pragma once
// ImportGate: who reads a file into the pipeline from a thread that the pipeline does not own. The
// pipeline closes it before its shards stop: what is under way is told to end and waited for, what
// comes later is refused, so nobody is left waiting for records that no thread will ever store.
// Owned by the pipeline and by those who enter; any thread.

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <utility>

namespace spider::pipeline {

class ImportGate {
 public:
  // True while the caller is inside; gone, it has left. `cancel` may come from another thread as
  // long as that lasts; it returns at once and takes no part in the gate.
  class Pass {
   public:
    Pass(ImportGate& gate, std::function<void()> cancel) : gate_(gate) {
      const std::lock_guard<std::mutex> lock(gate_.mutex_);
      if (gate_.closed_) return;
      entry_ = gate_.inside_.insert(gate_.inside_.end(), std::move(cancel));
      inside_ = true;
    }
    ~Pass() {
      if (!inside_) return;
      const std::lock_guard<std::mutex> lock(gate_.mutex_);
      gate_.inside_.erase(entry_);
      gate_.left_.notify_all();
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    explicit operator bool() const noexcept { return inside_; }

   private:
    ImportGate& gate_;
    std::list<std::function<void()>>::iterator entry_;
    bool inside_ = false;
  };

  // Nobody enters any more; returns when everybody has left.
  void close() {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    for (const auto& cancel : inside_) cancel();
    left_.wait(lock, [this] { return inside_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::list<std::function<void()>> inside_;  // guarded by mutex_, as is closed_
  bool closed_ = false;
};

}  // namespace spider::pipeline
