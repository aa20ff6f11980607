#include "store/fresh_blocks.h"

#include <algorithm>
#include <utility>

#include "store/format/seal.h"

namespace spider::store {

void FreshBlocks::add(const EncodedBlock& block) {
  const int wanted = wanted_.load(std::memory_order_relaxed);
  if (wanted == 0) return;
  // An ask that comes in between is lost, and the next one is not.
  wanted_.store(wanted - 1, std::memory_order_relaxed);
  Fresh fresh;
  fresh.id = block.info.id;
  fresh.start = block.info.start_min;
  fresh.ends.assign(block.parts.ends.begin(), block.parts.ends.begin() + format::kChunkPart);
  if (fresh.size() > bytes_max_) return;
  const std::size_t size = fresh.ends.back();
  auto bytes = std::make_shared_for_overwrite<std::uint8_t[]>(size);
  std::copy_n(block.parts.bytes.begin(), size, bytes.get());
  fresh.bytes = std::move(bytes);
  std::deque<Fresh> gone;  // freed without the lock
  const base::Lock lock(mutex_);
  bytes_ += fresh.size();
  blocks_.push_back(std::move(fresh));
  while (bytes_ > bytes_max_) {
    bytes_ -= blocks_.front().size();
    gone.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
  }
  std::uint64_t least = UINT64_MAX;
  for (const Fresh& one : blocks_) least = std::min(least, one.id);
  least_.store(least, std::memory_order_relaxed);
}

ColumnCache::Value FreshBlocks::find(const BlockInfo& block, std::uint8_t part) const {
  if (block.id < least_.load(std::memory_order_relaxed)) return {};
  const base::Lock lock(mutex_);
  const auto at = std::find_if(blocks_.rbegin(), blocks_.rend(),
                               [&](const Fresh& fresh) { return fresh.id == block.id; });
  // Another block's id under a damaged key is not that block.
  if (at == blocks_.rend() || at->start != block.start_min) return {};
  const std::size_t begin = part == 0 ? 0 : at->ends[part - 1U];
  const std::size_t size = at->ends[part] - begin;
  if (size < format::kSealBytes) return {};
  return {{at->bytes, at->bytes.get() + begin}, size - format::kSealBytes};
}

std::size_t FreshBlocks::bytes() const {
  const base::Lock lock(mutex_);
  return bytes_;
}

}  // namespace spider::store
