#pragma once
// BlockDirectory: every block of the store as it was at one version, so that questions of a store
// at rest need not walk the keys of the blocks again. DirectoryCache keeps one; any thread.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/store/schema.h"
#include "spider/store/store_reader.h"

namespace spider::store {

class BlockDirectory {
 public:
  // All blocks of a kind, in any order.
  void set(RecordKind kind, std::vector<BlockPtr> blocks);
  // As StoreSnapshot::blocks() orders and chooses them; `sources` ascending, empty for all.
  [[nodiscard]] std::vector<BlockPtr> find(RecordKind kind, Sources sources, base::Time from,
                                           base::Time to) const;

 private:
  struct Kind {
    std::vector<BlockPtr> blocks;   // by start_min, then id
    std::vector<base::Time> reach;  // latest end of this block and those before it
  };
  [[nodiscard]] static std::size_t place(RecordKind kind) noexcept {
    return kind == RecordKind::http ? 0 : 1;
  }
  std::array<Kind, 2> kinds_;
};

class DirectoryCache {
 public:
  // The directory of this version of the store, or null. `worth_making`: the version was asked for
  // before, so it may be asked for once more; of a store that is written to the keys are walked.
  [[nodiscard]] std::shared_ptr<const BlockDirectory> find(std::uint64_t version,
                                                           bool& worth_making);
  void put(std::uint64_t version, std::shared_ptr<const BlockDirectory> directory);

 private:
  base::Mutex mutex_;
  std::shared_ptr<const BlockDirectory> directory_ SPIDER_GUARDED_BY(mutex_);
  std::uint64_t version_ SPIDER_GUARDED_BY(mutex_) = 0;  // of directory_, or asked for last
};

// The order in which lists of blocks come.
[[nodiscard]] inline bool starts_before(const BlockPtr& a, const BlockPtr& b) noexcept {
  return a->start_min != b->start_min ? a->start_min < b->start_min : a->id < b->id;
}

}  // namespace spider::store
