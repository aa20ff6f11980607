#include "pipeline/watched_files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include "spider/base/content_hash.h"
#include "spider/base/log.h"
#include "spider/pipeline/codes.h"

namespace spider::pipeline {

namespace fs = std::filesystem;

namespace {

// So much of both ends of what was read tells it from any other capture.
constexpr std::uint64_t kEnd = 65'536;

// Of the file's first `size` bytes; empty when it has fewer, or cannot be read.
[[nodiscard]] std::string ends_of(const std::string& file, std::uint64_t size) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> bytes(std::min(size, kEnd));
  base::ContentHash hash;
  for (const std::uint64_t from : {std::uint64_t{0}, size - bytes.size()}) {
    in.seekg(static_cast<std::streamoff>(from));
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return {};
    hash.add(base::as_bytes({bytes.data(), bytes.size()}));
  }
  return base::to_hex(hash.value());
}

// Where the store keeps what the file was like when it was begun: "size hash".
[[nodiscard]] std::string beginning_key(model::SourceId source, const std::string& file) {
  return fmt::format("file_begun/{}/{}", static_cast<std::uint32_t>(source), file);
}

}  // namespace

WatchedFiles::WatchedFiles(std::string path, std::chrono::milliseconds rest, model::SourceId source,
                           store::Store& store)
    : path_(std::move(path)), rest_(rest), source_(source), store_(store) {}

std::string WatchedFiles::version_of(const std::string& file) const {
  struct stat st {};
  if (::stat(file.c_str(), &st) != 0) return {};
  return fmt::format("file/{}/{}/{}/{}.{:09}", static_cast<std::uint32_t>(source_), file,
                     st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

base::Result<std::optional<std::uint64_t>> WatchedFiles::grown(const std::string& file) const {
  SPIDER_TRY_LET(known, store_.setting(beginning_key(source_, file)));
  if (!known) return std::nullopt;
  std::uint64_t size = 0;
  const char* const end = known->data() + known->size();
  const char* const behind = std::from_chars(known->data(), end, size).ptr;
  std::error_code error;
  const std::uint64_t now = fs::file_size(file, error);
  if (error || behind == end || size == 0 || now <= size) return std::nullopt;
  if (ends_of(file, size) != std::string_view(behind + 1, end)) return std::nullopt;
  return now - size;
}

base::Result<bool> WatchedFiles::is_new(const std::string& file, const std::string& version) {
  SPIDER_TRY_LET(known, store_.setting(version));
  if (known) {
    if (*known == "begun")
      base::log(codes::import_interrupted,
                "{} was being read when Spider stopped; it is not read again. Its records up to "
                "then are stored; `spider import` reads the whole file into another whisperer.",
                file);
    return false;
  }
  SPIDER_TRY_LET(more, grown(file));
  if (more)
    base::log(
        codes::file_grown,
        "{} has {} bytes more than when it was read, which are not read; `spider import` reads "
        "the whole file into another whisperer.",
        file, *more);
  return !more;
}

base::Result<void> WatchedFiles::begin(const std::string& file, const std::string& version) {
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  // What is no regular file (a named pipe) is not looked into.
  if (const std::string ends = error || size == 0 ? "" : ends_of(file, size); !ends.empty())
    SPIDER_TRY(store_.set_setting(beginning_key(source_, file), fmt::format("{} {}", size, ends)));
  SPIDER_TRY(store_.set_setting(version, "begun"));
  begun_ = version;
  return {};
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
  const std::string version = version_of(path_);
  SPIDER_TRY_LET(fresh, is_new(path_, version));
  if (!fresh) return std::nullopt;
  SPIDER_TRY(begin(path_, version));
  return path_;
}

base::Result<std::optional<std::string>> WatchedFiles::next_in_folder() {
  std::error_code error;
  std::map<std::string, Look> now;
  const Clock::time_point time = Clock::now();
  for (fs::directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || it->path().filename().string().front() == '.') continue;
    std::string file = it->path().string();
    std::string version = version_of(file);
    const auto before = looks_.find(file);
    const bool same = before != looks_.end() && before->second.version == version;
    now.emplace(std::move(file), same ? before->second : Look{std::move(version), time, false});
  }
  if (error)
    return base::fail(codes::path_unusable, fmt::format("\"{}\": {}.", path_, error.message()));
  looks_ = std::move(now);
  for (auto& [file, look] : looks_) {
    if (look.settled || time - look.since < rest_) continue;
    SPIDER_TRY_LET(fresh, is_new(file, look.version));
    if (fresh) SPIDER_TRY(begin(file, look.version));
    look.settled = true;
    if (fresh) return file;
  }
  return std::nullopt;
}

void WatchedFiles::done(const std::string& file) {
  if (file == "-") return;
  if (const auto written = store_.set_setting(begun_, "done"); !written) base::log(written.error());
}

}  // namespace spider::pipeline
