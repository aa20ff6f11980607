// FileSource: a capture file as a PacketSource.

#include <fmt/format.h>

#include "spider/capture/codes.h"
#include "spider/capture/packet_source.h"

#include "capture/filter.h"
#include "capture/input_buffer.h"
#include "capture/intake.h"
#include "capture/record_reader.h"

namespace spider::capture {
namespace {

using model::Quality;

class FileSource final : public PacketSource {
 public:
  FileSource(std::unique_ptr<InputBuffer> input, Filter filter, const CaptureConfig& config,
             bool skip_empty)
      : input_(std::move(input)), filter_(std::move(filter)), intake_(config, skip_empty) {}

  // For a regular file: reads the header, so that open_file() can refuse what is not a capture.
  base::Result<void> start() {
    OpenedReader opened = open_reader(input_);
    if (opened.outcome == ReadOutcome::failed) return tl::unexpected(std::move(opened.error));
    reader_ = std::move(opened.reader);
    return {};
  }
  [[nodiscard]] bool may_wait() const noexcept { return input_->file().may_wait(); }

  base::Result<PollOutcome> poll(model::PacketSink& sink, model::QualityLog& quality) override {
    if (over_) return PollOutcome::end;
    if (reader_ == nullptr) {
      const base::Result<void> started = start();
      if (!started) {
        over_ = true;
        return tl::unexpected(started.error());
      }
      if (reader_ == nullptr) return PollOutcome::idle;
    }
    constexpr unsigned kBurst = 1'024;
    RawPacket raw;
    for (unsigned i = 0; i < kBurst; ++i) {
      const ReadOutcome outcome = reader_->next(raw);
      if (outcome != ReadOutcome::packet) [[unlikely]] {
        intake_.expire(quality);
        return settle(outcome, i, quality);
      }
      if (filter_.matches(raw)) {
        intake_.take(raw, sink, quality);
      } else {
        intake_.leave_out(raw, quality);
      }
    }
    intake_.expire(quality);
    return PollOutcome::packets;
  }

  void finish(model::QualityLog& quality) override { intake_.finish(quality); }

  base::Time clock() const noexcept override { return intake_.last_time(); }
  std::uint64_t bytes_read() const noexcept override { return file().bytes_read(); }
  std::uint64_t bytes_total() const noexcept override { return file().bytes_total(); }
  std::string content() override {
    return reader_ != nullptr ? reader_->content() : input_->content();
  }

 private:
  [[nodiscard]] const InputFile& file() const noexcept {
    return reader_ != nullptr ? reader_->input().file() : input_->file();
  }

  base::Result<PollOutcome> settle(ReadOutcome outcome, unsigned given,
                                   model::QualityLog& quality) {
    if (outcome == ReadOutcome::wait) return given > 0 ? PollOutcome::packets : PollOutcome::idle;
    over_ = true;
    finish(quality);
    if (outcome == ReadOutcome::end) return PollOutcome::end;
    base::Error error = reader_->error();
    if (reader_->truncated()) {
      // The books go by packet time, and none is known before the first packet: then the result of
      // the import alone tells it, as it does of a file whose header cannot be read.
      if (clock() == base::Time::min())
        error.detail += " No packet came before, so the books of no minute tell of it.";
      else
        quality.add(clock(), Quality::import_truncated);
    }
    return tl::unexpected(std::move(error));
  }

  std::unique_ptr<InputBuffer> input_;  // until the reader is made
  std::unique_ptr<RecordReader> reader_;
  Filter filter_;
  Intake intake_;
  bool over_ = false;
};

}  // namespace

base::Result<std::unique_ptr<PacketSource>> open_file(const std::string& path,
                                                      std::string_view filter,
                                                      const CaptureConfig& config, bool skip_empty,
                                                      bool hash_content) {
  SPIDER_TRY_LET(compiled, Filter::make(std::string(filter)));
  SPIDER_TRY_LET(file, InputFile::open(path));
  if (hash_content) file->hash_content();
  auto source = std::make_unique<FileSource>(std::make_unique<InputBuffer>(std::move(file)),
                                             std::move(compiled), config, skip_empty);
  // A pipe may have nothing yet; its first bytes are judged by poll().
  if (!source->may_wait()) SPIDER_TRY(source->start());
  return source;
}

}  // namespace spider::capture
