#include "capture/input_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "spider/capture/codes.h"

namespace spider::capture {
namespace {

constexpr std::size_t kRawBytes = 256U << 10U;
constexpr std::size_t kMagicBytes = 4;
constexpr int kWaitMs = 100;

std::string reason() { return std::generic_category().message(errno); }

}  // namespace

// One of the two decompressors; both are fed from raw_ and write into the caller's room.
struct InputFile::Inflater {
  z_stream zlib{};
  ZSTD_DStream* zstd = nullptr;
  bool inside = false;  // within a gzip member or zstd frame
  bool over = false;    // what follows the last member is not compressed data

  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (zstd != nullptr) {
      ZSTD_freeDStream(zstd);
    } else {
      inflateEnd(&zlib);
    }
  }
  // Returns null, or the words of an error. Moves `in` and `out` on.
  const char* step_gzip(std::span<const std::uint8_t>& in, std::span<std::uint8_t>& out);
  const char* step_zstd(std::span<const std::uint8_t>& in, std::span<std::uint8_t>& out);
};

const char* InputFile::Inflater::step_gzip(std::span<const std::uint8_t>& in,
                                           std::span<std::uint8_t>& out) {
  if (!inside) {
    // Members may follow one another; anything else behind the last one is padding.
    if (in.front() != 0x1F) {
      over = true;
      return nullptr;
    }
    if (inflateReset(&zlib) != Z_OK) return "zlib refuses to start";
    inside = true;
  }
  zlib.next_in = const_cast<Bytef*>(in.data());
  zlib.avail_in = static_cast<uInt>(in.size());
  zlib.next_out = out.data();
  zlib.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&zlib, Z_NO_FLUSH);
  in = in.subspan(in.size() - zlib.avail_in);
  out = out.subspan(out.size() - zlib.avail_out);
  if (status == Z_STREAM_END) inside = false;
  if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR) return nullptr;
  return zlib.msg != nullptr ? zlib.msg : "the data cannot be inflated";
}

const char* InputFile::Inflater::step_zstd(std::span<const std::uint8_t>& in,
                                           std::span<std::uint8_t>& out) {
  ZSTD_inBuffer source{in.data(), in.size(), 0};
  ZSTD_outBuffer target{out.data(), out.size(), 0};
  const std::size_t status = ZSTD_decompressStream(zstd, &target, &source);
  in = in.subspan(source.pos);
  out = out.subspan(target.pos);
  if (ZSTD_isError(status) != 0) return ZSTD_getErrorName(status);
  inside = status != 0;
  return nullptr;
}

InputFile::InputFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
  struct stat info {};
  if (fstat(fd_, &info) == 0 && S_ISREG(info.st_mode)) {
    regular_ = true;
    raw_total_ = static_cast<std::uint64_t>(info.st_size);
    posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
}

InputFile::~InputFile() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

base::Result<std::unique_ptr<InputFile>> InputFile::open(const std::string& path) {
  if (path == "-") return std::unique_ptr<InputFile>(new InputFile(STDIN_FILENO, "standard input"));
  // Non-blocking, since opening a named pipe otherwise waits for its writer without end.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int why = errno;
    std::string detail = fmt::format("{} cannot be opened: {}.", path, reason());
    if (why == EACCES) detail += " Give the user that runs spider the right to read it.";
    return base::fail(codes::file_unreadable, std::move(detail));
  }
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return base::fail(codes::file_unreadable,
                      fmt::format("{} is a folder; name a capture file in it.", path));
  }
  return std::unique_ptr<InputFile>(new InputFile(fd, path));
}

InputFile::Outcome InputFile::fail(base::Code code, std::string detail) {
  error_ = {code, std::move(detail)};
  return {Status::failed, 0};
}

InputFile::Outcome InputFile::read_raw(std::span<std::uint8_t> room) {
  if (!regular_) {
    pollfd waiting{fd_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kWaitMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return {Status::wait, 0};
  }
  for (;;) {
    const ssize_t got = ::read(fd_, room.data(), room.size());
    if (got > 0) {
      raw_read_ += static_cast<std::uint64_t>(got);
      if (hash_) hash_->add(room.first(static_cast<std::size_t>(got)));
      return {Status::ok, static_cast<std::size_t>(got)};
    }
    if (got == 0) return {Status::end, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {Status::wait, 0};
    return fail(codes::file_unreadable,
                fmt::format("{} cannot be read behind byte {}: {}.", name_, raw_read_, reason()));
  }
}

void InputFile::hash_content() {
  if (regular_) hash_.emplace();
}

// Padding behind compressed data, and what lies behind damage, was not read.
std::string InputFile::content() {
  if (!hash_) return {};
  const auto room = std::make_unique_for_overwrite<std::uint8_t[]>(kRawBytes);
  Outcome got;
  do {
    got = read_raw({room.get(), kRawBytes});
  } while (got.status == Status::ok);
  return got.status == Status::end ? hash_->value() : std::string();
}

InputFile::Status InputFile::detect() {
  if (raw_ == nullptr) raw_ = std::make_unique<std::uint8_t[]>(kRawBytes);
  while (raw_end_ < kMagicBytes && !raw_over_) {
    const Outcome got = read_raw({raw_.get() + raw_end_, kRawBytes - raw_end_});
    if (got.status == Status::end)
      raw_over_ = true;
    else if (got.status != Status::ok)
      return got.status;
    raw_end_ += got.bytes;
  }
  const std::uint8_t* m = raw_.get();
  if (raw_end_ >= 3 && m[0] == 0x1F && m[1] == 0x8B && m[2] == 8) {
    coding_ = Coding::gzip;
    inflater_ = std::make_unique<Inflater>();
    constexpr int kGzipWindow = 16 + MAX_WBITS;
    if (inflateInit2(&inflater_->zlib, kGzipWindow) != Z_OK)
      return fail(codes::file_unreadable, "zlib cannot be started.").status;
  } else if (raw_end_ >= 4 && m[1] == 0xB5 && m[2] == 0x2F && m[3] == 0xFD && m[0] == 0x28) {
    coding_ = Coding::zstd;
    inflater_ = std::make_unique<Inflater>();
    inflater_->zstd = ZSTD_createDStream();
    if (inflater_->zstd == nullptr)
      return fail(codes::file_unreadable, "zstd cannot be started.").status;
  } else {
    coding_ = Coding::plain;
  }
  return Status::ok;
}

InputFile::Outcome InputFile::read_coded(std::span<std::uint8_t> room) {
  std::span<std::uint8_t> left = room;
  while (left.size() == room.size()) {
    if (inflater_->over) {
      if (regular_) return {Status::end, 0};
      raw_at_ = raw_end_;  // whoever fills a pipe is heard to its end
    }
    if (raw_at_ == raw_end_) {
      if (raw_over_) return {inflater_->inside ? Status::truncated : Status::end, 0};
      const Outcome got = read_raw({raw_.get(), kRawBytes});
      raw_at_ = 0;
      raw_end_ = got.bytes;
      if (got.status == Status::end)
        raw_over_ = true;
      else if (got.status != Status::ok)
        return got;
      continue;
    }
    std::span<const std::uint8_t> in(raw_.get() + raw_at_, raw_end_ - raw_at_);
    const char* problem =
        coding_ == Coding::gzip ? inflater_->step_gzip(in, left) : inflater_->step_zstd(in, left);
    raw_at_ = raw_end_ - in.size();
    if (problem != nullptr)
      return fail(
          codes::file_corrupt,
          fmt::format("{}: the {} data is damaged near byte {}: {}. Compress the capture again "
                      "from its source; what came before was read.",
                      name_, coding_ == Coding::gzip ? "gzip" : "zstd",
                      raw_read_ - (raw_end_ - raw_at_), problem));
  }
  return {Status::ok, room.size() - left.size()};
}

InputFile::Outcome InputFile::read(std::span<std::uint8_t> room) {
  if (coding_ == Coding::unknown) {
    const Status detected = detect();
    if (detected != Status::ok) return {detected, 0};
  }
  if (coding_ != Coding::plain) return read_coded(room);
  if (raw_at_ < raw_end_) {  // the bytes that detect() has read
    const std::size_t count = std::min(room.size(), raw_end_ - raw_at_);
    std::memcpy(room.data(), raw_.get() + raw_at_, count);
    raw_at_ += count;
    if (raw_at_ == raw_end_) raw_.reset();
    return {Status::ok, count};
  }
  if (raw_over_) return {Status::end, 0};
  return read_raw(room);
}

}  // namespace spider::capture
