#include "store/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "store/engine_log.h"

namespace spider::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;
// Memtables of all families together.
constexpr std::size_t kWriteBuffers = 40 * kMiB;

// A memtable takes its memory in such pieces, so each family that anything was ever written to has
// one. Of RocksDB's own size, 1 MiB, they are a third of what a process at rest holds.
constexpr std::size_t kMemtableBlock = 128U << 10U;

// Of the cache: one part in so many is RocksDB's, for its indexes, summaries, sums and long values;
// one is of what was written last; the rest is ColumnCache's.
constexpr std::size_t kEngineShare = 4;
constexpr std::size_t kFreshShare = 16;

bool large_values(Family f) {
  return f == Family::body || f == Family::detail || f == Family::packet;
}

}  // namespace

rocksdb::DBOptions database_options() {
  rocksdb::DBOptions o;
  o.create_if_missing = true;
  o.max_background_jobs = 2;
  o.max_open_files = 512;
  // Of each family, when a store is opened: as many threads as that begin and end even when there
  // is no file to open, sixteen for each of sixteen families if RocksDB chooses.
  o.max_file_opening_threads = 1;
  o.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(kWriteBuffers);
  o.max_total_wal_size = 64 * kMiB;  // what a start may have to read again
  // A kill leaves at most a torn last record; everything before it is kept, in order.
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // One writer: no need for the machinery that lets several fill a memtable at once.
  o.allow_concurrent_memtable_write = false;
  o.enable_write_thread_adaptive_yield = false;
  o.info_log = std::make_shared<EngineLog>();
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  return o;
}

rocksdb::ColumnFamilyOptions family_options(Family family,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions o;
  // We compress ourselves, knowing what the bytes are; once, not at every compaction.
  o.compression = rocksdb::kNoCompression;
  o.write_buffer_size = 8 * kMiB;
  o.arena_block_size = kMemtableBlock;
  o.max_write_buffer_number = 3;
  o.target_file_size_base = 32 * kMiB;
  o.level_compaction_dynamic_level_bytes = true;
  if (large_values(family)) {
    // Large values are written once, into blob files; compactions move only keys. Old blob files go
    // as a whole when retention removed all that is in them.
    o.enable_blob_files = true;
    o.min_blob_size = kBlobMin;
    o.blob_file_size = 64 * kMiB;
    // Database::tend_blobs() says when: as soon as it is on, each compaction copies the oldest
    // quarter of the family's blobs, whether or not there is anything to leave behind.
    o.enable_blob_garbage_collection = false;
    o.blob_garbage_collection_age_cutoff = 0.25;
  }
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Columns are read one by one: small data blocks, so that a scan does not drag the neighbours in.
  table.block_size = family == Family::column || family == Family::block_file ? std::size_t{4'096}
                                                                              : std::size_t{16'384};
  // Unlike crc32c it needs no instructions that Debian's build of RocksDB leaves out.
  table.checksum = rocksdb::kXXH3;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return o;
}

std::shared_ptr<rocksdb::Cache> block_cache(const StoreConfig& config) {
  return rocksdb::NewLRUCache(config.cache_mib * kMiB / kEngineShare);
}

std::size_t column_cache_bytes(const StoreConfig& config) {
  return config.cache_mib * kMiB - config.cache_mib * kMiB / kEngineShare - fresh_bytes(config);
}

std::size_t fresh_bytes(const StoreConfig& config) { return config.cache_mib * kMiB / kFreshShare; }

}  // namespace spider::store
