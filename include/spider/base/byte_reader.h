#pragma once
// ByteReader: a bounded cursor with a sticky error; the only way to read bytes from the wire, a
// capture file or the disk.
//
// Every read past the end returns zero (or an empty span), sets failed() and leaves nothing to
// read: a decoder may read a whole header and ask once, and a loop over remaining() ends. The bytes
// belong to the caller and must outlive it. Owned by one thread.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace spider::base {

using Bytes = std::span<const std::uint8_t>;

class ByteReader {
 public:
  constexpr explicit ByteReader(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] constexpr bool failed() const noexcept { return failed_; }
  [[nodiscard]] constexpr std::size_t position() const noexcept { return at_; }
  [[nodiscard]] constexpr std::size_t remaining() const noexcept { return bytes_.size() - at_; }
  [[nodiscard]] constexpr Bytes rest() const noexcept { return bytes_.subspan(at_); }

  constexpr void skip(std::size_t count) noexcept {
    if (take(count)) at_ += count;
  }
  // The next `count` bytes, or an empty span.
  [[nodiscard]] constexpr Bytes bytes(std::size_t count) noexcept {
    if (!take(count)) return {};
    const Bytes out = bytes_.subspan(at_, count);
    at_ += count;
    return out;
  }

  [[nodiscard]] std::uint8_t u8() noexcept { return read<std::uint8_t, false>(); }
  [[nodiscard]] std::uint16_t be16() noexcept { return read<std::uint16_t, true>(); }
  [[nodiscard]] std::uint32_t be32() noexcept { return read<std::uint32_t, true>(); }
  [[nodiscard]] std::uint64_t be64() noexcept { return read<std::uint64_t, true>(); }
  [[nodiscard]] std::uint16_t le16() noexcept { return read<std::uint16_t, false>(); }
  [[nodiscard]] std::uint32_t le32() noexcept { return read<std::uint32_t, false>(); }
  [[nodiscard]] std::uint64_t le64() noexcept { return read<std::uint64_t, false>(); }

  // Unsigned LEB128, at most ten bytes.
  [[nodiscard]] std::uint64_t varint() noexcept {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const std::uint8_t b = u8();
      if (failed_) return 0;
      if (shift == 63 && b > 1) break;
      out |= static_cast<std::uint64_t>(b & 0x7FU) << shift;
      if ((b & 0x80U) == 0) return out;
    }
    fail();
    return 0;
  }
  // Zigzag of a varint.
  [[nodiscard]] std::int64_t svarint() noexcept {
    const std::uint64_t v = varint();
    return static_cast<std::int64_t>(v >> 1U) ^ -static_cast<std::int64_t>(v & 1U);
  }

  // The decoder found the content impossible: same sticky state as a read past the end.
  constexpr void fail() noexcept {
    failed_ = true;
    at_ = bytes_.size();
  }

 private:
  [[nodiscard]] constexpr bool take(std::size_t count) noexcept {
    if (failed_ || count > bytes_.size() - at_) {
      fail();
      return false;
    }
    return true;
  }
  template <class T, bool kBig>
  [[nodiscard]] T read() noexcept {
    if (!take(sizeof(T))) return 0;
    T v;
    std::memcpy(&v, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    static_assert(std::endian::native == std::endian::little);
    if constexpr (kBig && sizeof(T) == 2)
      v = static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(v)));
    if constexpr (kBig && sizeof(T) == 4)
      v = static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(v)));
    if constexpr (kBig && sizeof(T) == 8)
      v = static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(v)));
    return v;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

[[nodiscard]] inline std::string_view as_text(Bytes b) noexcept {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}
[[nodiscard]] inline Bytes as_bytes(std::string_view s) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

}  // namespace spider::base
