// Snapshot: the books, by minutes and by their sums.
#include <algorithm>
#include <limits>

#include "store/format/sums.h"
#include "store/reader.h"

namespace spider::store {
namespace {

// model::minute_of without its corner: it cannot turn the sign of the very first instants.
std::int64_t minute_near(base::Time t) {
  constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min() / 2;
  return model::minute_of({std::max(t.ns, kFirst)});
}

std::int64_t round_up(std::int64_t minute, std::int64_t step) {
  const std::int64_t over = minute % step;
  return over == 0 ? minute : minute - over + (over > 0 ? step : 0);
}
std::int64_t round_down(std::int64_t minute, std::int64_t step) {
  return round_up(minute - step + 1, step);
}

constexpr std::int64_t minutes_of(RollupLevel level) {
  return bucket_ns(level) / bucket_ns(RollupLevel::minute);
}

// The longest sums of which none lies across a multiple of `step`.
RollupLevel level_within(base::Duration step) {
  for (const RollupLevel level : {RollupLevel::day, RollupLevel::hour})
    if (step.ns % bucket_ns(level) == 0) return level;
  return RollupLevel::minute;
}

RollupLevel finer(RollupLevel level) {
  return level == RollupLevel::day ? RollupLevel::hour : RollupLevel::minute;
}

}  // namespace

base::Result<void> Snapshot::add_minutes(rocksdb::Iterator& it, model::SourceId source,
                                         std::int64_t first, std::int64_t end,
                                         std::vector<QualityRow>& out) const {
  const std::string bound = format::quality_key(source, end);
  for (it.Seek(format::quality_key(source, first)); it.Valid() && it.key().ToStringView() < bound;
       it.Next()) {
    const std::string_view disk_key = it.key().ToStringView();
    const auto minute = format::parse_quality_key(disk_key);
    QualityRow row;
    format::Past past{};
    const auto value = Database::value(Family::quality, it);
    if (!value || !minute ||
        format::decode_quality(*value, row.minute.counts, &past) != format::ValueState::ok) {
      static_cast<void>(
          pass_over(corrupt(Family::quality, disk_key, "the counts cannot be decoded").value()));
      continue;
    }
    // What was counted since is true, and said together with what is missing from it.
    if (past == format::Past::lost)
      static_cast<void>(
          pass_over(corrupt(Family::quality, disk_key, "a part of the counts was lost").value()));
    row.source = source;
    row.minute.minute = *minute;
    out.push_back(std::move(row));
  }
  if (!it.status().ok()) return read_error(it.status());
  return {};
}

base::Result<void> Snapshot::add_quality(Walks& walks, model::SourceId source, std::int64_t first,
                                         std::int64_t end, RollupLevel level,
                                         std::vector<QualityRow>& out) const {
  if (first >= end) return {};
  if (level == RollupLevel::minute) return add_minutes(*walks.minutes, source, first, end, out);
  const std::int64_t length = minutes_of(level);
  const std::int64_t whole = round_up(first, length);
  const std::int64_t whole_end = round_down(end, length);
  if (whole >= whole_end) return add_quality(walks, source, first, end, finer(level), out);
  SPIDER_TRY(add_quality(walks, source, first, whole, finer(level), out));
  const std::string bound = format::rollup_key(source, level, whole_end / length);
  rocksdb::Iterator* const it = walks.sums.get();
  for (it->Seek(format::rollup_key(source, level, whole / length));
       it->Valid() && it->key().ToStringView() < bound; it->Next()) {
    const auto key = format::parse_rollup_key(it->key().ToStringView());
    if (!key) {
      static_cast<void>(pass_over(
          corrupt(Family::quality_sum, it->key().ToStringView(), "no sum has this key").value()));
      continue;
    }
    QualityRow row;
    format::Past past{};
    const auto value = Database::value(Family::quality_sum, *it);
    if (!value ||
        format::decode_quality(*value, row.minute.counts, &past) != format::ValueState::ok ||
        past == format::Past::lost) {
      Walks inside = this->walks();  // this walk goes on where it stands
      SPIDER_TRY(add_quality(inside, source, key->bucket * length, (key->bucket + 1) * length,
                             finer(level), out));
      continue;
    }
    row.source = source;
    row.minute.minute = key->bucket * length;
    out.push_back(std::move(row));
  }
  if (!it->status().ok()) return read_error(it->status());
  return add_quality(walks, source, whole_end, end, finer(level), out);
}

bool Snapshot::may_have_books(rocksdb::Iterator& minutes, model::SourceId source,
                              std::int64_t first, std::int64_t end) const {
  if (caches_.quality == nullptr) return true;
  auto span = caches_.quality->find(source, version());
  if (!span) {
    const std::string bound = format::source_end(source);
    span.emplace();
    minutes.Seek(format::source_begin(source));
    if (minutes.Valid() && minutes.key().ToStringView() < bound) {
      const auto low = format::parse_quality_key(minutes.key().ToStringView());
      minutes.SeekForPrev(bound);
      const auto high =
          minutes.Valid() ? format::parse_quality_key(minutes.key().ToStringView()) : std::nullopt;
      if (!low || !high) return true;  // of a damaged key nothing is concluded
      *span = {*low, *high};
    }
    if (!minutes.status().ok()) return true;  // told by the walk itself
    caches_.quality->learn(source, version(), *span);
  }
  return span->first < end && span->last >= first;
}

base::Result<std::vector<QualityRow>> Snapshot::quality(Sources sources, base::Time from,
                                                        base::Time to) const {
  return quality_sums(sources, from, to, base::Duration{bucket_ns(RollupLevel::minute)});
}

base::Result<std::vector<QualityRow>> Snapshot::quality_sums(Sources sources, base::Time from,
                                                             base::Time to,
                                                             base::Duration step) const {
  std::vector<QualityRow> out;
  if (from >= to) return out;
  Walks shared = walks();
  const std::int64_t first = minute_near(from);
  const std::int64_t end = minute_near({to.ns - 1}) + 1;
  for (const model::SourceId source : chosen(sources))
    if (may_have_books(*shared.minutes, source, first, end))
      SPIDER_TRY(add_quality(shared, source, first, end, level_within(step), out));
  return out;
}

base::Result<QualitySpan> Snapshot::quality_span(Sources sources, base::Time from,
                                                 base::Time to) const {
  QualitySpan out;
  if (from >= to) return out;
  const std::int64_t first = minute_near(from);
  const std::int64_t end = minute_near({to.ns - 1}) + 1;
  const auto it = database_.iterate(Family::quality, snapshot_);
  // A source has no books beyond what is known of it: those that cannot make the span longer are
  // not looked at, which among many uploads of one time are nearly all.
  std::vector<std::pair<QualitySpans::Span, model::SourceId>> left;
  for (const model::SourceId source : chosen(sources)) {
    if (!may_have_books(*it, source, first, end)) continue;
    const auto known = caches_.quality == nullptr ? std::optional<QualitySpans::Span>()
                                                  : caches_.quality->find(source, version());
    const QualitySpans::Span all{first, end - 1};
    left.emplace_back(
        known ? QualitySpans::Span{std::max(first, known->first), std::min(end - 1, known->last)}
              : all,
        source);
  }
  std::sort(left.begin(), left.end(),
            [](const auto& a, const auto& b) { return a.first.first < b.first.first; });
  for (const auto& [within, source] : left) {
    if (!out.empty() && within.first >= out.first) break;
    it->Seek(format::quality_key(source, within.first));
    if (!it->Valid() || it->key().ToStringView() > format::quality_key(source, end - 1)) continue;
    const auto minute = format::parse_quality_key(it->key().ToStringView());
    if (!minute) continue;
    const bool none = out.empty();
    out.first = none ? *minute : std::min(out.first, *minute);
    out.last = none ? *minute : std::max(out.last, *minute);
  }
  std::sort(left.begin(), left.end(),
            [](const auto& a, const auto& b) { return a.first.last > b.first.last; });
  for (const auto& [within, source] : left) {
    if (out.empty() || within.last <= out.last) break;
    it->SeekForPrev(format::quality_key(source, within.last));
    if (!it->Valid() || it->key().ToStringView() < format::quality_key(source, first)) continue;
    const auto minute = format::parse_quality_key(it->key().ToStringView());
    if (minute) out.last = std::max(out.last, *minute);
  }
  if (!it->status().ok()) return read_error(it->status());
  return out;
}

}  // namespace spider::store
