#include "store/sources.h"

#include <algorithm>

#include "spider/store/codes.h"

#include "store/format/keys.h"
#include "store/format/sums.h"

namespace spider::store {
namespace {

constexpr std::string_view kPrefix = "source/";
constexpr std::uint32_t kSourcesMax = 0xFFFF'FFFE;

}  // namespace

base::Result<void> SourceTable::load() {
  const base::Lock lock(mutex_);
  const auto it = database_.iterate(Family::meta, nullptr);
  for (it->Seek(rocksdb::Slice(kPrefix.data(), kPrefix.size())); it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    if (!key.starts_with(kPrefix)) break;
    base::ByteReader in(base::as_bytes(key.substr(kPrefix.size())));
    SourceInfo source;
    const auto state = format::decode_source(base::as_bytes(it->value().ToStringView()), source);
    source.id = model::SourceId{in.be32()};
    if (state != format::ValueState::ok || in.failed() || in.remaining() != 0)
      return corrupt(Family::meta, key, "a source cannot be decoded");
    sources_.push_back(std::move(source));
  }
  if (!it->status().ok()) return read_error(it->status());
  return {};
}

base::Result<model::SourceId> SourceTable::find_or_make(const std::string& name,
                                                        const std::string& type) {
  const base::Lock lock(mutex_);
  std::uint32_t highest = 0;
  for (const SourceInfo& s : sources_) {
    if (s.name == name) return s.id;
    highest = std::max(highest, static_cast<std::uint32_t>(s.id));
  }
  if (highest >= kSourcesMax)
    return base::fail(codes::store_write_failed, "All source ids are in use.");
  SourceInfo source;
  source.id = model::SourceId{highest + 1};
  source.name = name;
  source.type = type;
  source.created = base::Time::now();
  rocksdb::WriteBatch batch;
  batch.Put(database_.handle(Family::meta), format::source_meta_key(source.id),
            format::encode_source(source));
  SPIDER_TRY(database_.write(batch));
  sources_.push_back(source);
  return source.id;
}

std::vector<SourceInfo> SourceTable::all() const {
  const base::Lock lock(mutex_);
  return sources_;
}

void SourceTable::set_purged_before(model::SourceId source, base::Time time,
                                    rocksdb::WriteBatch& batch) {
  const base::Lock lock(mutex_);
  for (SourceInfo& s : sources_) {
    if (s.id != source) continue;
    s.purged_before = std::max(s.purged_before, time);
    batch.Put(database_.handle(Family::meta), format::source_meta_key(s.id),
              format::encode_source(s));
  }
}

}  // namespace spider::store
