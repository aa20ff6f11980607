#pragma once
// BulkFiles: packs of segments as ready-made files of RocksDB's own kind. Packs of bodies, packs of
// frames, and the columns and details of a block.
//
// They are most of the bytes. Written the usual way they would be copied into a log, a
// memtable and a file; here they go into the file alone, sorted already, and RocksDB takes the file
// in as it is (docs/decisions/0020-packs-as-ready-made-files.md). A trickle is not worth a file: it
// is put into the batch of the records that refer to it, and lies in a family of its own, so that
// the files never overlap with a memtable.
//
// Packs of several shards come nearly in the order of their ids. A file takes those below the
// lowest id that has not come yet, so that files do not overlap each other and are never rewritten.
//
// Owner and caller: the writer's thread. Files are made by one of RocksDB's background threads.
// Bounds: add() waits while more than kHeldMax is held. Errors: disk_full, store_write_failed; what
// could not be written stays, and the next wait() or begin tries again.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <rocksdb/write_batch.h>

#include "spider/base/result.h"
#include "spider/model/record_batch.h"

#include "store/database.h"

namespace spider::store {

class BulkFiles {
 public:
  // `filed` holds what is in files of ours, `logged` what came with a batch: less than `bytes_min`.
  BulkFiles(Database& database, Family filed, Family logged, std::size_t bytes_min)
      : database_(database), filed_(filed), logged_(logged), bytes_min_(bytes_min) {}
  ~BulkFiles();
  BulkFiles(const BulkFiles&) = delete;
  BulkFiles& operator=(const BulkFiles&) = delete;

  // A pack of this id is not waited for: it has come, or is of another kind.
  void note_arrival(std::uint64_t pack);
  // A pack that has come, perhaps an empty one. Takes the bytes and leaves empty ones.
  void add(model::SourceId source, std::uint64_t pack, model::PackSegments& segments);
  // The same for packs that come in order, a file's worth.
  struct Pack {
    std::uint64_t id = 0;
    model::PackSegments segments;
  };
  void add_file(model::SourceId source, std::vector<Pack> packs);
  // A buffer of a pack that has become part of a file, or an empty one.
  [[nodiscard]] std::string spare();
  // To be called now and then: spare buffers that were not needed since the last call go.
  void rest();
  // Everything added so far is on its way into files or, where that is little, in `batch`. True
  // when there is something to wait for.
  [[nodiscard]] bool begin_all(rocksdb::WriteBatch& batch);
  // Whether wait() would not have to wait, but perhaps to try again.
  [[nodiscard]] bool settled() const;
  // Waits until all that was begun is in files that a restart finds. After an error: tries again.
  [[nodiscard]] base::Result<void> wait();

  [[nodiscard]] std::size_t bytes_held() const noexcept { return gathered_bytes_ + queued(); }

 private:
  struct File {
    model::SourceId source{};
    std::vector<Pack> packs;  // by id
    std::size_t bytes = 0;
  };
  struct Gathered {
    std::vector<Pack> packs;
    std::size_t bytes = 0;
    std::size_t arrived = 0;  // bytes since everything was last begun
  };

  // Takes the packs below every one that is still to come, when they are worth a file.
  void queue(File file);
  [[nodiscard]] bool queue_file(model::SourceId source, Gathered& from, std::size_t bytes_min);
  void start();
  [[nodiscard]] std::size_t queued() const;
  static void work(void* self);
  void make_files();
  [[nodiscard]] base::Result<void> make(const File& file, const std::string& path);
  void recycle(File& file);

  Database& database_;
  const Family filed_;
  const Family logged_;
  const std::size_t bytes_min_;
  std::map<model::SourceId, Gathered> gathered_;
  std::size_t gathered_bytes_ = 0;
  std::uint64_t next_ = 0;         // every pack below has come
  std::set<std::uint64_t> early_;  // packs above that have come
  std::uint64_t files_ = 0;        // made by this process

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<File> queue_;            // guarded by mutex_; the front is being made
  std::size_t queued_bytes_ = 0;      // guarded by mutex_
  bool running_ = false;              // guarded by mutex_
  std::optional<base::Error> error_;  // guarded by mutex_
  std::vector<std::string> spare_;    // guarded by mutex_; buffers to use again
  std::size_t spare_least_ = 0;       // guarded by mutex_; so many of them since the last rest()
};

}  // namespace spider::store
