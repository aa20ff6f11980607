#include "query/group_table.h"

#include <algorithm>
#include <bit>
#include <random>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "query/varint.h"

namespace spider::query {

void Tally::merge(const Tally& other) {
  communications += other.communications;
  errors += other.errors;
  unanswered += other.unanswered;
  request_bytes += other.request_bytes;
  response_bytes += other.response_bytes;
  durations.merge(other.durations);
}

void Tally::save(std::string& out) const {
  for (const std::uint64_t sum :
       {communications, errors, unanswered, request_bytes, response_bytes})
    append_varint(out, sum);
  durations.save(out);
}

bool Tally::merge_saved(base::ByteReader& in) {
  for (std::uint64_t* sum :
       {&communications, &errors, &unanswered, &request_bytes, &response_bytes})
    *sum += in.varint();
  return durations.merge_saved(in);
}

Measures Tally::measures() const {
  Measures out;
  out.communications = communications;
  out.timed = durations.count();
  out.errors = errors;
  out.unanswered = unanswered;
  out.request_bytes = request_bytes;
  out.response_bytes = response_bytes;
  out.exact = durations.exact();
  out.p50 = durations.percentile(50);
  out.p90 = durations.percentile(90);
  out.p99 = durations.percentile(99);
  out.max = durations.max();
  return out;
}

GroupKeyHash::GroupKeyHash() {
  std::random_device random;
  seed_ = std::uint64_t{random()} << 32U | random();
}

std::size_t GroupKeyHash::operator()(const GroupKey& key) const noexcept {
  std::uint64_t hash = seed_;
  for (const std::string& part : key.parts)
    hash = XXH3_64bits_withSeed(part.data(), part.size(), hash);
  return static_cast<std::size_t>(hash);
}

std::uint32_t GroupTable::find(const GroupKey& key) {
  const std::uint64_t hash = hash_(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; !slots_.empty() && slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] >> 32U != hash >> 32U) continue;
    const auto index = static_cast<std::uint32_t>(slots_[at]) - 1;
    if (groups_[index].key == key) return index;
  }
  const auto index = static_cast<std::uint32_t>(groups_.size());
  groups_.emplace_back();
  groups_.back().key = key;
  key_bytes_ += key.bytes();
  groups_.back().may_lack = moved_max_;
  if (groups_.size() * 2 > slots_.size()) {
    enter_all();
  } else {
    enter(hash, index);
  }
  return index;
}

void GroupTable::enter(std::size_t hash, std::uint32_t index) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at] != 0) at = (at + 1) & mask;
  slots_[at] = (hash >> 32U) << 32U | (index + 1);
}

void GroupTable::enter_all() {
  constexpr std::size_t kSlotsMin = 64;
  slots_.assign(std::bit_ceil(std::max(kSlotsMin, groups_.size() * 4)), 0);
  for (std::uint32_t i = 0; i < groups_.size(); ++i) enter(hash_(groups_[i].key), i);
}

// The larger stay; of equal ones those with the smaller keys, so that the order of blocks that hold
// the same does not matter.
void GroupTable::shrink(std::size_t most) {
  if (!exceeds(most)) return;
  const auto larger = [](const Group& a, const Group& b) {
    const std::uint64_t left = a.tally.communications;
    const std::uint64_t right = b.tally.communications;
    return left != right ? left > right : a.key < b.key;
  };
  auto edge = groups_.begin() + static_cast<std::ptrdiff_t>(std::min(most, groups_.size()));
  std::nth_element(groups_.begin(), edge, groups_.end(), larger);
  if (key_bytes_ > kKeyBytesMax) std::sort(groups_.begin(), edge, larger);
  key_bytes_ = 0;
  for (auto at = groups_.begin(); at != edge; ++at) {
    if (key_bytes_ + at->key.bytes() > kKeyBytesMax) edge = at;
    if (at == edge) break;
    key_bytes_ += at->key.bytes();
  }
  std::uint64_t most_moved = moved_max_;
  for (auto at = edge; at != groups_.end(); ++at) {
    most_moved = std::max(most_moved, at->tally.communications + at->may_lack);
    rest_.merge(at->tally);
  }
  moved_max_ = most_moved;
  groups_.erase(edge, groups_.end());
  enter_all();
}

// A group that one side does not hold may have been moved there.
void GroupTable::merge(GroupTable&& other) {
  std::vector<bool> met(groups_.size(), false);
  const std::uint64_t mine = std::exchange(moved_max_, 0);
  for (Group& theirs : other.groups_) {
    const std::uint32_t index = find(theirs.key);
    Group& group = groups_[index];
    if (index >= met.size()) {
      group.tally = std::move(theirs.tally);
      group.may_lack = theirs.may_lack + mine;
    } else {
      group.tally.merge(theirs.tally);
      group.may_lack += theirs.may_lack;
      met[index] = true;
    }
  }
  for (std::size_t i = 0; i < met.size(); ++i)
    if (!met[i]) groups_[i].may_lack += other.moved_max_;
  moved_max_ = mine + other.moved_max_;
  rest_.merge(other.rest_);
}

}  // namespace spider::query
