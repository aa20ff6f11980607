#pragma once
// Standing: how the threads that serve imports stand to those that answer questions. A file can
// wait, who asks a question does not like to. So between two batches of an import, while somebody
// waits for an answer, a thread lets whoever waits for its processor go first: else an answer of a
// millisecond waits for the scheduler's next tick, which may be four away. A live capture cannot
// wait: while there is one, nobody makes way. Nobody who does holds a lock. Any thread.

#include <atomic>

#include <sched.h>

#include "spider/base/attention.h"

namespace spider::pipeline {

class Standing {
 public:
  // Null: nobody asks questions.
  explicit Standing(const base::Attention* attention) noexcept : attention_(attention) {}

  // A live run is about to begin, or has ended.
  void live_begins() noexcept { live_.fetch_add(1, std::memory_order_relaxed); }
  void live_ends() noexcept { live_.fetch_sub(1, std::memory_order_relaxed); }

  [[nodiscard]] bool in_the_way() const noexcept {
    return attention_ != nullptr && live_.load(std::memory_order_relaxed) == 0 &&
           attention_->asked(base::Attention::Clock::now());
  }
  // True when the processor was offered to others.
  bool make_way() const noexcept { return in_the_way() && ::sched_yield() == 0; }

 private:
  const base::Attention* attention_;
  std::atomic<int> live_{0};
};

}  // namespace spider::pipeline
