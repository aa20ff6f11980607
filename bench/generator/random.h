#pragma once
// Random numbers that are the same everywhere: splitmix64, seeded by a plain integer. The
// distributions of the standard library differ between implementations, so there are none here.

#include <cstdint>

namespace spider::bench {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  // Of [low, high].
  [[nodiscard]] std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
    return low + next() % (high - low + 1);
  }
  // True `per_mille` times of a thousand.
  [[nodiscard]] bool chance(std::uint64_t per_mille) noexcept { return next() % 1000 < per_mille; }

 private:
  std::uint64_t state_;
};

}  // namespace spider::bench
