#pragma once
// Standing: how the threads that serve imports stand to those that answer questions. A file can
// wait, who asks a question does not like to. So between two batches of an import, while somebody
// waits for an answer, a thread lets whoever waits for its processor go first: else an answer of a
// millisecond waits for the scheduler's next tick, which may be four away. Threads that serve
// nothing but files have a lower share besides, for good. A live capture cannot wait: while there
// is one, the writer, which serves both, makes no way. Nobody who does holds a lock. Any thread.

#include <atomic>

#include <sched.h>

#include "spider/base/attention.h"
#include "spider/base/patience.h"

namespace spider::pipeline {

class Standing {
 public:
  // Null: nobody asks questions.
  explicit Standing(const base::Attention* attention) noexcept : attention_(attention) {}

  // A live run is about to begin, or has ended.
  void live_begins() noexcept { live_.fetch_add(1, std::memory_order_relaxed); }
  void live_ends() noexcept { live_.fetch_sub(1, std::memory_order_relaxed); }

  [[nodiscard]] bool live() const noexcept { return live_.load(std::memory_order_relaxed) != 0; }
  // True when the processor was offered to others.
  bool make_way() const noexcept {
    return attention_ != nullptr && attention_->asked(base::Attention::Clock::now()) &&
           ::sched_yield() == 0;
  }
  // For a thread that serves files and nothing else, at its start.
  void serve_files() const noexcept {
    base::wake_patiently();
    if (attention_ != nullptr) base::step_back(base::kFileLevels);
  }

 private:
  const base::Attention* attention_;
  std::atomic<int> live_{0};
};

}  // namespace spider::pipeline
