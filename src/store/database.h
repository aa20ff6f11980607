#pragma once
// Database: RocksDB behind a few calls that speak Result and families. Owned by Store; any thread,
// except write(), which the writer's thread and Store's cold paths share under RocksDB's own lock.

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include "spider/base/mutex.h"
#include "spider/base/result.h"
#include "spider/store/config.h"
#include "spider/store/schema.h"

namespace spider::store {

enum class Family : std::uint8_t {
  meta,
  block,
  column,
  detail,
  body,
  packet,
  packet_index,
  rollup,
  quality,
  status,
  log,
  setting,
  quality_sum,
  body_file,
  packet_file,
  block_file,
  count_
};
inline constexpr std::size_t kFamilies = static_cast<std::size_t>(Family::count_);
[[nodiscard]] std::string_view name(Family family) noexcept;
// The number that a seal is made with: a segment's is the same in a file of ours and in the log.
[[nodiscard]] std::uint8_t sealed_as(Family family) noexcept;

class Database {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Database>> open(const StoreConfig& config);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Of the store as it was opened; 0: it was made just now.
  [[nodiscard]] unsigned format_found() const noexcept { return format_found_; }
  // disk_full_at_open, with what the disk has left.
  [[nodiscard]] base::Error full_at_open(std::string_view text) const;

  [[nodiscard]] rocksdb::DB& db() const noexcept { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Family f) const noexcept {
    return handles_[static_cast<std::size_t>(f)];
  }

  // Errors: disk_full, store_write_failed. After an error RocksDB refuses all writes; the next call
  // asks whether the cause is gone. A disk that was full is noticed within seconds; after another
  // error of the log only a restart helps (what was committed is safe).
  [[nodiscard]] base::Result<void> write(rocksdb::WriteBatch& batch);
  // The same for what is no data of anybody's question: the version of the data stays what it is.
  // One thread at a time.
  [[nodiscard]] base::Result<void> write_quietly(rocksdb::WriteBatch& batch);
  // The version of the data at a sequence number: take a QuietMark, then the number, then ask.
  // Nothing: a quiet write fell between the two; take both again.
  struct QuietMark {
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
    std::uint64_t entries = 0;
  };
  [[nodiscard]] QuietMark quiet_mark() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> data_version(const QuietMark& before,
                                                          std::uint64_t sequence) const noexcept;
  // A file of this family to be filled with sealed values, keys rising, and finished.
  [[nodiscard]] base::Result<std::unique_ptr<rocksdb::SstFileWriter>> new_file(
      Family f, const std::string& path, std::size_t bytes) const;
  // A path for it, where a start clears away what never became part of the store.
  [[nodiscard]] std::string incoming_path(const std::string& name) const;
  // Makes a finished file part of the store; it survives a crash of the machine from here on. Any
  // thread but those that flush memtables.
  [[nodiscard]] base::Result<void> take_file(Family f, const std::string& path);
  [[nodiscard]] static base::Result<void> written(const rocksdb::Status& status);
  // Calls work(of) once, soon, on one of RocksDB's lowest background threads.
  void run_in_background(void (*work)(void*), void* of);
  // Asks the disk to keep the log written so far: survives a crash of the machine, not only ours.
  [[nodiscard]] base::Result<void> sync_log();
  // The same in the background, unless one is under way. What goes wrong there is logged.
  void sync_log_soon();
  // Begins to write the memtables to files; does not wait.
  [[nodiscard]] base::Result<void> flush();

  // Puts a value and its seal into a batch: the one way in which values reach the disk.
  void put(rocksdb::WriteBatch& batch, Family f, std::string_view key,
           std::string_view value) const;
  // nullopt-like: the slice is empty and the result false when there is no such key. The seal was
  // checked and is not part of `out`; store_corrupt when it does not fit.
  [[nodiscard]] base::Result<bool> get(Family f, std::string_view key,
                                       const rocksdb::Snapshot* snapshot,
                                       rocksdb::PinnableSlice& out) const;
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(
      Family f, const rocksdb::Snapshot* snapshot,
      const rocksdb::Slice* upper_bound = nullptr) const;
  // The value an iterator stands on, valid as long as it stays there. Errors as in get().
  [[nodiscard]] static base::Result<base::Bytes> value(Family f, const rocksdb::Iterator& at);
  // About how many bytes the keys and values of a range take in files, and in memtables as well;
  // without blob files.
  [[nodiscard]] std::uint64_t bytes_in_files(Family f, std::string_view begin, std::string_view end,
                                             bool memtables = false) const;
  // How much of the files in a range is keys and values, the rest being indexes and the like.
  [[nodiscard]] double data_share(Family f, std::string_view begin, std::string_view end) const;
  // What is in memtables and logs goes into files; waits. Not for the writer's thread.
  [[nodiscard]] base::Result<void> flush_and_wait();
  // Takes away the files that hold nothing but the range, which was deleted before. Nobody may hold
  // a snapshot of before that.
  [[nodiscard]] base::Result<void> drop_files(Family f, std::string_view begin,
                                              std::string_view end);
  // Rewrites the files of the range without what was deleted in them; waits, and gives up with an
  // error when `stop` becomes true. Not for the writer's thread.
  [[nodiscard]] base::Result<void> compact(Family f, std::string_view begin, std::string_view end,
                                           std::atomic<bool>* stop = nullptr);
  // Lets compactions copy old blobs out of their files while much of what the files hold is of
  // nobody any more, and only then. One thread at a time; in the background after each sync.
  void tend_blobs();
  [[nodiscard]] bool snapshots_held() const;
  [[nodiscard]] std::vector<FamilySize> sizes() const;
  [[nodiscard]] std::uint64_t memory_bytes() const;  // memtables and the cache of blocks

 private:
  [[nodiscard]] std::uint64_t bytes_counted(Family f, const rocksdb::Range& range) const;
  [[nodiscard]] std::uint64_t bytes_in_memtables(Family f, const rocksdb::Range& range) const;
  Database() = default;

  std::unique_ptr<rocksdb::DB> db_;
  std::filesystem::path folder_;  // of RocksDB's files
  unsigned format_found_ = 0;
  std::vector<rocksdb::ColumnFamilyHandle*> opened_;  // all, default and unknown ones included
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_{};
  static void sync_in_background(void* self);
  [[nodiscard]] base::Result<void> refused_on_error(const rocksdb::Status& status);
  [[nodiscard]] base::Result<void> resume();
  // disk_full where so many bytes more would leave too little for what is in memory.
  [[nodiscard]] base::Result<void> check_room(std::size_t bytes) const;
  [[nodiscard]] base::Result<void> clear_incoming() const;

  // Quiet writes: begun, ended, and the sequence numbers that they took.
  std::atomic<std::uint64_t> quiet_begun_{0};
  std::atomic<std::uint64_t> quiet_ended_{0};
  std::atomic<std::uint64_t> quiet_entries_{0};
  bool direct_ = false;  // files are written past the page cache
  std::atomic<bool> syncing_{false};
  std::array<bool, kFamilies> copies_blobs_{};  // of tend_blobs()
  std::atomic<bool> refused_{false};            // the last write failed: resume before the next
  base::Mutex mutex_;
  base::Error refusal_ SPIDER_GUARDED_BY(mutex_);  // why
};

[[nodiscard]] tl::unexpected<base::Error> read_error(const rocksdb::Status& status);
// The detail names the family and the key in hex.
[[nodiscard]] tl::unexpected<base::Error> corrupt(Family f, std::string_view key,
                                                  std::string_view what);

}  // namespace spider::store
