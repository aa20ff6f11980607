#pragma once
// ColumnCache: stored columns that were read lately, seals checked and taken off, so that a
// question asked again (or refined) costs neither RocksDB's search nor its checksums. A block never
// changes and its id is never given again, so nothing in here goes stale. Bounded by its bytes;
// what must leave is chosen at random: a scan over more than fits still finds its share, where the
// oldest first would always throw out what comes next. When it is full, one in kAdmitted comes in:
// if all did, such a scan would throw out most of what its next round finds, and allocate for it.
// Any thread.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/base/mutex.h"
#include "spider/store/schema.h"

namespace spider::store {

class ColumnCache {
 public:
  // Longer values are not kept: they would push out many short ones, which questions ask more for.
  static constexpr std::size_t kValueBytesMax = 24U << 10U;

  explicit ColumnCache(std::size_t bytes_max) : shard_max_(bytes_max / kShards) {}

  using Value = std::shared_ptr<const std::string>;
  // Null when it is not there.
  [[nodiscard]] Value find(const BlockInfo& block, std::uint8_t part);
  void put(const BlockInfo& block, std::uint8_t part, base::Bytes value);
  [[nodiscard]] std::size_t bytes();

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::uint64_t kAdmitted = 4;
  static constexpr std::size_t kOverhead = 160;  // of an entry, besides its bytes

  struct Entry {
    std::uint64_t key = 0;
    base::Time start;  // of the block: another block's id under a damaged key is not that block
    Value value;
  };
  struct Shard {
    base::Mutex mutex;
    std::unordered_map<std::uint64_t, std::size_t> places SPIDER_GUARDED_BY(mutex);
    std::vector<Entry> entries SPIDER_GUARDED_BY(mutex);
    std::size_t bytes SPIDER_GUARDED_BY(mutex) = 0;
    std::uint64_t chance SPIDER_GUARDED_BY(mutex) = 0x9E37'79B9'7F4A'7C15U;

    [[nodiscard]] std::uint64_t any_number() noexcept SPIDER_REQUIRES(mutex);
    void drop_one() SPIDER_REQUIRES(mutex);
  };
  // Ids are below 2^56: they are counted from 1, one per block.
  [[nodiscard]] static std::uint64_t key_of(const BlockInfo& block, std::uint8_t part) noexcept {
    return block.id << 8U | part;
  }
  [[nodiscard]] Shard& shard_of(const BlockInfo& block) noexcept {
    return shards_[block.id % kShards];
  }

  const std::size_t shard_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace spider::store
