#pragma once
// Spares: the batches of a ring's one side that nobody uses just now. The one that came last goes
// first: its memory is still in the processor's cache, and where the other side keeps up the others
// are never touched. Those that were touched in a rush, and not needed since, forget their pages.
// One thread.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace spider::pipeline {

// How often those who may hold memory of a rush look whether they need it: seldom enough that a
// line that comes in bursts does not give back what the next one takes again.
inline constexpr auto kRestEvery = std::chrono::seconds(3);

template <class Batch>
class Spares {
 public:
  void reserve(std::size_t batches) { batches_.reserve(batches); }
  void put(Batch* batch) { batches_.push_back(batch); }
  // Null when there is none.
  [[nodiscard]] Batch* take() noexcept {
    if (batches_.empty()) return nullptr;
    Batch* const batch = batches_.back();
    batches_.pop_back();
    least_ = std::min(least_, batches_.size());
    return batch;
  }
  // To be called now and then: what was not needed since the last call forgets its pages.
  void rest() noexcept {
    for (std::size_t i = 0; i < least_; ++i) batches_[i]->forget();
    least_ = batches_.size();
  }

 private:
  std::vector<Batch*> batches_;
  std::size_t least_ = 0;  // the lowest were not taken since the last rest(): so many
};

}  // namespace spider::pipeline
