#pragma once
// Store: opens and owns the database. Everything else reaches it through StoreWriter (one thread)
// and StoreReader (any thread). Only this floor includes rocksdb/.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/model/ids.h"
#include "spider/model/retention.h"
#include "spider/store/config.h"
#include "spider/store/migration.h"
#include "spider/store/survey.h"

namespace spider::store {

class HostBook;
class StatusBook;
class StoreWriter;
class StoreReader;

[[nodiscard]] constexpr std::array<base::Time, model::kKeptKinds> nothing_removed() noexcept {
  std::array<base::Time, model::kKeptKinds> out{};
  for (base::Time& t : out) t = base::Time::min();
  return out;
}

// What became of an upload. Stored: numbers are never reused.
enum class UploadState : std::uint8_t {
  running = 1,
  complete = 2,   // read to the file's end, and all of it is stored
  cut = 3,        // the file ended early or was damaged, the sender went away, Spider did, or the
                  // store refused; what came before is stored, and `trouble` says why
  cancelled = 4,  // ended by hand; what came before is stored
};
[[nodiscard]] std::string_view name(UploadState state) noexcept;

// One import. Its records are those of its source, and of no other.
struct UploadInfo {
  UploadState state = UploadState::running;
  std::string file;               // its name, as the sender gave it
  std::uint64_t bytes = 0;        // read of it
  std::uint64_t bytes_known = 0;  // that it has, as was said before; 0: nobody did
  std::string content;            // base::ContentHash of the whole file; empty when not known
  base::Time began;               // by the system's clock, as is `ended`
  base::Time ended = base::Time::min();
  base::Time first = base::Time::max();  // of the packets; first > last when there are none
  base::Time last = base::Time::min();
  std::uint64_t packets = 0;
  std::uint64_t communications = 0;  // stored
  std::uint64_t sessions = 0;
  std::string trouble;  // in words, of a file that was damaged, or of why it was cut
  // When it ended by the clock of ages (pipeline::UploadAges), which nobody sets: what its age is
  // counted from. min(): not known, as of older versions.
  base::Time kept_from = base::Time::min();
};

// A place for records in the store. A whisperer has one of its own, and one more for each upload;
// they have its name in common.
struct SourceInfo {
  model::SourceId id{};
  std::string name;  // the whisperer's
  std::string type;
  base::Time created;
  // Communications that ended before this instant were removed by retention or by hand;
  // Time::min() when none were.
  base::Time purged_before = base::Time::min();
  // The same of every kind (of communications: purged_before).
  std::array<base::Time, model::kKeptKinds> removed_before = nothing_removed();
  // Body packs below this id were removed, but for what came later than its removal.
  std::uint64_t bodies_below = 0;
  std::uint32_t runs = 0;         // begun so far; records of each are in the store, or were
  std::uint32_t runs_purged = 0;  // of these: begun when all of it was removed the last time
  std::optional<UploadInfo> upload;
};

// A whisperer's sources in one place: the first of each name, in the order of their ids.
[[nodiscard]] std::vector<SourceInfo> first_of_each_name(const std::vector<SourceInfo>& sources);
// The first other upload that was complete and had the same content; nullptr when there is none.
[[nodiscard]] const SourceInfo* same_content(const std::vector<SourceInfo>& sources,
                                             std::string_view content, std::uint64_t bytes,
                                             model::SourceId except = {});

// A run that began and whose end was not stored: it is under way, or its process ended before it.
struct RunMark {
  model::SourceId source{};
  std::uint32_t number = 0;
  bool live = false;  // not an import
  bool lost = false;  // found by a later process: what had not been stored by then is lost
  base::Time begun;   // by the system's clock, as is `found`
  base::Time found = base::Time::min();  // when it was, as lost
};

class Store {
 public:
  // Creates the folder (mode 0700). A store of an earlier format is brought up to date first, which
  // may take a while: `watch` is told how far it came, and may stop it. Errors: store_locked,
  // store_newer, store_open_failed, disk_full_at_open, migration_stopped; of a migration that
  // cannot read or write also store_corrupt and store_write_failed.
  [[nodiscard]] static base::Result<std::unique_ptr<Store>> open(const StoreConfig& config,
                                                                 const MigrationWatch& watch = {});
  // Whether another process has the store at this path open. Not for a process that has it open
  // itself: looking gives its own lock up.
  [[nodiscard]] static bool in_use(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] StoreWriter& writer() noexcept;
  [[nodiscard]] const StoreReader& reader() const noexcept;
  // Names of addresses. Any thread.
  [[nodiscard]] HostBook& hosts() const noexcept;
  // What became of whisperers, and what Spider costs. Any thread.
  [[nodiscard]] StatusBook& status() const noexcept;

  // Begins to write memtables to files, which frees them; does not wait. Any thread.
  void begin_flush();
  // Memory that the store holds now: memtables, and caches of blocks and columns. Any thread.
  [[nodiscard]] std::uint64_t memory_bytes() const;

  // Tells this store from every other one, as long as it lives: the moment of its making. Not 0.
  [[nodiscard]] std::uint64_t number() const noexcept;

  // The source of a whisperer's name; made and written durably when it is new. Any thread.
  [[nodiscard]] base::Result<model::SourceId> source(const std::string& whisperer,
                                                     const std::string& type);
  [[nodiscard]] std::vector<SourceInfo> sources() const;

  // What is kept of a source and where it lies, for whoever decides what is to go. Reads the
  // summaries of all its blocks. Any thread.
  [[nodiscard]] base::Result<Survey> survey(model::SourceId source) const;
  // Whether a survey would find records, packets or books; one look at each. What cannot be read is
  // kept.
  [[nodiscard]] bool keeps_anything(model::SourceId source) const;
  // Sources kept for uploads, at most.
  static constexpr std::size_t kUploadsMax = 65'536;
  // A source for one upload alone, whatever else there is of this name. Its id is above all that
  // were ever given out. Durable on return. Errors: store_write_failed, also for one too many.
  [[nodiscard]] base::Result<model::SourceId> make_upload(const std::string& whisperer,
                                                          const std::string& type,
                                                          const UploadInfo& upload);
  // What has become of it; durable on return. not_found when it was removed.
  [[nodiscard]] base::Result<void> set_upload(model::SourceId source, const UploadInfo& upload);
  // The same in memory alone, when the store refuses it: for whoever asks, until set_upload()
  // succeeds. Nothing when it was removed.
  void hold_upload(model::SourceId source, const UploadInfo& upload);
  // Nothing when there is no such source.
  [[nodiscard]] std::optional<SourceInfo> find_source(model::SourceId source) const;

  // Gives the disk space back of sources that StoreWriter::purge() removed: waits for RocksDB,
  // seconds for gigabytes. Goes on where an earlier process was killed. Any thread but the
  // writer's; false when readers still held an older state, or `stop` became true, so that it is
  // to be called again.
  [[nodiscard]] base::Result<bool> reclaim(std::atomic<bool>* stop = nullptr);

  // The number of a run that begins: 0 for the first of a source, and none twice for runs of which
  // a record was ever stored. The count becomes durable with the first of those records. Any
  // thread.
  [[nodiscard]] std::uint32_t next_run(model::SourceId source);

  // Small facts that outlive the process (which files were read, ...). Durable on return. Any
  // thread.
  [[nodiscard]] base::Result<std::optional<std::string>> setting(const std::string& key) const;
  [[nodiscard]] base::Result<void> set_setting(const std::string& key, const std::string& value);

  // Runs that began: mark_run() puts a mark or changes it, unmark_run() takes it away when the run
  // has ended and all of it is stored. Durable on return. Any thread.
  [[nodiscard]] base::Result<void> mark_run(const RunMark& mark);
  [[nodiscard]] base::Result<void> unmark_run(model::SourceId source, std::uint32_t number);
  [[nodiscard]] base::Result<std::optional<RunMark>> run_mark(model::SourceId source,
                                                              std::uint32_t number) const;
  // All of them, by source, then number; passes over what is damaged.
  [[nodiscard]] base::Result<std::vector<RunMark>> run_marks() const;

  // Ids for body and packet packs: unique, growing, never reused, also after a crash. Any thread.
  [[nodiscard]] std::uint64_t next_pack_id() noexcept;
  // Above every one that was given out.
  [[nodiscard]] std::uint64_t pack_bound() const noexcept;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  void find_number();
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::store
