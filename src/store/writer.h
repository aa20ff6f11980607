#pragma once
// Writer: the StoreWriter over RocksDB. One thread.
//
// Three batches are under way at any time. `bodies_` holds body packs and `packets_` packet packs;
// they are written as soon as they are large, before any record that refers to them. `main_` holds
// records, roll-ups, quality and id limits; it is written by commit() alone, so sums and records
// always agree. What a failed write could not bring stays in its batch, and the next call tries
// again.
//
// Bodies in bulk go past the log, which would hold every byte a second time: they must be in files
// before the records that refer to them are written. Those wait in `sealed_`, and the next ones
// gather meanwhile. A trickle of bodies is logged, as a file for each commit would cost more.

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "spider/store/pack_encoder.h"
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
  [[nodiscard]] base::Result<void> load() {
    SPIDER_TRY(rollups_.load());
    return quality_.load(database_);
  }

  [[nodiscard]] base::Result<void> add(model::RecordBatch& batch) override;
  [[nodiscard]] base::Result<void> commit() override;
  [[nodiscard]] base::Result<bool> begin_commit() override;
  [[nodiscard]] base::Result<bool> end_commit() override;
  [[nodiscard]] base::Result<void> flush() override;
  [[nodiscard]] std::size_t bytes_pending() const noexcept override;
  [[nodiscard]] base::Result<void> purge(model::SourceId source) override;
  [[nodiscard]] base::Result<void> purge_before(model::SourceId source, base::Time time) override;

 private:
  [[nodiscard]] OpenBlock& block_for(model::SourceId source, RecordKind kind, base::Time start,
                                     base::Time end);
  void add_records(const model::RecordBatch& batch);
  void add_packs(const model::RecordBatch& batch);
  void put_segments(Family family, model::SourceId source, std::uint64_t pack,
                    const model::PackSegments& segments, rocksdb::WriteBatch& batch);
  void close(OpenBlock& block) { block.close(database_, ids_, encoder_, main_); }
  void close_source(model::SourceId source);
  void close_all();
  // Writes out what takes too much memory.
  void bound_open_blocks();
  [[nodiscard]] base::Result<void> write_packets();
  [[nodiscard]] base::Result<void> write_bodies_unlogged();
  // Makes `main_` whole: everything added so far.
  [[nodiscard]] base::Result<void> gather();
  // Ends what begin_commit() began: waits for the bodies, writes what refers to them.
  [[nodiscard]] base::Result<void> write_sealed();
  [[nodiscard]] base::Result<void> write_rest();
  [[nodiscard]] base::Result<void> write_main();
  void sync_when_due();

  Database& database_;
  IdBook& ids_;
  SourceTable& sources_;
  const StoreConfig config_;
  BlockEncoder encoder_;
  PackEncoder packs_;
  RollupBook rollups_;
  QualityBook quality_;
  // By source, kind and duration class.
  std::map<std::array<std::uint32_t, 3>, std::unique_ptr<OpenBlock>> open_;
  OpenBlock* last_block_ = nullptr;  // of the record before
  rocksdb::WriteBatch bodies_;
  rocksdb::WriteBatch packets_;
  rocksdb::WriteBatch main_;
  rocksdb::WriteBatch sealed_;  // what was in main_, until its bodies are in files
  std::string value_;
  std::chrono::steady_clock::time_point synced_{};
  bool unsynced_ = false;  // something was written since
  bool keeping_ = false;   // the bodies of sealed_ are on their way into files
  bool unlogged_ = false;  // bodies were written that only files can keep, since the last sealing
};

}  // namespace spider::store
