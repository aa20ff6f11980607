#pragma once
// SegmentPool: the memory of all early bytes of a lane, in blocks of one size, so that no pattern
// of sizes can fragment it and its budget is a number of blocks.
//
// Slabs are allocated when first needed and kept until rest(): once warm, taking a block allocates
// nothing. Owned by the shard's thread.

#include <cstdint>
#include <memory>
#include <vector>

namespace spider::reassembly {

class SegmentPool {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = 0xFFFF'FFFF;
  static constexpr std::size_t kBlockBytes = 512;

  explicit SegmentPool(std::size_t budget_bytes);

  // kNone when the budget is used up.
  [[nodiscard]] Index take();
  void give(Index block) noexcept;
  // To be called now and then: slabs of which nothing is taken go, when what was taken since the
  // last call at most needs far fewer. Which indexes are given afterwards changes; nothing sees it.
  void rest();
  [[nodiscard]] std::uint8_t* at(Index block) const noexcept {
    return slabs_[block / kSlabBlocks].get() + std::size_t{block % kSlabBlocks} * kBlockBytes;
  }

  // For the shape of the trees in it, which nothing observes. The seed is the process's own, so
  // that no sender can choose positions that make a tree a list.
  [[nodiscard]] std::uint32_t random() noexcept {
    random_ ^= random_ << 13U;
    random_ ^= random_ >> 7U;
    random_ ^= random_ << 17U;
    return static_cast<std::uint32_t>(random_ >> 32U);
  }

  [[nodiscard]] std::size_t blocks_max() const noexcept { return blocks_max_; }
  [[nodiscard]] std::size_t blocks_left() const noexcept { return blocks_max_ - blocks_taken_; }
  [[nodiscard]] std::size_t bytes_held() const noexcept {
    return (slabs_.size() - gone_.size()) * kSlabBlocks * kBlockBytes;
  }

 private:
  static constexpr std::size_t kSlabBlocks = 256;
  static constexpr std::size_t kSlabsKept = 2;  // not worth looking for

  void begin_slab();

  std::vector<std::unique_ptr<std::uint8_t[]>> slabs_;
  std::uint64_t random_;
  std::size_t blocks_max_;
  std::size_t blocks_taken_ = 0;
  std::size_t most_taken_ = 0;  // since the last rest()
  std::vector<Index> gone_;     // slabs that rest() took
  Index free_ = kNone;          // chain of given back blocks
  Index fresh_ = 0;             // blocks of the newest slab that were never taken
  Index fresh_end_ = 0;
};

}  // namespace spider::reassembly
