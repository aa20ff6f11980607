#include "unit/parse/allocations.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace spider::test {
std::uint64_t allocations = 0;
std::size_t bytes_allocated = 0;
}  // namespace spider::test

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++spider::test::allocations;
  void* const at = std::malloc(bytes == 0 ? 1 : bytes);
  spider::test::bytes_allocated += at == nullptr ? 0 : malloc_usable_size(at);
  return at;
}
void* operator new(std::size_t bytes) {
  void* const at = operator new(bytes, std::nothrow);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}
void operator delete(void* at) noexcept {
  spider::test::bytes_allocated -= at == nullptr ? 0 : malloc_usable_size(at);
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept { operator delete(at); }
