#include "store/format/seal.h"

// The functions are compiled into this file: no other version of the library can be picked up.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace spider::store::format {

std::array<char, kSealBytes> seal_of(std::uint8_t family, std::string_view key,
                                     std::string_view value) noexcept {
  const std::uint64_t place = XXH3_64bits_withSeed(key.data(), key.size(), family);
  const std::uint64_t hash = XXH3_64bits_withSeed(value.data(), value.size(), place);
  std::array<char, kSealBytes> out{};
  for (std::size_t i = 0; i < kSealBytes; ++i) out[i] = static_cast<char>(hash >> (8 * i) & 0xFFU);
  return out;
}

ValueState take_seal(std::uint8_t family, std::string_view key, std::string_view& stored) noexcept {
  if (stored.size() < 2) return ValueState::corrupt;
  const auto version = static_cast<std::uint8_t>(stored[0]);
  const auto compat = static_cast<std::uint8_t>(stored[1]);
  // Values before the seal say that version 1 can read them; no change of one byte makes a sealed
  // value say so and an old version.
  if (version < kSealedFrom)
    return version != 0 && compat == 1 ? ValueState::ok : ValueState::corrupt;
  if (stored.size() < 2 + kSealBytes) return ValueState::corrupt;
  const std::string_view value = stored.substr(0, stored.size() - kSealBytes);
  const auto seal = seal_of(family, key, value);
  if (stored.substr(value.size()) != std::string_view(seal.data(), seal.size()))
    return ValueState::corrupt;
  stored = value;
  return ValueState::ok;
}

}  // namespace spider::store::format
