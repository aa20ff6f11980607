#pragma once
// How often operator new was called in this test program. Tests of this floor have one thread.

#include <cstdint>

namespace spider::test {
extern std::uint64_t allocations;
}  // namespace spider::test
