#pragma once
// FakeControl: a capture that does what a test says.

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "spider/api/codes.h"
#include "spider/model/control.h"

namespace spider::test {

class FakeControl final : public model::Control {
 public:
  FakeControl() {
    model::WhispererStatus upload;
    upload.config.name = "upload";
    upload.config.type = "UPLOAD";
    upload.state = model::WhispererState::capturing;
    model::WhispererStatus broken;
    broken.config.name = "broken";
    broken.state = model::WhispererState::wrong_configuration;
    broken.reason = "There is no interface eth9.";
    broken.since = base::Time::from_us(1'760'000'000'000'000);
    whisperers_ = {upload, broken};
  }

  [[nodiscard]] std::vector<model::WhispererStatus> whisperers() const override {
    return whisperers_;
  }
  [[nodiscard]] model::PipelineTotals totals() const override { return {}; }
  [[nodiscard]] std::vector<model::ConfigOption> config() const override {
    return {{"api", "listen", std::string("127.0.0.1:0"), false, "Where."},
            {"api", "threads", std::uint64_t{2}, true, "How many."},
            {"store", "path", std::string("data"), true, "Folder."}};
  }

  [[nodiscard]] model::FileState file_state() const override {
    held_answers += hold_answers;
    hold_answers.wait(true);
    return {"spider.toml", base::Time::from_us(1'760'000'000'000'000), {}, {"[api] listen"}};
  }
  // Takes every text for a filter but "((", and writes down what it was asked.
  [[nodiscard]] model::ChangeResult change_whisperer(const std::string& whisperer,
                                                     const model::SettingChanges& changes,
                                                     bool try_only) override {
    if (whisperer != "upload") return refuse(model::Refusal::missing);
    for (const auto& [name, value] : changes)
      if (value == model::OptionValue{std::string("((")})
        return refuse(model::Refusal::impossible, {{name, "It does not compile."}});
    if (!try_only) asked_.emplace_back("change", changes);
    return {};
  }
  [[nodiscard]] model::ChangeResult create_whisperer(const model::SettingChanges& settings,
                                                     bool try_only) override {
    const auto name = settings.find("name");
    if (name == settings.end() || !name->second)
      return refuse(model::Refusal::impossible, {{"name", "It needs one."}});
    const std::string text = std::get<std::string>(*name->second);
    for (const auto& w : whisperers_)
      if (w.config.name == text) return refuse(model::Refusal::conflict);
    if (try_only) return {};
    asked_.emplace_back("create", settings);
    model::WhispererStatus made;
    made.config.name = text;
    whisperers_.push_back(made);
    return {};
  }
  [[nodiscard]] model::ChangeResult forget_changes(const std::string&) override {
    asked_.emplace_back("forget", model::SettingChanges{});
    return {};
  }
  [[nodiscard]] model::ChangeResult remove_whisperer(const std::string& whisperer) override {
    if (whisperer == "upload") return refuse(model::Refusal::conflict);
    asked_.emplace_back("remove", model::SettingChanges{});
    return {};
  }
  [[nodiscard]] model::ChangeResult hold_whisperer(const std::string&, bool held) override {
    asked_.emplace_back(held ? "stop" : "start", model::SettingChanges{});
    return {};
  }
  [[nodiscard]] model::ChangeResult purge_whisperer(const std::string& whisperer) override {
    if (whisperer == "broken") return refuse(model::Refusal::conflict);
    if (purge_refused_) return tl::unexpected(*purge_refused_);
    asked_.emplace_back("purge", model::SettingChanges{});
    return {};
  }
  using Asked = std::vector<std::pair<std::string, model::SettingChanges>>;
  [[nodiscard]] const Asked& asked() const { return asked_; }

  // A filter that is "none" lets nothing through, any other everything.
  [[nodiscard]] model::FilterAnswer try_filter(const std::string& expression,
                                               const model::Endpoint&,
                                               const model::Endpoint&) const override {
    const bool passes = expression != "none";
    return {true, passes, passes, passes, passes, ""};
  }

  // What arrived, by file name; a file whose first byte is '!' is refused when that byte comes.
  class Upload final : public model::Import {
   public:
    Upload(FakeControl& control, std::string name) : control_(control), name_(std::move(name)) {}
    ~Upload() override { ++control_.imports_ended; }
    [[nodiscard]] base::Result<void> feed(base::Bytes bytes) override {
      control_.held_feeds += control_.hold_feeds;
      control_.hold_feeds.wait(true);
      if (!bytes.empty() && bytes[0] == '!')
        return base::fail(api::codes::import_failed, "It is not a capture file.");
      const std::lock_guard lock(control_.mutex_);
      control_.files_[name_] += base::as_text(bytes);
      return {};
    }
    [[nodiscard]] base::Result<model::ImportResult> finish() override {
      model::ImportResult out;
      const std::lock_guard lock(control_.mutex_);
      out.bytes = control_.files_[name_].size();
      out.books[model::Quality::packets_received] = 7;
      return out;
    }

   private:
    FakeControl& control_;
    std::string name_;
  };

  [[nodiscard]] base::Result<std::unique_ptr<model::Import>> start_import(const std::string&,
                                                                          const std::string& name,
                                                                          std::uint64_t) override {
    return std::make_unique<Upload>(*this, name);
  }
  [[nodiscard]] std::vector<model::UploadProgress> uploads_running() const override {
    return uploads_running_;
  }
  void set_uploads_running(std::vector<model::UploadProgress> running) {
    uploads_running_ = std::move(running);
  }
  [[nodiscard]] bool cancel_upload(model::SourceId upload) override {
    return std::any_of(uploads_running_.begin(), uploads_running_.end(),
                       [&](const model::UploadProgress& p) { return p.upload == upload; });
  }
  [[nodiscard]] model::PurgedUploads purge_uploads(
      const std::vector<model::SourceId>& uploads) override {
    ++purges_;
    if (purge_refused_) return {{}, false, purge_refused_->error, purge_refused_->why};
    purged_.insert(purged_.end(), uploads.begin(), uploads.end());
    return {uploads, true, std::nullopt, model::Refusal::failed};
  }
  [[nodiscard]] model::UploadAging upload_aging() const override { return aging_; }
  void set_upload_aging(model::UploadAging aging) { aging_ = std::move(aging); }
  [[nodiscard]] const std::vector<model::SourceId>& purged() const { return purged_; }
  [[nodiscard]] int purges() const { return purges_; }
  void refuse_purges(model::ChangeRefused why) { purge_refused_ = std::move(why); }
  [[nodiscard]] std::string file(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return files_[name];
  }

  // The configuration is told when this is false (again).
  std::atomic<bool> hold_answers{false};
  mutable std::atomic<int> held_answers{0};
  std::atomic<bool> hold_feeds{false};  // feed() returns when this is false (again)
  std::atomic<int> held_feeds{0};
  std::atomic<int> imports_ended{0};

  void let_feeds_go() {
    hold_feeds = false;
    hold_feeds.notify_all();
  }

 private:
  [[nodiscard]] static model::ChangeResult refuse(model::Refusal why,
                                                  std::vector<model::SettingProblem> of = {}) {
    return tl::unexpected(
        model::ChangeRefused{why, {api::codes::bad_parameter, "no"}, std::move(of)});
  }

  Asked asked_;
  std::vector<model::UploadProgress> uploads_running_;
  std::vector<model::SourceId> purged_;
  int purges_ = 0;
  std::optional<model::ChangeRefused> purge_refused_;
  model::UploadAging aging_;
  std::vector<model::WhispererStatus> whisperers_;
  std::mutex mutex_;
  std::map<std::string, std::string> files_;
};

}  // namespace spider::test
