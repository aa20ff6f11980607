#include "pipeline/fed_import.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "spider/pipeline/codes.h"

namespace spider::pipeline {
namespace {
// A larger pipe means fewer switches between the two threads; the kernel's default limit allows it.
constexpr int kPipeBytes = 1 << 20;
constexpr int kLookEveryMs = 50;  // whether the import was cancelled
}  // namespace

base::Result<std::unique_ptr<model::Import>> FedImport::start(std::shared_ptr<ImportGate> gate,
                                                              WhispererThread& target,
                                                              const std::string& name,
                                                              std::uint64_t bytes_known) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return base::fail(codes::import_failed,
                      fmt::format("{}: no pipe can be made: {}.", name, std::strerror(errno)));
  (void)::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  // The writer's end only: the reader opens the pipe anew, by its path.
  (void)::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  return std::unique_ptr<model::Import>(
      new FedImport(std::move(gate), target, name, bytes_known, ends[0], ends[1]));
}

FedImport::FedImport(std::shared_ptr<ImportGate> gate, WhispererThread& target, std::string name,
                     std::uint64_t bytes_known, int read_end, int write_end)
    : name_(std::move(name)),
      bytes_known_(bytes_known),
      path_(fmt::format("/proc/self/fd/{}", read_end)),
      read_end_(read_end),
      write_end_(write_end),
      thread_("import-" + target.name(),
              [this, the_gate = std::move(gate), &target](const std::stop_token&) {
                target.standing().serve_files();
                read(*the_gate, target);
                // Whoever still feeds gets EPIPE instead of waiting for a reader that is gone.
                ::close(std::exchange(read_end_, -1));
              }) {}

FedImport::~FedImport() {
  cancel();
  thread_.join();
}

void FedImport::read(ImportGate& gate, WhispererThread& target) {
  const ImportGate::Pass pass(gate, [this] { cancel(); });
  if (pass) {
    ImportFile file;
    file.path = path_;
    file.name = name_;
    file.bytes_known = bytes_known_;
    file.was_cut = [this] { return !whole_.load(); };
    file.given_up = [this] { return cancelled_.load(); };
    file.cancel = [this] { cancel(); };
    file.content = [this] { return whole_.load() ? content_.value() : std::string(); };
    result_ = target.import(file);
  } else {
    result_ = base::fail(codes::import_interrupted, fmt::format("{}: nothing was read.", name_));
  }
}

void FedImport::cancel() {
  const std::lock_guard<std::mutex> lock(mutex_);
  cancelled_ = true;
  if (!feeding_) close_write_end();
}

void FedImport::close_write_end() noexcept {
  if (write_end_ >= 0) ::close(std::exchange(write_end_, -1));
}

base::Result<void> FedImport::feed(base::Bytes bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    feeding_ = write_end_ >= 0;
    if (!feeding_)
      return base::fail(codes::import_interrupted,
                        fmt::format("{} was not read to its end.", name_));
  }
  content_.add(bytes);
  const auto written = write_all(bytes);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    feeding_ = false;
    if (cancelled_) close_write_end();
  }
  if (written) return {};
  if (cancelled_) return written;
  // The reader is gone: it has an Error, or the file went on behind its end.
  auto ended = finish();
  if (!ended) return tl::unexpected(ended.error());
  if (ended->trouble) return tl::unexpected(*ended->trouble);
  return written;
}

// Waits for room in the pipe a little at a time, so that a cancelled import ends soon.
base::Result<void> FedImport::write_all(base::Bytes bytes) {
  while (!bytes.empty()) {
    if (cancelled_)
      return base::fail(codes::import_interrupted,
                        fmt::format("{} was not read to its end.", name_));
    const ssize_t wrote = ::write(write_end_, bytes.data(), bytes.size());
    if (wrote > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN) {
      pollfd room{write_end_, POLLOUT, 0};
      (void)::poll(&room, 1, kLookEveryMs);
    } else if (errno != EINTR) {
      return base::fail(codes::import_failed,
                        fmt::format("{}: the reader stopped before the end of the file.", name_));
    }
  }
  return {};
}

base::Result<model::ImportResult> FedImport::finish() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!cancelled_) whole_ = true;
    close_write_end();
  }
  thread_.join();
  if (!result_)
    return base::fail(codes::import_failed, fmt::format("{}: the import did not run.", name_));
  return *result_;
}

}  // namespace spider::pipeline
