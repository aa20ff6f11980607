#pragma once
// Functions that are compiled a second time for registers of 32 bytes (AVX2, with BMI and LZCNT),
// which Debian's baseline does not ask for and nearly every processor has. A function marked
// [[SPIDER_WIDE]] may be called only where has_wide_registers() is true. What it does stands in an
// inline function that both call ([[gnu::always_inline]]), so that there is one text of it.

namespace spider::base {

#ifdef __x86_64__
#define SPIDER_WIDE gnu::target("avx2,bmi,bmi2,lzcnt")
[[nodiscard]] inline bool has_wide_registers() noexcept {
  static const bool has =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
      __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("lzcnt") != 0;
  return has;
}
#else
#define SPIDER_WIDE maybe_unused
[[nodiscard]] inline bool has_wide_registers() noexcept { return false; }
#endif

}  // namespace spider::base
