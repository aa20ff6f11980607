// QualityBook: the counts of each minute, and beside them those of each hour and day.
#include "store/format/keys.h"
#include "store/quality_levels.h"
#include "store/sum_books.h"
#include "store/sum_value.h"

namespace spider::store {
namespace {

SumKey key_of(std::uint32_t source, RollupLevel level, std::int64_t bucket) {
  return {source, static_cast<std::uint8_t>(level), bucket};
}

std::string disk_key(const SumKey& key) {
  const auto level = static_cast<RollupLevel>(key.level);
  const model::SourceId source{key.source};
  return level == RollupLevel::minute ? format::quality_key(source, key.bucket)
                                      : format::rollup_key(source, level, key.bucket);
}

Family family_of(const SumKey& key) {
  return static_cast<RollupLevel>(key.level) == RollupLevel::minute ? Family::quality
                                                                    : Family::quality_sum;
}

}  // namespace

void QualityBook::put(rocksdb::WriteBatch& batch, const SumKey& key, const Sum& sum) const {
  database_.put(batch, family_of(key), disk_key(key), format::encode_quality(sum.counts, sum.past));
}

void QualityBook::add(model::SourceId source, const model::QualityLog& log) {
  QualitySpans::Span span;
  for (const model::QualityMinute& m : log.minutes()) span.widen({m.minute, m.minute});
  if (span.first <= span.last) spans_.widen(source, span);
  for (const model::QualityMinute& m : log.minutes())
    news_[key_of(static_cast<std::uint32_t>(source), RollupLevel::minute, m.minute)] += m.counts;
}

base::Result<QualityBook::Sum> QualityBook::sum_minutes(model::SourceId source, std::int64_t first,
                                                        std::int64_t end) const {
  Sum out;
  const std::string bound_key = format::quality_key(source, end);
  const rocksdb::Slice bound(bound_key);
  const auto it = database_.iterate(Family::quality, nullptr, &bound);
  for (it->Seek(format::quality_key(source, first)); it->Valid(); it->Next()) {
    Sum part;
    const auto value = Database::value(Family::quality, *it);
    if (!value || format::decode_quality(*value, part.counts, &part.past) != format::ValueState::ok)
      part = {{}, format::Past::lost};
    out.counts += part.counts;
    if (part.past == format::Past::lost) out.past = part.past;
  }
  if (!it->status().ok()) return read_error(it->status());
  return out;
}

base::Result<void> QualityBook::read_sum(const SumKey& key) {
  if (sums_.contains(key)) return {};
  const auto level = static_cast<RollupLevel>(key.level);
  const std::string name = disk_key(key);
  Sum sum;
  if (level == RollupLevel::minute) {
    SPIDER_TRY_LET(
        past, read_value(database_, Family::quality, name, sum.counts, format::decode_quality));
    sum.past = past;
    sums_.emplace(key, sum);
    return {};
  }
  rocksdb::PinnableSlice value;
  const auto found = database_.get(Family::quality_sum, name, nullptr, value);
  if (!found && found.error().code != codes::store_corrupt) return tl::unexpected(found.error());
  const bool whole =
      found && (!*found || (format::decode_quality(base::as_bytes(value.ToStringView()), sum.counts,
                                                   &sum.past) == format::ValueState::ok &&
                            sum.past == format::Past::whole));
  // What is lost of a sum may still be there in its minutes: none of them has news that are not on
  // disk while the sum is not in memory.
  if (!whole) {
    const std::int64_t first = key.bucket * minutes_of(level);
    SPIDER_TRY_LET(again,
                   sum_minutes(model::SourceId{key.source}, first, first + minutes_of(level)));
    sum = again;
    base::log(codes::store_corrupt, "{} It was made up from its minutes.",
              corrupt(Family::quality_sum, name, "the sum is damaged").value().detail);
  }
  sums_.emplace(key, sum);
  return {};
}

base::Result<void> QualityBook::settle(rocksdb::WriteBatch& batch) {
  // First everything that can fail: bring the sums into memory.
  News all = news_;
  for (const auto& [key, counts] : news_)
    for (const RollupLevel level : kQualitySums)
      all[key_of(key.source, level, bucket_of_minute(key.bucket, level))] += counts;
  for (const auto& [key, counts] : all) SPIDER_TRY(read_sum(key));
  for (const auto& [key, counts] : all) {
    Sum& total = sums_[key];
    total.counts += counts;
    put(batch, key, total);
  }
  news_.clear();
  return {};
}

base::Result<void> QualityBook::cut(model::SourceId source, std::int64_t first,
                                    rocksdb::WriteBatch& batch) {
  for (const RollupLevel level : kQualitySums) {
    const SumKey key =
        key_of(static_cast<std::uint32_t>(source), level, bucket_of_minute(first, level));
    const std::int64_t end = (key.bucket + 1) * minutes_of(level);
    SPIDER_TRY_LET(rest, sum_minutes(source, first, end));
    if (rest.past == format::Past::whole && rest.counts == model::QualityCounts{}) {
      batch.Delete(database_.handle(Family::quality_sum), disk_key(key));
    } else {
      put(batch, key, rest);
    }
  }
  return {};
}

void QualityBook::trim() {
  if (sums_.size() > kSumsInMemoryMax) sums_.clear();
}

void QualityBook::forget(model::SourceId source) {
  std::erase_if(
      sums_, [&](const auto& s) { return s.first.source == static_cast<std::uint32_t>(source); });
}

}  // namespace spider::store
