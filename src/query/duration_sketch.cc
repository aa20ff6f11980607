#include "query/duration_sketch.h"

#include <algorithm>

namespace spider::query {

void DurationSketch::add_exact(std::uint64_t v) {
  values_.push_back(v);
  if (values_.size() > kExactDurations) leave_exact();
}

void DurationSketch::leave_exact() {
  octaves_ = std::make_unique<Octaves>();
  for (const std::uint64_t v : values_) ++slot(v);
  values_.clear();
  values_.shrink_to_fit();
}

void DurationSketch::merge(const DurationSketch& other) {
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  if (!octaves_ && (other.octaves_ || count_ > kExactDurations)) leave_exact();
  if (!octaves_) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    return;
  }
  for (const std::uint64_t v : other.values_) ++slot(v);
  if (!other.octaves_) return;
  for (unsigned o = 0; o < kOctaves; ++o) {
    const auto& theirs = (*other.octaves_)[o];
    if (!theirs) continue;
    auto& mine = (*octaves_)[o];
    if (!mine) mine = std::make_unique<Octave>();
    for (unsigned s = 0; s < kSteps; ++s) (*mine)[s] += (*theirs)[s];
  }
}

// The middle of the bucket in which the value of this rank (from 1) lies.
std::uint64_t DurationSketch::ranked(std::uint64_t rank) const {
  for (unsigned o = 0; o < kOctaves; ++o) {
    const auto& page = (*octaves_)[o];
    if (!page) continue;
    for (unsigned s = 0; s < kSteps; ++s) {
      if ((*page)[s] < rank) {
        rank -= (*page)[s];
        continue;
      }
      if (o == 0) return s;
      const std::uint64_t width = std::uint64_t{1} << (o - 1U);
      return (std::uint64_t{kSteps} + s) * width + width / 2;
    }
  }
  return max_;
}

base::Duration DurationSketch::percentile(unsigned share) const {
  if (count_ == 0) return {};
  const std::uint64_t rank =
      std::max<std::uint64_t>(1, count_ / 100 * share + (count_ % 100 * share + 99) / 100);
  std::uint64_t value = 0;
  if (octaves_) {
    value = std::min(ranked(rank), max_);
  } else {
    std::vector<std::uint64_t> values = values_;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(values.begin(), at, values.end());
    value = *at;
  }
  return {static_cast<std::int64_t>(value)};
}

}  // namespace spider::query
