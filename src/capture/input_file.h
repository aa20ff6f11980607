#pragma once
// InputFile: the bytes of a capture file or of standard input, gzip and zstd taken off by their
// magic bytes. Reads in large pieces; a pipe that has nothing says `wait` instead of blocking for
// long.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "spider/base/content_hash.h"
#include "spider/base/result.h"

namespace spider::capture {

class InputFile {
 public:
  enum class Status : std::uint8_t {
    ok,
    wait,       // a pipe had nothing within the time-out
    end,        // nothing more
    truncated,  // the compressed data ends inside a frame
    failed,     // error() says why
  };
  struct Outcome {
    Status status = Status::ok;
    std::size_t bytes = 0;
  };

  // "-" is standard input.
  [[nodiscard]] static base::Result<std::unique_ptr<InputFile>> open(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // Before the first read(): what is read of a regular file is hashed as it comes.
  void hash_content();
  // base::ContentHash of all of the file; reads what was not read yet. Empty unless it is hashed
  // and can be read to its end.
  [[nodiscard]] std::string content();

  // Fills some of `room`, which is not empty.
  [[nodiscard]] Outcome read(std::span<std::uint8_t> room);
  [[nodiscard]] const base::Error& error() const noexcept { return error_; }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }  // for messages
  [[nodiscard]] bool may_wait() const noexcept { return !regular_; }
  [[nodiscard]] bool compressed() const noexcept { return coding_ != Coding::plain; }
  // Of the file itself, before decompression; total is 0 when not known.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return raw_read_; }
  [[nodiscard]] std::uint64_t bytes_total() const noexcept { return raw_total_; }

 private:
  enum class Coding : std::uint8_t { unknown, plain, gzip, zstd };
  struct Inflater;

  InputFile(int fd, std::string name);
  [[nodiscard]] Outcome read_raw(std::span<std::uint8_t> room);
  // Reads the first bytes and decides on the coding.
  [[nodiscard]] Status detect();
  [[nodiscard]] Outcome read_coded(std::span<std::uint8_t> room);
  [[nodiscard]] Outcome fail(base::Code code, std::string detail);

  int fd_;
  std::string name_;
  bool regular_ = false;
  std::uint64_t raw_read_ = 0;
  std::uint64_t raw_total_ = 0;
  std::optional<base::ContentHash> hash_;  // of what was read
  Coding coding_ = Coding::unknown;
  // What was read and not yet given: the magic of a plain file, or compressed bytes.
  std::unique_ptr<std::uint8_t[]> raw_;
  std::size_t raw_at_ = 0;
  std::size_t raw_end_ = 0;
  bool raw_over_ = false;
  std::unique_ptr<Inflater> inflater_;
  base::Error error_;
};

}  // namespace spider::capture
