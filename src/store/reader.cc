#include "store/reader.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "spider/store/codes.h"

#include "store/format/summary.h"

namespace spider::store {

bool is_absent(const base::Error& error) noexcept {
  return error.code == codes::not_found || error.code == codes::removed;
}

BlockPtr SummaryCache::find(const format::BlockKey& key) {
  const base::Lock lock(mutex_);
  const auto at = by_id_.find(key.id);
  if (at == by_id_.end()) return nullptr;
  // Another block's id under this key is damage, and must not pass for the block itself.
  const BlockInfo& known = **at->second;
  if (known.source != key.source || known.kind != key.kind || known.start_min != key.start ||
      known.length_class != key.length_class)
    return nullptr;
  recent_.splice(recent_.begin(), recent_, at->second);
  return *at->second;
}

void SummaryCache::put(const BlockPtr& block) {
  const base::Lock lock(mutex_);
  if (by_id_.contains(block->id)) return;
  recent_.push_front(block);
  by_id_[block->id] = recent_.begin();
  if (by_id_.size() <= kMax) return;
  by_id_.erase(recent_.back()->id);
  recent_.pop_back();
}

std::size_t SummaryCache::size() {
  const base::Lock lock(mutex_);
  return by_id_.size();
}

std::unique_ptr<StoreSnapshot> Reader::snapshot() const {
  caches_.fresh.note_asked();
  return std::make_unique<Snapshot>(database_, sources_, caches_);
}

namespace {
constexpr int kTries = 4;
// A version that nothing else has: whoever compares it finds another state, which is never wrong.
constexpr std::uint64_t kOwn = std::uint64_t{1} << 52U;
}  // namespace

std::uint64_t Reader::version() const noexcept {
  std::uint64_t sequence = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto mark = database_.quiet_mark();
    sequence = database_.db().GetLatestSequenceNumber();
    if (const auto version = database_.data_version(mark, sequence)) return *version;
  }
  return kOwn | sequence;
}

Snapshot::Snapshot(const Database& database, const SourceTable& sources, ReaderCaches& caches)
    : database_(database),
      sources_(sources),
      caches_(caches),
      mark_(caches.recent.mark()),  // before the snapshot is taken
      asker_(caches.questions.new_asker()) {
  for (int i = 0; i < kTries; ++i) {
    const auto mark = database_.quiet_mark();
    if (snapshot_ != nullptr) database_.db().ReleaseSnapshot(snapshot_);
    snapshot_ = database_.db().GetSnapshot();
    const auto version = database_.data_version(mark, snapshot_->GetSequenceNumber());
    version_ = version ? *version : kOwn | snapshot_->GetSequenceNumber();
    if (version) return;
  }
}
Snapshot::~Snapshot() { database_.db().ReleaseSnapshot(snapshot_); }

std::uint64_t Snapshot::version() const noexcept { return version_; }

std::vector<model::SourceId> Snapshot::chosen(Sources sources) const {
  std::vector<model::SourceId> out(sources.begin(), sources.end());
  if (out.empty()) return sources_.ids();
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool Snapshot::pass_over(const base::Error& error) const {
  if (error.code != codes::store_corrupt) return false;
  const base::Lock lock(mutex_);
  if (damage_.size() >= Unreadable::kCountedMax || !damage_.insert(error.detail).second)
    return true;
  ++unreadable_.count;
  if (unreadable_.named.size() < Unreadable::kNamedMax) unreadable_.named.push_back(error.detail);
  return true;
}

Unreadable Snapshot::unreadable() const {
  const base::Lock lock(mutex_);
  return unreadable_;
}

BlockPtr Snapshot::summary(const format::BlockKey& key, const rocksdb::Iterator& it,
                           bool tell) const {
  if (BlockPtr known = caches_.summaries.find(key)) return known;
  auto block = std::make_shared<BlockInfo>();
  const auto value = Database::value(Family::block, it);
  if (!value) {
    if (tell) static_cast<void>(pass_over(value.error()));
    return nullptr;
  }
  if (format::decode_summary(key, *value, *block) != format::ValueState::ok) {
    if (tell)
      static_cast<void>(
          pass_over(corrupt(Family::block, it.key().ToStringView(), "the summary cannot be decoded")
                        .value()));
    return nullptr;
  }
  caches_.summaries.put(block);
  return block;
}

// Passes over keys that no block can have.
std::optional<format::BlockKey> Snapshot::block_at(rocksdb::Iterator& it,
                                                   void (rocksdb::Iterator::*step)()) const {
  for (; it.Valid(); (it.*step)()) {
    const std::string_view key = it.key().ToStringView();
    if (const auto parsed = format::parse_block_key(key)) return parsed;
    static_cast<void>(pass_over(corrupt(Family::block, key, "no block has this key").value()));
  }
  return std::nullopt;
}

// Jumps from class to class: a class without blocks costs nothing.
template <class Visit>
base::Result<void> Snapshot::for_each_class(rocksdb::Iterator& it, model::SourceId source,
                                            RecordKind kind, Visit&& visit) const {
  for (unsigned c = 0; c < format::kLengthClasses;) {
    it.Seek(format::block_key_from(source, kind, c, base::Time::min()));
    const auto key = block_at(it, &rocksdb::Iterator::Next);
    if (!key || key->source != source || key->kind != kind) break;
    SPIDER_TRY(visit(*key));
    c = key->length_class + 1U;
  }
  if (!it.status().ok()) return read_error(it.status());
  return {};
}

std::shared_ptr<const BlockDirectory> Snapshot::brought_up(
    const DirectoryCache::Known& known) const {
  constexpr std::size_t kFew = 4;  // looking one key up is dearer than stepping to the next
  const auto changes =
      caches_.recent.changes(known.mark, RecentBlocks::kMax / 64 + known.directory->size() / kFew);
  if (!changes) return nullptr;
  if (changes->empty()) return known.directory;
  std::vector<format::BlockKey> gone;
  std::vector<BlockPtr> come;
  const auto it = database_.iterate(Family::block, snapshot_);
  for (const format::BlockKey& key : *changes) {
    if (!holds(*it, key)) {
      gone.push_back(key);
      continue;
    }
    come.push_back(summary(key, *it, false));  // damage there may be no matter of the asker
    if (come.back() == nullptr) return nullptr;
  }
  if (!it->status().ok()) return nullptr;
  auto made = std::make_shared<BlockDirectory>(known.directory->changed(gone, come));
  return made->size() <= SummaryCache::kMax ? made : nullptr;
}

std::shared_ptr<const BlockDirectory> Snapshot::directory() const {
  if (version() >= kOwn) return nullptr;
  const DirectoryCache::Known known = caches_.directories.find(version());
  if (known.directory != nullptr) {
    if (known.version == version()) return known.directory;
    if (auto made = brought_up(known)) {
      caches_.directories.put(version(), mark_, made);
      return made;
    }
  }
  if (!known.asked_before) return nullptr;
  // Reading summaries for the first time is what makes it dear: one question for a single record
  // shall not pay for all.
  std::uint64_t keys = 0;
  static_cast<void>(database_.db().GetIntProperty(database_.handle(Family::block),
                                                  "rocksdb.estimate-num-keys", &keys));
  if (caches_.summaries.size() < keys / 2) return nullptr;
  // One of its own: what is damaged elsewhere is not this question's to tell.
  const Snapshot whole(database_, sources_, caches_);
  if (whole.version() != version()) return nullptr;
  auto made = std::make_shared<BlockDirectory>();
  for (const RecordKind kind : {RecordKind::http, RecordKind::session}) {
    auto all = whole.walk(kind, {}, base::Time::min(), base::Time::max());
    if (!all) return nullptr;
    made->set(kind, std::move(*all));
  }
  // With damage every question walks, and notes what it meets; what is in memory is bounded.
  if (made->size() > SummaryCache::kMax || whole.unreadable().count != 0) return nullptr;
  caches_.directories.put(version(), whole.mark_, made);
  return made;
}

base::Result<std::vector<BlockPtr>> Snapshot::blocks(RecordKind kind, Sources sources,
                                                     base::Time from, base::Time to) const {
  const auto known = directory();
  return known != nullptr ? known->find(kind, chosen(sources), from, to)
                          : walk(kind, sources, from, to);
}

base::Result<std::vector<BlockPtr>> Snapshot::walk(RecordKind kind, Sources sources,
                                                   base::Time from, base::Time to) const {
  std::vector<BlockPtr> out;
  const auto it = database_.iterate(Family::block, snapshot_);
  const auto read_class = [&](const format::BlockKey& first) -> base::Result<void> {
    it->Seek(format::block_key_from(first.source, kind, first.length_class,
                                    format::earliest_start(first.length_class, from)));
    while (const auto key = block_at(*it, &rocksdb::Iterator::Next)) {
      if (key->source != first.source || key->kind != kind ||
          key->length_class != first.length_class || key->start >= to)
        break;
      BlockPtr block = summary(*key, *it);
      if (block != nullptr && block->end_max >= from) out.push_back(std::move(block));
      it->Next();
    }
    if (!it->status().ok()) return read_error(it->status());
    return {};
  };
  for (const model::SourceId source : chosen(sources))
    SPIDER_TRY(for_each_class(*it, source, kind, read_class));
  std::sort(out.begin(), out.end(), starts_before);
  return out;
}

base::Result<TimeSpan> Snapshot::time_span(RecordKind kind, Sources sources) const {
  TimeSpan span;
  const auto it = database_.iterate(Family::block, snapshot_);
  const auto read_class = [&](const format::BlockKey& first) -> base::Result<void> {
    const auto of_class = [&](const std::optional<format::BlockKey>& key) {
      return key && key->source == first.source && key->kind == kind &&
             key->length_class == first.length_class;
    };
    // The first block whose summary is whole: a damaged key may name any start.
    for (auto key = block_at(*it, &rocksdb::Iterator::Next); of_class(key);
         it->Next(), key = block_at(*it, &rocksdb::Iterator::Next)) {
      if (summary(*key, *it) == nullptr) continue;
      span.first = std::min(span.first, key->start);
      break;
    }
    // Backwards from the class's last block, as long as one could end later than what is known.
    it->SeekForPrev(
        format::block_key_from(first.source, kind, first.length_class, base::Time::max()) +
        std::string(9, '\xFF'));
    for (auto key = block_at(*it, &rocksdb::Iterator::Prev); of_class(key);
         it->Prev(), key = block_at(*it, &rocksdb::Iterator::Prev)) {
      if (key->start < format::earliest_start(first.length_class, span.last)) break;
      if (const BlockPtr block = summary(*key, *it))
        span.last = std::max(span.last, block->end_max);
    }
    if (!it->status().ok()) return read_error(it->status());
    return {};
  };
  for (const model::SourceId source : chosen(sources))
    SPIDER_TRY(for_each_class(*it, source, kind, read_class));
  return span;
}

base::Result<std::optional<std::uint32_t>> Snapshot::row_of(const BlockInfo& block,
                                                            const RowName& name) const {
  std::vector<std::int64_t> starts;
  SPIDER_TRY(numbers(block, ColumnId::start, starts));
  const auto [low, high] = std::equal_range(starts.begin(), starts.end(), name.start.ns);
  if (low == high) return std::nullopt;
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(high - low));
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(low - starts.begin()));
  const auto keep = [&](ColumnId column, std::int64_t value) {
    return keep_numbers(block, column, value, value, 0, rows);
  };
  SPIDER_TRY(keep(ColumnId::session_number, static_cast<std::int64_t>(name.session_number)));
  if (block.kind == RecordKind::http && !rows.empty())
    SPIDER_TRY(keep(ColumnId::ordinal, name.ordinal));
  if (rows.empty()) return std::nullopt;
  return rows.front();
}

base::Result<RowRef> Snapshot::find_row(RecordKind kind, model::SourceId source,
                                        const RowName& name) const {
  const base::Time after = name.start + base::Duration{1};
  SPIDER_TRY_LET(candidates, blocks(kind, std::span(&source, 1), name.start, after));
  for (const BlockPtr& block : candidates) {
    if (block->start_max < name.start || block->start_min > name.start) continue;
    const auto row = row_of(*block, name);
    if (row && *row) return RowRef{block, **row};
    if (!row && !pass_over(row.error())) return tl::unexpected(row.error());
  }
  // What cannot be read may be what was asked for: it is not for us to say that it never was.
  if (const Unreadable lost = unreadable(); lost.count > 0)
    return base::fail(codes::store_corrupt, lost.named.front());
  // A record that began after the mark ended after it, too.
  if (const auto known = sources_.find(source)) {
    const base::Time before = known->removed_before[static_cast<std::size_t>(
        kind == RecordKind::http ? model::KeptKind::communications : model::KeptKind::sessions)];
    if (name.start < before)
      return base::fail(codes::removed,
                        fmt::format("No such record is in the store. What ended before {} was "
                                    "removed; it may have been among that.",
                                    base::to_iso(before)));
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
