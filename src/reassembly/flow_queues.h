#pragma once
// AgeList: flows of one phase, idle longest first. DueQueue: flows that want to be called at some
// time though no packet comes, soonest first. Both are intrusive: no flow costs an allocation.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "reassembly/flow_pool.h"

namespace spider::reassembly {

class AgeList {
 public:
  [[nodiscard]] Flow* oldest() const noexcept { return oldest_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  void append(Flow& flow, Ticks now) noexcept {
    flow.touched = now;
    flow.older = newest_;
    flow.newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = &flow;
    newest_ = &flow;
    ++size_;
  }
  void remove(Flow& flow) noexcept {
    (flow.older != nullptr ? flow.older->newer : oldest_) = flow.newer;
    (flow.newer != nullptr ? flow.newer->older : newest_) = flow.older;
    --size_;
  }

 private:
  Flow* oldest_ = nullptr;
  Flow* newest_ = nullptr;
  std::size_t size_ = 0;
};

// A binary heap that knows each flow's place. Of equal times the older session comes first, so the
// order depends on nothing but the packets.
class DueQueue {
 public:
  [[nodiscard]] Flow* soonest() const noexcept { return heap_.empty() ? nullptr : heap_.front(); }
  // Some of the soonest, not in order.
  [[nodiscard]] std::span<Flow* const> first(std::size_t count) const noexcept {
    return {heap_.data(), std::min(count, heap_.size())};
  }
  [[nodiscard]] std::size_t bytes_held() const noexcept { return heap_.capacity() * sizeof(Flow*); }

  void rest() {
    if (heap_.capacity() > 4 * heap_.size() + 1'024) heap_.shrink_to_fit();
  }

  // kNever takes it out.
  void set(Flow& flow, Ticks due) {
    if (flow.queue_place == Flow::kNotQueued) {
      if (due == kNever) return;
      flow.due = due;
      heap_.push_back(&flow);
      flow.queue_place = static_cast<std::uint32_t>(heap_.size() - 1);
      up(heap_.size() - 1);
    } else if (due == kNever) {
      remove(flow);
    } else if (due != flow.due) {
      flow.due = due;
      up(flow.queue_place);
      down(flow.queue_place);
    }
  }

 private:
  void remove(Flow& flow) noexcept {
    const std::size_t place = flow.queue_place;
    flow.queue_place = Flow::kNotQueued;
    flow.due = kNever;
    Flow* const last = heap_.back();
    heap_.pop_back();
    if (last == &flow) return;
    put(place, last);
    up(place);
    down(last->queue_place);
  }
  [[nodiscard]] static bool before(const Flow& a, const Flow& b) noexcept {
    return a.due != b.due ? a.due < b.due : a.tcp.number() < b.tcp.number();
  }
  void put(std::size_t place, Flow* flow) noexcept {
    heap_[place] = flow;
    flow->queue_place = static_cast<std::uint32_t>(place);
  }
  void up(std::size_t place) noexcept {
    Flow* const flow = heap_[place];
    while (place > 0 && before(*flow, *heap_[(place - 1) / 2])) {
      put(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    put(place, flow);
  }
  void down(std::size_t place) noexcept {
    Flow* const flow = heap_[place];
    for (;;) {
      std::size_t child = place * 2 + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
      if (!before(*heap_[child], *flow)) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, flow);
  }

  std::vector<Flow*> heap_;
};

}  // namespace spider::reassembly
