#pragma once
// Seal: the last four bytes of every stored value, a checksum of the family, the key and the value
// before it. So a flipped bit, a value cut short and a value that lies under another record's key
// all show as damage, before a byte of it is believed. Values of formats 1 and 2 have none.
//
// It guards against accidents, not against somebody who can write to the store and reckon.

#include <array>
#include <cstdint>
#include <string_view>

#include "store/format/fields.h"

namespace spider::store::format {

inline constexpr std::size_t kSealBytes = 4;
inline constexpr std::uint8_t kSealedFrom = 3;  // the first version of values that have one

[[nodiscard]] std::array<char, kSealBytes> seal_of(std::uint8_t family, std::string_view key,
                                                   std::string_view value) noexcept;

// Checks the seal and takes it off `stored`, which is a whole value as the disk has it.
[[nodiscard]] ValueState take_seal(std::uint8_t family, std::string_view key,
                                   std::string_view& stored) noexcept;

}  // namespace spider::store::format
