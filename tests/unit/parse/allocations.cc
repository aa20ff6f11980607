#include "unit/parse/allocations.h"

#include <cstdlib>
#include <new>

namespace spider::test {
std::uint64_t allocations = 0;
}  // namespace spider::test

void* operator new(std::size_t bytes) {
  ++spider::test::allocations;
  if (void* at = std::malloc(bytes == 0 ? 1 : bytes)) return at;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
