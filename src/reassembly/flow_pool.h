#pragma once
// Flow: a TcpFlow with what the table needs to find, age and queue it. FlowPool: where flows live;
// they never move, and their memory is reused.

#include <memory>
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
    if (free_.empty()) {
      slabs_.push_back(std::make_unique<Flow[]>(kSlab));
      free_.reserve(slabs_.size() * kSlab);
      const auto first = static_cast<std::uint32_t>((slabs_.size() - 1) * kSlab);
      for (std::uint32_t i = kSlab; i-- > 0;) free_.push_back(first + i);
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    ++used_;
    Flow& flow = at(index);
    flow = Flow{};
    flow.index = index;
    return flow;
  }
  void give(const Flow& flow) {
    free_.push_back(flow.index);
    --used_;
  }
  [[nodiscard]] Flow& at(std::uint32_t index) const noexcept {
    return slabs_[index / kSlab][index % kSlab];
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::size_t bytes_held() const noexcept {
    return slabs_.size() * kSlab * (sizeof(Flow) + sizeof(std::uint32_t));
  }

 private:
  static constexpr std::uint32_t kSlab = 128;
  std::vector<std::unique_ptr<Flow[]>> slabs_;
  std::vector<std::uint32_t> free_;
  std::size_t used_ = 0;
};

}  // namespace spider::reassembly
