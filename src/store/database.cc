#include "store/database.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/direct_io.h"
#include "store/disk_room.h"
#include "store/format/seal.h"
#include "store/options.h"

namespace spider::store {
namespace {

constexpr std::string_view kNames[kFamilies] = {
    "meta",         "block",     "column",      "detail",    "body", "packet",
    "packet_index", "rollup",    "quality",     "status",    "log",  "setting",
    "quality_sum",  "body_file", "packet_file", "block_file"};
// Says who may open the folder, before RocksDB touches it.
constexpr const char* kVersionFile = "VERSION";
// On the disk, before it is full: for indexes of files, the manifest and the settings file.
constexpr std::uint64_t kRoomLeft = 4U << 20U;
// So much that nobody needs to look at what is in memory.
constexpr std::uint64_t kRoomPlenty = 256U << 20U;
constexpr const char* kIncoming = "incoming";  // beside RocksDB's files: on the same disk

[[nodiscard]] base::Error full_at_open(const std::filesystem::path& folder, std::string_view text) {
  return {codes::disk_full_at_open,
          fmt::format("{} cannot be opened: {} ({}).", folder.string(), room_on(folder), text)};
}

// Whether a folder may become a store, or is one: others' files may not, since it becomes the
// owner's alone.
[[nodiscard]] bool may_be_store(const std::filesystem::path& path) {
  // What a store has whose making was cut short or whose VERSION is gone, which is told later, and
  // what a disk of its own has.
  constexpr std::string_view kOwn[] = {"VERSION.new", "db", "incoming", "server", "lost+found"};
  std::error_code error;
  if (std::filesystem::exists(path / kVersionFile, error)) return true;
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool hidden = name.starts_with('.');  // snapshots and trash of the disk
    if (!hidden && std::find(std::begin(kOwn), std::end(kOwn), name) == std::end(kOwn))
      return false;
  }
  return true;  // what cannot be listed is told by whatever comes next
}

base::Result<void> make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error == std::errc::no_space_on_device)
    return tl::unexpected(full_at_open(path.parent_path(), error.message()));
  if (error)
    return base::fail(codes::store_open_failed,
                      fmt::format("The store's folder {} cannot be made: {}. Name another one "
                                  "under [store] path, or make it for this user.",
                                  path.string(), error.message()));
  if (!may_be_store(path))
    return base::fail(codes::store_open_failed,
                      fmt::format("{} has files in it that are no store's; name a folder that is "
                                  "empty or not there yet.",
                                  path.string()));
  return {};
}

base::Result<void> make_private(const std::filesystem::path& path) {
  if (::chmod(path.c_str(), S_IRWXU) != 0)
    return base::fail(codes::store_open_failed, fmt::format("{}: its rights cannot be set: {}",
                                                            path.string(), std::strerror(errno)));
  return {};
}

// A file that is gone was not needed any more.
base::Result<void> sync_file(const std::filesystem::path& path, int how) {
  const int file = ::open(path.c_str(), how | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return {};
  const int failed = file < 0 || ::fdatasync(file) != 0 ? errno : 0;
  if (file >= 0) static_cast<void>(::close(file));
  if (failed == 0) return {};
  return base::fail(failed == ENOSPC ? codes::disk_full : codes::store_write_failed,
                    fmt::format("{}: {}", path.string(), std::strerror(failed)));
}

// Beside it, then in its place: a crash leaves the old one or the new one. Of the machine as well:
// nothing of the new format may be on the disk before.
base::Result<void> write_version(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kVersionFile;
  const std::filesystem::path fresh = file.string() + ".new";
  errno = 0;
  std::ofstream out(fresh);
  out << unsigned{format::kVersion} << ' ' << unsigned{format::kCompat} << '\n';
  out.close();
  if (!out && errno == ENOSPC) return tl::unexpected(full_at_open(folder, std::strerror(ENOSPC)));
  std::error_code error;
  auto synced = out ? sync_file(fresh, O_RDONLY) : base::Result<void>{};
  if (out && synced) std::filesystem::rename(fresh, file, error);
  if (out && synced && !error) synced = sync_file(folder, O_RDONLY | O_DIRECTORY);
  if (!synced && synced.error().code == codes::disk_full)
    return tl::unexpected(full_at_open(folder, synced.error().detail));
  if (!synced) return base::fail(codes::store_open_failed, synced.error().detail);
  if (!out || error)
    return base::fail(codes::store_open_failed,
                      fmt::format("{} cannot be written.", file.string()));
  return {};
}

// The version file holds two numbers: the format's version and the lowest that can read it. Gives
// the first; 0 when the store is new.
base::Result<unsigned> check_version(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kVersionFile;
  unsigned version = 0;
  unsigned compat = 0;
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    std::ifstream in(file);
    if (!(in >> version >> compat) || version == 0 || compat == 0)
      return base::fail(codes::store_open_failed,
                        fmt::format("{} does not hold a version.", file.string()));
    if (compat > format::kVersion)
      return base::fail(
          codes::store_newer,
          fmt::format("{} has format {}, readable from format {} on; this Spider knows format {}.",
                      folder.string(), version, compat, format::kVersion));
    return version;
  }
  if (std::filesystem::exists(folder / "db", error))
    return base::fail(codes::store_open_failed,
                      fmt::format("{} is missing from the store.", file.string()));
  SPIDER_TRY(write_version(folder));
  return 0U;
}

[[nodiscard]] bool is_full(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.ToString().find("No space left") != std::string::npos;
}

base::Error open_error(const rocksdb::Status& status, const std::string& path) {
  const std::string text = status.ToString();
  if (is_full(status)) return full_at_open(path, text);
  if (status.IsIOError() && text.find("LOCK") != std::string::npos &&
      text.find("lock") != std::string::npos && text.find("ermission denied") == std::string::npos)
    return {codes::store_locked, fmt::format("{}: {}", path, text)};
  return {codes::store_open_failed, fmt::format("{}: {}", path, text)};
}

tl::unexpected<base::Error> write_error(const rocksdb::Status& status) {
  return base::fail(is_full(status) ? codes::disk_full : codes::store_write_failed,
                    status.ToString());
}

}  // namespace

std::uint8_t sealed_as(Family family) noexcept {
  if (family == Family::body_file) family = Family::body;
  if (family == Family::packet_file) family = Family::packet;
  return static_cast<std::uint8_t>(family);
}

std::string_view name(Family family) noexcept { return kNames[static_cast<std::size_t>(family)]; }

base::Result<std::unique_ptr<Database>> Database::open(const StoreConfig& config) {
  // Captures hold secrets: what RocksDB creates later, on any thread, is the owner's alone.
  ::umask(S_IRWXG | S_IRWXO);
  const std::filesystem::path folder(config.path);
  SPIDER_TRY(make_folder(folder));
  SPIDER_TRY_LET(found_at_first, check_version(folder));
  SPIDER_TRY(make_private(folder));  // not before it is known to be a store

  const std::string path = (folder / "db").string();
  rocksdb::DBOptions options = database_options();
  // What flushes and compactions write is hardly read soon: copying it to the page cache costs a
  // third of the kernel's time in an import and pushes out what queries need.
  options.use_direct_io_for_flush_and_compaction = takes_direct_io(folder);
  const std::shared_ptr<rocksdb::Cache> cache = block_cache(config);
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, path, &names).ok())
    names = {rocksdb::kDefaultColumnFamilyName};
  const auto described = [&](std::string_view n) {
    const auto* known = std::find(std::begin(kNames), std::end(kNames), n);
    const auto family =
        known == std::end(kNames) ? Family::meta : static_cast<Family>(known - std::begin(kNames));
    rocksdb::ColumnFamilyOptions own = family_options(family, cache);
    // tend_blobs() comes with syncs of the log: where there are none, every compaction looks.
    own.enable_blob_garbage_collection = own.enable_blob_files && config.sync_ms == 0;
    return rocksdb::ColumnFamilyDescriptor(std::string(n), own);
  };
  std::vector<rocksdb::ColumnFamilyDescriptor> there;
  for (const std::string& n : names) there.push_back(described(n));
  // Made in one go: opening with names that are missing writes RocksDB's options anew for each.
  std::vector<rocksdb::ColumnFamilyDescriptor> missing;
  for (const std::string_view n : kNames)
    if (std::find(names.begin(), names.end(), n) == names.end()) missing.push_back(described(n));

  std::unique_ptr<Database> out(new Database());
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, path, there, &out->opened_, &db);
  if (!status.ok()) return tl::unexpected(open_error(status, path));
  out->db_.reset(db);
  // Again, now that the lock is ours: another process may have had the store open meanwhile.
  unsigned found = 0;
  if (found_at_first != 0) {
    SPIDER_TRY_LET(found_now, check_version(folder));
    found = found_now;
  }
  out->format_found_ = found;
  // What is written from now on has this version: an older Spider must not open it any more. Not
  // before the lock is ours: one that has the store open goes on with its own.
  if (found != 0 && found < format::kVersion) {
    SPIDER_TRY(write_version(folder));
    base::log(codes::migrating,
              "{} was of format {} and is of format {} from now on: an older Spider refuses it.",
              folder.string(), found, unsigned{format::kVersion});
  }
  std::vector<rocksdb::ColumnFamilyHandle*> made;
  if (!missing.empty()) status = db->CreateColumnFamilies(missing, &made);
  out->opened_.insert(out->opened_.end(), made.begin(), made.end());
  if (!status.ok()) return tl::unexpected(open_error(status, path));
  out->folder_ = path;
  out->direct_ = options.use_direct_io_for_flush_and_compaction;
  // One for a compaction of RocksDB's, one for each of the writer's BulkFiles, one for the log: its
  // turn must not wait for theirs.
  db->GetEnv()->IncBackgroundThreadsIfNeeded(5, rocksdb::Env::Priority::BOTTOM);
  SPIDER_TRY(out->clear_incoming());
  for (rocksdb::ColumnFamilyHandle* h : out->opened_) {
    const auto* known = std::find(std::begin(kNames), std::end(kNames), h->GetName());
    if (known != std::end(kNames))
      out->handles_[static_cast<std::size_t>(known - std::begin(kNames))] = h;
  }
  return out;
}

base::Error Database::full_at_open(std::string_view text) const {
  return store::full_at_open(folder_.parent_path(), text);
}

Database::~Database() {
  if (!db_) return;
  syncing_.wait(true);
  for (rocksdb::ColumnFamilyHandle* h : opened_) db_->DestroyColumnFamilyHandle(h);
  static_cast<void>(db_->Close());
}

// RocksDB may stop the process with an assertion when it meets a full disk while it makes a blob
// file. So it never does: what its memtables hold has room to become files, and a log goes on.
base::Result<void> Database::check_room(std::size_t bytes) const {
  const std::uint64_t left = bytes_left(folder_);
  if (left >= kRoomPlenty + bytes) return {};
  std::uint64_t held = 0;
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &held);
  if (left >= kRoomLeft + held + bytes) return {};
  return base::fail(codes::disk_full,
                    fmt::format("{}: {} KiB are left; {} KiB are wanted, and {} KiB for what is "
                                "in memory and in the log already.",
                                folder_.parent_path().string(), left >> 10U, bytes >> 10U,
                                (kRoomLeft + held) >> 10U));
}

base::Result<void> Database::write(rocksdb::WriteBatch& batch) {
  SPIDER_TRY(resume());
  // In the log, and later in a file.
  SPIDER_TRY(check_room(2 * batch.GetDataSize()));
  rocksdb::WriteOptions options;
  options.sync = false;
  return refused_on_error(db_->Write(options, &batch));
}

base::Result<void> Database::write_quietly(rocksdb::WriteBatch& batch) {
  ++quiet_begun_;
  auto done = write(batch);
  if (done) quiet_entries_ += batch.Count();
  ++quiet_ended_;
  return done;
}

Database::QuietMark Database::quiet_mark() const noexcept {
  // What has ended by now was begun by then: the order tells a write that is under way.
  QuietMark out;
  out.ended = quiet_ended_;
  out.entries = quiet_entries_;
  out.begun = quiet_begun_;
  return out;
}

std::optional<std::uint64_t> Database::data_version(const QuietMark& before,
                                                    std::uint64_t sequence) const noexcept {
  if (before.begun != before.ended || quiet_begun_ != before.begun) return std::nullopt;
  return sequence - before.entries;
}

base::Result<void> Database::clear_incoming() const {
  std::error_code error;
  const std::filesystem::path incoming = folder_ / kIncoming;
  std::filesystem::remove_all(incoming, error);
  if (!error) std::filesystem::create_directories(incoming, error);
  if (!error) return {};
  return base::fail(codes::store_open_failed,
                    fmt::format("{}: {}", incoming.string(), error.message()));
}

std::string Database::incoming_path(const std::string& name) const {
  return (folder_ / kIncoming / (name + ".sst")).string();
}

base::Result<std::unique_ptr<rocksdb::SstFileWriter>> Database::new_file(Family f,
                                                                         const std::string& path,
                                                                         std::size_t bytes) const {
  SPIDER_TRY(check_room(bytes));
  rocksdb::EnvOptions files;
  files.use_direct_writes = direct_;
  auto out = std::make_unique<rocksdb::SstFileWriter>(files, db_->GetOptions(handle(f)), handle(f));
  SPIDER_TRY(written(out->Open(path)));
  return out;
}

base::Result<void> Database::take_file(Family f, const std::string& path) {
  SPIDER_TRY(resume());
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  return refused_on_error(db_->IngestExternalFile(handle(f), {path}, options));
}

base::Result<void> Database::written(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return write_error(status);
}

void Database::run_in_background(void (*work)(void*), void* of) {
  db_->GetEnv()->Schedule(work, of, rocksdb::Env::Priority::BOTTOM);
}

base::Result<void> Database::refused_on_error(const rocksdb::Status& status) {
  if (status.ok()) return {};
  auto error = write_error(status);
  const base::Lock lock(mutex_);
  refusal_ = error.value();
  refused_ = true;
  return error;
}

// A full disk is watched by RocksDB itself, which goes on when there is room again; until then it
// is busy, and the first error stays the reason. Other errors of the log are final for this
// process.
base::Result<void> Database::resume() {
  if (!refused_) return {};
  const rocksdb::Status resumed = db_->Resume();
  const base::Lock lock(mutex_);
  if (!resumed.ok()) return tl::unexpected(refusal_);
  refused_ = false;
  return {};
}

// Through files of our own: RocksDB's way stops the process with an assertion when the log has just
// met a full disk. Every write has handed its bytes to the system by the time it returns.
base::Result<void> Database::sync_log() {
  std::error_code error;
  std::filesystem::directory_iterator at(folder_, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
    if (at->path().extension() == ".log") SPIDER_TRY(sync_file(at->path(), O_RDONLY));
  return sync_file(folder_, O_RDONLY | O_DIRECTORY);
}

void Database::sync_log_soon() {
  if (syncing_.exchange(true)) return;
  run_in_background(&Database::sync_in_background, this);
}

void Database::sync_in_background(void* self) {
  auto* database = static_cast<Database*>(self);
  if (const auto synced = database->sync_log(); !synced) base::log(synced.error());
  database->tend_blobs();
  database->syncing_.store(false);
  database->syncing_.notify_all();
}

base::Result<void> Database::flush() {
  SPIDER_TRY(check_room(0));
  rocksdb::FlushOptions options;
  options.wait = false;  // the log holds everything already; files only make the next start faster
  options.allow_write_stall = true;
  std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
  const rocksdb::Status begun = db_->Flush(options, all);
  if (begun.IsTryAgain())
    return {};  // memtables are on their way already, so many that writes wait
  return refused_on_error(begun);
}

void Database::put(rocksdb::WriteBatch& batch, Family f, std::string_view key,
                   std::string_view value) const {
  const auto seal = format::seal_of(sealed_as(f), key, value);
  const rocksdb::Slice key_part(key.data(), key.size());
  const rocksdb::Slice value_parts[] = {{value.data(), value.size()}, {seal.data(), seal.size()}};
  batch.Put(handle(f), rocksdb::SliceParts(&key_part, 1), rocksdb::SliceParts(value_parts, 2));
}

namespace {

base::Result<std::string_view> unsealed(Family f, std::string_view key, std::string_view stored) {
  switch (format::take_seal(sealed_as(f), key, stored)) {
    case format::ValueState::ok:
      return stored;
    case format::ValueState::newer:
    case format::ValueState::corrupt:
      break;
  }
  return corrupt(f, key, "the value is damaged");
}

}  // namespace

base::Result<base::Bytes> Database::value(Family f, const rocksdb::Iterator& at) {
  SPIDER_TRY_LET(value, unsealed(f, at.key().ToStringView(), at.value().ToStringView()));
  return base::as_bytes(value);
}

base::Result<bool> Database::get(Family f, std::string_view key, const rocksdb::Snapshot* snapshot,
                                 rocksdb::PinnableSlice& out) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  out.Reset();
  const rocksdb::Status status =
      db_->Get(options, handle(f), rocksdb::Slice(key.data(), key.size()), &out);
  if (status.IsNotFound()) return false;
  if (status.IsCorruption()) return corrupt(f, key, status.ToString());
  if (!status.ok()) return read_error(status);
  const std::string_view stored = out.ToStringView();
  SPIDER_TRY_LET(value, unsealed(f, key, stored));
  out.remove_suffix(stored.size() - value.size());
  return true;
}

std::unique_ptr<rocksdb::Iterator> Database::iterate(Family f, const rocksdb::Snapshot* snapshot,
                                                     const rocksdb::Slice* upper_bound) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.iterate_upper_bound = upper_bound;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle(f)));
}

base::Result<void> Database::flush_and_wait() {
  rocksdb::FlushOptions options;
  options.allow_write_stall = true;
  const std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
  return written(db_->Flush(options, all));
}

base::Result<void> Database::drop_files(Family f, std::string_view begin, std::string_view end) {
  const rocksdb::Slice from(begin.data(), begin.size());
  const rocksdb::Slice to(end.data(), end.size());
  return written(rocksdb::DeleteFilesInRange(db_.get(), handle(f), &from, &to, false));
}

base::Result<void> Database::compact(Family f, std::string_view begin, std::string_view end,
                                     std::atomic<bool>* stop) {
  const rocksdb::Slice from(begin.data(), begin.size());
  const rocksdb::Slice to(end.data(), end.size());
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;  // what imports need goes on
  options.canceled = stop;
  // Whoever removed something wants the room back, also of what lies between others' blobs.
  options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
  return written(db_->CompactRange(options, handle(f), &from, &to));
}

bool Database::snapshots_held() const {
  std::uint64_t count = 0;
  return !db_->GetIntProperty("rocksdb.num-snapshots", &count) || count != 0;
}

tl::unexpected<base::Error> read_error(const rocksdb::Status& status) {
  return base::fail(status.IsCorruption() ? codes::store_corrupt : codes::store_open_failed,
                    status.ToString());
}

tl::unexpected<base::Error> corrupt(Family f, std::string_view key, std::string_view what) {
  std::string hex;
  for (const char c : key) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return base::fail(codes::store_corrupt, fmt::format("{} {}: {}.", name(f), hex, what));
}

}  // namespace spider::store
