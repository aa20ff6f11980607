#pragma once
// WhispererSettings: what every whisperer is to do. The file's whisperers lie below; what was
// changed or made by hand lies over them and is kept in the store, so that it outlives the process
// and the file can win again. Not synchronised: its owner has a mutex.

#include <map>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/model/whisperer.h"
#include "spider/model/whisperer_settings.h"
#include "spider/store/store.h"

namespace spider::app {

// What is wrong with a whisperer's values together, by setting.
[[nodiscard]] std::vector<model::SettingProblem> whisperer_problems(
    const model::WhispererConfig& whisperer);

// Settings with a value of their own that a whisperer of this type never reads.
[[nodiscard]] std::vector<model::SettingProblem> idle_settings(
    const model::WhispererConfig& whisperer);

class WhispererSettings {
 public:
  // Reads what was changed by hand. `store` outlives it.
  [[nodiscard]] static base::Result<WhispererSettings> open(
      store::Store& store, std::vector<model::WhispererConfig> file);

  // The file was read again.
  void set_file(std::vector<model::WhispererConfig> file) { file_ = std::move(file); }

  // All that there are, the file's first. Changes by hand that cannot be with the present file or
  // version are left out, each by itself, and `left_out` is told why; where that does not help, it
  // is the file's form.
  [[nodiscard]] std::vector<model::WhispererConfig> in_force(
      std::vector<std::string>* left_out = nullptr) const;
  [[nodiscard]] model::WhispererConfig config(const std::string& whisperer) const;  // in force
  [[nodiscard]] const model::WhispererConfig* in_file(const std::string& whisperer) const;
  [[nodiscard]] bool knows(const std::string& whisperer) const;
  // Of whom the store has data, by this name; empty for nobody.
  [[nodiscard]] std::string stored_type(const std::string& whisperer) const;
  [[nodiscard]] bool held(const std::string& whisperer) const;
  [[nodiscard]] std::vector<model::WhispererSetting> settings(const std::string& whisperer) const;

  // The whisperer as it would be; problems by setting. Nothing is kept.
  struct Tried {
    model::WhispererConfig config;
    std::vector<model::SettingProblem> problems;
    std::vector<model::SettingProblem> idle;  // stored by an earlier version: not in `config`
  };
  [[nodiscard]] Tried try_changes(const std::string& whisperer,
                                  const model::SettingChanges& changes) const;
  // As try_changes() said, without problems. Durable on return.
  [[nodiscard]] base::Result<void> keep(const std::string& whisperer,
                                        const model::SettingChanges& changes);
  [[nodiscard]] base::Result<void> forget(const std::string& whisperer);
  [[nodiscard]] base::Result<void> hold(const std::string& whisperer, bool held);

 private:
  struct ByHand {
    std::map<std::string, model::OptionValue, std::less<>> values;
    bool held = false;
  };
  explicit WhispererSettings(store::Store& store) : store_(&store) {}
  [[nodiscard]] base::Result<void> save();
  // What the store did not take is not in force either: `before` comes back, and who asks again is
  // not told that it is done.
  [[nodiscard]] base::Result<void> save_or(std::map<std::string, ByHand> before);
  // What was changed by hand, but for what cannot be; problems that stay concern the capture.
  [[nodiscard]] Tried good_changes(const std::string& whisperer,
                                   std::vector<std::string>* left_out) const;
  [[nodiscard]] model::WhispererConfig below(const std::string& whisperer) const;

  store::Store* store_;
  std::vector<model::WhispererConfig> file_;
  std::map<std::string, ByHand> by_hand_;
};

}  // namespace spider::app
