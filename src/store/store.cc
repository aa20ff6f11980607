#include "spider/store/store.h"

#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "spider/base/log.h"
#include "spider/store/status_book.h"

#include "store/format/sums.h"
#include "store/host_rows.h"
#include "store/ids.h"
#include "store/migration.h"
#include "store/options.h"
#include "store/reader.h"
#include "store/recent_blocks.h"
#include "store/reclaim.h"
#include "store/run_marks.h"
#include "store/sources.h"
#include "store/survey.h"
#include "store/writer.h"

namespace spider::store {
namespace {

constexpr const char* kNumber = "store";

}  // namespace

std::string_view name(UploadState state) noexcept {
  switch (state) {
    case UploadState::running:
      return "running";
    case UploadState::complete:
      return "complete";
    case UploadState::cut:
      return "cut";
    case UploadState::cancelled:
      return "cancelled";
  }
  return "cut";
}

// In order of construction: everything below uses what is above it.
struct Store::Impl {
  explicit Impl(std::unique_ptr<Database> db, const StoreConfig& config)
      : database(std::move(db)),
        sources(*database),
        hosts(config.host_addresses),
        status(*database),
        fresh(fresh_bytes(config)),
        reader(*database, sources, recent, fresh, column_cache_bytes(config), &spans),
        writer(*database, ids, sources, hosts, recent, fresh, spans, config) {}

  std::unique_ptr<Database> database;
  std::uint64_t number = 0;
  IdBook ids;
  SourceTable sources;
  HostBook hosts;
  StatusBook status;
  RecentBlocks recent;
  QualitySpans spans;
  FreshBlocks fresh;
  Reader reader;
  Writer writer;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

base::Result<std::unique_ptr<Store>> Store::open(const StoreConfig& config,
                                                 const MigrationWatch& watch) {
  SPIDER_TRY_LET(database, Database::open(config));
  SPIDER_TRY(migrate(*database, watch));
  auto impl = std::make_unique<Impl>(std::move(database), config);
  SPIDER_TRY(impl->ids.load(*impl->database));
  impl->recent.begin(impl->ids.block_bound());
  SPIDER_TRY(impl->sources.load());
  SPIDER_TRY(load_hosts(*impl->database, impl->hosts));
  SPIDER_TRY(impl->status.load());
  SPIDER_TRY(impl->writer.load());
  std::unique_ptr<Store> store(new Store(std::move(impl)));
  store->find_number();
  return store;
}

void Store::find_number() {
  const auto known = setting(kNumber);
  if (known && *known) {
    const std::string& text = **known;
    std::from_chars(text.data(), text.data() + text.size(), impl_->number, 16);
  }
  if (impl_->number != 0) return;
  impl_->number = static_cast<std::uint64_t>(base::Time::now().ns);
  // One that cannot be kept is good as long as this process has the store open.
  static_cast<void>(set_setting(kNumber, fmt::format("{:x}", impl_->number)));
}

void Store::begin_flush() { static_cast<void>(impl_->database->flush()); }

std::uint64_t Store::memory_bytes() const {
  return impl_->database->memory_bytes() + impl_->reader.cached_bytes();
}

std::uint64_t Store::number() const noexcept { return impl_->number; }

bool Store::in_use(const std::string& path) {
  // RocksDB's lock is a POSIX record lock on this file; a killed process leaves only the file.
  const int fd = ::open((path + "/db/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return held;
}

StoreWriter& Store::writer() noexcept { return impl_->writer; }
const StoreReader& Store::reader() const noexcept { return impl_->reader; }
HostBook& Store::hosts() const noexcept { return impl_->hosts; }
StatusBook& Store::status() const noexcept { return impl_->status; }

base::Result<model::SourceId> Store::source(const std::string& whisperer, const std::string& type) {
  return impl_->sources.find_or_make(whisperer, type);
}
base::Result<Survey> Store::survey(model::SourceId source) const {
  return make_survey(*impl_->database, impl_->sources, impl_->ids.pack_bound(), source);
}
bool Store::keeps_anything(model::SourceId source) const {
  return store::keeps_anything(*impl_->database, source);
}
base::Result<model::SourceId> Store::make_upload(const std::string& whisperer,
                                                 const std::string& type,
                                                 const UploadInfo& upload) {
  SPIDER_TRY_LET(source, impl_->sources.make_upload(whisperer, type, upload));
  // It is there, and nobody would end it if this failed: a crash of the machine may lose it.
  if (const auto synced = impl_->database->sync_log(); !synced) base::log(synced.error());
  return source;
}
base::Result<void> Store::set_upload(model::SourceId source, const UploadInfo& upload) {
  SPIDER_TRY(impl_->sources.set_upload(source, upload));
  return impl_->database->sync_log();
}
void Store::hold_upload(model::SourceId source, const UploadInfo& upload) {
  impl_->sources.hold_upload(source, upload);
}
std::optional<SourceInfo> Store::find_source(model::SourceId source) const {
  return impl_->sources.find(source);
}
base::Result<bool> Store::reclaim(std::atomic<bool>* stop) {
  return reclaim_all(*impl_->database, stop);
}
std::uint32_t Store::next_run(model::SourceId source) { return impl_->sources.next_run(source); }
std::vector<SourceInfo> Store::sources() const { return impl_->sources.all(); }

base::Result<std::optional<std::string>> Store::setting(const std::string& name) const {
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, impl_->database->get(Family::setting, name, nullptr, value));
  if (!found) return std::nullopt;
  std::string text;
  if (format::decode_setting(base::as_bytes(value.ToStringView()), text) != format::ValueState::ok)
    return corrupt(Family::setting, name, "the setting cannot be decoded");
  return text;
}

base::Result<void> Store::set_setting(const std::string& name, const std::string& value) {
  rocksdb::WriteBatch batch;
  impl_->database->put(batch, Family::setting, name, format::encode_setting(value));
  SPIDER_TRY(impl_->database->write(batch));
  return impl_->database->sync_log();
}

base::Result<void> Store::mark_run(const RunMark& mark) {
  return set_setting(run_mark_name(mark.source, mark.number), run_mark_text(mark));
}

base::Result<void> Store::unmark_run(model::SourceId source, std::uint32_t number) {
  rocksdb::WriteBatch batch;
  batch.Delete(impl_->database->handle(Family::setting), run_mark_name(source, number));
  SPIDER_TRY(impl_->database->write(batch));
  return impl_->database->sync_log();
}

base::Result<std::optional<RunMark>> Store::run_mark(model::SourceId source,
                                                     std::uint32_t number) const {
  const std::string name = run_mark_name(source, number);
  SPIDER_TRY_LET(text, setting(name));
  return text ? read_run_mark(name, *text) : std::nullopt;
}

base::Result<std::vector<RunMark>> Store::run_marks() const {
  std::vector<RunMark> out;
  const auto it = impl_->database->iterate(Family::setting, nullptr);
  for (it->Seek(rocksdb::Slice(kRunMarks.data(), kRunMarks.size())); it->Valid(); it->Next()) {
    const std::string_view name = it->key().ToStringView();
    if (!name.starts_with(kRunMarks)) break;
    const auto value = Database::value(Family::setting, *it);
    std::string text;
    if (!value || format::decode_setting(*value, text) != format::ValueState::ok) continue;
    if (const auto mark = read_run_mark(name, text)) out.push_back(*mark);
  }
  if (!it->status().ok()) return read_error(it->status());
  return out;
}

std::uint64_t Store::next_pack_id() noexcept { return impl_->ids.next_pack(); }
std::uint64_t Store::pack_bound() const noexcept { return impl_->ids.pack_bound(); }

}  // namespace spider::store
