#pragma once
// FlowIndex: from a 5-tuple's hash to the flow's number, open addressing with linear probing. A
// slot is eight bytes: the number and half of the hash; the key itself is compared in the flow.
// The hash is a model::TableHash: flows under one that a sender can work out would be made to lie
// in one row, and be searched one by one.
// Deleting moves followers back, so there are no tombstones and a flood leaves no trace.
//
// Grows by doubling until the flow limit, then never allocates; rest() makes it small again.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace spider::reassembly {

class FlowIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

  FlowIndex() : slots_(kSmallest) {}

  // The first flow with this hash that `same(number)` agrees to; kNone when there is none.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same&& same) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t i = home(hash);; i = next(i)) {
      const Slot slot = slots_[i];
      if (slot.flow == kNone) return kNone;
      if (slot.tag == tag && same(slot.flow)) return slot.flow;
    }
  }
  // The first candidate, for prefetching.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const noexcept {
    const Slot slot = slots_[home(hash)];
    return slot.tag == tag_of(hash) ? slot.flow : kNone;
  }

  void insert(std::uint64_t hash, std::uint32_t flow) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    place({flow, tag_of(hash)});
    ++used_;
  }
  void erase(std::uint64_t hash, std::uint32_t flow) noexcept {
    std::size_t hole = home(hash);
    while (slots_[hole].flow != flow) hole = next(hole);
    for (std::size_t i = next(hole); slots_[i].flow != kNone; i = next(i)) {
      // A follower may fill the hole when its home does not lie behind the hole.
      const std::size_t from = slots_[i].tag & (slots_.size() - 1);
      if (((i - from) & (slots_.size() - 1)) < ((i - hole) & (slots_.size() - 1))) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = {};
    --used_;
  }

  // Of a table that is all but empty: as large as it would have grown for twice as many.
  void rest() {
    const std::size_t slots = std::max(kSmallest, std::bit_ceil(used_ * 4));
    if (slots * 4 <= slots_.size()) resize(slots);
  }

  [[nodiscard]] std::size_t bytes_held() const noexcept { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint32_t flow = kNone;
    std::uint32_t tag = 0;
  };
  static constexpr std::size_t kSmallest = 256;

  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32U);
  }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
    return tag_of(hash) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t i) const noexcept {
    return (i + 1) & (slots_.size() - 1);
  }
  void place(Slot slot) noexcept {
    std::size_t i = slot.tag & (slots_.size() - 1);
    while (slots_[i].flow != kNone) i = next(i);
    slots_[i] = slot;
  }
  void grow() { resize(slots_.size() * 2); }
  void resize(std::size_t slots) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.flow != kNone) place(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace spider::reassembly
