#pragma once
// TemporaryFolder: made under TMPDIR, readable by its owner alone, gone with the object.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "spider/app/codes.h"
#include "spider/base/result.h"

namespace spider::app {

class TemporaryFolder {
 public:
  [[nodiscard]] static base::Result<TemporaryFolder> make() {
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "spider-XXXXXX").string();
    if (error || ::mkdtemp(pattern.data()) == nullptr)
      return base::fail(codes::input_unreadable,
                        "No temporary folder can be made; set TMPDIR to one with room.");
    return TemporaryFolder(pattern);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace spider::app
