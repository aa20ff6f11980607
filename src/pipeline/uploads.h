#pragma once
// Uploads: what is known of each import into an UPLOAD whisperer while it is read, and what may be
// done with it: cancel, purge, and removal when it is old. The store keeps what must outlive the
// process. Owned by the pipeline; any thread.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/thread.h"
#include "spider/model/control.h"
#include "spider/store/store.h"

#include "pipeline/upload_ages.h"
#include "pipeline/writer_loop.h"

namespace spider::pipeline {

class Uploads {
 public:
  // One that is being read. Gone from the list when end() was called.
  struct Active {
    model::SourceId source{};
    store::UploadInfo info;
    std::function<void()> cancel;
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<bool> cancelled{false};
    bool cut = false;  // nobody sends it any more; said before end()
  };

  Uploads(store::Store& store, WriterLoop& writer, std::uint32_t keep_days)
      : store_(store), writer_(writer), ages_(keep_days) {}

  // Those that no process reads any more were cut; and from here on old ones are removed.
  void start();
  // A purge of many ends behind the one that is under way, and none begins.
  void stop_purges() noexcept;
  void stop();

  [[nodiscard]] base::Result<std::shared_ptr<Active>> begin(const std::string& whisperer,
                                                            const std::string& type,
                                                            store::UploadInfo info,
                                                            std::function<void()> cancel);
  // `content`: of the whole file, if it is known; asked of one that was read to its end. What is no
  // capture and left nothing is removed.
  void end(Active& upload, const base::Result<model::ImportResult>& result,
           const std::function<std::string()>& content);

  [[nodiscard]] std::vector<model::UploadProgress> running() const;
  [[nodiscard]] bool cancel(model::SourceId source);
  // See model::Control::purge_uploads().
  [[nodiscard]] model::PurgedUploads purge(const std::vector<model::SourceId>& wanted);
  [[nodiscard]] model::UploadAging aging() const;

 private:
  // How one ended that the store did not take.
  struct Unstored {
    store::UploadInfo info;
    bool nothing = false;  // it is to be removed
  };

  void begin_ages(const std::vector<store::SourceInfo>& sources);
  void end_lost(const std::vector<store::SourceInfo>& sources);
  [[nodiscard]] base::Time age_clock() const;
  [[nodiscard]] base::Result<void> store_end(model::SourceId source, const Unstored& end);
  // False: there was none.
  [[nodiscard]] base::Result<bool> purge_one(model::SourceId source);
  [[nodiscard]] base::Result<void> remove(const store::SourceInfo& source, const char* why);
  [[nodiscard]] base::Result<bool> reclaim();
  void look_after(const std::stop_token& stop);
  [[nodiscard]] bool store_ends();
  void look_at_clocks();
  void begin_age(model::SourceId source);
  void remove_old(const std::stop_token& stop);

  store::Store& store_;
  WriterLoop& writer_;
  mutable std::mutex mutex_;
  std::map<model::SourceId, std::shared_ptr<Active>> active_;  // guarded by mutex_
  std::map<model::SourceId, Unstored> unstored_;               // guarded by mutex_
  mutable std::mutex ages_mutex_;
  UploadAges ages_;                      // guarded by ages_mutex_
  std::optional<base::Duration> noted_;  // when its note was written, by boot; of the thread
  std::atomic<bool> stopping_{false};
  std::mutex purging_;  // one at a time; before mutex_
  std::mutex sleep_;
  std::condition_variable_any woken_;
  base::Thread thread_;
};

}  // namespace spider::pipeline
