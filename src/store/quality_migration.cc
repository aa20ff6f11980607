#include "store/quality_migration.h"

#include <algorithm>

#include "spider/base/byte_reader.h"

#include "store/format/keys.h"
#include "store/format/sums.h"
#include "store/quality_levels.h"

namespace spider::store {
namespace {

// The bucket of one level that the minutes lie in now; they come in the order of their keys.
class RunningSum {
 public:
  explicit RunningSum(RollupLevel level) : level_(level) {}

  [[nodiscard]] bool holds(model::SourceId source, std::int64_t minute) const {
    return any_ && source_ == source && bucket_ == bucket_of_minute(minute, level_);
  }
  void begin(model::SourceId source, std::int64_t minute) {
    any_ = true;
    source_ = source;
    bucket_ = bucket_of_minute(minute, level_);
    counts_ = {};
    past_ = format::Past::whole;
  }
  void add(const model::QualityCounts& counts, format::Past past) {
    counts_ += counts;
    if (past == format::Past::lost) past_ = past;
  }
  void put(const Database& database, rocksdb::WriteBatch& batch) {
    if (any_)
      database.put(batch, Family::quality_sum, format::rollup_key(source_, level_, bucket_),
                   format::encode_quality(counts_, past_));
    any_ = false;
  }

 private:
  RollupLevel level_;
  bool any_ = false;
  model::SourceId source_{};
  std::int64_t bucket_ = 0;
  model::QualityCounts counts_;
  format::Past past_ = format::Past::whole;
};

}  // namespace

void clear_quality_sums(const Database& database, rocksdb::WriteBatch& batch) {
  batch.DeleteRange(database.handle(Family::quality_sum), "",
                    format::source_end(model::SourceId{0xFFFF'FFFE}));
}

base::Result<MigrationPart> make_quality_sums(const Database& database, std::string_view after,
                                              std::size_t units, rocksdb::WriteBatch& batch) {
  RunningSum hour(RollupLevel::hour);
  RunningSum day(RollupLevel::day);
  MigrationPart out;
  out.last = after;
  const auto it = database.iterate(Family::quality, nullptr);
  if (after.empty()) {
    it->SeekToFirst();
  } else {
    it->Seek(std::string(after) + '\0');
  }
  for (; it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    if (const auto minute = format::parse_quality_key(key)) {
      const model::SourceId source{base::ByteReader(base::as_bytes(key)).be32()};
      model::QualityCounts counts;
      auto past = format::Past::whole;
      const auto value = Database::value(Family::quality, *it);
      if (!value || format::decode_quality(*value, counts, &past) != format::ValueState::ok) {
        counts = {};
        past = format::Past::lost;
      }
      if (!day.holds(source, *minute)) {
        day.put(database, batch);
        hour.put(database, batch);
        if (out.units >= std::max<std::size_t>(units, 1)) return out;
        day.begin(source, *minute);
      }
      if (!hour.holds(source, *minute)) {
        hour.put(database, batch);
        hour.begin(source, *minute);
      }
      hour.add(counts, past);
      day.add(counts, past);
    }
    ++out.units;
    out.last.assign(key);
  }
  if (!it->status().ok()) return read_error(it->status());
  day.put(database, batch);
  hour.put(database, batch);
  out.ended = true;
  return out;
}

}  // namespace spider::store
