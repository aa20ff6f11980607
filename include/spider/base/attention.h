#pragma once
// Attention: whether somebody waits for an answer right now, for work that may wait instead: who
// answers says so with an Answering, who has time looks with asked(). Any thread; two atomics, no
// lock. Times are of the steady clock.

#include <atomic>
#include <chrono>
#include <cstdint>

namespace spider::base {

class Attention {
 public:
  using Clock = std::chrono::steady_clock;
  // Whoever asks once is likely to ask again: attention stays for as long after an answer.
  static constexpr std::chrono::milliseconds kLinger{50};

  // For as long as it lives somebody waits. `of` may be null: then nobody looks.
  class Answering {
   public:
    explicit Answering(Attention* of) noexcept : of_(of) {
      if (of_ != nullptr) of_->under_way_.fetch_add(1, std::memory_order_relaxed);
    }
    ~Answering() {
      if (of_ == nullptr) return;
      of_->answered_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
      of_->under_way_.fetch_sub(1, std::memory_order_release);
    }
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;

   private:
    Attention* of_;
  };

  [[nodiscard]] bool asked(Clock::time_point now) const noexcept {
    if (under_way_.load(std::memory_order_acquire) != 0) return true;
    const Clock::time_point last{Clock::duration{answered_.load(std::memory_order_relaxed)}};
    return last.time_since_epoch().count() != 0 && now - last < kLinger;
  }

 private:
  std::atomic<std::uint32_t> under_way_{0};
  std::atomic<Clock::rep> answered_{0};  // when the last answer was ready; 0: never
};

}  // namespace spider::base
