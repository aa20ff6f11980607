// Snapshot: roll-ups and quality.
#include <algorithm>
#include <limits>

#include "spider/store/codes.h"

#include "store/format/sums.h"
#include "store/reader.h"
#include "store/sum_books.h"

namespace spider::store {
namespace {

std::int64_t last_bucket_before(base::Time to, RollupLevel level) {
  return bucket_of({to.ns == std::numeric_limits<std::int64_t>::min() ? to.ns : to.ns - 1}, level);
}

}  // namespace

template <class Visit>
base::Result<void> Snapshot::for_each_rollup(rocksdb::Iterator& it, model::SourceId source,
                                             RollupLevel level, std::int64_t first,
                                             std::int64_t end, Visit&& visit) const {
  const std::string bound = format::rollup_key(source, level, end);
  for (it.Seek(format::rollup_key(source, level, first));
       it.Valid() && it.key().ToStringView() < bound; it.Next()) {
    const auto key = format::parse_rollup_key(it.key().ToStringView());
    RollupBucket bucket;
    format::Past past{};
    SPIDER_TRY_LET(value, Database::value(Family::rollup, it));
    if (!key || format::decode_rollup(value, bucket.cells, &past) != format::ValueState::ok)
      return corrupt(Family::rollup, it.key().ToStringView(), "the sums cannot be decoded");
    if (past == format::Past::lost)
      return corrupt(Family::rollup, it.key().ToStringView(), "a part of the sums was lost");
    bucket.source = source;
    bucket.bucket = key->bucket;
    visit(std::move(bucket));
  }
  if (!it.status().ok()) return read_error(it.status());
  return {};
}

base::Result<std::vector<RollupBucket>> Snapshot::rollup(RollupLevel level, Sources sources,
                                                         base::Time from, base::Time to) const {
  std::vector<RollupBucket> out;
  if (from >= to) return out;
  // One for all sources: making it costs more than a few steps of it.
  const auto it = database_.iterate(Family::rollup, snapshot_);
  for (const model::SourceId source : chosen(sources))
    SPIDER_TRY(for_each_rollup(*it, source, level, bucket_of(from, level),
                               last_bucket_before(to, level) + 1,
                               [&](RollupBucket&& b) { out.push_back(std::move(b)); }));
  return out;
}

// Whole days, then the hours of the last day, its last hour's minutes, its last minute's seconds.
base::Result<std::vector<RollupBucket>> Snapshot::rollup_before(Sources sources,
                                                                base::Time time) const {
  std::vector<RollupBucket> out;
  const auto it = database_.iterate(Family::rollup, snapshot_);
  for (const model::SourceId source : chosen(sources)) {
    RollupBucket total;
    total.source = source;
    total.bucket = bucket_of(time, RollupLevel::second);
    RollupLevel upper = RollupLevel::day;
    std::int64_t first = std::numeric_limits<std::int64_t>::min();
    for (const RollupLevel level :
         {RollupLevel::day, RollupLevel::hour, RollupLevel::minute, RollupLevel::second}) {
      const std::int64_t end = bucket_of(time, level);
      if (level != RollupLevel::day)
        first = bucket_of(time, upper) * (bucket_ns(upper) / bucket_ns(level));
      SPIDER_TRY(for_each_rollup(*it, source, level, first, end, [&](RollupBucket&& b) {
        for (const RollupCell& c : b.cells) add_cell(total.cells, c);
      }));
      upper = level;
    }
    if (!total.cells.empty()) out.push_back(std::move(total));
  }
  return out;
}

base::Result<std::vector<std::string>> Snapshot::methods() const {
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, database_.get(Family::meta, "methods", snapshot_, value));
  std::vector<std::string> out{"other"};
  if (found &&
      format::decode_methods(base::as_bytes(value.ToStringView()), out) != format::ValueState::ok)
    return corrupt(Family::meta, "methods", "the table of methods cannot be decoded");
  return out;
}

}  // namespace spider::store
