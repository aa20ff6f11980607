#pragma once
// FlushWatch: tells when what was written to one family is in files. RocksDB calls it from its own
// threads; the writer asks.

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include <rocksdb/listener.h>
#include <rocksdb/status.h>

namespace spider::store {

class FlushWatch final : public rocksdb::EventListener {
 public:
  explicit FlushWatch(std::string family) : family_(std::move(family)) {}

  // Forgets an error of before: writes were resumed.
  void clear_error() {
    const std::lock_guard<std::mutex> lock(mutex_);
    error_ = rocksdb::Status::OK();
  }
  // Whether everything of the family up to this sequence number is in files, or an error keeps it
  // from getting there.
  [[nodiscard]] bool settled(std::uint64_t number) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return flushed_ >= number || !error_.ok();
  }
  // Waits for that; OK when it is in files.
  [[nodiscard]] rocksdb::Status wait(std::uint64_t number) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return flushed_ >= number || !error_.ok(); });
    return flushed_ >= number ? rocksdb::Status::OK() : error_;
  }

  void OnFlushCompleted(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& info) override {
    if (info.cf_name != family_) return;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      flushed_ = std::max<std::uint64_t>(flushed_, info.largest_seqno);
    }
    changed_.notify_all();
  }
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* status) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      error_ = *status;
    }
    changed_.notify_all();
  }

 private:
  const std::string family_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t flushed_ = 0;  // highest sequence number of the family in files
  rocksdb::Status error_;      // since the last clear_error()
};

}  // namespace spider::store
