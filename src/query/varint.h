#pragma once
// append_varint(): what base::ByteReader::varint() reads.

#include <cstdint>
#include <string>

namespace spider::query {

inline void append_varint(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7U) out.push_back(static_cast<char>(v | 0x80U));
  out.push_back(static_cast<char>(v));
}

}  // namespace spider::query
