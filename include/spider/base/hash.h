#pragma once
// Hashes of bytes and numbers for tables in memory. Not stored, not for secrets: whoever chooses
// the bytes can choose the hash, so nothing may depend on it but speed and what a decision record
// allows. Any thread.

#include <cstdint>
#include <cstring>

#include "spider/base/byte_reader.h"

namespace spider::base {

inline constexpr std::uint64_t kHashSeed = 0x9E37'79B9'7F4A'7C15U;

// Multiply-and-fold: every bit of both numbers reaches every bit of the result.
[[nodiscard]] constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ kHashSeed) * (b ^ 0xD6E8'FEB8'6659'FD93U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

[[nodiscard]] inline std::uint64_t hash_bytes(Bytes bytes, std::uint64_t seed) noexcept {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  const auto load = [](const std::uint8_t* from) {
    std::uint64_t v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  };
  std::uint64_t a = fold(seed, bytes.size());
  if (left >= 64) {
    // Four chains that do not wait for each other.
    std::uint64_t b = a + 1;
    std::uint64_t c = a + 2;
    std::uint64_t d = a + 3;
    for (; left >= 64; left -= 64, at += 64) {
      a = fold(load(at) ^ a, load(at + 8));
      b = fold(load(at + 16) ^ b, load(at + 24));
      c = fold(load(at + 32) ^ c, load(at + 40));
      d = fold(load(at + 48) ^ d, load(at + 56));
    }
    a = fold(fold(a, b), fold(c, d));
  }
  for (; left >= 16; left -= 16, at += 16) a = fold(load(at) ^ a, load(at + 8));
  std::uint8_t tail[16] = {};
  if (left > 0) std::memcpy(tail, at, left);
  return fold(load(tail) ^ a, load(tail + 8));
}

// The same for bytes by the packet, by whatever the processor does that best: the value may differ
// from machine to machine, never within a process.
[[nodiscard]] std::uint64_t hash_payload(Bytes bytes, std::uint64_t seed) noexcept;

}  // namespace spider::base
