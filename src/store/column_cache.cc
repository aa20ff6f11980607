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
  auto kept = std::make_shared<const std::string>(base::as_text(value));
  Shard& shard = shard_of(block);
  const base::Lock lock(shard.mutex);
  const std::uint64_t key = key_of(block, part);
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

void ColumnCache::Shard::drop_one() {
  chance ^= chance << 13U;
  chance ^= chance >> 7U;
  chance ^= chance << 17U;
  const std::size_t at = chance % entries.size();
  bytes -= entries[at].value->size() + kOverhead;
  places.erase(entries[at].key);
  if (at + 1 != entries.size()) {
    entries[at] = std::move(entries.back());
    places[entries[at].key] = at;
  }
  entries.pop_back();
}

}  // namespace spider::store
