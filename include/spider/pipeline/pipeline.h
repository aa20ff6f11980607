#pragma once
// Pipeline: joins capture, reassembly, parse and store; owns every thread between a packet and the
// database. app builds one, starts it, hands it to the API, stops it.
//
//   whisperer thread -> PacketRing -> shard (lanes: reassembly + parse) -> CommRing -> writer ->
//   store
//
// Stopping is data too: sources end, rings drain, flows flush, the writer commits.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/attention.h"
#include "spider/base/result.h"
#include "spider/capture/config.h"
#include "spider/model/control.h"
#include "spider/model/retention.h"
#include "spider/model/whisperer.h"
#include "spider/parse/config.h"
#include "spider/pipeline/config.h"
#include "spider/reassembly/config.h"
#include "spider/store/store.h"

namespace spider::pipeline {

struct PipelineSettings {
  PipelineConfig pipeline;
  capture::CaptureConfig capture;
  reassembly::ReassemblyConfig reassembly;
  parse::ParseConfig parse;
  std::uint32_t commit_ms = 250;
  // Imports stand back while somebody waits for an answer; null: they never do. Outlives the
  // pipeline.
  const base::Attention* attention = nullptr;
};

using model::ImportResult;
using model::WhispererState;
using model::WhispererStatus;

class Pipeline {
 public:
  // `store` outlives it. Starts no thread.
  Pipeline(const PipelineSettings& settings, store::Store& store);
  ~Pipeline();  // stops
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Shards and writer run from here on.
  void start();
  // Cuts imports under way (what they read is stored), ends every whisperer, drains, commits.
  // Imports that come later are refused. Idempotent.
  void stop();
  // Before stop(), where those who ask are waited for: a purge of many uploads ends behind the one
  // that is under way, and none begins. Any thread.
  void stop_purges() noexcept;

  // Makes the whisperer known, gives it its source in the store, and begins to capture (INTERFACE,
  // FILE) or to wait for imports (UPLOAD). A whisperer that cannot capture is kept and says why.
  // `held`: stopped by hand from the beginning; hold_whisperer() starts it.
  [[nodiscard]] base::Result<void> add_whisperer(const model::WhispererConfig& config,
                                                 bool held = false);
  // Another configuration of a whisperer that is known, under the same name and type; one that is
  // not is added, `held` or not. In force soon after: WhispererStatus tells. Only this whisperer
  // notices.
  [[nodiscard]] base::Result<void> set_whisperer(const model::WhispererConfig& config,
                                                 bool held = false);
  // Stops it by hand, and starts it again. False: there is none of this name.
  bool hold_whisperer(const std::string& name, bool held);
  // Stops it for good; what it captured is kept. It may be added again.
  void remove_whisperer(const std::string& name);
  [[nodiscard]] std::vector<WhispererStatus> whisperers() const;

  // How long what the whisperers captured is kept; looked at soon, and now and then.
  void set_retention(const model::RetentionConfig& config,
                     const std::vector<model::WhispererConfig>& whisperers);
  // Removes all that is stored of a whisperer, known to the configuration or not; returns when it
  // is gone. A capture goes on, and what comes while it is removed is kept; one that was stopped by
  // hand is waited for until it has stored its last. Errors: purge_refused while a file is being
  // read into it, or when that takes too long; whisperer_unknown, those of the store.
  [[nodiscard]] base::Result<void> purge(const std::string& whisperer);

  // Reads one capture file ("-": standard input) into a whisperer and returns when its last record
  // is durable. The calling thread is the capture thread. `progress` is told the bytes read and in
  // all (0: not known) and stops the import with false. `content`: base::ContentHash of the file,
  // to know it again; empty: made while it is read. An Error means that nothing could be read or
  // that records were lost.
  using Progress = std::function<bool(std::uint64_t read, std::uint64_t total)>;
  [[nodiscard]] base::Result<ImportResult> import(const std::string& whisperer,
                                                  const std::string& path,
                                                  const Progress& progress = {},
                                                  const std::string& content = {});

  // The same for a file that arrives in pieces; it has a reading thread of its own. `name` is the
  // file's, for messages. The Import may outlive stop(), not the pipeline.
  [[nodiscard]] base::Result<std::unique_ptr<model::Import>> start_import(
      const std::string& whisperer, const std::string& name, std::uint64_t bytes_known = 0);

  // See model::Control.
  [[nodiscard]] std::vector<model::UploadProgress> uploads_running() const;
  [[nodiscard]] bool cancel_upload(model::SourceId upload);
  [[nodiscard]] model::PurgedUploads purge_uploads(const std::vector<model::SourceId>& uploads);
  [[nodiscard]] model::UploadAging upload_aging() const;

  // Why nothing is stored at present.
  [[nodiscard]] std::optional<base::Error> store_trouble() const;
  [[nodiscard]] std::uint64_t communications_written() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What an error of purge() or purge_uploads() is to who asked.
[[nodiscard]] model::Refusal why_not_purged(base::Code code);

}  // namespace spider::pipeline
