#include "store/column_cache.h"

#include <utility>

namespace spider::store {

ColumnCache::Value ColumnCache::find(const BlockInfo& block, std::uint8_t part) {
  Shard& shard = shard_of(block);
  const base::Lock lock(shard.mutex);
  const auto at = shard.places.find(key_of(block, part));
  if (at == shard.places.end() || shard.entries[at->second].start != block.start_min)
    return nullptr;
  return shard.entries[at->second].value;
}

void ColumnCache::put(const BlockInfo& block, std::uint8_t part, base::Bytes value) {
  const std::size_t bytes = value.size() + kOverhead;
  if (value.size() > kValueBytesMax || bytes > shard_max_ || block.id >> 56U != 0) return;
  Shard& shard = shard_of(block);
  const std::uint64_t key = key_of(block, part);
  {
    const base::Lock lock(shard.mutex);
    if (shard.places.contains(key)) return;
    if (shard.bytes + bytes > shard_max_ && shard.any_number() % kAdmitted != 0) return;
  }
  auto kept = std::make_shared<const std::string>(base::as_text(value));
  const base::Lock lock(shard.mutex);
  if (shard.places.contains(key)) return;
  while (shard.bytes + bytes > shard_max_) shard.drop_one();
  shard.places[key] = shard.entries.size();
  shard.entries.push_back({key, block.start_min, std::move(kept)});
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
  const std::size_t at = any_number() % entries.size();
  bytes -= entries[at].value->size() + kOverhead;
  places.erase(entries[at].key);
  if (at + 1 != entries.size()) {
    entries[at] = std::move(entries.back());
    places[entries[at].key] = at;
  }
  entries.pop_back();
}

}  // namespace spider::store
