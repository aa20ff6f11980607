#pragma once
// Ticks: a pcapng interface's clock. Resolution is any power of ten or of two (if_tsresol), the
// origin is shifted by whole seconds (if_tsoffset); the result saturates, since a file may hold any
// number.

#include <cstdint>
#include <limits>

#include "spider/base/time.h"

namespace spider::capture {

class Ticks {
 public:
  // `resolution` is the option's byte: 6 is microseconds, 9 nanoseconds, 0x80 | n is 2^-n seconds.
  constexpr explicit Ticks(std::uint8_t resolution = 6, std::int64_t offset_s = 0) noexcept {
    const unsigned exponent = resolution & 0x7FU;
    if ((resolution & 0x80U) != 0) {
      multiply_ = 1'000'000'000;
      shift_ = exponent;
    } else if (exponent <= 9) {
      for (unsigned i = exponent; i < 9; ++i) multiply_ *= 10;
    } else {
      // Beyond 10^-28 a tick is so short that no count reaches a nanosecond.
      constexpr unsigned kMost = 19;
      never_ = exponent - 9 > kMost;
      for (unsigned i = 9; i < exponent && !never_; ++i) divide_ *= 10;
    }
    if (__builtin_mul_overflow(offset_s, std::int64_t{1'000'000'000}, &offset_ns_))
      offset_ns_ = offset_s > 0 ? kLatest : -kLatest;
  }

  [[nodiscard]] constexpr base::Time at(std::uint64_t ticks) const noexcept {
    if (never_) return {offset_ns_};
    __extension__ unsigned __int128 wide = ticks;
    wide = wide * multiply_ >> shift_;
    if (divide_ != 1) wide /= divide_;
    std::int64_t ns =
        wide > static_cast<std::uint64_t>(kLatest) ? kLatest : static_cast<std::int64_t>(wide);
    if (__builtin_add_overflow(ns, offset_ns_, &ns) || ns > kLatest) ns = kLatest;
    return {ns < -kLatest ? -kLatest : ns};
  }

 private:
  // A little inside the type's range, so that rounding to minutes stays in it.
  static constexpr std::int64_t kLatest =
      std::numeric_limits<std::int64_t>::max() - 120'000'000'000;

  std::uint64_t multiply_ = 1;
  std::uint64_t divide_ = 1;
  unsigned shift_ = 0;
  bool never_ = false;
  std::int64_t offset_ns_ = 0;
};

}  // namespace spider::capture
