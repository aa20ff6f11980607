#pragma once
// Functions that are compiled a second time for registers of 32 bytes (AVX2, with BMI and LZCNT),
// which Debian's baseline does not ask for and nearly every processor has. A function marked
// [[SPIDER_WIDE]] may be called only where has_wide_registers() is true. What it does stands in an
// inline function that both call ([[gnu::always_inline]]), so that there is one text of it.

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace spider::base {

#ifdef __x86_64__
#define SPIDER_WIDE gnu::target("avx2,bmi,bmi2,lzcnt")
// Clang 14's __builtin_cpu_supports() has no name for it.
[[nodiscard]] inline bool has_lzcnt() noexcept {
  constexpr unsigned kExtended = 0x8000'0001U;
  constexpr unsigned kLzcnt = 1U << 5U;  // of ECX
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(kExtended, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kLzcnt) != 0;
}
[[nodiscard]] inline bool has_wide_registers() noexcept {
  static const bool has = __builtin_cpu_supports("avx2") != 0 &&
                          __builtin_cpu_supports("bmi") != 0 &&
                          __builtin_cpu_supports("bmi2") != 0 && has_lzcnt();
  return has;
}
#else
#define SPIDER_WIDE maybe_unused
[[nodiscard]] inline bool has_wide_registers() noexcept { return false; }
#endif

}  // namespace spider::base
