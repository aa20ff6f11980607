#pragma once
// DurationSketch: percentiles of durations in bounded memory. Up to kExactDurations values are kept
// as they are; more go to buckets that grow with the value, 64 to each power of two: a bucket's
// middle is at most 1/128 of the value off. What it tells depends on the values alone, never on
// their order or on how sketches were merged. Buckets of a power of two take memory when the first
// value falls into them: 512 bytes each, at most 28 KiB in all.
//
// Idea: logarithmic buckets with linear steps, as in HdrHistogram. Owned by one thread.

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "spider/query/statistics.h"

namespace spider::query {

class DurationSketch {
 public:
  // Negative ones (a clock that stepped back) count as 0.
  void add(std::int64_t ns) {
    const std::uint64_t v = ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
    ++count_;
    max_ = v > max_ ? v : max_;
    if (octaves_) {
      ++slot(v);
    } else {
      add_exact(v);
    }
  }
  void merge(const DurationSketch& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] bool exact() const noexcept { return !octaves_; }
  [[nodiscard]] base::Duration max() const noexcept { return {static_cast<std::int64_t>(max_)}; }
  // The smallest value that at least `share` of all (in percent, 1 to 100) do not exceed; 0 of
  // none.
  [[nodiscard]] base::Duration percentile(unsigned share) const;

 private:
  static constexpr unsigned kStepBits = 6;  // 64 steps in a power of two
  static constexpr unsigned kSteps = 1U << kStepBits;
  static constexpr unsigned kOctaves = 64 - kStepBits;  // the first holds 0 to 63 as they are
  using Octave = std::array<std::uint64_t, kSteps>;
  using Octaves = std::array<std::unique_ptr<Octave>, kOctaves>;

  [[nodiscard]] static unsigned octave_of(std::uint64_t v) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(v));
    return width <= kStepBits ? 0 : width - kStepBits;
  }
  [[nodiscard]] static unsigned step_of(std::uint64_t v, unsigned octave) noexcept {
    return octave == 0 ? static_cast<unsigned>(v)
                       : static_cast<unsigned>(v >> (octave - 1U)) & (kSteps - 1U);
  }
  [[nodiscard]] std::uint64_t& slot(std::uint64_t v) {
    const unsigned octave = octave_of(v);
    std::unique_ptr<Octave>& page = (*octaves_)[octave];
    if (!page) page = std::make_unique<Octave>();
    return (*page)[step_of(v, octave)];
  }
  void add_exact(std::uint64_t v);
  void leave_exact();
  [[nodiscard]] std::uint64_t ranked(std::uint64_t rank) const;

  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::vector<std::uint64_t> values_;  // while exact
  std::unique_ptr<Octaves> octaves_;
};

}  // namespace spider::query
