#include "query/duration_sketch.h"

#include <algorithm>
#include <utility>

#include "query/varint.h"

namespace spider::query {

void DurationSketch::put_elsewhere(std::uint64_t v, std::uint32_t bucket) {
  if (counts_.empty()) {
    values_.push_back(v);
    if (values_.size() > kExactDurations) leave_exact();
    return;
  }
  reach(bucket);
  put_many(bucket, 1);
}

void DurationSketch::leave_exact() {
  std::vector<std::uint64_t> values;
  values.swap(values_);
  for (const std::uint64_t v : values) {
    reach(bucket_of(v));
    put_many(bucket_of(v), 1);
  }
}

void DurationSketch::reach(std::uint32_t bucket) {
  const std::uint32_t from = bucket / kSteps * kSteps;
  const auto size = static_cast<std::uint32_t>(counts_.size());
  if (bucket - first_ < size) return;
  const std::uint32_t first = size == 0 ? from : std::min(first_, from);
  const std::uint32_t end = size == 0 ? from + kSteps : std::max(first_ + size, from + kSteps);
  std::vector<std::uint32_t> wider(end - first);  // exactly so many: there may be many groups
  std::copy(counts_.begin(), counts_.end(), wider.begin() + (size == 0 ? 0 : first_ - first));
  counts_.swap(wider);
  first_ = first;
}

void DurationSketch::put_many(std::uint32_t bucket, std::uint32_t count) {
  std::uint32_t& mine = counts_[bucket - first_];
  mine += count;
  if (mine < count) full_.push_back(bucket);
}

void DurationSketch::merge(const DurationSketch& other) {
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  values_.insert(values_.end(), other.values_.begin(), other.values_.end());
  if (exact() && other.exact() && count_ <= kExactDurations) return;
  if (!other.exact()) {
    reach(other.first_);
    reach(other.first_ + static_cast<std::uint32_t>(other.counts_.size()) - 1);
    for (std::uint32_t i = 0; i < other.counts_.size(); ++i)
      if (other.counts_[i] != 0) put_many(other.first_ + i, other.counts_[i]);
    full_.insert(full_.end(), other.full_.begin(), other.full_.end());
  }
  leave_exact();
}

// Exact: the steps between the values. Otherwise counts from the first bucket on; a zero, and how
// many more of them there are.
void DurationSketch::save(std::string& out) const {
  append_varint(out, count_);
  append_varint(out, max_);
  append_varint(out, counts_.size());
  if (exact()) {
    std::vector<std::uint64_t> values = values_;
    std::sort(values.begin(), values.end());
    std::uint64_t last = 0;
    for (const std::uint64_t v : values) append_varint(out, v - std::exchange(last, v));
    return;
  }
  append_varint(out, first_);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    append_varint(out, counts_[i]);
    if (counts_[i] != 0) continue;
    const std::size_t zero = i;
    while (i + 1 < counts_.size() && counts_[i + 1] == 0) ++i;
    append_varint(out, i - zero);
  }
  append_varint(out, full_.size());
  for (const std::uint32_t bucket : full_) append_varint(out, bucket);
}

bool DurationSketch::merge_saved(base::ByteReader& in) {
  const std::uint64_t count = in.varint();
  const std::uint64_t max = in.varint();
  const std::uint64_t buckets = in.varint();
  if (buckets != 0) {
    const std::uint64_t first = in.varint();
    if (buckets > kBuckets || first > kBuckets - buckets || in.failed()) return false;
    reach(static_cast<std::uint32_t>(first));
    reach(static_cast<std::uint32_t>(first + buckets - 1));
    leave_exact();
    if (!merge_counts(in, counts_.data() + (first - first_), static_cast<std::uint32_t>(first),
                      buckets))
      return false;
    for (std::uint64_t full = in.varint(); full > 0 && !in.failed(); --full)
      full_.push_back(static_cast<std::uint32_t>(in.varint()));
  } else {
    std::uint64_t v = 0;
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      v += in.varint();
      put(v, bucket_of(v));
    }
  }
  note(count, max);
  return !in.failed();
}

// Most counts are one byte, and most of what is kept are counts.
bool DurationSketch::merge_counts(base::ByteReader& in, std::uint32_t* to, std::uint32_t bucket,
                                  std::uint64_t buckets) {
  const std::uint8_t* const begin = in.rest().data();
  const std::uint8_t* const end = begin + in.remaining();
  const std::uint8_t* at = begin;
  const auto next = [&]() -> std::uint64_t {
    std::uint64_t out = 0;
    for (unsigned shift = 0; at != end && shift < 64; shift += 7) {
      const std::uint8_t b = *at++;
      out |= static_cast<std::uint64_t>(b & 0x7FU) << shift;
      if (b < 0x80) break;
    }
    return out;
  };
  for (std::uint64_t i = 0; i < buckets; ++i) {
    if (at == end) return false;
    const auto count = static_cast<std::uint32_t>(*at < 0x80 ? *at++ : next());
    if (count == 0) {
      i += next();
      continue;
    }
    to[i] += count;
    if (to[i] < count) full_.push_back(bucket + static_cast<std::uint32_t>(i));
  }
  in.skip(static_cast<std::size_t>(at - begin));
  return true;
}

// The middle of the bucket in which the value of this rank (from 1) lies.
std::uint64_t DurationSketch::ranked(std::uint64_t rank) const {
  for (std::uint32_t i = 0; i < counts_.size(); ++i) {
    const std::uint32_t bucket = first_ + i;
    std::uint64_t here = counts_[i];
    if (!full_.empty())
      here += static_cast<std::uint64_t>(std::count(full_.begin(), full_.end(), bucket)) << 32U;
    if (here < rank) {
      rank -= here;
      continue;
    }
    if (bucket < kSteps) return bucket;
    const std::uint64_t width = std::uint64_t{1} << (bucket / kSteps - 1U);
    return (std::uint64_t{kSteps} + bucket % kSteps) * width + width / 2;
  }
  return max_;
}

base::Duration DurationSketch::percentile(unsigned share) const {
  if (count_ == 0) return {};
  const std::uint64_t rank =
      std::max<std::uint64_t>(1, count_ / 100 * share + (count_ % 100 * share + 99) / 100);
  std::uint64_t value = 0;
  if (!exact()) {
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
