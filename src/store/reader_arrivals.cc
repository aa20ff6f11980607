// Snapshot: what was committed since. Part of Reader.
#include <algorithm>

#include "store/reader.h"

namespace spider::store {

// Calls visit(key, iterator) for each block of the kind, in no order of their ids.
template <class Visit>
base::Result<void> Snapshot::each_block(RecordKind kind, Visit&& visit) const {
  const auto it = database_.iterate(Family::block, snapshot_);
  for (const model::SourceId source : chosen({})) {
    const std::string begin = format::block_key_from(source, kind, 0, base::Time::min());
    for (it->Seek(begin); const auto key = block_at(*it, &rocksdb::Iterator::Next); it->Next()) {
      if (key->source != source || key->kind != kind) break;
      visit(*key, *it);
    }
    if (!it->status().ok()) return read_error(it->status());
  }
  return {};
}

base::Result<std::uint64_t> Snapshot::newest_block(RecordKind kind) const {
  const auto bounds = caches_.recent.bounds();
  const auto it = database_.iterate(Family::block, snapshot_);
  // The first of them, unless many were written since the snapshot.
  for (const std::size_t count : {std::size_t{8}, RecentBlocks::kMax})
    for (const format::BlockKey& key : caches_.recent.newest(kind, count))
      if (holds(*it, key)) return key.id;
  if (!it->status().ok()) return read_error(it->status());
  const std::uint64_t before = bounds ? bounds->begun - 1 : 0;
  // Nothing of this process is in the snapshot, and all that was before is below.
  if (bounds && bounds->known_from == bounds->begun) return before;
  std::uint64_t newest = before;
  SPIDER_TRY(each_block(kind, [&](const format::BlockKey& key, const rocksdb::Iterator&) {
    newest = std::max(newest, key.id);
  }));
  return newest;
}

base::Result<std::uint64_t> Snapshot::blocks_end() const {
  if (const auto bounds = caches_.recent.bounds()) return bounds->end;
  SPIDER_TRY_LET(newest, newest_block(RecordKind::http));
  return newest + 1;
}

bool Snapshot::holds(rocksdb::Iterator& it, const format::BlockKey& key) {
  const std::string name = format::block_key(key);
  it.Seek(name);
  return it.Valid() && it.key() == name;
}

base::Result<StoreSnapshot::NewBlocks> Snapshot::blocks_from(RecordKind kind,
                                                             std::uint64_t id) const {
  NewBlocks out;
  const auto take = [&](const format::BlockKey& key, const rocksdb::Iterator& at) {
    if (key.id < id) return;
    out.newest = std::max(out.newest, key.id);
    if (BlockPtr block = summary(key, at)) out.blocks.push_back(std::move(block));
  };
  if (const auto known = caches_.recent.from(kind, id)) {
    const auto it = database_.iterate(Family::block, snapshot_);
    for (const format::BlockKey& key : *known)
      if (holds(*it, key)) take(key, *it);
    if (!it->status().ok()) return read_error(it->status());
    return out;
  }
  SPIDER_TRY(each_block(kind, take));
  std::sort(out.blocks.begin(), out.blocks.end(),
            [](const BlockPtr& a, const BlockPtr& b) { return a->id < b->id; });
  return out;
}

}  // namespace spider::store
