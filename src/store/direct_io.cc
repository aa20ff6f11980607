#include "store/direct_io.h"

#include <array>
#include <cstddef>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace spider::store {

bool takes_direct_io(const std::filesystem::path& folder) noexcept {
  constexpr std::size_t kPage = 4'096;
  alignas(kPage) static constexpr std::array<char, kPage> kZeros{};
  const std::string probe = (folder / "direct.probe").string();
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
  if (file < 0) {
    static_cast<void>(::unlink(probe.c_str()));
    return false;
  }
  const bool written = ::pwrite(file, kZeros.data(), kPage, 0) == static_cast<ssize_t>(kPage);
  static_cast<void>(::close(file));
  static_cast<void>(::unlink(probe.c_str()));
  return written;
}

}  // namespace spider::store
