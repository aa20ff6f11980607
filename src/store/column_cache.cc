#include "store/column_cache.h"

#include <algorithm>
#include <utility>

namespace spider::store {

ColumnCache::Value ColumnCache::find(const BlockInfo& block, std::uint8_t part,
                                     std::uint64_t question) {
  Shard& shard = shard_of(block);
  const base::Lock lock(shard.mutex);
  Entry* const entry = shard.entry_of(key_of(block, part, question));
  if (entry == nullptr || entry->start != block.start_min) return {};
  entry->found = true;
  return entry->value;
}

bool ColumnCache::admits(const BlockInfo& block, std::uint8_t part, std::size_t bytes,
                         std::uint64_t question) {
  if (bytes > kValueBytesMax || bytes + kOverhead > shard_max_ || block.id >> 56U != 0)
    return false;
  Shard& shard = shard_of(block);
  const base::Lock lock(shard.mutex);
  if (shard.entry_of(key_of(block, part, question)) != nullptr) return false;
  if (shard.bytes + bytes + kOverhead <= shard_max_) return true;
  const std::uint64_t chance = shard.any_number();
  if (chance % kAdmitted == 0 || shard.entries.empty()) return true;
  if (!shard.entries[chance % shard.entries.size()].found) return true;
  for (int i = 0; i < kChoices && bytes < kSmall; ++i)
    if (shard.entries[shard.any_number() % shard.entries.size()].value.size >= 2 * bytes)
      return true;
  return false;
}

void ColumnCache::keep(const BlockInfo& block, std::uint8_t part, std::uint64_t question,
                       base::Bytes value) {
  const std::size_t bytes = value.size() + kOverhead;
  if (value.size() > kValueBytesMax || bytes > shard_max_ || block.id >> 56U != 0) return;
  Shard& shard = shard_of(block);
  const Key key = key_of(block, part, question);
  auto kept = std::make_shared_for_overwrite<std::uint8_t[]>(value.size());
  std::copy(value.begin(), value.end(), kept.get());
  const base::Lock lock(shard.mutex);
  if (shard.entry_of(key) != nullptr) return;
  while (shard.bytes + bytes > shard_max_) shard.drop_one();
  shard.entries.push_back({key, block.start_min, {std::move(kept), value.size()}});
  shard.enter(shard.entries.size() - 1);
  shard.bytes += bytes;
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

void ColumnCache::Shard::drop_one() {
  std::size_t at = any_number() % entries.size();
  for (int i = 1; i < kChoices; ++i) {
    const std::size_t other = any_number() % entries.size();
    const bool larger = entries[other].value.size > entries[at].value.size;
    const std::size_t stays = entries[other].found == entries[at].found ? (larger ? at : other)
                              : entries[other].found                    ? other
                                                                        : at;
    at = stays == at ? other : at;
    if (i <= kForgotten) entries[stays].found = false;
  }
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
  const auto put = [this](std::size_t of) {
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
