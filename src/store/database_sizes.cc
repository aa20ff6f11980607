// How much of a Database lies where: in files, in memtables, in its cache.

#include <algorithm>

#include <rocksdb/table_properties.h>

#include "store/database.h"
#include "store/format/keys.h"

namespace spider::store {

std::uint64_t Database::bytes_in_files(Family f, std::string_view begin, std::string_view end,
                                       bool memtables) const {
  const rocksdb::Range range(rocksdb::Slice(begin.data(), begin.size()),
                             rocksdb::Slice(end.data(), end.size()));
  rocksdb::SizeApproximationOptions options;
  options.include_files = true;
  options.files_size_error_margin = 0.1;
  std::uint64_t bytes = 0;
  const rocksdb::Status status = db_->GetApproximateSizes(options, handle(f), &range, 1, &bytes);
  if (!status.ok()) return 0;
  if (!memtables) return bytes;
  return bytes == 0 ? bytes_counted(f, range) : bytes + bytes_in_memtables(f, range);
}

// For what no file has yet: no more than memtables hold.
std::uint64_t Database::bytes_counted(Family f, const rocksdb::Range& range) const {
  std::uint64_t bytes = 0;
  const auto it = iterate(f, nullptr, &range.limit);
  for (it->Seek(range.start); it->Valid(); it->Next())
    bytes += it->key().size() + it->value().size();
  return bytes;
}

// RocksDB guesses the entries of a range from how high their towers are, and may be far off: never
// more than the range's share of the guesses, of what memtables really hold.
std::uint64_t Database::bytes_in_memtables(Family f, const rocksdb::Range& range) const {
  std::uint64_t entries = 0;
  std::uint64_t entries_of_all = 0;
  std::uint64_t guessed = 0;
  std::uint64_t held = 0;
  db_->GetApproximateMemTableStats(handle(f), range, &entries, &guessed);
  const std::string last = format::source_end(model::SourceId{0xFFFF'FFFE});
  db_->GetApproximateMemTableStats(handle(f), rocksdb::Range("", last), &entries_of_all, &guessed);
  if (entries == 0 || !db_->GetIntProperty(handle(f), "rocksdb.cur-size-all-mem-tables", &held))
    return 0;
  const double share =
      static_cast<double>(entries) / static_cast<double>(std::max(entries, entries_of_all));
  return static_cast<std::uint64_t>(share * static_cast<double>(held));
}

double Database::data_share(Family f, std::string_view begin, std::string_view end) const {
  const rocksdb::Range range(rocksdb::Slice(begin.data(), begin.size()),
                             rocksdb::Slice(end.data(), end.size()));
  rocksdb::TablePropertiesCollection tables;
  if (!db_->GetPropertiesOfTablesInRange(handle(f), &range, 1, &tables).ok()) return 1;
  constexpr std::uint64_t kOwn = 2'048;  // properties and footer of a table
  std::uint64_t data = 0;
  std::uint64_t all = 0;
  for (const auto& [path, table] : tables) {
    data += table->data_size;
    all += table->data_size + table->index_size + table->filter_size + kOwn;
  }
  return all == 0 ? 1 : static_cast<double>(data) / static_cast<double>(all);
}

std::vector<FamilySize> Database::sizes() const {
  std::vector<FamilySize> out;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    FamilySize& size = out.emplace_back();
    size.family = name(static_cast<Family>(i));
    for (const char* property : {"rocksdb.live-sst-files-size", "rocksdb.live-blob-file-size",
                                 "rocksdb.cur-size-all-mem-tables"}) {
      std::uint64_t bytes = 0;
      if (db_->GetIntProperty(handles_[i], property, &bytes)) size.bytes += bytes;
    }
  }
  return out;
}

// A family's blobs take at most a third more than what is alive, and a compaction's worth.
void Database::tend_blobs() {
  constexpr std::uint64_t kBegin = 4;  // when one in so many bytes is of nobody
  constexpr std::uint64_t kEnd = 8;
  for (const Family f : {Family::detail, Family::body, Family::packet}) {
    std::uint64_t all = 0;
    std::uint64_t dead = 0;
    if (!db_->GetIntProperty(handle(f), "rocksdb.live-blob-file-size", &all) ||
        !db_->GetIntProperty(handle(f), "rocksdb.live-blob-file-garbage-size", &dead))
      continue;
    bool& copies = copies_blobs_[static_cast<std::size_t>(f)];
    const bool wanted = all > 0 && dead >= all / (copies ? kEnd : kBegin);
    if (wanted == copies) continue;
    if (db_->SetOptions(handle(f), {{"enable_blob_garbage_collection", wanted ? "true" : "false"}})
            .ok())
      copies = wanted;
  }
}

std::uint64_t Database::memory_bytes() const {
  std::uint64_t memtables = 0;
  std::uint64_t cached = 0;
  static_cast<void>(db_->GetAggregatedIntProperty("rocksdb.cur-size-all-mem-tables", &memtables));
  // One cache for all families.
  static_cast<void>(
      db_->GetIntProperty(handle(Family::block), "rocksdb.block-cache-usage", &cached));
  return memtables + cached;
}

}  // namespace spider::store
