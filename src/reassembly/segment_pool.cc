#include "reassembly/segment_pool.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace spider::reassembly {

SegmentPool::SegmentPool(std::size_t budget_bytes)
    : random_((std::uint64_t{std::random_device{}()} << 1U) | 1U),
      blocks_max_(std::clamp<std::size_t>(budget_bytes / (kSlabBlocks * kBlockBytes) * kSlabBlocks,
                                          kSlabBlocks, kNone - 1U)) {
  slabs_.reserve(blocks_max_ / kSlabBlocks);
}

SegmentPool::Index SegmentPool::take() {
  if (blocks_taken_ == blocks_max_) return kNone;
  ++blocks_taken_;
  if (free_ != kNone) {
    const Index block = free_;
    std::memcpy(&free_, at(block), sizeof(free_));
    return block;
  }
  if (fresh_ / kSlabBlocks == slabs_.size())
    slabs_.emplace_back(new std::uint8_t[kSlabBlocks * kBlockBytes]);  // untouched pages cost none
  return fresh_++;
}

void SegmentPool::give(Index block) noexcept {
  std::memcpy(at(block), &free_, sizeof(free_));
  free_ = block;
  --blocks_taken_;
}

}  // namespace spider::reassembly
