#pragma once
// RollupBook and QualityBook: sums kept while writing. add() only remembers what is new; settle()
// adds it to the sums on disk and puts the results into the batch that also brings the records, so
// sums and records are always of the same moment.
//
// The sums last used stay in memory, as many as the limit allows; others are read back when they
// are needed again. A batch that was settled must be written sooner or later: the memory already
// counts it (writer.cc keeps it and tries again). A sum whose value on disk is damaged starts from
// nothing and is marked: readers count the records instead. Owned by the writer's thread.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "store/database.h"
#include "store/format/sums.h"
#include "store/quality_spans.h"

namespace spider::store {

struct SumKey {
  std::uint32_t source = 0;
  std::uint8_t level = 0;
  std::int64_t bucket = 0;
  friend bool operator==(const SumKey&, const SumKey&) noexcept = default;
};
struct SumKeyHash {
  std::size_t operator()(const SumKey& k) const noexcept {
    std::uint64_t h = static_cast<std::uint64_t>(k.bucket) * 0x9E3779B97F4A7C15ULL;
    h ^= (std::uint64_t{k.source} << 8U | k.level) * 0xC2B2AE3D27D4EB4FULL;
    return static_cast<std::size_t>(h ^ (h >> 29U));
  }
};

class RollupBook {
 public:
  explicit RollupBook(const Database& database) : database_(database) {}

  // Reads the table of methods. Once, before the first add.
  [[nodiscard]] base::Result<void> load();

  void add(model::SourceId source, base::Time start, base::Time end, std::uint16_t status,
           std::string_view method);
  // After an error nothing has changed; call again.
  [[nodiscard]] base::Result<void> settle(rocksdb::WriteBatch& batch);
  // Forgets sums when there are too many. Only when everything settled has been written.
  void trim();
  // Forgets a source whose sums were deleted.
  void forget(model::SourceId source);

  [[nodiscard]] bool empty() const noexcept { return news_.empty(); }

 private:
  using Cells = std::vector<RollupCell>;
  struct Sum {
    Cells cells;
    format::Past past = format::Past::whole;
  };

  [[nodiscard]] MethodId method_id(std::string_view method);
  [[nodiscard]] Cells& news(model::SourceId source, std::int64_t second);
  [[nodiscard]] base::Result<void> read_sum(const SumKey& key);

  const Database& database_;
  std::vector<std::string> methods_;
  bool methods_changed_ = false;
  std::unordered_map<SumKey, Cells, SumKeyHash>
      news_;                 // of level `second` alone, since the last settle()
  Cells* latest_ = nullptr;  // of news_, asked for last
  SumKey latest_key_{};
  std::unordered_map<SumKey, Sum, SumKeyHash> sums_;
};

class QualityBook {
 public:
  QualityBook(const Database& database, QualitySpans& spans) : database_(database), spans_(spans) {}

  void add(model::SourceId source, const model::QualityLog& log);
  // Puts the sums that minute `first` lies in anew, of the minutes from there on that are on disk:
  // those before it go with the same batch, and everything else is written. Whole hours and days
  // before it are the caller's.
  [[nodiscard]] base::Result<void> cut(model::SourceId source, std::int64_t first,
                                       rocksdb::WriteBatch& batch);
  [[nodiscard]] base::Result<void> settle(rocksdb::WriteBatch& batch);
  void trim();
  void forget(model::SourceId source);
  [[nodiscard]] bool empty() const noexcept { return news_.empty(); }

 private:
  struct Sum {
    model::QualityCounts counts;
    format::Past past = format::Past::whole;
  };
  using News = std::unordered_map<SumKey, model::QualityCounts, SumKeyHash>;
  [[nodiscard]] base::Result<void> read_sum(const SumKey& key);
  void put(rocksdb::WriteBatch& batch, const SumKey& key, const Sum& sum) const;
  // Of the minutes [first, end) on disk.
  [[nodiscard]] base::Result<Sum> sum_minutes(model::SourceId source, std::int64_t first,
                                              std::int64_t end) const;

  const Database& database_;
  QualitySpans& spans_;
  News news_;  // of minutes, since the last settle()
  std::unordered_map<SumKey, Sum, SumKeyHash> sums_;
};

// Adds to the cell of (status class, method), making it when it is not there.
void add_cell(std::vector<RollupCell>& cells, const RollupCell& more);

}  // namespace spider::store
