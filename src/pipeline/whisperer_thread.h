#pragma once
// WhispererThread: one whisperer's capture thread: opens its source, reads until it ends or is
// asked to stop, opens it again when it vanished, is held or takes another configuration. INTERFACE
// and FILE whisperers have one. It works in rounds: one configuration, held or not, each. With
// `threads` above 1 it opens the interface as often, starts a helper for each source but the first,
// and waits for them before it opens again: each has a run, and so flows and numbers, of its own.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "spider/base/thread.h"
#include "spider/capture/packet_source.h"
#include "spider/pipeline/pipeline.h"

#include "pipeline/run.h"
#include "pipeline/standing.h"
#include "pipeline/uploads.h"

namespace spider::pipeline {

// What the threads of a pipeline share: how a run is begun, and the settings.
class RunFactory {
 public:
  virtual ~RunFactory() = default;
  // A run with rings to every shard, adopted by all of them.
  virtual std::shared_ptr<Run> begin(const model::WhispererConfig& whisperer,
                                     model::SourceId source, bool live) = 0;
  // Its last record is stored: wait_done() has returned.
  virtual void end(const Run& run) = 0;
  [[nodiscard]] virtual Uploads& uploads() noexcept = 0;
  [[nodiscard]] virtual const Standing& standing() const noexcept = 0;
  [[nodiscard]] virtual const PipelineSettings& settings() const noexcept = 0;
  [[nodiscard]] virtual store::Store& store() noexcept = 0;
};

// Tells at the source's end whether more should have come.
using WasCut = std::function<bool()>;

// A file that is to be imported.
struct ImportFile {
  std::string path;               // to open; "-": standard input
  std::string name;               // as people know it
  std::uint64_t bytes_known = 0;  // 0: nobody knows
  Pipeline::Progress progress;
  WasCut was_cut;
  std::function<bool()> given_up;  // its sender went away, or Spider stops
  std::function<void()> cancel;    // wakes a reader that waits for bytes, for good
  // Asked at the end: base::ContentHash of all of it, if known. Null: it is made while `path` is
  // read.
  std::function<std::string()> content;
};

// Reads `source` to its end into a run; the run is over and durable on return.
[[nodiscard]] base::Result<ImportResult> read_to_end(capture::PacketSource& source, Run& run,
                                                     const Standing& standing,
                                                     const Pipeline::Progress& progress,
                                                     const WasCut& was_cut = {});

class WhispererThread {
 public:
  WhispererThread(RunFactory& runs, const model::WhispererConfig& config, model::SourceId source);

  void start();
  // Another configuration of the same name and type. A live capture opens again with it at once; a
  // file under way is read to its end with the old one.
  void change(const model::WhispererConfig& config);
  // Stopped by hand, or no longer: captures end, what was read is stored, imports are refused.
  void hold(bool held);
  [[nodiscard]] bool held() const;
  // Waits until one that is stopped by hand has stored what it captured before; false when that
  // takes longer. One that is not stopped is not waited for.
  [[nodiscard]] bool wait_for_rest(std::chrono::milliseconds longest);
  void request_stop() noexcept { thread_.request_stop(); }
  void join() { thread_.join(); }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // How its reading thread stands to others.
  [[nodiscard]] const Standing& standing() const noexcept { return runs_.standing(); }
  [[nodiscard]] WhispererStatus status() const;
  [[nodiscard]] WhispererMeter meter() const;
  // Keeps imports from beginning while it is held; it owns nothing when one is under way. Uploads
  // are not meant.
  [[nodiscard]] std::unique_lock<std::mutex> hold_imports() {
    return std::unique_lock<std::mutex>(importing_, std::try_to_lock);
  }
  // Of an UPLOAD whisperer each import is an upload with a source of its own, and several may be
  // under way; into any other one at a time goes.
  [[nodiscard]] base::Result<ImportResult> import(const ImportFile& file);

 private:
  void run(const std::stop_token& stop);
  // The round's configuration is in force from here on; false when it is held.
  bool begin_round(std::stop_source& round);
  void end_round();
  void wait_for_change(const std::stop_token& stop);
  // What is said at once of whisperers that read files. False: it does not compile.
  bool check_filter();
  [[nodiscard]] model::WhispererConfig config() const;
  void capture_live(const std::stop_token& stop);
  // True when opening again may help.
  bool capture_once(const std::stop_token& stop);
  base::Result<void> pump_live(const std::stop_token& stop, capture::PacketSource& source,
                               Run& run);
  void read_files(const std::stop_token& stop);
  // False: it was stopped within.
  [[nodiscard]] bool read_file(const std::stop_token& stop, const std::string& path,
                               bool others_may_come);
  void set_state(WhispererState state, std::string reason = {});
  // What is saved from here on, for whoever asks later why something is not there.
  void note_saving();
  // Reads all sources, each into its own run, until one of them fails or all are to stop.
  base::Result<void> pump_all(const std::stop_token& stop,
                              std::vector<std::unique_ptr<capture::PacketSource>>& sources,
                              const std::vector<std::shared_ptr<Run>>& runs);
  // The state wrong_configuration, and a line in the log when the reason is a new one.
  void unusable(const base::Error& error);
  [[nodiscard]] base::Error named(const base::Error& error) const;
  // Reads what `source` has into a run of its own.
  [[nodiscard]] base::Result<ImportResult> read_into(model::SourceId place,
                                                     const model::WhispererConfig& config,
                                                     capture::PacketSource& source,
                                                     const ImportFile& file);
  void attach(const std::vector<std::shared_ptr<Run>>& runs);
  void detach(const std::vector<std::shared_ptr<Run>>& runs);
  void sleep(const std::stop_token& stop, std::uint32_t ms) const;

  RunFactory& runs_;
  const std::string name_;
  const std::string type_;
  const model::SourceId source_;
  std::mutex importing_;
  mutable std::mutex mutex_;
  // The rest is guarded by mutex_. Only the thread changes config_, which reads it without; of an
  // UPLOAD whisperer, which has none, change() does.
  model::WhispererConfig config_;
  std::optional<model::WhispererConfig> next_;  // for the next round
  bool held_ = false;
  bool in_round_ = false;                     // its own thread may capture or read
  bool changed_ = false;                      // there is reason for another round
  std::stop_source round_{std::nostopstate};  // of the present one
  std::condition_variable_any woken_;         // changed_, in_round_ or present_
  WhispererState state_ = WhispererState::not_started;
  std::string reason_;
  base::Time since_;
  base::Time filter_since_;                    // see WhispererStatus
  std::vector<std::shared_ptr<Run>> present_;  // the runs of now
  model::QualityCounts past_books_;            // of the runs before
  CodeCounts past_codes_;                      // likewise
  const bool fresh_;                           // nothing was ever captured for it before
  base::Thread thread_;
};

}  // namespace spider::pipeline
