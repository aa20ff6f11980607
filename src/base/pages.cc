#include "spider/base/pages.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace spider::base {

void forget_pages(void* at, std::size_t bytes) noexcept {
  static const auto kPage = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  auto* const begin = static_cast<std::uint8_t*>(at);
  const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t skipped = (kPage - from % kPage) % kPage;
  if (bytes < skipped + kPage) return;
  const std::size_t whole = (bytes - skipped) / kPage * kPage;
  // Refused where the memory is locked: then it stays, which is what its owner asked for.
  static_cast<void>(::madvise(begin + skipped, whole, MADV_DONTNEED));
}

}  // namespace spider::base
