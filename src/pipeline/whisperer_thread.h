#pragma once
// WhispererThread: one whisperer's capture thread: opens its source, reads until it ends or is
// asked to stop, opens it again when it vanished. INTERFACE and FILE whisperers have one. With
// `threads` above 1 it opens the interface as often, starts a helper for each source but the first,
// and waits for them before it opens again: each has a run, and so flows and numbers, of its own.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spider/base/thread.h"
#include "spider/capture/packet_source.h"
#include "spider/pipeline/pipeline.h"

#include "pipeline/run.h"

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
  [[nodiscard]] virtual const PipelineSettings& settings() const noexcept = 0;
  [[nodiscard]] virtual store::Store& store() noexcept = 0;
};

// Tells at the source's end whether more should have come.
using WasCut = std::function<bool()>;

// Reads `source` to its end into a run; the run is over and durable on return.
[[nodiscard]] base::Result<ImportResult> read_to_end(capture::PacketSource& source, Run& run,
                                                     const Pipeline::Progress& progress,
                                                     const WasCut& was_cut = {});

class WhispererThread {
 public:
  WhispererThread(RunFactory& runs, const model::WhispererConfig& config, model::SourceId source);

  void start();
  void request_stop() noexcept { thread_.request_stop(); }
  void join() { thread_.join(); }

  [[nodiscard]] WhispererStatus status() const;
  // One import at a time into this whisperer.
  [[nodiscard]] base::Result<ImportResult> import(const std::string& path,
                                                  const Pipeline::Progress& progress,
                                                  const WasCut& was_cut = {});

 private:
  void capture_live(const std::stop_token& stop);
  // True when opening again may help.
  bool capture_once(const std::stop_token& stop);
  base::Result<void> pump_live(const std::stop_token& stop, capture::PacketSource& source,
                               Run& run);
  void read_files(const std::stop_token& stop);
  void read_file(const std::stop_token& stop, const std::string& path);
  void set_state(WhispererState state, std::string reason = {});
  // Reads all sources, each into its own run, until one of them fails or all are to stop.
  base::Result<void> pump_all(const std::stop_token& stop,
                              std::vector<std::unique_ptr<capture::PacketSource>>& sources,
                              const std::vector<std::shared_ptr<Run>>& runs);
  // The state wrong_configuration, and a line in the log when the reason is a new one.
  void unusable(const base::Error& error);
  [[nodiscard]] base::Error named(const base::Error& error) const;
  void attach(std::vector<std::shared_ptr<Run>> runs);
  void detach();
  void sleep(const std::stop_token& stop, std::uint32_t ms) const;

  RunFactory& runs_;
  const model::WhispererConfig config_;
  const model::SourceId source_;
  std::mutex importing_;
  mutable std::mutex mutex_;
  WhispererState state_ = WhispererState::not_started;  // the rest guarded by mutex_
  std::string reason_;
  base::Time since_;
  base::Time filter_since_;                    // see WhispererStatus; set once
  std::vector<std::shared_ptr<Run>> present_;  // the runs of now
  model::QualityCounts past_books_;            // of the runs before
  base::Thread thread_;
};

}  // namespace spider::pipeline
