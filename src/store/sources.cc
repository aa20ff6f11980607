#include "store/sources.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include <fmt/format.h>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/format/keys.h"
#include "store/format/sums.h"
#include "store/reclaim.h"

namespace spider::store {
namespace {

constexpr std::string_view kPrefix = "source/";
constexpr std::uint32_t kSourcesMax = 0xFFFF'FFFE;
constexpr std::uint32_t kLostSourcesMax = 65'536;
// More than a source whose count was lost can have had.
constexpr std::uint32_t kLostRuns = 65'536;
// The highest id that was given out: uploads that are removed leave nothing that would tell.
constexpr std::string_view kHighest = "highest_source";

[[nodiscard]] SourceInfo after_removal(SourceInfo s, const SourceTable::Marks& marks) {
  for (std::size_t i = 0; i < marks.before.size(); ++i)
    s.removed_before[i] = std::max(s.removed_before[i], marks.before[i]);
  s.purged_before = s.removed_before[static_cast<std::size_t>(model::KeptKind::communications)];
  s.bodies_below = std::max(s.bodies_below, marks.bodies_below);
  return s;
}

}  // namespace

std::vector<SourceInfo> first_of_each_name(const std::vector<SourceInfo>& sources) {
  std::vector<SourceInfo> out;
  std::unordered_set<std::string_view> names;
  for (const SourceInfo& s : sources)
    if (names.insert(s.name).second) out.push_back(s);
  return out;
}

const SourceInfo* same_content(const std::vector<SourceInfo>& sources, std::string_view content,
                               std::uint64_t bytes, model::SourceId except) {
  if (content.empty()) return nullptr;
  for (const SourceInfo& s : sources)
    if (s.id != except && s.upload && s.upload->content == content && s.upload->bytes == bytes)
      return &s;
  return nullptr;
}

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
  rocksdb::PinnableSlice value;
  const auto found = database_.get(Family::meta, kHighest, nullptr, value);
  std::string text;
  std::uint32_t given = 0;
  if (found && *found &&
      format::decode_setting(base::as_bytes(value.ToStringView()), text) == format::ValueState::ok)
    std::from_chars(text.data(), text.data() + text.size(), given);
  highest_ = std::max(highest_, given);
  SPIDER_TRY_LET(waiting, highest_to_reclaim(database_));
  // A damaged note must not use up all ids.
  if (waiting < highest_ + kLostSourcesMax) highest_ = std::max(highest_, waiting);
  find_heads();
  return skip_used_ids();
}

void SourceTable::find_heads() {
  heads_.clear();
  head_of_name_.clear();
  for (const SourceInfo& s : sources_)
    heads_[static_cast<std::uint32_t>(s.id)] =
        head_of_name_.try_emplace(s.name, s.id).first->second;
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
  for (SourceInfo& s : sources_) {
    if (s.name != name || s.upload) continue;
    // What was captured live does not become an upload, which goes with all others of its name.
    if (s.type == type || type == "UPLOAD") return s.id;
    // The whisperer works otherwise than it did: limits go by what it is now.
    SourceInfo changed = s;
    changed.type = type;
    rocksdb::WriteBatch batch;
    put(changed, batch);
    SPIDER_TRY(database_.write(batch));
    s.type = type;
    put_again(s.id);
    return s.id;
  }
  SourceInfo source;
  source.name = name;
  source.type = type;
  return make(std::move(source));
}

base::Result<model::SourceId> SourceTable::make_upload(const std::string& name,
                                                       const std::string& type,
                                                       const UploadInfo& upload) {
  const base::Lock lock(mutex_);
  const auto uploads = std::count_if(sources_.begin(), sources_.end(),
                                     [](const SourceInfo& s) { return s.upload.has_value(); });
  if (static_cast<std::size_t>(uploads) >= Store::kUploadsMax)
    return base::fail(
        codes::store_write_failed,
        fmt::format("The store keeps {} uploads, and no more; remove some.", uploads));
  SourceInfo source;
  source.name = name;
  source.type = type;
  source.upload = upload;
  return make(std::move(source));
}

base::Result<model::SourceId> SourceTable::make(SourceInfo source) {
  if (highest_ >= kSourcesMax)
    return base::fail(codes::store_write_failed, "All source ids are in use.");
  source.id = model::SourceId{highest_ + 1};
  source.created = base::Time::now();
  rocksdb::WriteBatch batch;
  put(source, batch);
  database_.put(batch, Family::meta, kHighest,
                format::encode_setting(fmt::to_string(highest_ + 1)));
  SPIDER_TRY(database_.write(batch));
  ++highest_;
  heads_[highest_] = head_of_name_.try_emplace(source.name, source.id).first->second;
  sources_.push_back(std::move(source));
  return sources_.back().id;
}

void SourceTable::put(const SourceInfo& source, rocksdb::WriteBatch& batch) const {
  database_.put(batch, Family::meta, format::source_meta_key(source.id),
                format::encode_source(source));
}

SourceInfo* SourceTable::known(model::SourceId source) {
  const auto at =
      std::lower_bound(sources_.begin(), sources_.end(), source,
                       [](const SourceInfo& s, model::SourceId id) { return s.id < id; });
  return at != sources_.end() && at->id == source ? &*at : nullptr;
}
const SourceInfo* SourceTable::known(model::SourceId source) const {
  return const_cast<SourceTable*>(this)->known(source);  // NOLINT: one search for both
}

base::Result<void> SourceTable::set_upload(model::SourceId source, const UploadInfo& upload) {
  const base::Lock lock(mutex_);
  SourceInfo* at = known(source);
  if (at == nullptr) return base::fail(codes::not_found, "The upload was removed.");
  SourceInfo changed = *at;
  changed.upload = upload;
  rocksdb::WriteBatch batch;
  put(changed, batch);
  SPIDER_TRY(database_.write(batch));
  *at = std::move(changed);
  put_again(source);
  return {};
}

// A batch of the writer that waits for the disk may have the row as it was.
void SourceTable::put_again(model::SourceId source) {
  if (std::find(counted_.begin(), counted_.end(), source) == counted_.end())
    counted_.push_back(source);
}

void SourceTable::hold_upload(model::SourceId source, const UploadInfo& upload) {
  const base::Lock lock(mutex_);
  SourceInfo* at = known(source);
  if (at == nullptr) return;
  at->upload = upload;
  put_again(source);
}

std::optional<SourceInfo> SourceTable::find(model::SourceId source) const {
  const base::Lock lock(mutex_);
  const SourceInfo* at = known(source);
  return at == nullptr ? std::nullopt : std::optional(*at);
}

std::vector<model::SourceId> SourceTable::ids() const {
  const base::Lock lock(mutex_);
  std::vector<model::SourceId> out;
  out.reserve(sources_.size());
  for (const SourceInfo& s : sources_) out.push_back(s.id);
  return out;
}

model::SourceId SourceTable::head_of(model::SourceId source) const {
  const base::Lock lock(mutex_);
  const auto at = heads_.find(static_cast<std::uint32_t>(source));
  return at != heads_.end() ? at->second : source;
}

// Under the lock, so that nobody's change of the row comes in between.
base::Result<void> SourceTable::write_removal(model::SourceId source, const Marks& marks,
                                              rocksdb::WriteBatch& batch) {
  const base::Lock lock(mutex_);
  SourceInfo* at = known(source);
  if (at == nullptr) return database_.write(batch);
  SourceInfo changed = after_removal(*at, marks);
  put(changed, batch);
  SPIDER_TRY(database_.write(batch));
  *at = std::move(changed);
  return {};
}

base::Result<void> SourceTable::write_purge(model::SourceId source, const Marks& marks,
                                            rocksdb::WriteBatch& batch) {
  const base::Lock lock(mutex_);
  SourceInfo* at = known(source);
  if (at == nullptr) return database_.write(batch);
  if (at->upload) {
    batch.Delete(database_.handle(Family::meta), format::source_meta_key(source));
    SPIDER_TRY(database_.write(batch));
    sources_.erase(sources_.begin() + (at - sources_.data()));
    find_heads();
    return {};
  }
  SourceInfo changed = after_removal(*at, marks);
  changed.runs_purged = changed.runs;
  put(changed, batch);
  SPIDER_TRY(database_.write(batch));
  *at = std::move(changed);
  return {};
}

std::vector<SourceInfo> SourceTable::all() const {
  const base::Lock lock(mutex_);
  return sources_;
}

std::uint32_t SourceTable::next_run(model::SourceId source) {
  const base::Lock lock(mutex_);
  for (SourceInfo& s : sources_) {
    if (s.id != source) continue;
    put_again(source);
    return s.runs++;
  }
  return 0;
}

void SourceTable::settle(rocksdb::WriteBatch& batch) {
  const base::Lock lock(mutex_);
  for (const SourceInfo& s : sources_)
    if (std::find(counted_.begin(), counted_.end(), s.id) != counted_.end()) put(s, batch);
  counted_.clear();
}

}  // namespace spider::store
