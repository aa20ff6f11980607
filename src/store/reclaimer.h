#pragma once
// Reclaimer: gives the space of deleted ranges back to the disk. A range that was deleted is a mark
// in a memtable; the bytes go when a compaction brings the mark down to them, and nothing else
// would make one happen soon. One compaction at a time, on one of RocksDB's lowest background
// threads; nobody waits for it but the destructor, which cuts it short.
//
// What a snapshot still reads stays until RocksDB comes by again. Any thread may call.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "store/database.h"

namespace spider::store {

class Reclaimer {
 public:
  explicit Reclaimer(Database& database) : database_(database) {}
  ~Reclaimer();
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  void reclaim(Family f, std::string begin, std::string end);

 private:
  struct Range {
    Family family;
    std::string begin;
    std::string end;
  };
  static void work(void* self);
  void compact_all();

  Database& database_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Range> ranges_;  // guarded by mutex_
  bool running_ = false;      // guarded by mutex_
};

}  // namespace spider::store
