#pragma once
// RecentBlocks: the keys of the blocks that this process wrote last, in the order of their ids, so
// that whoever looks for what is new need not walk the keys of all blocks.
//
// The writer notes a block before the batch that brings it, so a snapshot that holds the block
// finds its key here; keys whose block is not in a snapshot (not yet, or not any more) are the
// asker's to tell apart. Bounds: kMax keys. Any thread may ask, the writer's thread notes.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "spider/base/mutex.h"

#include "store/format/keys.h"

namespace spider::store {

class RecentBlocks {
 public:
  static constexpr std::size_t kMax = 8'192;

  // Once, before anything else: every block of the store is below this id.
  void begin(std::uint64_t id);
  void note(const format::BlockKey& key);
  // Keys of the kind with an id of `id` or above, ascending; nothing when some are not known any
  // more.
  [[nodiscard]] std::optional<std::vector<format::BlockKey>> from(RecordKind kind,
                                                                  std::uint64_t id) const;
  // The newest keys of the kind, newest first, at most so many.
  [[nodiscard]] std::vector<format::BlockKey> newest(RecordKind kind, std::size_t count) const;
  struct Bounds {
    std::uint64_t known_from = 0;  // from this id on every block is known
    std::uint64_t begun = 0;       // the id given to begin()
    std::uint64_t end = 0;         // above all that were written, also those that are gone
  };
  [[nodiscard]] std::optional<Bounds> bounds() const;

 private:
  mutable base::Mutex mutex_;
  std::deque<format::BlockKey> keys_ SPIDER_GUARDED_BY(mutex_);
  std::optional<Bounds> bounds_ SPIDER_GUARDED_BY(mutex_);
};

}  // namespace spider::store
