#pragma once
// FedImport: a capture file that arrives in pieces (over the API). The pieces go through a pipe to
// a reading thread of their own, so a file is read by the same code wherever it comes from, and a
// slow pipeline slows the sender. One thread at a time calls feed() and finish(). A pipeline that
// stops ends the import itself, whoever feeds or holds it: what came before is stored, and booked
// as a cut file, as it is when the import is destroyed without finish().

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "spider/base/content_hash.h"
#include "spider/base/thread.h"
#include "spider/model/control.h"

#include "pipeline/import_gate.h"
#include "pipeline/whisperer_thread.h"

namespace spider::pipeline {

class FedImport final : public model::Import {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<model::Import>> start(
      std::shared_ptr<ImportGate> gate, WhispererThread& target, const std::string& name,
      std::uint64_t bytes_known);
  ~FedImport() override;

  [[nodiscard]] base::Result<void> feed(base::Bytes bytes) override;
  [[nodiscard]] base::Result<model::ImportResult> finish() override;

 private:
  FedImport(std::shared_ptr<ImportGate> gate, WhispererThread& target, std::string name,
            std::uint64_t bytes_known, int read_end, int write_end);
  void read(ImportGate& gate, WhispererThread& target);
  // Any thread: no more comes. At once; a running feed() sees it soon.
  void cancel();
  void close_write_end() noexcept;  // mutex_ held
  [[nodiscard]] base::Result<void> write_all(base::Bytes bytes);

  const std::string name_;
  const std::uint64_t bytes_known_;
  base::ContentHash content_;  // of what was fed; read when whole_ says that no more comes
  const std::string path_;     // the pipe's read end, as a path
  int read_end_;
  std::mutex mutex_;
  int write_end_;         // guarded by mutex_; stays open while feeding_
  bool feeding_ = false;  // guarded by mutex_
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> whole_{false};                           // finish() was called in time
  std::optional<base::Result<model::ImportResult>> result_;  // set by the thread before it ends
  base::Thread thread_;
};

}  // namespace spider::pipeline
