#pragma once
// Flow: a TcpFlow with what the table needs to find, age and queue it. FlowPool: where flows live;
// they never move, and their memory is reused, and given back after a rush.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "spider/model/address.h"

#include "reassembly/tcp_flow.h"

namespace spider::reassembly {

struct Flow {
  static constexpr std::uint32_t kNotQueued = 0xFFFF'FFFF;

  model::FlowKey key;
  std::uint32_t index = 0;  // in the pool
  std::uint64_t hash = 0;   // of the index
  Flow* older = nullptr;    // in its phase's list
  Flow* newer = nullptr;
  Ticks touched = 0;  // when it was put at that list's end
  Ticks due = kNever;
  std::uint32_t queue_place = kNotQueued;  // in the DueQueue
  TcpFlow::Phase phase = TcpFlow::Phase::syn;
  TcpFlow tcp;
};

class FlowPool {
 public:
  [[nodiscard]] Flow& take() {
    if (free_.empty()) begin_slab();
    const std::uint32_t index = free_.back();
    free_.pop_back();
    most_used_ = std::max(most_used_, ++used_);
    Flow& flow = at(index);
    flow = Flow{};
    flow.index = index;
    return flow;
  }
  void give(const Flow& flow) {
    free_.push_back(flow.index);
    --used_;
  }
  // To be called now and then: slabs without a flow go, when there were never flows for half of all
  // since the last call.
  void rest() {
    const std::size_t needed = std::exchange(most_used_, used_) / kSlab + 1;
    if (slabs_.size() - gone_.size() <= 2 * needed) return;
    std::vector<std::uint32_t> free_in(slabs_.size());
    for (const std::uint32_t index : free_) ++free_in[index / kSlab];
    std::erase_if(free_, [&](std::uint32_t index) { return free_in[index / kSlab] == kSlab; });
    free_.shrink_to_fit();
    for (std::uint32_t slab = 0; slab < slabs_.size(); ++slab) {
      if (free_in[slab] != kSlab) continue;
      slabs_[slab].reset();
      gone_.push_back(slab);
    }
    free_.reserve(flows_held());
  }
  [[nodiscard]] Flow& at(std::uint32_t index) const noexcept {
    return slabs_[index / kSlab][index % kSlab];
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::size_t bytes_held() const noexcept {
    return flows_held() * (sizeof(Flow) + sizeof(std::uint32_t));
  }

 private:
  static constexpr std::uint32_t kSlab = 128;

  [[nodiscard]] std::size_t flows_held() const noexcept {
    return (slabs_.size() - gone_.size()) * kSlab;
  }
  void begin_slab() {
    if (gone_.empty()) {
      gone_.push_back(static_cast<std::uint32_t>(slabs_.size()));
      slabs_.emplace_back();
    }
    const std::uint32_t slab = gone_.back();
    slabs_[slab] = std::make_unique<Flow[]>(kSlab);
    gone_.pop_back();
    free_.reserve(flows_held());
    for (std::uint32_t i = kSlab; i-- > 0;) free_.push_back(slab * kSlab + i);
  }

  std::vector<std::unique_ptr<Flow[]>> slabs_;
  std::vector<std::uint32_t> gone_;  // slabs that rest() took
  std::vector<std::uint32_t> free_;
  std::size_t used_ = 0;
  std::size_t most_used_ = 0;  // since the last rest()
};

}  // namespace spider::reassembly
