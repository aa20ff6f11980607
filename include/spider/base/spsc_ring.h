#pragma once
// SpscRing<T>: a bounded queue between exactly one producer thread and one consumer thread.
//
// Lock-free; capacity is a power of two fixed at birth. try_push moves from its argument only when
// it succeeds, so a full ring loses nothing by itself: the caller decides to wait, shed or count.
// Each side keeps a cached copy of the other's index, so the shared cache lines move only when the
// cached view runs out.

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

#include "spider/base/prefetch.h"

namespace spider::base {

template <class T>
class SpscRing {
 public:
  explicit SpscRing(std::size_t capacity_min)
      : mask_(std::bit_ceil(capacity_min < 2 ? 2 : capacity_min) - 1),
        slots_(std::make_unique<T[]>(mask_ + 1)) {}
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

  // Producer. False when full; the value is then untouched.
  [[nodiscard]] bool try_push(T& value) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ > mask_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ > mask_) return false;
    }
    slots_[tail & mask_] = std::move(value);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer. False when empty.
  [[nodiscard]] bool try_pop(T& value) noexcept {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    value = std::move(slots_[head & mask_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  // Either side or a third thread; a moment's view.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::size_t head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_acquire) - head;
  }

 private:
  const std::size_t mask_;
  const std::unique_ptr<T[]> slots_;
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};  // producer writes
  std::size_t head_seen_ = 0;                             // producer only
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};  // consumer writes
  std::size_t tail_seen_ = 0;                             // consumer only
  alignas(kCacheLine) char pad_[kCacheLine] = {};
};

}  // namespace spider::base
