#include "store/column_cache.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace spider::store {
namespace {

// As many as keys of a scan over a few times what fits: a count takes a byte.
[[nodiscard]] std::size_t counts_for(std::size_t shard_bytes) {
  constexpr std::size_t kBytesOfOne = 256;
  return std::bit_ceil(std::max<std::size_t>(64, shard_bytes / kBytesOfOne));
}

}  // namespace

ColumnCache::ColumnCache(std::size_t bytes_max)
    : counts_(counts_for(bytes_max / kShards)),
      shard_max_(bytes_max / kShards - std::min(bytes_max / kShards, counts_)) {}

ColumnCache::Value ColumnCache::find(const BlockInfo& block, std::uint8_t part,
                                     std::uint64_t question) {
  Shard& shard = shard_of(block);
  const base::Lock lock(shard.mutex);
  const Key key = key_of(block, part, question);
  shard.count_ask(key);
  const Entry* const entry = shard.entry_of(key);
  if (entry == nullptr || entry->start != block.start_min) return {};
  return entry->value;
}

bool ColumnCache::admits(const BlockInfo& block, std::uint8_t part, std::size_t bytes,
                         std::uint64_t question) {
  const std::size_t room = shard_room();
  if (bytes > kValueBytesMax || bytes + kOverhead > room || block.id >> 56U != 0) return false;
  Shard& shard = shard_of(block);
  const Key key = key_of(block, part, question);
  const base::Lock lock(shard.mutex);
  if (shard.entry_of(key) != nullptr) return false;
  if (shard.bytes + bytes + kOverhead <= room || shard.entries.empty()) return true;
  // Of asks before this one: in the middle of a scan what is still to be asked for has not been
  // counted again either. A question has a number because it was asked before.
  const std::uint64_t asks = shard.asks_of(key);
  const Worth here(key, asks - std::min<std::uint64_t>(asks, 1) + (question != kColumn ? 1 : 0),
                   bytes);
  const Worth there = shard.worth_of(shard.entries[shard.worst_of_some()]);
  return there < here || (there.asks == 0 && shard.any_number() % kAdmitted == 0);
}

void ColumnCache::keep(const BlockInfo& block, std::uint8_t part, std::uint64_t question,
                       base::Bytes value) {
  const std::size_t bytes = value.size() + kOverhead;
  const std::size_t room = shard_room();
  if (value.size() > kValueBytesMax || bytes > room || block.id >> 56U != 0) return;
  Shard& shard = shard_of(block);
  const Key key = key_of(block, part, question);
  auto kept = std::make_shared_for_overwrite<std::uint8_t[]>(value.size());
  std::copy(value.begin(), value.end(), kept.get());
  const base::Lock lock(shard.mutex);
  if (shard.entry_of(key) != nullptr) return;
  if (shard.asks.empty()) {
    shard.asks.resize(counts_);
    shard.count_ask(key);  // that brought it here
  }
  while (shard.bytes + bytes > room) shard.drop_one();
  shard.entries.push_back({key, block.start_min, {std::move(kept), value.size()}});
  shard.enter(shard.entries.size() - 1);
  shard.bytes += bytes;
}

void ColumnCache::leave_room(std::size_t bytes) {
  left_.store((bytes + kShards - 1) / kShards, std::memory_order_relaxed);
  const std::size_t room = shard_room();
  for (Shard& shard : shards_) {
    const base::Lock lock(shard.mutex);
    while (shard.bytes > room && !shard.entries.empty()) shard.drop_one();
  }
}

std::size_t ColumnCache::bytes() {
  std::size_t sum = 0;
  for (Shard& shard : shards_) {
    const base::Lock lock(shard.mutex);
    sum += shard.bytes;
  }
  return sum;
}

// Xorshift (Marsaglia, 2003).
std::uint64_t ColumnCache::Shard::any_number() noexcept {
  chance ^= chance << 13U;
  chance ^= chance >> 7U;
  chance ^= chance << 17U;
  return chance >> 16U;
}

void ColumnCache::Shard::count_ask(const Key& key) {
  if (asks.empty()) return;
  const std::uint64_t hash = hash_of(key);
  const std::size_t mask = asks.size() - 1;
  std::uint8_t& one = asks[hash & mask];
  std::uint8_t& other = asks[hash >> 32U & mask];
  const std::uint8_t count = std::min(one, other);
  if (count < kCountMax) {  // the greater one has counted asks of another key
    if (one == count) one = static_cast<std::uint8_t>(count + 1);
    if (other == count) other = static_cast<std::uint8_t>(count + 1);
  }
  if (++asks_counted < kLately * std::max<std::size_t>(entries.size(), 64)) return;
  asks_counted = 0;
  for (std::uint8_t& of : asks) of = static_cast<std::uint8_t>(of / 2);
}

std::uint64_t ColumnCache::Shard::asks_of(const Key& key) const {
  if (asks.empty()) return 0;
  const std::uint64_t hash = hash_of(key);
  const std::size_t mask = asks.size() - 1;
  return std::min(asks[hash & mask], asks[hash >> 32U & mask]);
}

ColumnCache::Worth ColumnCache::Shard::worth_of(const Entry& entry) const {
  return {entry.key, asks_of(entry.key), entry.value.size};
}

std::size_t ColumnCache::Shard::worst_of_some() {
  std::size_t at = any_number() % entries.size();
  for (int i = 1; i < kChoices; ++i) {
    const std::size_t other = any_number() % entries.size();
    const Worth a = worth_of(entries[at]);
    const Worth b = worth_of(entries[other]);
    // Of those that nobody asked for lately the largest.
    if (b < a || (!(a < b) && b.bytes > a.bytes)) at = other;
  }
  return at;
}

void ColumnCache::Shard::drop_one() {
  const std::size_t at = worst_of_some();
  bytes -= entries[at].value.size + kOverhead;
  leave(slot_of(at));
  const std::size_t last = entries.size() - 1;
  if (at != last) {
    slots[slot_of(last)] = (hash_of(entries[last].key) >> 32U) << 32U | (at + 1);
    entries[at] = std::move(entries.back());
  }
  entries.pop_back();
}

ColumnCache::Entry* ColumnCache::Shard::entry_of(const Key& key) {
  if (slots.empty()) return nullptr;
  const std::uint64_t hash = hash_of(key);
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = hash & mask; slots[at] != 0; at = (at + 1) & mask) {
    if (slots[at] >> 32U != hash >> 32U) continue;
    Entry& entry = entries[static_cast<std::uint32_t>(slots[at]) - 1];
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::size_t ColumnCache::Shard::slot_of(std::size_t place) {
  const std::size_t mask = slots.size() - 1;
  std::size_t at = hash_of(entries[place].key) & mask;
  while (static_cast<std::uint32_t>(slots[at]) != place + 1) at = (at + 1) & mask;
  return at;
}

void ColumnCache::Shard::enter(std::size_t place) {
  constexpr std::size_t kSlotsMin = 64;
  const auto put = [this](std::size_t of) SPIDER_REQUIRES(mutex) {
    const std::uint64_t hash = hash_of(entries[of].key);
    const std::size_t mask = slots.size() - 1;
    std::size_t at = hash & mask;
    while (slots[at] != 0) at = (at + 1) & mask;
    slots[at] = (hash >> 32U) << 32U | (of + 1);
  };
  if (entries.size() * 2 <= slots.size()) return put(place);
  slots.assign(std::max(kSlotsMin, slots.size() * 2), 0);
  for (std::size_t i = 0; i < entries.size(); ++i) put(i);
}

// Those behind it that were not put where they belong step back, so that no search ends too soon.
void ColumnCache::Shard::leave(std::size_t slot) {
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = (slot + 1) & mask; slots[at] != 0; at = (at + 1) & mask) {
    const std::size_t home = hash_of(entries[static_cast<std::uint32_t>(slots[at]) - 1].key) & mask;
    if (((at - home) & mask) < ((at - slot) & mask)) continue;
    slots[slot] = slots[at];
    slot = at;
  }
  slots[slot] = 0;
}

}  // namespace spider::store
