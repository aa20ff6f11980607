#pragma once
// ByteBuffer: bytes kept from the wire, counted in the lane's books of memory.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "spider/base/byte_reader.h"

namespace spider::parse {

class ByteBuffer {
 public:
  // `held` counts capacity over all buffers of the lane and outlives this.
  explicit ByteBuffer(std::size_t& held) noexcept : held_(held) {}
  ~ByteBuffer() { held_ -= capacity_; }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;

  void append(base::Bytes bytes) {
    if (bytes.empty()) return;
    if (bytes.size() > capacity_ - size_) grow(size_ + bytes.size());
    std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void clear() noexcept { size_ = 0; }
  void remove_prefix(std::size_t n) noexcept {
    n = std::min(n, size_);
    size_ -= n;
    if (size_ != 0) std::memmove(bytes_.get(), bytes_.get() + n, size_);
  }
  void truncate(std::size_t size) noexcept { size_ = std::min(size_, size); }
  // Empties it; gives the memory back when there is more than `keep` of it.
  void reset(std::size_t keep) noexcept {
    size_ = 0;
    if (capacity_ <= keep) return;
    held_ -= capacity_;
    capacity_ = 0;
    bytes_.reset();
  }

  [[nodiscard]] base::Bytes bytes() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::string_view text() const noexcept { return base::as_text(bytes()); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  void grow(std::size_t needed) {
    const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(needed, 256));
    auto bytes = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    if (size_ != 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    held_ += capacity - capacity_;
    capacity_ = capacity;
  }

  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t& held_;
};

}  // namespace spider::parse
