#pragma once
// Writer: the StoreWriter over RocksDB. One thread.
//
// `main_` holds records, roll-ups, quality and id limits; it is written by commit() alone, so sums
// and records always agree. What a failed write could not bring stays in its batch, and the next
// call tries again.
//
// Bodies and frames in bulk go into files of their own (BulkFiles), and must be there before the
// records that refer to them are written: those wait in `sealed_`, and the next ones gather
// meanwhile. A trickle of them is part of the batch.

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "spider/store/host_book.h"
#include "spider/store/pack_encoder.h"
#include "spider/store/store_writer.h"

#include "store/block_encoder.h"
#include "store/bulk_files.h"
#include "store/fresh_blocks.h"
#include "store/ids.h"
#include "store/open_block.h"
#include "store/recent_blocks.h"
#include "store/reclaimer.h"
#include "store/sources.h"
#include "store/sum_books.h"

namespace spider::store {

class Writer final : public StoreWriter {
 public:
  Writer(Database& database, IdBook& ids, SourceTable& sources, HostBook& hosts,
         RecentBlocks& recent, FreshBlocks& fresh, QualitySpans& spans, const StoreConfig& config);
  // Once, before anything else.
  [[nodiscard]] base::Result<void> load() { return rollups_.load(); }

  [[nodiscard]] base::Result<void> add(model::RecordBatch& batch) override;
  [[nodiscard]] base::Result<void> commit() override;
  [[nodiscard]] base::Result<bool> begin_commit() override;
  [[nodiscard]] base::Result<bool> end_commit() override;
  [[nodiscard]] base::Result<void> flush() override;
  [[nodiscard]] std::size_t bytes_pending() const noexcept override;
  void pause_with(std::function<void()> pause) override;
  void rest() override;
  [[nodiscard]] base::Result<void> purge(model::SourceId source) override;
  [[nodiscard]] base::Result<bool> remove(const Survey& survey, const Removal& removal) override;
  [[nodiscard]] base::Result<void> purge_before(model::SourceId source, base::Time time) override;

 private:
  [[nodiscard]] OpenBlock& block_for(model::SourceId source, RecordKind kind, base::Time start,
                                     base::Time end);
  void add_records(const model::RecordBatch& batch);
  void add_packs(model::RecordBatch& batch);
  void close(OpenBlock& block);
  // Puts the closed blocks into main_, or into files when they are many bytes.
  void settle_closed();
  void close_source(model::SourceId source);
  void close_all();
  // purge.cc
  [[nodiscard]] SourceTable::Marks marks_of_all(model::SourceId source) const;
  void close_old(model::SourceId source, const Removal& removal);
  [[nodiscard]] std::uint64_t packs_since(const Survey& survey) const;
  // Writes out what takes too much memory.
  void bound_open_blocks();
  // Makes `main_` whole: everything added so far.
  [[nodiscard]] base::Result<void> gather();
  // Packs that no record refers to yet have no batch that would wait for them.
  [[nodiscard]] base::Result<void> wait_for_files();
  // Ends what begin_commit() began: waits for the files, writes what refers to them.
  [[nodiscard]] base::Result<void> write_sealed();
  // Writes `main_`, or seals it when files must come first. `sealed_` is empty.
  [[nodiscard]] base::Result<void> write_or_seal();
  [[nodiscard]] std::size_t bytes_batched() const noexcept;
  void committed();
  void sync_when_due();

  Database& database_;
  Reclaimer reclaimer_;
  IdBook& ids_;
  SourceTable& sources_;
  HostBook& hosts_;
  RecentBlocks& recent_;
  FreshBlocks& fresh_;
  QualitySpans& spans_;
  const StoreConfig config_;
  std::function<void()> pause_ = [] {};
  BlockEncoder encoder_{&pause_};
  PackEncoder packs_;
  RollupBook rollups_;
  QualityBook quality_;
  // By source, kind and duration class.
  std::map<std::array<std::uint32_t, 3>, std::unique_ptr<OpenBlock>> open_;
  OpenBlock* last_block_ = nullptr;  // of the record before
  BulkFiles bodies_;
  BulkFiles frames_;
  BulkFiles blocks_;
  // For what is done with all of them alike.
  const std::array<BulkFiles*, 3> files_{&bodies_, &frames_, &blocks_};
  std::map<model::SourceId, std::vector<EncodedBlock>> closed_;  // since the last gathering
  std::size_t closed_bytes_ = 0;
  rocksdb::WriteBatch main_;
  rocksdb::WriteBatch sealed_;      // what was in main_, until its bodies and frames are in files
  std::uint64_t sealed_noted_ = 0;  // changes of recent_, the last of which is in sealed_
  std::size_t batch_most_ = 0;      // bytes of a batch, since the last rest()
  std::string value_;
  std::chrono::steady_clock::time_point synced_{};
  bool unsynced_ = false;  // something was written since
};

}  // namespace spider::store
