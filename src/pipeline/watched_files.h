#pragma once
// WatchedFiles: which capture files a FILE whisperer still has to read: one file, standard input,
// or everything in a folder as it appears, by name. What was read is remembered in the store, so a
// restart reads nothing twice. Owned by one thread.

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
  WatchedFiles(std::string path, model::SourceId source, store::Store& store);

  // The next file that is whole (its size did not change since the last look) and was not read yet;
  // empty when there is none at present. An Error: the path cannot be read.
  [[nodiscard]] base::Result<std::optional<std::string>> next();
  // The file was begun by next() and is over, well or badly: it will not be given again.
  void done(const std::string& file);
  // Nothing will ever come: the path is one file (or standard input) and it was given.
  [[nodiscard]] bool finished() const noexcept { return finished_; }

 private:
  [[nodiscard]] std::string key(const std::string& file) const;
  [[nodiscard]] base::Result<std::optional<std::string>> next_in_folder();
  [[nodiscard]] base::Result<bool> is_new(const std::string& file);

  std::string path_;
  model::SourceId source_;
  store::Store& store_;
  bool finished_ = false;
  std::map<std::string, std::uint64_t> sizes_;  // at the last look; present files only
};

}  // namespace spider::pipeline
