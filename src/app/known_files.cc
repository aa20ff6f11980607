#include "app/known_files.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "spider/app/codes.h"
#include "spider/base/content_hash.h"

namespace spider::app {

std::string content_of(const std::string& path) {
  std::error_code ignored;
  if (path == "-" || !std::filesystem::is_regular_file(path, ignored)) return {};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return {};
  base::ContentHash hash;
  std::array<std::uint8_t, std::size_t{256} << 10U> piece;
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), file.get())) > 0;)
    hash.add({piece.data(), n});
  return std::ferror(file.get()) == 0 ? hash.value() : std::string();
}

base::Error known_file(const std::string& path, const SameFile& known) {
  return {codes::file_known, fmt::format("{} is the same file as upload {} of \"{}\" ({}).", path,
                                         known.id, known.whisperer, known.file)};
}

}  // namespace spider::app
