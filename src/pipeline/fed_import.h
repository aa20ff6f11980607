#pragma once
// FedImport: a capture file that arrives in pieces (over the API). The pieces go through a pipe to
// a reading thread of their own, so a file is read by the same code wherever it comes from, and a
// slow pipeline slows the sender. One thread at a time calls feed() and finish().

#include <memory>
#include <optional>
#include <string>

#include "spider/base/thread.h"
#include "spider/model/control.h"

#include "pipeline/whisperer_thread.h"

namespace spider::pipeline {

class FedImport final : public model::Import {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<model::Import>> start(WhispererThread& target,
                                                                          const std::string& name);
  ~FedImport() override;

  [[nodiscard]] base::Result<void> feed(base::Bytes bytes) override;
  [[nodiscard]] base::Result<model::ImportResult> finish() override;

 private:
  FedImport(WhispererThread& target, std::string name, int read_end, int write_end);
  void close_write_end() noexcept;
  [[nodiscard]] base::Error named(base::Error error) const;

  const std::string name_;
  const std::string path_;  // the pipe's read end, as a path
  int read_end_;
  int write_end_;
  std::optional<base::Result<model::ImportResult>> result_;  // set by the thread before it ends
  base::Thread thread_;
};

}  // namespace spider::pipeline
