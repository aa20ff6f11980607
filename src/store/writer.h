#pragma once
// Writer: the StoreWriter over RocksDB. One thread.
//
// Two batches are under way at any time. `early_` holds body and packet packs; it is written as
// soon as it is large, before any record that refers to it. `main_` holds records, roll-ups,
// quality and id limits; it is written by commit() alone, so sums and records always agree. What a
// failed write could not bring stays in its batch, and the next call tries again.

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "spider/store/store_writer.h"

#include "store/block_encoder.h"
#include "store/ids.h"
#include "store/open_block.h"
#include "store/sources.h"
#include "store/sum_books.h"

namespace spider::store {

class Writer final : public StoreWriter {
 public:
  Writer(Database& database, IdBook& ids, SourceTable& sources, const StoreConfig& config);
  // Once, before anything else.
  [[nodiscard]] base::Result<void> load() { return rollups_.load(); }

  [[nodiscard]] base::Result<void> add(const model::RecordBatch& batch) override;
  [[nodiscard]] base::Result<void> commit() override;
  [[nodiscard]] base::Result<void> flush() override;
  [[nodiscard]] std::size_t bytes_pending() const noexcept override;
  [[nodiscard]] base::Result<void> purge(model::SourceId source) override;
  [[nodiscard]] base::Result<void> purge_before(model::SourceId source, base::Time time) override;

 private:
  [[nodiscard]] OpenBlock& block_for(model::SourceId source, RecordKind kind, base::Time start,
                                     base::Time end);
  void add_records(const model::RecordBatch& batch);
  void add_packs(const model::RecordBatch& batch);
  void put_segments(Family family, model::SourceId source, std::uint64_t pack, base::Bytes bytes);
  void close(OpenBlock& block) { block.close(database_, ids_, encoder_, main_); }
  void close_source(model::SourceId source);
  void close_all();
  // Writes out what takes too much memory.
  void bound_open_blocks();
  [[nodiscard]] base::Result<void> write_early();
  [[nodiscard]] base::Result<void> write_main();
  void sync_when_due();

  Database& database_;
  IdBook& ids_;
  SourceTable& sources_;
  const StoreConfig config_;
  BlockEncoder encoder_;
  RollupBook rollups_;
  QualityBook quality_;
  // By source, kind and duration class.
  std::map<std::array<std::uint32_t, 3>, std::unique_ptr<OpenBlock>> open_;
  OpenBlock* last_block_ = nullptr;  // of the record before
  rocksdb::WriteBatch early_;
  rocksdb::WriteBatch main_;
  std::string value_;
  std::chrono::steady_clock::time_point synced_{};
  bool unsynced_ = false;  // something was written since
};

}  // namespace spider::store
