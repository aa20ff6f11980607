#pragma once
// InputBuffer: a window over an InputFile in which a whole record lies contiguously.
//
// need(n) makes n bytes visible; take(n) passes over them. Reading is a few large system calls; the
// same memory is filled again and again, small enough to stay in the cache.

#include <cstdint>
#include <cstring>
#include <memory>

#include "spider/base/byte_reader.h"

#include "capture/input_file.h"

namespace spider::capture {

class InputBuffer {
 public:
  using Status = InputFile::Status;

  // The most that need() can be asked for.
  static constexpr std::size_t kRecordMax = 1U << 20U;

  explicit InputBuffer(std::unique_ptr<InputFile> file)
      : file_(std::move(file)), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kCapacity)) {}

  // ok: at least `count` bytes are visible. Anything else: fewer are, and will stay so unless the
  // status is wait.
  [[nodiscard]] Status need(std::size_t count) {
    return visible() >= count ? Status::ok : fill(count);
  }
  [[nodiscard]] std::size_t visible() const noexcept { return end_ - begin_; }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.get() + begin_; }
  [[nodiscard]] base::Bytes view(std::size_t count) const noexcept { return {data(), count}; }
  void take(std::size_t count) noexcept {
    begin_ += count;
    offset_ += count;
  }
  // The record behind: its header and those of its frame are the first that is looked at, and the
  // processor cannot guess where they lie.
  void fetch_ahead() const noexcept {
    __builtin_prefetch(data());
    __builtin_prefetch(data() + 64);
  }
  // Passes over more than may lie in the buffer; call again after wait.
  [[nodiscard]] Status skip(std::uint64_t& count) {
    while (count > 0) {
      if (visible() == 0) {
        const Status status = fill(1);
        if (status != Status::ok) return status;
      }
      const std::size_t some = visible() < count ? visible() : static_cast<std::size_t>(count);
      take(some);
      count -= some;
    }
    return Status::ok;
  }

  // Of the first visible byte, in the decompressed data.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] const InputFile& file() const noexcept { return *file_; }
  // See InputFile; nothing more is read through this buffer.
  [[nodiscard]] std::string content() { return file_->content(); }

 private:
  static constexpr std::size_t kReadBytes = 64U << 10U;
  static constexpr std::size_t kCapacity = kRecordMax + kReadBytes;

  [[nodiscard]] Status fill(std::size_t count) {
    if (begin_ == end_) {
      begin_ = end_ = 0;
    } else if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    while (end_ < count) {
      const InputFile::Outcome got = file_->read({bytes_.get() + end_, kReadBytes});
      if (got.status != Status::ok) return got.status;
      end_ += got.bytes;
    }
    return Status::ok;
  }

  std::unique_ptr<InputFile> file_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace spider::capture
