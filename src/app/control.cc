#include "app/control.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "spider/app/codes.h"
#include "spider/base/log.h"
#include "spider/capture/codes.h"
#include "spider/capture/filter_probe.h"
#include "spider/capture/packet_source.h"
#include "spider/model/retention.h"
#include "spider/pipeline/codes.h"

#include "app/commands.h"
#include "app/option_value.h"
#include "app/spider_traffic.h"

namespace spider::app {
namespace {

using model::ChangeRefused;
using model::ChangeResult;
using model::Refusal;
using model::SettingProblem;
using model::WhispererConfig;

template <class C>
void list_options(std::vector<model::ConfigOption>& out, const std::string& section,
                  const C& config) {
  const C defaults;
  base::for_each_field<C>([&](const auto& field) {
    out.push_back({section, std::string(field.name), option_value(config.*field.member),
                   config.*field.member == defaults.*field.member, std::string(field.help)});
  });
}

template <class C>
[[nodiscard]] std::vector<std::string_view> differences(const C& a, const C& b) {
  std::vector<std::string_view> out;
  base::for_each_field<C>([&](const auto& field) {
    if (a.*field.member != b.*field.member) out.push_back(field.name);
  });
  return out;
}

// What of the new file is other than the old one had it, besides what needs a restart.
[[nodiscard]] std::vector<std::string> changed_keys(const AppConfig& now, const AppConfig& before) {
  std::vector<std::string> out;
  const auto note = [&](const std::string& where, const std::vector<std::string_view>& keys) {
    for (const std::string_view key : keys) out.push_back(fmt::format("{} {}", where, key));
  };
  note("[log]", differences(now.log, before.log));
  note("[retention]", differences(now.retention, before.retention));
  const auto named = [](const std::vector<WhispererConfig>& list, const std::string& name) {
    return std::find_if(list.begin(), list.end(), [&](const auto& w) { return w.name == name; });
  };
  for (const WhispererConfig& w : now.whisperers) {
    const auto old = named(before.whisperers, w.name);
    if (old == before.whisperers.end()) {
      out.push_back(fmt::format("[[whisperer]] {}: new", w.name));
      continue;
    }
    std::vector<std::string_view> keys = differences(w, *old);
    keys.erase(std::remove(keys.begin(), keys.end(), "type"), keys.end());
    note(fmt::format("[[whisperer]] {}:", w.name), keys);
  }
  for (const WhispererConfig& w : before.whisperers)
    if (named(now.whisperers, w.name) == now.whisperers.end())
      out.push_back(fmt::format("[[whisperer]] {}: removed", w.name));
  return out;
}

[[nodiscard]] std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  return text.str();
}

// What the machine says of it: the filter compiles, the interface or the file is there.
void check_here(const WhispererConfig& config, std::vector<SettingProblem>& problems) {
  if (config.type == "FILE" && config.path != "-" && config.path.rfind('/', 0) != 0)
    problems.push_back({"path", "Write it from the root on: a path that begins with /."});
  const auto good = capture::check_whisperer(config);
  if (good || !problems.empty()) return;
  const base::Code code = good.error().code;
  const char* setting = code == capture::codes::filter_invalid ? "filter"
                        : config.type == "FILE"                ? "path"
                                                               : "interface";
  problems.push_back({setting, good.error().detail});
}

[[nodiscard]] ChangeResult refuse(Refusal why, base::Code code, std::string detail,
                                  std::vector<SettingProblem> settings = {}) {
  return tl::unexpected(ChangeRefused{why, {code, std::move(detail)}, std::move(settings)});
}

[[nodiscard]] ChangeResult missing(const std::string& whisperer) {
  return refuse(Refusal::missing, codes::whisperer_missing,
                fmt::format("There is no whisperer \"{}\".", whisperer));
}

[[nodiscard]] ChangeResult outcome(const base::Result<void>& result) {
  if (!result) return tl::unexpected(ChangeRefused{Refusal::failed, result.error(), {}});
  return {};
}

void tell(const std::string& whisperer, std::string_view what) {
  base::log(codes::settings_changed, "Whisperer \"{}\" was {} by hand.", whisperer, what);
}

}  // namespace

AppControl::AppControl(pipeline::Pipeline& pipeline, WhispererSettings settings, AppConfig config,
                       std::string path)
    : pipeline_(pipeline), settings_(std::move(settings)), config_(std::move(config)) {
  file_.path = std::move(path);
  file_.read = base::Time::now();
  // What is in force, not what the file says by now: opening a store may have taken a while.
  text_ = std::move(config_.text);
}

base::Result<void> AppControl::start(const std::string& host, std::uint16_t port) {
  const std::lock_guard<std::mutex> lock(mutex_);
  host_ = host;
  port_ = port;
  started_ = true;
  return apply();
}

base::Result<void> AppControl::apply() {
  if (!started_) return {};
  std::vector<std::string> left_out;
  std::vector<WhispererConfig> wanted = settings_.in_force(&left_out);
  for (WhispererConfig& config : wanted) config.spider_traffic = spider_traffic(host_, port_);
  for (const std::string& what : left_out) base::log(codes::change_left_out, "{}", what);
  const auto present = pipeline_.whisperers();
  for (const model::WhispererStatus& w : present) {
    const bool stays = std::any_of(wanted.begin(), wanted.end(),
                                   [&](const auto& one) { return one.name == w.config.name; });
    if (!stays) pipeline_.remove_whisperer(w.config.name);
  }
  base::Result<void> first_trouble;  // of one whisperer; the others go on
  for (const WhispererConfig& whole : wanted) {
    // What is kept how long is not the capture's affair: it goes on when that changes.
    const WhispererConfig config = model::without_retention(whole);
    const auto known = std::find_if(present.begin(), present.end(),
                                    [&](const auto& w) { return w.config.name == config.name; });
    const bool held = settings_.held(config.name);
    if (known == present.end() || !differences(known->config, config).empty()) {
      const auto done = pipeline_.set_whisperer(config, held);
      if (!done && first_trouble) first_trouble = done;
      if (!done) continue;
    }
    if (held || known != present.end()) pipeline_.hold_whisperer(config.name, held);
  }
  pipeline_.set_retention(config_.retention, wanted);
  return first_trouble;
}

// ---- the file

void AppControl::look_at_file() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (file_.path.empty()) return;
  std::string text = read_text(file_.path);
  if (text == text_ && file_.errors.empty()) return;
  const bool seen = text == text_;
  text_ = std::move(text);
  const auto read = read_config(file_.path);
  file_.errors.clear();
  if (!read) {
    for (const base::Error& error : read.error()) {
      file_.errors.push_back(error.detail);
      if (!seen) base::log(codes::reload_failed, "{} [{}]", error.detail, error.code.log_id());
    }
    return;
  }
  file_.read = base::Time::now();
  take(*read);
}

void AppControl::take(const AppConfig& read) {
  file_.restart_needed.clear();
  AppConfig before = config_;
  const std::vector<std::string> changed = changed_keys(read, before);
  for_each_section(read, [&](std::string_view name, const auto& section) {
    for_each_section(before, [&, name](std::string_view other, const auto& old) {
      if constexpr (std::is_same_v<decltype(section), decltype(old)>)
        if (name == other && name != "log" && name != "retention")
          for (const std::string_view key : differences(section, old))
            file_.restart_needed.push_back(fmt::format("[{}] {}", name, key));
    });
  });
  if (!differences(read.log, config_.log).empty()) {
    config_.log = read.log;
    base::log_setup(log_format(config_.log), config_.log.level);
  }
  for (const WhispererConfig& w : read.whisperers) {
    const WhispererConfig* old = settings_.in_file(w.name);
    if (old != nullptr && old->type != w.type)
      file_.restart_needed.push_back(fmt::format("[[whisperer]] {}: type", w.name));
  }
  config_.retention = read.retention;
  config_.whisperers = read.whisperers;
  settings_.set_file(read.whisperers);
  if (const auto applied = apply(); !applied) base::log(applied.error());
  base::log(codes::reloaded, "{} was read again; changed in it: {}.", file_.path,
            changed.empty() ? "nothing that can change while Spider runs"
                            : fmt::format("{}", fmt::join(changed, ", ")));
  if (!file_.restart_needed.empty())
    base::log(codes::restart_needed, "A restart is needed for: {}.",
              fmt::join(file_.restart_needed, ", "));
}

model::FileState AppControl::file_state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return file_;
}

// ---- changes by hand

ChangeResult AppControl::make(const std::string& whisperer, const model::SettingChanges& changes,
                              bool try_only) {
  WhispererSettings::Tried tried = settings_.try_changes(whisperer, changes);
  if (tried.problems.empty()) check_here(tried.config, tried.problems);
  if (!tried.problems.empty()) {
    const SettingProblem& first = tried.problems.front();
    std::string detail = fmt::format("{}: {}", first.setting, first.reason);
    return refuse(Refusal::impossible, codes::change_impossible, std::move(detail),
                  std::move(tried.problems));
  }
  if (try_only) return {};
  if (const auto kept = settings_.keep(whisperer, changes); !kept) return outcome(kept);
  return outcome(apply());
}

ChangeResult AppControl::change_whisperer(const std::string& whisperer,
                                          const model::SettingChanges& changes, bool try_only) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!settings_.knows(whisperer)) return missing(whisperer);
  const ChangeResult made = make(whisperer, changes, try_only);
  if (made && !try_only) tell(whisperer, "changed");
  return made;
}

ChangeResult AppControl::create_whisperer(const model::SettingChanges& settings, bool try_only) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto text = [&](const char* key) -> std::string {
    const auto it = settings.find(key);
    const auto* value =
        it != settings.end() && it->second ? std::get_if<std::string>(&*it->second) : nullptr;
    return value != nullptr ? *value : std::string();
  };
  const std::string name = text("name");
  model::SettingChanges given = settings;
  auto& type_given = given["type"];
  if (!type_given) type_given = WhispererConfig{}.type;
  if (settings_.knows(name))
    return refuse(Refusal::conflict, codes::whisperer_exists,
                  fmt::format("There is a whisperer \"{}\".", name));
  const auto* type = std::get_if<std::string>(&*type_given);
  const std::string stored = settings_.stored_type(name);
  if (type != nullptr && !stored.empty() && stored != *type)
    return refuse(Refusal::conflict, codes::whisperer_exists,
                  fmt::format("The store has data of an {} whisperer \"{}\".", stored, name));
  const ChangeResult made = make(name, given, try_only);
  if (made && !try_only) tell(name, "made");
  return made;
}

ChangeResult AppControl::forget_changes(const std::string& whisperer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!settings_.knows(whisperer)) return missing(whisperer);
  if (settings_.in_file(whisperer) == nullptr)
    return refuse(Refusal::impossible, codes::change_impossible,
                  "The file does not know it: there is nothing to be "
                  "as it says.");
  if (const auto done = settings_.forget(whisperer); !done) return outcome(done);
  tell(whisperer, "put back to what the file says");
  return outcome(apply());
}

ChangeResult AppControl::remove_whisperer(const std::string& whisperer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!settings_.knows(whisperer)) return missing(whisperer);
  if (settings_.in_file(whisperer) != nullptr)
    return refuse(Refusal::conflict, codes::whisperer_of_file,
                  fmt::format("\"{}\" is one of {}.", whisperer, file_.path));
  if (const auto done = settings_.forget(whisperer); !done) return outcome(done);
  tell(whisperer, "removed");
  return outcome(apply());
}

ChangeResult AppControl::hold_whisperer(const std::string& whisperer, bool held) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!settings_.knows(whisperer)) return missing(whisperer);
  if (settings_.held(whisperer) == held) return {};
  if (const auto done = settings_.hold(whisperer, held); !done) return outcome(done);
  tell(whisperer, held ? "stopped" : "started");
  return outcome(apply());
}

// Without the mutex: it waits for the store.
ChangeResult AppControl::purge_whisperer(const std::string& whisperer) {
  const auto done = pipeline_.purge(whisperer);
  if (done) return {};
  return tl::unexpected(
      ChangeRefused{pipeline::why_not_purged(done.error().code), done.error(), {}});
}

// ---- what there is

std::vector<model::WhispererStatus> AppControl::whisperers() const {
  std::vector<model::WhispererStatus> out = pipeline_.whisperers();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (model::WhispererStatus& w : out) {
    const WhispererConfig whole = settings_.config(w.config.name);
    model::copy_retention(whole, w.config);
    w.limits = limits_of(whole, config_.retention);
    w.settings = settings_.settings(w.config.name);
    w.from = settings_.in_file(w.config.name) != nullptr ? model::SettingOrigin::file
                                                         : model::SettingOrigin::page;
  }
  return out;
}

model::PipelineTotals AppControl::totals() const {
  model::PipelineTotals out;
  for (const model::WhispererStatus& whisperer : pipeline_.whisperers())
    out.books += whisperer.books;
  out.communications_written = pipeline_.communications_written();
  out.store_trouble = pipeline_.store_trouble();
  return out;
}

std::vector<model::ConfigOption> AppControl::config() const {
  std::vector<model::ConfigOption> out;
  const std::lock_guard<std::mutex> lock(mutex_);
  for_each_section(config_, [&](std::string_view name, const auto& section) {
    list_options(out, std::string(name), section);
  });
  for (const WhispererConfig& whisperer : settings_.in_force())
    list_options(out, "whisperer." + whisperer.name, whisperer);
  return out;
}

model::FilterAnswer AppControl::try_filter(const std::string& expression,
                                           const model::Endpoint& client,
                                           const model::Endpoint& server) const {
  return capture::try_filter(expression, client, server);
}

base::Result<std::unique_ptr<model::Import>> AppControl::start_import(const std::string& whisperer,
                                                                      const std::string& name,
                                                                      std::uint64_t bytes_known) {
  return pipeline_.start_import(whisperer, name, bytes_known);
}

}  // namespace spider::app
