#include "store/disk_room.h"

#include <limits>

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace spider::store {

std::uint64_t bytes_left(const std::filesystem::path& path) noexcept {
  struct statvfs disk {};
  // Without an answer: who writes will be told. Half of all numbers, for sums with others.
  if (::statvfs(path.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max() / 2;
  const std::uint64_t blocks = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
  return blocks * disk.f_frsize;
}

std::string room_on(const std::filesystem::path& path) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) return "no room is left on its disk";
  const double mib = static_cast<double>(disk.f_frsize) / (1U << 20U);
  std::string out = fmt::format("{:.1f} of {:.1f} MiB are free on its disk",
                                static_cast<double>(disk.f_bavail) * mib,
                                static_cast<double>(disk.f_blocks) * mib);
  // Some file systems run out of these first, and say the same of it.
  if (disk.f_files != 0 && disk.f_favail == 0) out += ", and no more files can be made there";
  return out;
}

}  // namespace spider::store
