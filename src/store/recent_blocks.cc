#include "store/recent_blocks.h"

#include <algorithm>

namespace spider::store {

void RecentBlocks::begin(std::uint64_t id) {
  const base::Lock lock(mutex_);
  bounds_ = Bounds{id, id, id};
}

void RecentBlocks::note(const format::BlockKey& key) {
  const base::Lock lock(mutex_);
  // Pieces of several blocks and closed blocks come in turn, not in the order of their ids.
  const auto place = std::find_if(keys_.rbegin(), keys_.rend(),
                                  [&](const format::BlockKey& k) { return k.id < key.id; });
  keys_.insert(place.base(), key);
  log(key);
  if (!bounds_) return;
  bounds_->end = std::max(bounds_->end, key.id + 1);
  if (keys_.size() <= kMax) return;
  bounds_->known_from = keys_.front().id + 1;
  keys_.pop_front();
}

void RecentBlocks::log(const format::BlockKey& key) {
  changes_.push_back(key);
  if (changes_.size() <= kChangesMax) return;
  changes_.pop_front();
  ++forgotten_;
}

void RecentBlocks::note_removed(const format::BlockKey& key) {
  const base::Lock lock(mutex_);
  log(key);
}

std::uint64_t RecentBlocks::noted() const {
  const base::Lock lock(mutex_);
  return forgotten_ + changes_.size();
}

void RecentBlocks::written(std::uint64_t noted) {
  const base::Lock lock(mutex_);
  mark_.written = noted;
}

void RecentBlocks::upheaval() {
  const base::Lock lock(mutex_);
  ++mark_.upheavals;
}

RecentBlocks::Mark RecentBlocks::mark() const {
  const base::Lock lock(mutex_);
  return mark_;
}

std::optional<std::vector<format::BlockKey>> RecentBlocks::changes(const Mark& since,
                                                                   std::size_t most) const {
  const base::Lock lock(mutex_);
  if (since.upheavals % 2 != 0 || since.upheavals != mark_.upheavals ||
      since.written < forgotten_ || forgotten_ + changes_.size() - since.written > most)
    return std::nullopt;
  const auto first = changes_.begin() + static_cast<std::ptrdiff_t>(since.written - forgotten_);
  return std::vector<format::BlockKey>(first, changes_.end());
}

std::optional<std::vector<format::BlockKey>> RecentBlocks::from(RecordKind kind,
                                                                std::uint64_t id) const {
  const base::Lock lock(mutex_);
  if (!bounds_ || id < bounds_->known_from) return std::nullopt;
  const auto first =
      std::lower_bound(keys_.begin(), keys_.end(), id,
                       [](const format::BlockKey& k, std::uint64_t from) { return k.id < from; });
  std::vector<format::BlockKey> out;
  std::copy_if(first, keys_.end(), std::back_inserter(out),
               [&](const format::BlockKey& k) { return k.kind == kind; });
  return out;
}

std::vector<format::BlockKey> RecentBlocks::newest(RecordKind kind, std::size_t count) const {
  const base::Lock lock(mutex_);
  std::vector<format::BlockKey> out;
  for (auto key = keys_.rbegin(); key != keys_.rend() && out.size() < count; ++key)
    if (key->kind == kind) out.push_back(*key);
  return out;
}

std::optional<RecentBlocks::Bounds> RecentBlocks::bounds() const {
  const base::Lock lock(mutex_);
  return bounds_;
}

}  // namespace spider::store
