#pragma once
// WatchedFiles: which capture files a FILE whisperer still has to read: one file, standard input,
// or everything in a folder as it appears, by name. What was read is remembered in the store, so a
// restart reads nothing twice. A file that begins with what was read of it has grown: read again,
// all that it had would be there twice, and what was added has no beginning, so neither is done and
// the log says so. Another file under an old name is read. Owned by one thread.

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "spider/base/result.h"
#include "spider/model/ids.h"
#include "spider/store/store.h"

namespace spider::pipeline {

class WatchedFiles {
 public:
  // `rest`: a file of a folder that did not change for so long is taken for whole.
  WatchedFiles(std::string path, std::chrono::milliseconds rest, model::SourceId source,
               store::Store& store);

  // The next file that is whole and was not read yet; empty when there is none at present. An
  // Error: the path cannot be read.
  [[nodiscard]] base::Result<std::optional<std::string>> next();
  // The file was begun by next() and is over, well or badly: it will not be given again.
  void done(const std::string& file);
  // Nothing will ever come: the path is one file (or standard input) and it was given.
  [[nodiscard]] bool finished() const noexcept { return finished_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Look {
    std::string version;  // what tells one state of a file from the next
    Clock::time_point since;
    bool settled = false;  // read, or not to be read
  };

  // Name, size and time of change; empty when the file is gone.
  [[nodiscard]] std::string version_of(const std::string& file) const;
  [[nodiscard]] base::Result<std::optional<std::string>> next_in_folder();
  [[nodiscard]] base::Result<bool> is_new(const std::string& file, const std::string& version);
  // How many bytes it has more than when it was read, if it begins with those.
  [[nodiscard]] base::Result<std::optional<std::uint64_t>> grown(const std::string& file) const;
  [[nodiscard]] base::Result<void> begin(const std::string& file, const std::string& version);

  std::string path_;
  std::chrono::milliseconds rest_;
  model::SourceId source_;
  store::Store& store_;
  bool finished_ = false;
  std::string begun_;                  // the version given by next()
  std::map<std::string, Look> looks_;  // of a folder's files; present ones only
};

}  // namespace spider::pipeline
