#pragma once
// Asking for memory before it is needed. Hints: no effect but on time, wherever they point.

#include <cstddef>

namespace spider::base {

inline constexpr std::size_t kCacheLine = 64;  // bytes

// Of memory that is about to be read, or written where nobody else looks.
inline void prefetch(const void* at, std::size_t bytes) noexcept {
  const char* const from = static_cast<const char*>(at);
  for (std::size_t line = 0; line < bytes; line += kCacheLine) __builtin_prefetch(from + line);
}

// Of memory that is about to be written and that another processor has just read: it has to give
// the lines up first. PREFETCHW is part of x86-64 as every system asks for it; a processor that
// does not know it does nothing.
inline void prefetch_to_write(const void* at, std::size_t bytes) noexcept {
  const char* const from = static_cast<const char*>(at);
  for (std::size_t line = 0; line < bytes; line += kCacheLine) {
#ifdef __x86_64__
    __asm__ volatile("prefetchw %0" : : "m"(from[line]));
#else
    __builtin_prefetch(from + line, 1);
#endif
  }
}

}  // namespace spider::base
