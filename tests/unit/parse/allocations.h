#pragma once
// How often operator new was called in this test program, and what is not deleted yet, as malloc
// rounds it. Tests of this floor have one thread.

#include <cstddef>
#include <cstdint>

namespace spider::test {
extern std::uint64_t allocations;
extern std::size_t bytes_allocated;
}  // namespace spider::test
