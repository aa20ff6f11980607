#pragma once
// BlockDirectory: every block of the store as it was at one version, so that questions need not
// walk the keys of the blocks again. While the store is written to the next one is made of the
// last, by what changed. DirectoryCache keeps one; any thread.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/store/schema.h"
#include "spider/store/store_reader.h"

#include "store/recent_blocks.h"

namespace spider::store {

class BlockDirectory {
 public:
  // All blocks of a kind, in any order.
  void set(RecordKind kind, std::vector<BlockPtr> blocks);
  // A copy without blocks of `gone`, with those of `come`; both in no order.
  [[nodiscard]] BlockDirectory changed(const std::vector<format::BlockKey>& gone,
                                       const std::vector<BlockPtr>& come) const;
  [[nodiscard]] std::size_t size() const noexcept {
    return kinds_[0].blocks.size() + kinds_[1].blocks.size();
  }
  // As StoreSnapshot::blocks() orders and chooses them; `sources` ascending, empty for all.
  [[nodiscard]] std::vector<BlockPtr> find(RecordKind kind, Sources sources, base::Time from,
                                           base::Time to) const;

 private:
  struct Kind {
    std::vector<BlockPtr> blocks;   // by start_min, then id
    std::vector<base::Time> reach;  // latest end of this block and those before it
  };
  // Anew from this place on.
  static void set_reach(Kind& of, std::size_t first);
  [[nodiscard]] static std::size_t place(RecordKind kind) noexcept {
    return kind == RecordKind::http ? 0 : 1;
  }
  std::array<Kind, 2> kinds_;
};

class DirectoryCache {
 public:
  struct Known {
    std::shared_ptr<const BlockDirectory> directory;  // may be null
    std::uint64_t version = 0;                        // of it
    RecentBlocks::Mark mark;                          // taken before its snapshot
    bool asked_before = false;                        // for the version that is asked for now
  };
  // The latest directory of this version of the store or one before.
  [[nodiscard]] Known find(std::uint64_t version);
  void put(std::uint64_t version, const RecentBlocks::Mark& mark,
           std::shared_ptr<const BlockDirectory> directory);

 private:
  base::Mutex mutex_;
  Known known_ SPIDER_GUARDED_BY(mutex_);
  std::uint64_t asked_ SPIDER_GUARDED_BY(mutex_) = 0;  // the latest version that was asked for
};

// The order in which lists of blocks come.
[[nodiscard]] inline bool starts_before(const BlockPtr& a, const BlockPtr& b) noexcept {
  return a->start_min != b->start_min ? a->start_min < b->start_min : a->id < b->id;
}

}  // namespace spider::store
