#include "pipeline/watched_files.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include "spider/base/log.h"
#include "spider/pipeline/codes.h"

namespace spider::pipeline {

namespace fs = std::filesystem;

WatchedFiles::WatchedFiles(std::string path, model::SourceId source, store::Store& store)
    : path_(std::move(path)), source_(source), store_(store) {}

// Name, size and time of change: a file that was replaced by another is read again.
std::string WatchedFiles::key(const std::string& file) const {
  struct stat st {};
  if (::stat(file.c_str(), &st) != 0) return {};
  return fmt::format("file/{}/{}/{}/{}.{:09}", static_cast<std::uint32_t>(source_), file,
                     st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

base::Result<bool> WatchedFiles::is_new(const std::string& file) {
  SPIDER_TRY_LET(known, store_.setting(key(file)));
  if (!known) return true;
  if (*known == "begun")
    base::log(
        codes::import_interrupted,
        "{} was being read when Spider stopped; it is not read again. Its records up to then are "
        "stored; `spider import` reads the whole file into another whisperer.",
        file);
  return false;
}

base::Result<std::optional<std::string>> WatchedFiles::next() {
  if (finished_) return std::nullopt;
  if (path_ == "-") {
    finished_ = true;
    return path_;
  }
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (status.type() == fs::file_type::not_found || status.type() == fs::file_type::none)
    return base::fail(codes::path_unusable, fmt::format("\"{}\" does not exist.", path_));
  if (status.type() == fs::file_type::directory) return next_in_folder();
  finished_ = true;
  SPIDER_TRY_LET(fresh, is_new(path_));
  if (!fresh) return std::nullopt;
  SPIDER_TRY(store_.set_setting(key(path_), "begun"));
  return path_;
}

base::Result<std::optional<std::string>> WatchedFiles::next_in_folder() {
  std::error_code error;
  std::map<std::string, std::uint64_t> now;
  for (fs::directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && it->path().filename().string().front() != '.')
      now.emplace(it->path().string(), it->file_size(ignored));
  }
  if (error)
    return base::fail(codes::path_unusable, fmt::format("\"{}\": {}.", path_, error.message()));
  std::optional<std::string> found;
  for (const auto& [file, size] : now) {
    const auto before = sizes_.find(file);
    // Still growing, or seen for the first time: look again later.
    if (before == sizes_.end() || before->second != size) continue;
    SPIDER_TRY_LET(fresh, is_new(file));
    if (!fresh) continue;
    found = file;
    break;
  }
  sizes_ = std::move(now);
  if (found) SPIDER_TRY(store_.set_setting(key(*found), "begun"));
  return found;
}

void WatchedFiles::done(const std::string& file) {
  if (file == "-") return;
  if (const auto written = store_.set_setting(key(file), "done"); !written)
    base::log(written.error());
}

}  // namespace spider::pipeline
