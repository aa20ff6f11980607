#pragma once
// AppControl: what the API may ask of the running capture; joins the pipeline, the configuration
// file and what was changed by hand. Any thread.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spider/app/config.h"
#include "spider/model/control.h"
#include "spider/pipeline/pipeline.h"

#include "app/whisperer_settings.h"

namespace spider::app {

class AppControl final : public model::Control {
 public:
  // The pipeline outlives it. `config` is what `path` (empty: none) said.
  AppControl(pipeline::Pipeline& pipeline, WhispererSettings settings, AppConfig config,
             std::string path);

  // All whisperers that are in force begin. `host` and `port`: where the API listens.
  [[nodiscard]] base::Result<void> start(const std::string& host, std::uint16_t port);
  // Looks at the file; when it is another than before, what can change while Spider runs does.
  void look_at_file();

  [[nodiscard]] std::vector<model::WhispererStatus> whisperers() const override;
  [[nodiscard]] model::PipelineTotals totals() const override;
  [[nodiscard]] std::vector<model::ConfigOption> config() const override;
  [[nodiscard]] model::FileState file_state() const override;
  [[nodiscard]] model::FilterAnswer try_filter(const std::string& expression,
                                               const model::Endpoint& client,
                                               const model::Endpoint& server) const override;
  [[nodiscard]] base::Result<std::unique_ptr<model::Import>> start_import(
      const std::string& whisperer, const std::string& name, std::uint64_t bytes_known) override;
  [[nodiscard]] std::vector<model::UploadProgress> uploads_running() const override {
    return pipeline_.uploads_running();
  }
  [[nodiscard]] bool cancel_upload(model::SourceId upload) override {
    return pipeline_.cancel_upload(upload);
  }
  [[nodiscard]] model::PurgedUploads purge_uploads(
      const std::vector<model::SourceId>& uploads) override {
    return pipeline_.purge_uploads(uploads);
  }
  [[nodiscard]] model::UploadAging upload_aging() const override {
    return pipeline_.upload_aging();
  }

  [[nodiscard]] model::ChangeResult change_whisperer(const std::string& whisperer,
                                                     const model::SettingChanges& changes,
                                                     bool try_only) override;
  [[nodiscard]] model::ChangeResult create_whisperer(const model::SettingChanges& settings,
                                                     bool try_only) override;
  [[nodiscard]] model::ChangeResult forget_changes(const std::string& whisperer) override;
  [[nodiscard]] model::ChangeResult remove_whisperer(const std::string& whisperer) override;
  [[nodiscard]] model::ChangeResult hold_whisperer(const std::string& whisperer,
                                                   bool held) override;
  [[nodiscard]] model::ChangeResult purge_whisperer(const std::string& whisperer) override;

 private:
  // mutex_ held, all of them.
  [[nodiscard]] model::ChangeResult make(const std::string& whisperer,
                                         const model::SettingChanges& changes, bool try_only);
  // The pipeline's whisperers become those in force, once they have begun.
  [[nodiscard]] base::Result<void> apply();
  void take(const AppConfig& read);

  pipeline::Pipeline& pipeline_;
  mutable std::mutex mutex_;
  WhispererSettings settings_;  // the rest guarded by mutex_
  AppConfig config_;            // in force; its whisperers as in the file
  std::string host_;            // of the API
  std::uint16_t port_ = 0;
  bool started_ = false;  // the API answers before the pipeline runs
  model::FileState file_;
  std::string text_;  // of the file, at the last look
};

}  // namespace spider::app
