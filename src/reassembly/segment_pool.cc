#include "reassembly/segment_pool.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace spider::reassembly {

SegmentPool::SegmentPool(std::size_t budget_bytes)
    : random_((std::uint64_t{std::random_device{}()} << 1U) | 1U),
      blocks_max_(std::clamp<std::size_t>(budget_bytes / (kSlabBlocks * kBlockBytes) * kSlabBlocks,
                                          kSlabBlocks, kNone - 1U)) {
  slabs_.reserve(blocks_max_ / kSlabBlocks);
}

SegmentPool::Index SegmentPool::take() {
  if (blocks_taken_ == blocks_max_) return kNone;
  most_taken_ = std::max(most_taken_, ++blocks_taken_);
  if (free_ != kNone) {
    const Index block = free_;
    std::memcpy(&free_, at(block), sizeof(free_));
    return block;
  }
  if (fresh_ == fresh_end_) begin_slab();
  return fresh_++;
}

void SegmentPool::begin_slab() {
  std::size_t slab = slabs_.size();
  if (gone_.empty()) {
    slabs_.emplace_back();
  } else {
    slab = gone_.back();
    gone_.pop_back();
  }
  slabs_[slab].reset(new std::uint8_t[kSlabBlocks * kBlockBytes]);  // untouched pages cost none
  fresh_ = static_cast<Index>(slab * kSlabBlocks);
  fresh_end_ = static_cast<Index>(fresh_ + kSlabBlocks);
}

void SegmentPool::rest() {
  const std::size_t needed = std::exchange(most_taken_, blocks_taken_) / kSlabBlocks + 1;
  if (slabs_.size() - gone_.size() <= std::max(2 * needed, kSlabsKept)) return;
  std::vector<std::uint16_t> free_in(slabs_.size());
  for (Index i = free_; i != kNone; std::memcpy(&i, at(i), sizeof(i))) ++free_in[i / kSlabBlocks];
  if (fresh_ != fresh_end_)
    free_in[fresh_ / kSlabBlocks] += static_cast<std::uint16_t>(fresh_end_ - fresh_);
  const auto goes = [&](Index block) { return free_in[block / kSlabBlocks] == kSlabBlocks; };

  if (fresh_ != fresh_end_ && goes(fresh_)) fresh_ = fresh_end_ = 0;
  Index kept = kNone;
  for (Index i = free_; i != kNone;) {
    const Index block = i;
    std::memcpy(&i, at(block), sizeof(i));
    if (goes(block)) continue;
    std::memcpy(at(block), &kept, sizeof(kept));
    kept = block;
  }
  free_ = kept;
  for (std::size_t slab = 0; slab < slabs_.size(); ++slab) {
    if (free_in[slab] != kSlabBlocks) continue;
    slabs_[slab].reset();
    gone_.push_back(static_cast<Index>(slab));
  }
}

void SegmentPool::give(Index block) noexcept {
  std::memcpy(at(block), &free_, sizeof(free_));
  free_ = block;
  --blocks_taken_;
}

}  // namespace spider::reassembly
