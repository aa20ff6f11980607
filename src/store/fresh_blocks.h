#pragma once
// FreshBlocks: the columns of the blocks that were written last, as they are stored. Lists of what
// is newest ask for them at once, and would read thirty columns of each from a memtable or a file,
// check their seals, and do so again for those too long for ColumnCache. The writer has them at
// hand: here they stay until newer ones come, and whoever finds one puts it into ColumnCache.
//
// A block is noted before the batch that brings it. If that is never written, no snapshot has the
// block and nobody asks for it: ids are given once. Bounded by its bytes, the oldest go first.
// Nothing is copied while nobody asks. Any thread asks, the writer's thread adds.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/store/schema.h"

#include "store/block_encoder.h"
#include "store/column_cache.h"

namespace spider::store {

class FreshBlocks {
 public:
  // So many blocks are kept after somebody asked for anything.
  static constexpr int kAfterAsk = 1'024;

  explicit FreshBlocks(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Somebody asks the store.
  void note_asked() noexcept {
    if (wanted_.load(std::memory_order_relaxed) != kAfterAsk)
      wanted_.store(kAfterAsk, std::memory_order_relaxed);
  }
  void add(const EncodedBlock& block);
  // The stored value, without its seal; empty when it is not there. A grouped block has one part.
  [[nodiscard]] ColumnCache::Value find(const BlockInfo& block, std::uint8_t part) const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Fresh {
    std::uint64_t id = 0;
    base::Time start;
    std::shared_ptr<const std::uint8_t[]> bytes;
    std::vector<std::uint32_t> ends;  // of parts, each with room for its seal

    [[nodiscard]] std::size_t size() const noexcept {
      return ends.back() + ends.size() * sizeof(ends[0]) + sizeof(Fresh);
    }
  };

  const std::size_t bytes_max_;
  std::atomic<int> wanted_{0};
  std::atomic<std::uint64_t> least_{UINT64_MAX};  // id in blocks_: what is older need not look
  mutable base::Mutex mutex_;
  std::deque<Fresh> blocks_ SPIDER_GUARDED_BY(mutex_);  // the newest last
  std::size_t bytes_ SPIDER_GUARDED_BY(mutex_) = 0;
};

}  // namespace spider::store
