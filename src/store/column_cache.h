#pragma once
// ColumnCache: stored columns that were read lately, seals checked and taken off, so that a
// question asked again (or refined) costs neither RocksDB's search nor its checksums. A block never
// changes and its id is never given again, so nothing in here goes stale. Bounded by its bytes.
//
// When it is full, what was asked for more often for its bytes stays, as counts of late asks tell,
// of what is in it and of what is not (W-TinyLFU: Einziger, Friedman and Manes, 2017). So a scan
// over more than fits finds the same share of it each time, where the oldest out first would always
// throw out what comes next, and nobody allocates or copies what would leave before it is found;
// many small values stay for one large; and columns of an earlier question go once those of later
// ones have been missed as often.
//
// Beside columns it keeps selections: which rows of a block answer a question about one of its
// columns, for questions that were asked before (selection.h), and what such questions come to. Any
// thread.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/base/mutex.h"
#include "spider/store/schema.h"

namespace spider::store {

class ColumnCache {
 public:
  // Longer values are not kept: they would push out many short ones, which questions ask more for.
  static constexpr std::size_t kValueBytesMax = 24U << 10U;
  static constexpr std::uint64_t kColumn = 0;  // no question: the column itself

  explicit ColumnCache(std::size_t bytes_max);

  // One piece of memory with its count of owners in front.
  struct Value {
    std::shared_ptr<const std::uint8_t[]> data;
    std::size_t size = 0;

    [[nodiscard]] base::Bytes bytes() const noexcept { return {data.get(), size}; }
    explicit operator bool() const noexcept { return data != nullptr; }
  };
  // Empty when it is not there. Either way it was asked for.
  [[nodiscard]] Value find(const BlockInfo& block, std::uint8_t part,
                           std::uint64_t question = kColumn);
  // Whether a value of about so many bytes, which find() has just missed, would be let in: for
  // whoever has to make it first.
  [[nodiscard]] bool admits(const BlockInfo& block, std::uint8_t part, std::size_t bytes,
                            std::uint64_t question = kColumn);
  // Lets it in.
  void keep(const BlockInfo& block, std::uint8_t part, std::uint64_t question, base::Bytes value);
  // The same, as admits() says.
  void put(const BlockInfo& block, std::uint8_t part, base::Bytes value) {
    if (admits(block, part, value.size())) keep(block, part, kColumn, value);
  }
  [[nodiscard]] std::size_t bytes();
  // What others hold of the bytes that this may have: fewer than half.
  void leave_room(std::size_t bytes);

 private:
  static constexpr std::size_t kShards = 16;
  // Of what is not asked for more than what would have to leave, when nobody asked for that lately.
  static constexpr std::uint64_t kAdmitted = 16;
  static constexpr int kChoices = 4;             // that what leaves is the worst of
  static constexpr std::size_t kOverhead = 160;  // of an entry, besides its bytes
  static constexpr std::uint8_t kCountMax = 15;
  // Counts are halved after so many asks for each entry: a scan over several times what fits is
  // counted once as a whole.
  static constexpr std::size_t kLately = 8;

  struct Key {
    std::uint64_t column = 0;  // of a block
    std::uint64_t question = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  // Both are counted by us, so nobody can choose them.
  [[nodiscard]] static std::uint64_t hash_of(const Key& key) noexcept {
    std::uint64_t hash = key.column ^ key.question * 0xC2B2'AE3D'27D4'EB4FU;
    hash = (hash ^ hash >> 32U) * 0x9E37'79B9'7F4A'7C15U;
    return hash ^ hash >> 29U;
  }
  struct Entry {
    Key key;
    base::Time start;  // of the block: another block's id under a damaged key is not that block
    Value value;
  };
  // How much a value is worth its bytes: asks for bytes, compared without a division. An answer is
  // worth more than a column: nothing of the column, or of several, needs to be looked at again.
  struct Worth {
    static constexpr std::uint64_t kAnswer = 4;
    Worth(const Key& key, std::uint64_t times, std::size_t size) noexcept
        : asks(key.question == kColumn ? times : times * kAnswer), bytes(size + kOverhead) {}
    std::uint64_t asks;
    std::uint64_t bytes;
    friend bool operator<(const Worth& a, const Worth& b) noexcept {
      return a.asks * b.bytes < b.asks * a.bytes;
    }
  };
  struct Shard {
    base::Mutex mutex;
    // Open addressing: an entry's place + 1 and the upper half of its key's hash, 0 for nothing. At
    // most half are taken. A question of many blocks waits for memory at each step of a look-up.
    std::vector<std::uint64_t> slots SPIDER_GUARDED_BY(mutex);
    std::vector<Entry> entries SPIDER_GUARDED_BY(mutex);
    std::size_t bytes SPIDER_GUARDED_BY(mutex) = 0;
    std::uint64_t chance SPIDER_GUARDED_BY(mutex) = 0x9E37'79B9'7F4A'7C15U;
    // Late asks of keys, those that are not there as well: each has two places and the lesser of
    // the two counts, as another key may have one of them. Empty until something is kept.
    std::vector<std::uint8_t> asks SPIDER_GUARDED_BY(mutex);
    std::size_t asks_counted SPIDER_GUARDED_BY(mutex) = 0;  // since they were halved

    [[nodiscard]] std::uint64_t any_number() noexcept SPIDER_REQUIRES(mutex);
    void count_ask(const Key& key) SPIDER_REQUIRES(mutex);
    [[nodiscard]] std::uint64_t asks_of(const Key& key) const SPIDER_REQUIRES(mutex);
    [[nodiscard]] Worth worth_of(const Entry& entry) const SPIDER_REQUIRES(mutex);
    // The place of the least worth of a few; there are entries.
    [[nodiscard]] std::size_t worst_of_some() SPIDER_REQUIRES(mutex);
    void drop_one() SPIDER_REQUIRES(mutex);
    // Null when it is not there.
    [[nodiscard]] Entry* entry_of(const Key& key) SPIDER_REQUIRES(mutex);
    // The slot of the entry at this place, which is there.
    [[nodiscard]] std::size_t slot_of(std::size_t place) SPIDER_REQUIRES(mutex);
    void enter(std::size_t place) SPIDER_REQUIRES(mutex);
    void leave(std::size_t slot) SPIDER_REQUIRES(mutex);
  };
  // Ids are below 2^56: they are counted from 1, one per block.
  [[nodiscard]] static Key key_of(const BlockInfo& block, std::uint8_t part,
                                  std::uint64_t question) noexcept {
    return {block.id << 8U | part, question};
  }
  [[nodiscard]] std::size_t shard_room() const noexcept {
    return shard_max_ - std::min(shard_max_ / 2, left_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] Shard& shard_of(const BlockInfo& block) noexcept {
    return shards_[block.id % kShards];
  }

  const std::size_t counts_;  // in a shard: a power of two
  const std::size_t shard_max_;
  std::atomic<std::size_t> left_{0};  // of shard_max_, to others
  std::array<Shard, kShards> shards_;
};

}  // namespace spider::store
