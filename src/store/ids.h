#pragma once
// IdBook: hands out block and pack ids that no crash can bring back. The disk holds limits above
// everything in use; a batch that brings an id at or over its limit brings a higher limit too.

#include <atomic>
#include <cstdint>

#include <rocksdb/write_batch.h>

#include "store/database.h"
#include "store/format/sums.h"

namespace spider::store {

class IdBook {
 public:
  // Once, before anything else.
  [[nodiscard]] base::Result<void> load(const Database& database);

  // Any thread.
  [[nodiscard]] std::uint64_t next_pack() noexcept {
    return next_pack_.fetch_add(1, std::memory_order_relaxed);
  }
  // Writer's thread.
  [[nodiscard]] std::uint64_t next_block() noexcept { return next_block_++; }
  // Above every block of the store, and no id given out from now on is below. Writer's thread.
  [[nodiscard]] std::uint64_t block_bound() const noexcept { return next_block_; }
  // Puts higher limits into `batch` when ids below them were given out. Writer's thread.
  void settle(const Database& database, rocksdb::WriteBatch& batch);
  [[nodiscard]] std::uint64_t pack_bound() const noexcept {
    return next_pack_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> next_pack_{1};
  std::uint64_t next_block_ = 1;
  format::NextIds limits_;
};

}  // namespace spider::store
