#include "store/reader.h"

#include <algorithm>

#include "spider/store/codes.h"

#include "store/format/summary.h"
#include "store/format/texts.h"

namespace spider::store {
namespace {

constexpr std::size_t kSummariesMax = 6'144;  // a few KiB each: 25 million records

}  // namespace

BlockPtr SummaryCache::find(std::uint64_t id) {
  const base::Lock lock(mutex_);
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, at->second);
  return *at->second;
}

void SummaryCache::put(const BlockPtr& block) {
  const base::Lock lock(mutex_);
  if (by_id_.contains(block->id)) return;
  recent_.push_front(block);
  by_id_[block->id] = recent_.begin();
  if (by_id_.size() <= kSummariesMax) return;
  by_id_.erase(recent_.back()->id);
  recent_.pop_back();
}

std::unique_ptr<StoreSnapshot> Reader::snapshot() const {
  return std::make_unique<Snapshot>(database_, sources_, cache_);
}

std::uint64_t Reader::version() const noexcept { return database_.db().GetLatestSequenceNumber(); }

Snapshot::Snapshot(const Database& database, const SourceTable& sources, SummaryCache& cache)
    : database_(database),
      sources_(sources),
      cache_(cache),
      snapshot_(database.db().GetSnapshot()) {}
Snapshot::~Snapshot() { database_.db().ReleaseSnapshot(snapshot_); }

std::uint64_t Snapshot::version() const noexcept { return snapshot_->GetSequenceNumber(); }

std::vector<model::SourceId> Snapshot::chosen(Sources sources) const {
  std::vector<model::SourceId> out(sources.begin(), sources.end());
  if (out.empty())
    for (const SourceInfo& s : sources_.all()) out.push_back(s.id);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

base::Result<BlockPtr> Snapshot::summary(const format::BlockKey& key,
                                         const rocksdb::Iterator& it) const {
  if (BlockPtr known = cache_.find(key.id)) return known;
  auto block = std::make_shared<BlockInfo>();
  const auto state = format::decode_summary(key, base::as_bytes(it.value().ToStringView()), *block);
  if (state != format::ValueState::ok)
    return corrupt(Family::block, it.key().ToStringView(), "a block's summary cannot be decoded");
  cache_.put(block);
  return BlockPtr(std::move(block));
}

// Jumps from class to class: a class without blocks costs nothing.
template <class Visit>
base::Result<void> Snapshot::for_each_class(rocksdb::Iterator& it, model::SourceId source,
                                            RecordKind kind, Visit&& visit) const {
  for (unsigned c = 0; c < format::kLengthClasses;) {
    it.Seek(format::block_key_from(source, kind, c, base::Time::min()));
    if (!it.Valid()) break;
    const auto key = format::parse_block_key(it.key().ToStringView());
    if (!key) return corrupt(Family::block, it.key().ToStringView(), "a block's key is too short");
    if (key->source != source || key->kind != kind) break;
    SPIDER_TRY(visit(key->length_class));
    c = key->length_class + 1U;
  }
  if (!it.status().ok()) return read_error(it.status());
  return {};
}

base::Result<std::vector<BlockPtr>> Snapshot::blocks(RecordKind kind, Sources sources,
                                                     base::Time from, base::Time to) const {
  std::vector<BlockPtr> out;
  const auto it = database_.iterate(Family::block, snapshot_);
  for (const model::SourceId source : chosen(sources)) {
    SPIDER_TRY(for_each_class(*it, source, kind, [&](std::uint8_t c) -> base::Result<void> {
      it->Seek(format::block_key_from(source, kind, c, format::earliest_start(c, from)));
      for (; it->Valid(); it->Next()) {
        const auto key = format::parse_block_key(it->key().ToStringView());
        if (!key || key->source != source || key->kind != kind || key->length_class != c ||
            key->start >= to)
          break;
        SPIDER_TRY_LET(block, summary(*key, *it));
        if (block->end_max >= from) out.push_back(std::move(block));
      }
      if (!it->status().ok()) return read_error(it->status());
      return {};
    }));
  }
  std::sort(out.begin(), out.end(), [](const BlockPtr& a, const BlockPtr& b) {
    return a->start_min != b->start_min ? a->start_min < b->start_min : a->id < b->id;
  });
  return out;
}

base::Result<TimeSpan> Snapshot::time_span(RecordKind kind, Sources sources) const {
  TimeSpan span;
  const auto it = database_.iterate(Family::block, snapshot_);
  for (const model::SourceId source : chosen(sources)) {
    SPIDER_TRY(for_each_class(*it, source, kind, [&](std::uint8_t c) -> base::Result<void> {
      const auto first = format::parse_block_key(it->key().ToStringView());
      span.first = std::min(span.first, first->start);
      // Backwards from the class's last block, as long as one could end later than what is known.
      it->SeekForPrev(format::block_key_from(source, kind, c, base::Time::max()) +
                      std::string(9, '\xFF'));
      for (; it->Valid(); it->Prev()) {
        const auto key = format::parse_block_key(it->key().ToStringView());
        if (!key || key->source != source || key->kind != kind || key->length_class != c) break;
        if (key->start < format::earliest_start(c, span.last)) break;
        SPIDER_TRY_LET(block, summary(*key, *it));
        span.last = std::max(span.last, block->end_max);
      }
      if (!it->status().ok()) return read_error(it->status());
      return {};
    }));
  }
  return span;
}

template <class Decode>
base::Result<bool> Snapshot::with_column(const BlockInfo& block, ColumnId column,
                                         Decode&& decode) const {
  if (block.column(column) == nullptr) return false;
  const std::string block_key = format::block_key(format::key_of(block));
  const auto tag = static_cast<std::uint8_t>(column);
  const std::string key = format::column_key(block_key, block.grouped ? format::kGroupColumn : tag);
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, database_.get(Family::column, key, snapshot_, value));
  if (!found) return corrupt(Family::column, key, "the column is missing");
  base::ByteReader in(base::as_bytes(value.ToStringView()));
  if (format::open_value(in) != format::ValueState::ok)
    return corrupt(Family::column, key, "the column has an unknown version");
  bool good = false;
  if (block.grouped) {
    bool whole = format::for_each_field(in, [&](std::uint64_t t, base::ByteReader& f) {
      if (t == tag) good = decode(f);
    });
    good = good && whole;
  } else {
    good = decode(in);
  }
  if (!good) return corrupt(Family::column, key, "the column cannot be decoded");
  return true;
}

base::Result<void> Snapshot::numbers(const BlockInfo& block, ColumnId column,
                                     std::vector<std::int64_t>& out) const {
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_numbers(in, block.rows, out);
                 }));
  if (!found) out.assign(block.rows, kNone);
  return {};
}

base::Result<void> Snapshot::text(const BlockInfo& block, ColumnId column, TextColumn& out) const {
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_texts(in, block.rows, out);
                 }));
  if (!found) {
    out.clear();
    out.offsets = {0, 0};
    out.codes.assign(block.rows, 0);
  }
  return {};
}

base::Result<RowRef> Snapshot::find_row(RecordKind kind, model::SourceId source,
                                        const RowName& name) const {
  const base::Time after = name.start + base::Duration{1};
  SPIDER_TRY_LET(candidates, blocks(kind, std::span(&source, 1), name.start, after));
  std::vector<std::int64_t> starts;
  std::vector<std::int64_t> numbers_run;
  std::vector<std::int64_t> ordinals;
  for (const BlockPtr& block : candidates) {
    if (block->start_max < name.start || block->start_min > name.start) continue;
    SPIDER_TRY(numbers(*block, ColumnId::start, starts));
    const auto [low, high] = std::equal_range(starts.begin(), starts.end(), name.start.ns);
    if (low == high) continue;
    SPIDER_TRY(numbers(*block, ColumnId::session_number, numbers_run));
    if (kind == RecordKind::http) SPIDER_TRY(numbers(*block, ColumnId::ordinal, ordinals));
    for (auto at = low; at != high; ++at) {
      const auto row = static_cast<std::size_t>(at - starts.begin());
      if (static_cast<std::uint64_t>(numbers_run[row]) != name.session_number) continue;
      if (kind == RecordKind::http && ordinals[row] != name.ordinal) continue;
      return RowRef{block, static_cast<std::uint32_t>(row)};
    }
  }
  return base::fail(codes::not_found, "No such record is in the store.");
}

base::Result<RowRef> Snapshot::find(const model::CommunicationId& id) const {
  return find_row(RecordKind::http, id.source, {id.start, id.session_number, id.ordinal});
}

base::Result<RowRef> Snapshot::find(const model::SessionId& id) const {
  return find_row(RecordKind::session, id.source, {id.start, id.number, 0});
}

}  // namespace spider::store
