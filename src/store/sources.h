#pragma once
// SourceTable: the whisperers' places in the store. Any thread. A source whose value is damaged
// keeps its place and its records under a name of its own, "unreadable-<id>".

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/store/store.h"

#include "store/database.h"

namespace spider::store {

class SourceTable {
 public:
  explicit SourceTable(Database& database) : database_(database) {}

  // Once, before anything else.
  [[nodiscard]] base::Result<void> load();
  [[nodiscard]] base::Result<model::SourceId> find_or_make(const std::string& name,
                                                           const std::string& type);
  // Always a new one.
  [[nodiscard]] base::Result<model::SourceId> make_upload(const std::string& name,
                                                          const std::string& type,
                                                          const UploadInfo& upload);
  [[nodiscard]] base::Result<void> set_upload(model::SourceId source, const UploadInfo& upload);
  void hold_upload(model::SourceId source, const UploadInfo& upload);
  [[nodiscard]] std::vector<SourceInfo> all() const;
  [[nodiscard]] std::vector<model::SourceId> ids() const;  // ascending
  [[nodiscard]] std::optional<SourceInfo> find(model::SourceId source) const;
  // The lowest id of those with the same name; an id that is not known stands for itself.
  [[nodiscard]] model::SourceId head_of(model::SourceId source) const;
  [[nodiscard]] std::uint32_t next_run(model::SourceId source);
  // Puts sources whose runs were begun since the last call into `batch`, which brings records of
  // theirs or is there before them, and those that were changed. Writer's thread.
  void settle(rocksdb::WriteBatch& batch);
  // What a batch removes: of each kind what ended before its time, and body packs below an id.
  // Marks only rise.
  struct Marks {
    std::array<base::Time, model::kKeptKinds> before = nothing_removed();
    std::uint64_t bodies_below = 0;
  };
  // Writes `batch`, which removes that, with the marks in it. After an error nothing has changed,
  // in memory either: what is there is not told as removed.
  [[nodiscard]] base::Result<void> write_removal(model::SourceId source, const Marks& marks,
                                                 rocksdb::WriteBatch& batch);

  // The same of a batch that removes all that is stored of the source; an upload goes itself.
  [[nodiscard]] base::Result<void> write_purge(model::SourceId source, const Marks& marks,
                                               rocksdb::WriteBatch& batch);

 private:
  [[nodiscard]] base::Result<void> skip_used_ids() SPIDER_REQUIRES(mutex_);
  [[nodiscard]] base::Result<model::SourceId> make(SourceInfo source) SPIDER_REQUIRES(mutex_);
  [[nodiscard]] SourceInfo* known(model::SourceId source) SPIDER_REQUIRES(mutex_);
  [[nodiscard]] const SourceInfo* known(model::SourceId source) const SPIDER_REQUIRES(mutex_);
  void put(const SourceInfo& source, rocksdb::WriteBatch& batch) const;
  void find_heads() SPIDER_REQUIRES(mutex_);
  void put_again(model::SourceId source) SPIDER_REQUIRES(mutex_);

  Database& database_;
  mutable base::Mutex mutex_;
  std::vector<SourceInfo> sources_ SPIDER_GUARDED_BY(mutex_);  // ids ascending
  std::unordered_map<std::uint32_t, model::SourceId> heads_ SPIDER_GUARDED_BY(mutex_);
  std::unordered_map<std::string, model::SourceId> head_of_name_ SPIDER_GUARDED_BY(mutex_);
  std::vector<model::SourceId> counted_ SPIDER_GUARDED_BY(mutex_);  // not yet in a batch
  std::uint32_t highest_ SPIDER_GUARDED_BY(mutex_) = 0;             // id that was ever given out
};

}  // namespace spider::store
