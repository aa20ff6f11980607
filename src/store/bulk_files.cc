#include "store/bulk_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "spider/base/patience.h"

#include "store/format/keys.h"

namespace spider::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr std::size_t kFileMins = 4;  // a file is made when so many times the least has gathered
constexpr std::size_t kHeldMax = 40 * kMiB;
// An id that has not come after so many later ones was given out and never used.
constexpr std::size_t kEarlyMax = 256;
constexpr std::size_t kSpareMax = 96;

}  // namespace

BulkFiles::~BulkFiles() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !running_; });
}

void BulkFiles::note_arrival(std::uint64_t pack) {
  if (next_ == 0) next_ = pack;
  if (pack < next_) return;
  early_.insert(pack);
  if (early_.size() > kEarlyMax) next_ = *early_.begin();
  while (!early_.empty() && *early_.begin() == next_) {
    early_.erase(early_.begin());
    ++next_;
  }
}

void BulkFiles::add(model::SourceId source, std::uint64_t pack, model::PackSegments& segments) {
  note_arrival(pack);
  if (segments.ends.empty()) return;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return !running_ || gathered_bytes_ + queued_bytes_ < kHeldMax; });
  }
  Gathered& g = gathered_[source];
  Pack& kept = g.packs.emplace_back();
  kept.id = pack;
  std::swap(kept.segments, segments);
  segments.bytes = spare();
  const std::size_t bytes = kept.segments.bytes.size();
  g.bytes += bytes;
  g.arrived += bytes;
  gathered_bytes_ += bytes;
  if (g.bytes >= kFileMins * bytes_min_ && queue_file(source, g, bytes_min_)) start();
}

bool BulkFiles::queue_file(model::SourceId source, Gathered& from, std::size_t bytes_min) {
  std::sort(from.packs.begin(), from.packs.end(),
            [](const Pack& a, const Pack& b) { return a.id < b.id; });
  const auto end = std::find_if(from.packs.begin(), from.packs.end(),
                                [this](const Pack& p) { return p.id >= next_; });
  File file;
  file.source = source;
  for (auto at = from.packs.begin(); at != end; ++at) file.bytes += at->segments.bytes.size();
  if (file.bytes < bytes_min) return false;
  file.packs.assign(std::make_move_iterator(from.packs.begin()), std::make_move_iterator(end));
  from.packs.erase(from.packs.begin(), end);
  from.bytes -= file.bytes;
  gathered_bytes_ -= file.bytes;
  queue(std::move(file));
  return true;
}

void BulkFiles::queue(File file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queued_bytes_ += file.bytes;
  queue_.push_back(std::move(file));
}

void BulkFiles::add_file(model::SourceId source, std::vector<Pack> packs) {
  File file;
  file.source = source;
  file.packs = std::move(packs);
  for (const Pack& p : file.packs) file.bytes += p.segments.bytes.size();
  queue(std::move(file));
  start();
}

std::string BulkFiles::spare() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (spare_.empty()) return {};
  std::string out = std::move(spare_.back());
  spare_.pop_back();
  spare_least_ = std::min(spare_least_, spare_.size());
  return out;
}

void BulkFiles::rest() {
  const std::lock_guard<std::mutex> lock(mutex_);
  spare_.erase(spare_.begin(), spare_.begin() + static_cast<std::ptrdiff_t>(spare_least_));
  spare_.shrink_to_fit();
  spare_least_ = spare_.size();
}

bool BulkFiles::begin_all(rocksdb::WriteBatch& batch) {
  for (auto& [source, g] : gathered_) {
    // Of a source that sends much, the rest is worth a file too: the log would copy it twice.
    static_cast<void>(queue_file(source, g, g.arrived < bytes_min_ ? bytes_min_ : 1));
    for (Pack& p : g.packs) {
      std::size_t begin = 0;
      for (std::size_t i = 0; i < p.segments.ends.size(); ++i) {
        const std::string key = format::segment_key(source, p.id, static_cast<std::uint16_t>(i));
        const std::size_t end = p.segments.ends[i];
        batch.Put(database_.handle(logged_), key,
                  rocksdb::Slice(p.segments.bytes.data() + begin, end - begin));
        begin = end;
      }
    }
  }
  gathered_.clear();
  gathered_bytes_ = 0;
  start();
  return queued() > 0;
}

void BulkFiles::start() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_ || queue_.empty()) return;
    running_ = true;
    error_.reset();
  }
  database_.run_in_background(&BulkFiles::work, this);
}

bool BulkFiles::settled() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !running_;
}

std::size_t BulkFiles::queued() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return queued_bytes_;
}

base::Result<void> BulkFiles::wait() {
  start();
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !running_; });
  if (queue_.empty()) return {};
  return tl::unexpected(*error_);
}

void BulkFiles::work(void* self) {
  base::wake_patiently();  // RocksDB's thread, which serves nothing that somebody waits for
  static_cast<BulkFiles*>(self)->make_files();
}

void BulkFiles::make_files() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!queue_.empty() && !error_) {
    File& file = queue_.front();  // stays where it is: only this thread takes from the front
    const std::string path = database_.incoming_path(fmt::format("{}-{}", name(filed_), files_++));
    lock.unlock();
    base::Result<void> made = make(file, path);
    if (made) made = database_.take_file(filed_, path);
    if (!made) {
      std::error_code ignored;  // gone, or cleared away at the next start
      std::filesystem::remove(path, ignored);
    }
    lock.lock();
    if (!made) {
      error_ = made.error();
      break;
    }
    recycle(file);
    queued_bytes_ -= file.bytes;
    queue_.pop_front();
    changed_.notify_all();
  }
  running_ = false;
  changed_.notify_all();
}

base::Result<void> BulkFiles::make(const File& file, const std::string& path) {
  SPIDER_TRY_LET(out, database_.new_file(filed_, path, file.bytes));
  for (const Pack& p : file.packs) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < p.segments.ends.size(); ++i) {
      const std::size_t end = p.segments.ends[i];
      if (end == begin) continue;  // a part that the block has not
      const std::string key = format::segment_key(file.source, p.id, static_cast<std::uint16_t>(i));
      SPIDER_TRY(database_.written(out->Put(key, {p.segments.bytes.data() + begin, end - begin})));
      begin = end;
    }
  }
  return database_.written(out->Finish());
}

void BulkFiles::recycle(File& file) {
  for (Pack& p : file.packs) {
    if (spare_.size() >= kSpareMax) break;
    p.segments.clear();
    spare_.push_back(std::move(p.segments.bytes));
  }
}

}  // namespace spider::store
