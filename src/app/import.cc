#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "spider/base/codes.h"
#include "spider/capture/codes.h"
#include "spider/pipeline/codes.h"
#include "spider/pipeline/pipeline.h"
#include "spider/store/codes.h"
#include "spider/store/store.h"
#include "spider/store/store_writer.h"

#include "app/books.h"
#include "app/commands.h"
#include "app/known_files.h"
#include "app/open_store.h"
#include "app/remote.h"
#include "app/signals.h"

namespace spider::app {
namespace {

using Clock = std::chrono::steady_clock;

// A line on the terminal that is rewritten at most ten times a second.
class ProgressBar {
 public:
  explicit ProgressBar(std::string file)
      : file_(std::move(file)), shown_(::isatty(STDERR_FILENO) != 0) {}
  ~ProgressBar() {
    if (shown_ && drawn_) fmt::print(stderr, "\r\x1b[K");
  }
  void show(std::uint64_t read, std::uint64_t total) {
    const auto now = Clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    drawn_ = true;
    constexpr double kMiB = 1 << 20;
    if (total == 0) {
      fmt::print(stderr, "\r\x1b[K{}  {:.1f} MiB", file_, static_cast<double>(read) / kMiB);
      return;
    }
    const auto filled = static_cast<int>(30 * read / total);
    fmt::print(stderr, "\r\x1b[K{}  [{:#<{}}{: <{}}] {:3d} %  {:.1f} of {:.1f} MiB", file_, "",
               filled, "", 30 - filled, static_cast<int>(100 * read / total),
               static_cast<double>(read) / kMiB, static_cast<double>(total) / kMiB);
  }

 private:
  std::string file_;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point last_{};
};

// The whisperer that takes the import: the named one, or the first UPLOAD one. Chosen here, so
// that it is the same one with a server and without.
[[nodiscard]] base::Result<model::WhispererConfig> target(const AppConfig& config,
                                                          const std::string& name) {
  std::string known;
  bool captures = false;
  for (const model::WhispererConfig& w : config.whisperers) {
    captures = captures || w.name == name;
    if (w.type != "UPLOAD") continue;
    if (name.empty() || w.name == name) return w;
    known += (known.empty() ? "" : ", ") + w.name;
  }
  const std::string takers =
      known.empty() ? "no whisperer of the configuration does" : "those that do: " + known;
  if (captures || name.empty())
    return base::fail(
        pipeline::codes::import_refused,
        name.empty() ? std::string("No whisperer of the configuration takes imports.")
                     : fmt::format("Whisperer \"{}\" captures by itself and takes no imports; {}.",
                                   name, takers));
  return base::fail(pipeline::codes::whisperer_unknown,
                    fmt::format("There is no whisperer \"{}\" to import into; {}.", name,
                                known.empty() ? "none takes imports" : "there is: " + known));
}

// Prints the books of one file; the exit code it calls for.
[[nodiscard]] int report(const NamedResult& done, bool json) {
  fmt::print("{}", json ? books_json(done) + "\n" : books_text(done));
  if (!done.result.trouble) return kExitOk;
  complain(*done.result.trouble);
  return kExitInput;
}

struct Ask {
  std::string place;  // of the store
  bool json = false;
  bool again = false;
};

// An upload, not `except`, with this content; of the whisperer, or of any when that is empty.
[[nodiscard]] std::optional<SameFile> same_file(const store::Store& store,
                                                const std::string& content, model::SourceId except,
                                                const std::string& whisperer) {
  if (content.empty()) return std::nullopt;
  for (const store::SourceInfo& s : store.sources())
    if (s.id != except && s.upload && s.upload->content == content &&
        (whisperer.empty() || s.name == whisperer))
      return SameFile{static_cast<std::uint32_t>(s.id), s.name, s.upload->file};
  return std::nullopt;
}

// Whether an upload could have the content of this file: one is as long, or nobody knows how long
// it was. Otherwise the file need not be read twice.
[[nodiscard]] bool may_be_known(const store::Store& store, const std::string& file) {
  std::error_code unknown;
  const std::uint64_t bytes = std::filesystem::file_size(file, unknown);
  const auto sources = store.sources();
  return unknown || std::any_of(sources.begin(), sources.end(), [&](const store::SourceInfo& s) {
           return s.upload && !s.upload->content.empty() &&
                  (s.upload->bytes == bytes || s.upload->bytes_known == bytes ||
                   s.upload->bytes_known == 0);
         });
}

[[nodiscard]] int import_one(pipeline::Pipeline& pipeline, const std::string& whisperer,
                             const std::string& file, const store::Store& store, const Ask& ask,
                             bool& stopped) {
  const std::string known = may_be_known(store, file) ? content_of(file) : std::string();
  const auto same = same_file(store, known, {}, ask.again ? "" : whisperer);
  if (same && !ask.again) {
    complain(known_file(file, *same));
    return kExitInput;
  }
  const auto begun = Clock::now();
  base::Result<pipeline::ImportResult> result;
  {
    ProgressBar bar(file);
    result = pipeline.import(
        whisperer, file,
        [&](std::uint64_t read, std::uint64_t total) {
          bar.show(read, total);
          stopped = stopped || wait_signal(std::chrono::milliseconds(0)) == Signal::stop;
          return !stopped;
        },
        known);
  }
  if (!result) {
    complain(result.error());
    const bool the_file = result.error().code.number() / 1000 == 2;  // said by the capture floor
    return the_file ? kExitInput : kExitFailed;
  }
  const std::chrono::duration<double> seconds = Clock::now() - begun;
  const auto as = same_file(store, known, result->upload, "");
  return report(
      {file, std::move(*result), seconds.count(), whisperer, "the store " + ask.place, as},
      ask.json);
}

}  // namespace

int import_files(const AppConfig& config, const ImportArguments& arguments) {
  block_signals();
  const auto chosen = target(config, arguments.whisperer);
  if (!chosen) {
    complain(chosen.error());
    return kExitUsage;
  }
  const model::WhispererConfig& whisperer = *chosen;
  auto store = open_store(config.store);
  if (!store && store.error().code == store::codes::store_locked) {
    if (const auto server = server_of(config.store.path))
      return import_through(*server, whisperer.name, arguments);
  }
  if (!store) {
    complain(store.error());
    return exit_of_opening(store.error());
  }
  pipeline::Pipeline pipeline(
      {config.pipeline, config.capture, config.reassembly, config.parse, config.store.commit_ms},
      **store);
  pipeline.start();
  if (const auto added = pipeline.add_whisperer(whisperer); !added) {
    complain(added.error());
    return kExitFailed;
  }
  int exit_code = kExitOk;
  bool stopped = false;
  for (const std::string& file : arguments.files) {
    const int code = import_one(pipeline, whisperer.name, file, **store,
                                {config.store.path, arguments.json, arguments.again}, stopped);
    if (exit_code == kExitOk || code == kExitFailed) exit_code = code;
    if (stopped) break;
  }
  pipeline.stop();
  if (const auto flushed = (*store)->writer().flush(); !flushed) {
    complain(flushed.error());
    return kExitFailed;
  }
  return exit_code;
}

}  // namespace spider::app
