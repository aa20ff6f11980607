#include "store/sources.h"

#include <algorithm>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/keys.h"
#include "store/format/sums.h"

namespace spider::store {
namespace {

constexpr std::string_view kPrefix = "source/";
constexpr std::uint32_t kSourcesMax = 0xFFFF'FFFE;
constexpr std::uint32_t kLostSourcesMax = 65'536;
// More than a source whose count was lost can have had.
constexpr std::uint32_t kLostRuns = 65'536;

}  // namespace

base::Result<void> SourceTable::load() {
  const base::Lock lock(mutex_);
  const auto it = database_.iterate(Family::meta, nullptr);
  for (it->Seek(rocksdb::Slice(kPrefix.data(), kPrefix.size())); it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    if (!key.starts_with(kPrefix)) break;
    base::ByteReader in(base::as_bytes(key.substr(kPrefix.size())));
    const std::uint32_t id = in.be32();
    if (in.failed() || in.remaining() != 0 || id > kSourcesMax) {
      base::log(codes::store_corrupt, "{}",
                corrupt(Family::meta, key, "no source has this key").value().detail);
      continue;
    }
    SourceInfo source;
    const auto value = Database::value(Family::meta, *it);
    if (!value || format::decode_source(*value, source) != format::ValueState::ok) {
      source = {};
      source.name = fmt::format("unreadable-{}", id);
      source.type = "UPLOAD";
      source.runs = kLostRuns;
      base::log(codes::store_corrupt, "{} Its records are found under the name {}.",
                corrupt(Family::meta, key, "the value is damaged").value().detail, source.name);
    }
    source.id = model::SourceId{id};
    highest_ = std::max(highest_, id);
    sources_.push_back(std::move(source));
  }
  if (!it->status().ok()) return read_error(it->status());
  return skip_used_ids();
}

// The records of a source whose entry was lost must not become those of the next new one.
base::Result<void> SourceTable::skip_used_ids() {
  for (const Family f :
       {Family::block, Family::quality, Family::body, Family::body_file, Family::packet_index}) {
    const auto it = database_.iterate(f, nullptr);
    it->SeekToLast();
    if (!it->Valid()) {
      if (!it->status().ok()) return read_error(it->status());
      continue;
    }
    base::ByteReader in(base::as_bytes(it->key().ToStringView()));
    const std::uint32_t id = in.be32();
    // A damaged key may name any source; it must not use up all ids.
    if (!in.failed() && id < highest_ + kLostSourcesMax) highest_ = std::max(highest_, id);
  }
  return {};
}

base::Result<model::SourceId> SourceTable::find_or_make(const std::string& name,
                                                        const std::string& type) {
  const base::Lock lock(mutex_);
  for (const SourceInfo& s : sources_)
    if (s.name == name) return s.id;
  if (highest_ >= kSourcesMax)
    return base::fail(codes::store_write_failed, "All source ids are in use.");
  SourceInfo source;
  source.id = model::SourceId{highest_ + 1};
  source.name = name;
  source.type = type;
  source.created = base::Time::now();
  rocksdb::WriteBatch batch;
  database_.put(batch, Family::meta, format::source_meta_key(source.id),
                format::encode_source(source));
  SPIDER_TRY(database_.write(batch));
  ++highest_;
  sources_.push_back(source);
  return source.id;
}

std::vector<SourceInfo> SourceTable::all() const {
  const base::Lock lock(mutex_);
  return sources_;
}

std::uint32_t SourceTable::next_run(model::SourceId source) {
  const base::Lock lock(mutex_);
  for (SourceInfo& s : sources_) {
    if (s.id != source) continue;
    if (std::find(counted_.begin(), counted_.end(), source) == counted_.end())
      counted_.push_back(source);
    return s.runs++;
  }
  return 0;
}

void SourceTable::settle(rocksdb::WriteBatch& batch) {
  const base::Lock lock(mutex_);
  for (const SourceInfo& s : sources_)
    if (std::find(counted_.begin(), counted_.end(), s.id) != counted_.end())
      database_.put(batch, Family::meta, format::source_meta_key(s.id), format::encode_source(s));
  counted_.clear();
}

void SourceTable::set_removed(model::SourceId source,
                              const std::array<base::Time, model::kKeptKinds>& before,
                              std::uint64_t bodies_below, rocksdb::WriteBatch& batch) {
  const base::Lock lock(mutex_);
  for (SourceInfo& s : sources_) {
    if (s.id != source) continue;
    for (std::size_t i = 0; i < before.size(); ++i)
      s.removed_before[i] = std::max(s.removed_before[i], before[i]);
    s.purged_before = s.removed_before[static_cast<std::size_t>(model::KeptKind::communications)];
    s.bodies_below = std::max(s.bodies_below, bodies_below);
    database_.put(batch, Family::meta, format::source_meta_key(s.id), format::encode_source(s));
  }
}

std::optional<SourceInfo> SourceTable::find(model::SourceId source) const {
  const base::Lock lock(mutex_);
  for (const SourceInfo& s : sources_)
    if (s.id == source) return s;
  return std::nullopt;
}

}  // namespace spider::store
