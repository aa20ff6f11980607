#pragma once
// GuardedBytes: memory whose last byte lies right before a page that may not be touched, so that a
// read past the end of an input crashes in every build, not only under a sanitizer.

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

#include "spider/base/byte_reader.h"

namespace spider::test {

class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t capacity) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    capacity_ = (capacity + page - 1) / page * page;
    mapped_ = capacity_ + page;
    void* at = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) std::abort();
    start_ = static_cast<std::uint8_t*>(at);
    if (mprotect(start_ + capacity_, page, PROT_NONE) != 0) std::abort();
  }
  ~GuardedBytes() { munmap(start_, mapped_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  // A copy of `bytes` that ends at the forbidden page; valid until the next call.
  [[nodiscard]] base::Bytes place(base::Bytes bytes) noexcept {
    if (bytes.size() > capacity_) std::abort();
    std::uint8_t* at = start_ + capacity_ - bytes.size();
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::uint8_t* start_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t mapped_ = 0;
};

}  // namespace spider::test
