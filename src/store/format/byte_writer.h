#pragma once
// ByteWriter: appends to a string; the mirror of base::ByteReader. Numbers inside values are
// little-endian or varints; numbers in keys are big-endian (keys.h).

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "spider/base/byte_reader.h"

namespace spider::store::format {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) noexcept : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void varint(std::uint64_t v) {
    while (v >= 0x80) {
      u8(static_cast<std::uint8_t>(v | 0x80U));
      v >>= 7U;
    }
    u8(static_cast<std::uint8_t>(v));
  }
  // Zigzag, then varint.
  void svarint(std::int64_t v) {
    varint((static_cast<std::uint64_t>(v) << 1U) ^ static_cast<std::uint64_t>(v >> 63));
  }
  void le64(std::uint64_t v) {
    char raw[8];
    std::memcpy(raw, &v, 8);
    out_.append(raw, 8);
  }
  void bytes(base::Bytes b) { out_.append(base::as_text(b)); }
  void text(std::string_view s) { out_.append(s); }

  [[nodiscard]] std::string& out() noexcept { return out_; }

 private:
  std::string& out_;
};

}  // namespace spider::store::format
