#pragma once
// DurationSketch: percentiles of durations in bounded memory. Up to kExactDurations values are kept
// as they are; more go to buckets that grow with the value, 64 to each power of two: a bucket's
// middle is at most 1/128 of the value off. What it tells depends on the values alone, never on
// their order or on how sketches were merged. Buckets take memory from the lowest power of two to
// the highest that a value fell into: 256 bytes each, at most 15 KiB in all.
//
// Idea: logarithmic buckets with linear steps, as in HdrHistogram. Owned by one thread.

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/query/statistics.h"

namespace spider::query {

class DurationSketch {
 public:
  // Negative ones (a clock that stepped back) count as 0.
  void add(std::int64_t ns) {
    const std::uint64_t v = ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
    put(v, bucket_of(v));
    note(1, v);
  }

  // The same in steps, for many values of many sketches, whose buckets do not all fit the nearest
  // cache: Places::fetch() ahead, Places::put() each, then note() their count and the largest.
  class Places {
   public:
    explicit Places(DurationSketch& of) : of_(&of) { look(); }
    void fetch(std::uint32_t bucket) const noexcept {
      const std::uint32_t at = bucket - first_;
      __builtin_prefetch(counts_ + (at < size_ ? at : 0), 1);
    }
    void put(std::uint64_t v, std::uint32_t bucket) {
      const std::uint32_t at = bucket - first_;
      if (at < size_ && ++counts_[at] != 0) return;
      if (at < size_) --counts_[at];
      of_->put(v, bucket);
      look();
    }

   private:
    void look() noexcept {
      counts_ = of_->counts_.data();
      first_ = of_->first_;
      size_ = static_cast<std::uint32_t>(of_->counts_.size());
    }
    std::uint32_t* counts_ = nullptr;
    std::uint32_t first_ = 0;
    std::uint32_t size_ = 0;
    DurationSketch* of_;
  };
  void put(std::uint64_t v, std::uint32_t bucket) {
    const std::uint32_t at = bucket - first_;
    if (at >= counts_.size()) return put_elsewhere(v, bucket);
    if (++counts_[at] == 0) full_.push_back(bucket);
  }
  void note(std::uint64_t count, std::uint64_t max) noexcept {
    count_ += count;
    max_ = max > max_ ? max : max_;
  }
  // Of a value below 2^63: 0 to 63 have their own; from there on 64 to each power of two.
  [[nodiscard]] static std::uint32_t bucket_of(std::uint64_t v) noexcept {
    const auto shift = static_cast<std::uint32_t>(std::bit_width(v | kSteps)) - kStepBits - 1;
    return shift * kSteps + static_cast<std::uint32_t>(v >> shift);
  }
  void merge(const DurationSketch& other);
  // All of it in few bytes, and back: adds what was saved, as merge() does. False, and something
  // may have been added, when the bytes are not of save().
  void save(std::string& out) const;
  [[nodiscard]] bool merge_saved(base::ByteReader& in);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] bool exact() const noexcept { return counts_.empty(); }
  [[nodiscard]] base::Duration max() const noexcept { return {static_cast<std::int64_t>(max_)}; }
  // The smallest value that at least `share` of all (in percent, 1 to 100) do not exceed; 0 of
  // none.
  [[nodiscard]] base::Duration percentile(unsigned share) const;

 private:
  static constexpr std::uint32_t kStepBits = 6;  // 64 steps in a power of two
  static constexpr std::uint32_t kSteps = 1U << kStepBits;
  static constexpr std::uint32_t kBuckets = (64 - kStepBits) * kSteps;  // of numbers below 2^63

  void put_elsewhere(std::uint64_t v, std::uint32_t bucket);
  void leave_exact();
  [[nodiscard]] bool merge_counts(base::ByteReader& in, std::uint32_t* to, std::uint32_t bucket,
                                  std::uint64_t buckets);
  // Makes room for the buckets of this one's power of two.
  void reach(std::uint32_t bucket);
  void put_many(std::uint32_t bucket, std::uint32_t count);
  [[nodiscard]] std::uint64_t ranked(std::uint64_t rank) const;

  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::vector<std::uint64_t> values_;  // while exact
  // Small, as the processor's cache is: of what is more than one holds, full_ names the bucket each
  // time it begins again.
  std::vector<std::uint32_t> counts_;  // of the buckets from first_ on; empty while exact
  std::vector<std::uint32_t> full_;
  std::uint32_t first_ = 0;
};

}  // namespace spider::query
