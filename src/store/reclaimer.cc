#include "store/reclaimer.h"

#include <algorithm>
#include <utility>

namespace spider::store {

Reclaimer::~Reclaimer() {
  cancelled_ = true;
  std::unique_lock<std::mutex> lock(mutex_);
  ranges_.clear();
  idle_.wait(lock, [this] { return !running_; });
}

void Reclaimer::reclaim(Family f, std::string begin, std::string end) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // Ranges of one family that wait are done as one: what lies between them is looked at once.
    const auto same =
        std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& r) { return r.family == f; });
    if (same != ranges_.end()) {
      same->begin = std::min(same->begin, begin);
      same->end = std::max(same->end, end);
      return;
    }
    ranges_.push_back({f, std::move(begin), std::move(end)});
    if (running_) return;
    running_ = true;
  }
  database_.run_in_background(&Reclaimer::work, this);
}

void Reclaimer::work(void* self) { static_cast<Reclaimer*>(self)->compact_all(); }

void Reclaimer::compact_all() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ranges_.empty()) {
    const Range range = std::move(ranges_.front());
    ranges_.pop_front();
    lock.unlock();
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;  // RocksDB's own compactions go on meanwhile
    options.canceled = &cancelled_;
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    const rocksdb::Slice begin(range.begin);
    const rocksdb::Slice end(range.end);
    // What it cannot do now, ordinary compactions do later.
    static_cast<void>(
        database_.db().CompactRange(options, database_.handle(range.family), &begin, &end));
    lock.lock();
  }
  running_ = false;
  idle_.notify_all();
}

}  // namespace spider::store
