#pragma once
// RecentBlocks: the keys of the blocks that this process wrote last, in the order of their ids, so
// that whoever looks for what is new need not walk the keys of all blocks.
//
// The writer notes a block before the batch that brings it, so a snapshot that holds the block
// finds its key here; keys whose block is not in a snapshot (not yet, or not any more) are the
// asker's to tell apart. What a batch takes away is noted as well, so that a list of all blocks can
// be brought up to date. Bounds: kMax keys, kChangesMax changes. Any thread may ask, the writer's
// thread notes.

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
  static constexpr std::size_t kChangesMax = 4'096;

  // Once, before anything else: every block of the store is below this id.
  void begin(std::uint64_t id);
  void note(const format::BlockKey& key);
  // A block that the next batch takes away.
  void note_removed(const format::BlockKey& key);
  // How many changes were noted; and that those before `noted` are in the store.
  [[nodiscard]] std::uint64_t noted() const;
  void written(std::uint64_t noted);
  // While it lives, blocks are taken away that nobody notes.
  class Upheaval {
   public:
    explicit Upheaval(RecentBlocks& of) : of_(of) { of_.upheaval(); }
    ~Upheaval() { of_.upheaval(); }
    Upheaval(const Upheaval&) = delete;
    Upheaval& operator=(const Upheaval&) = delete;

   private:
    RecentBlocks& of_;
  };
  // What a snapshot that is taken afterwards holds for certain.
  struct Mark {
    std::uint64_t written = 0;    // the changes before this one
    std::uint64_t upheavals = 1;  // begun and ended: odd while there is one
  };
  [[nodiscard]] Mark mark() const;
  // For a snapshot that is there already: the blocks in which it may differ from one that was taken
  // after the mark. Nothing when they are more than `most`, or not all known.
  [[nodiscard]] std::optional<std::vector<format::BlockKey>> changes(const Mark& since,
                                                                     std::size_t most) const;
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
  void log(const format::BlockKey& key) SPIDER_REQUIRES(mutex_);
  void upheaval();

  mutable base::Mutex mutex_;
  std::deque<format::BlockKey> changes_ SPIDER_GUARDED_BY(mutex_);  // in the order of their noting
  std::uint64_t forgotten_ SPIDER_GUARDED_BY(mutex_) = 0;           // changes before changes_
  Mark mark_ SPIDER_GUARDED_BY(mutex_){0, 0};
  std::deque<format::BlockKey> keys_ SPIDER_GUARDED_BY(mutex_);
  std::optional<Bounds> bounds_ SPIDER_GUARDED_BY(mutex_);
};

}  // namespace spider::store
