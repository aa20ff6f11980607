#include "app/whisperer_settings.h"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "spider/app/codes.h"
#include "spider/model/retention.h"

#include "app/option_value.h"

namespace spider::app {
namespace {

using model::OptionValue;
using model::SettingChanges;
using model::SettingOrigin;
using model::SettingProblem;
using model::WhispererConfig;

constexpr std::string_view kKey = "whisperers/by_hand";
constexpr std::string_view kHeld = "held";  // beside the settings, none of which has the name
constexpr std::string_view kValues = "values";

[[nodiscard]] std::string_view group_of(std::string_view setting) {
  static const std::set<std::string_view> kCapture{
      "interface",          "filter",        "path",      "snaplen",
      "buffer_mib",         "promiscuous",   "direction", "threads",
      "skip_empty_packets", "exclude_spider"};
  if (setting == "name" || setting == "type") return "identity";
  if (setting == "max_size" || setting.starts_with("keep_")) return "retention";
  return kCapture.count(setting) != 0 ? "capture" : "parsing";
}

// What a setting that only some types read says of the others; empty where it is read. Filters and
// skip_empty_packets are for files as well.
[[nodiscard]] std::string why_idle(std::string_view setting, const std::string& type) {
  static const std::set<std::string_view> kLive{"interface",   "snaplen",        "buffer_mib",
                                                "promiscuous", "exclude_spider", "direction",
                                                "threads"};
  std::string_view only;
  std::string_view instead;
  if (kLive.count(setting) != 0 && type != "INTERFACE") {
    only = "INTERFACE";
  } else if (setting == "path" && type != "FILE") {
    only = "FILE";
    if (type == "UPLOAD") instead = " Files come to it by `spider import` or the page.";
  } else if (group_of(setting) == "retention" && type == "UPLOAD") {
    only = "INTERFACE or FILE";
    instead = " How long uploads are kept is [pipeline] uploads_keep_days.";
  } else {
    return {};
  }
  return fmt::format("it does nothing for a whisperer of type {}, only for {}; leave it out.{}",
                     type, only, instead);
}

[[nodiscard]] std::vector<std::string_view> choices_of(std::string_view setting) {
  if (setting == "direction") return {"both", "in", "out"};
  if (setting == "type") return {"INTERFACE", "FILE", "UPLOAD"};
  return {};
}

[[nodiscard]] std::optional<OptionValue> value_of(const toml::node& node) {
  if (const auto v = node.value_exact<bool>()) return OptionValue{*v};
  if (const auto v = node.value_exact<std::int64_t>()) return OptionValue{*v};
  if (const auto v = node.value_exact<double>()) return OptionValue{*v};
  if (const auto v = node.value_exact<std::string>()) return OptionValue{*v};
  return std::nullopt;
}

void put(toml::table& table, const std::string& key, const OptionValue& value) {
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::uint64_t>) {
          table.insert_or_assign(key, static_cast<std::int64_t>(v));
        } else if constexpr (!std::is_same_v<T, std::vector<std::string>>) {
          table.insert_or_assign(key, v);
        }
      },
      value);
}

// Sets one value; what is wrong with it, if anything.
[[nodiscard]] std::optional<std::string> assign(WhispererConfig& whisperer, std::string_view name,
                                                const OptionValue& value) {
  std::optional<std::string> problem = fmt::format("There is no setting of this name.");
  base::for_each_field<WhispererConfig>([&](const auto& field) {
    if (field.name == name) problem = assign_option(whisperer, field, value);
  });
  return problem;
}

}  // namespace

base::Result<WhispererSettings> WhispererSettings::open(store::Store& store,
                                                        std::vector<WhispererConfig> file) {
  WhispererSettings out(store);
  out.file_ = std::move(file);
  SPIDER_TRY_LET(text, store.setting(std::string(kKey)));
  if (!text) return out;
  toml::table root;
  try {
    root = toml::parse(*text);
  } catch (const toml::parse_error& error) {
    return base::fail(
        codes::settings_unreadable,
        fmt::format("What was changed by hand cannot be read: {}.", error.description()));
  }
  for (const auto& [name, node] : root) {
    const toml::table* table = node.as_table();
    if (table == nullptr) continue;
    ByHand& entry = out.by_hand_[std::string(name.str())];
    entry.held = (*table)[kHeld].value_or(false);
    if (const toml::table* values = (*table)[kValues].as_table())
      for (const auto& [key, value] : *values)
        if (auto read = value_of(value)) entry.values.emplace(key.str(), std::move(*read));
  }
  return out;
}

base::Result<void> WhispererSettings::save_or(std::map<std::string, ByHand> before) {
  auto saved = save();
  if (!saved) by_hand_ = std::move(before);
  return saved;
}

base::Result<void> WhispererSettings::save() {
  toml::table root;
  for (const auto& [name, entry] : by_hand_) {
    toml::table values;
    for (const auto& [key, value] : entry.values) put(values, key, value);
    root.insert(name, toml::table{{kHeld, entry.held}, {kValues, std::move(values)}});
  }
  std::ostringstream text;
  text << root;
  return store_->set_setting(std::string(kKey), text.str());
}

const WhispererConfig* WhispererSettings::in_file(const std::string& whisperer) const {
  const auto it = std::find_if(file_.begin(), file_.end(),
                               [&](const WhispererConfig& w) { return w.name == whisperer; });
  return it == file_.end() ? nullptr : &*it;
}

bool WhispererSettings::knows(const std::string& whisperer) const {
  if (in_file(whisperer) != nullptr) return true;
  const auto it = by_hand_.find(whisperer);
  return it != by_hand_.end() && it->second.values.count("type") != 0;
}

std::string WhispererSettings::stored_type(const std::string& whisperer) const {
  for (const store::SourceInfo& source : store_->sources())
    if (source.name == whisperer) return source.type;
  return {};
}

bool WhispererSettings::held(const std::string& whisperer) const {
  const auto it = by_hand_.find(whisperer);
  return it != by_hand_.end() && it->second.held;
}

WhispererConfig WhispererSettings::below(const std::string& whisperer) const {
  const WhispererConfig* file = in_file(whisperer);
  WhispererConfig out = file != nullptr ? *file : WhispererConfig{};
  out.name = whisperer;
  return out;
}

WhispererSettings::Tried WhispererSettings::try_changes(const std::string& whisperer,
                                                        const SettingChanges& changes) const {
  const bool in_the_file = in_file(whisperer) != nullptr;
  std::map<std::string, OptionValue, std::less<>> values;
  if (const auto it = by_hand_.find(whisperer); it != by_hand_.end()) values = it->second.values;
  Tried out{below(whisperer), {}, {}};
  for (const auto& [name, value] : changes) {
    // Who made a whisperer said what it is.
    const bool fixed = group_of(name) == "identity" && (in_the_file || knows(whisperer));
    if (fixed) {
      out.problems.push_back({name, "It cannot be changed; make another whisperer."});
    } else if (value) {
      values.insert_or_assign(name, *value);
    } else {
      values.erase(name);
    }
  }
  for (const auto& [name, value] : values) {
    if (in_the_file && group_of(name) == "identity") continue;
    if (const auto problem = assign(out.config, name, value))
      out.problems.push_back({name, *problem});
  }
  for (SettingProblem& problem : idle_settings(out.config)) {
    const auto asked = changes.find(problem.setting);
    if (asked != changes.end() && asked->second) {
      out.problems.push_back(std::move(problem));
      continue;
    }
    base::for_each_field<WhispererConfig>([&](const auto& field) {
      if (field.name == problem.setting) out.config.*field.member = WhispererConfig{}.*field.member;
    });
    out.idle.push_back(std::move(problem));
  }
  for (SettingProblem& problem : whisperer_problems(out.config)) {
    const bool said = std::any_of(out.problems.begin(), out.problems.end(),
                                  [&](const auto& p) { return p.setting == problem.setting; });
    if (!said) out.problems.push_back(std::move(problem));
  }
  return out;
}

base::Result<void> WhispererSettings::keep(const std::string& whisperer,
                                           const SettingChanges& changes) {
  auto before = by_hand_;
  ByHand& entry = by_hand_[whisperer];
  const WhispererConfig* file = in_file(whisperer);
  for (const auto& [name, value] : changes) {
    if (value && name != "name")
      entry.values.insert_or_assign(name, *value);
    else
      entry.values.erase(name);
  }
  // What the file says as well is no change.
  if (file != nullptr)
    base::for_each_field<WhispererConfig>([&](const auto& field) {
      const auto it = entry.values.find(field.name);
      WhispererConfig as_changed = *file;
      if (it == entry.values.end() || assign_option(as_changed, field, it->second)) return;
      if (as_changed.*field.member == file->*field.member) entry.values.erase(it);
    });
  return save_or(std::move(before));
}

base::Result<void> WhispererSettings::forget(const std::string& whisperer) {
  const auto it = by_hand_.find(whisperer);
  if (it == by_hand_.end()) return {};
  auto before = by_hand_;
  it->second.values.clear();
  if (in_file(whisperer) == nullptr || !it->second.held) by_hand_.erase(it);
  return save_or(std::move(before));
}

base::Result<void> WhispererSettings::hold(const std::string& whisperer, bool held) {
  auto before = by_hand_;
  by_hand_[whisperer].held = held;
  return save_or(std::move(before));
}

WhispererSettings::Tried WhispererSettings::good_changes(const std::string& whisperer,
                                                         std::vector<std::string>* left_out) const {
  Tried tried = try_changes(whisperer, {});
  if (left_out != nullptr)
    for (const SettingProblem& idle : tried.idle)
      left_out->push_back(
          fmt::format("Whisperer \"{}\", {}: {}", whisperer, idle.setting, idle.reason));
  if (tried.problems.empty()) return tried;
  SettingChanges without;
  for (const SettingProblem& problem : tried.problems) {
    if (left_out != nullptr)
      left_out->push_back(
          fmt::format("Whisperer \"{}\", {}: {}", whisperer, problem.setting, problem.reason));
    // Without what somebody narrowed it by, a capture might see more than it should.
    const std::string_view group = group_of(problem.setting);
    if (group != "identity" && group != "capture") without[problem.setting] = std::nullopt;
  }
  Tried rest = try_changes(whisperer, without);
  return rest.problems.empty() ? rest : tried;
}

WhispererConfig WhispererSettings::config(const std::string& whisperer) const {
  Tried tried = good_changes(whisperer, nullptr);
  if (tried.problems.empty()) return std::move(tried.config);
  const WhispererConfig* file = in_file(whisperer);
  return file != nullptr ? *file : std::move(tried.config);
}

std::vector<WhispererConfig> WhispererSettings::in_force(std::vector<std::string>* left_out) const {
  std::vector<WhispererConfig> out;
  const auto add = [&](const std::string& name) {
    Tried tried = good_changes(name, left_out);
    if (tried.problems.empty()) {
      out.push_back(std::move(tried.config));
    } else if (const WhispererConfig* file = in_file(name)) {
      out.push_back(*file);
    }
  };
  for (const WhispererConfig& w : file_) add(w.name);
  for (const auto& entry : by_hand_)
    if (in_file(entry.first) == nullptr && knows(entry.first)) add(entry.first);
  return out;
}

std::vector<model::WhispererSetting> WhispererSettings::settings(
    const std::string& whisperer) const {
  const WhispererConfig defaults;
  const WhispererConfig* file = in_file(whisperer);
  const WhispererConfig config = try_changes(whisperer, {}).config;
  const auto by_hand = by_hand_.find(whisperer);
  std::vector<model::WhispererSetting> out;
  base::for_each_field<WhispererConfig>([&](const auto& field) {
    model::WhispererSetting s;
    s.name = field.name;
    s.group = group_of(field.name);
    s.value = option_value(config.*field.member);
    s.default_value = option_value(defaults.*field.member);
    if (file != nullptr) s.file_value = option_value(file->*field.member);
    if (by_hand != by_hand_.end() && by_hand->second.values.count(field.name) != 0)
      s.origin = SettingOrigin::page;
    else if (s.value != s.default_value)
      s.origin = file != nullptr ? SettingOrigin::file : SettingOrigin::page;
    s.help = field.help;
    if (field.bounded) {
      s.min = option_value(field.min);
      s.max = option_value(field.max);
    }
    s.choices = choices_of(field.name);
    out.push_back(std::move(s));
  });
  return out;
}

std::vector<SettingProblem> idle_settings(const WhispererConfig& w) {
  std::vector<SettingProblem> out;
  if (w.type != "INTERFACE" && w.type != "FILE" && w.type != "UPLOAD") return out;
  const WhispererConfig defaults;
  base::for_each_field<WhispererConfig>([&](const auto& field) {
    if (w.*field.member == defaults.*field.member) return;
    if (std::string why = why_idle(field.name, w.type); !why.empty())
      out.push_back({std::string(field.name), std::move(why)});
  });
  return out;
}

std::vector<SettingProblem> whisperer_problems(const WhispererConfig& w) {
  std::vector<SettingProblem> out;
  const auto is_name_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (w.name.empty() || w.name.size() > 64 ||
      !std::all_of(w.name.begin(), w.name.end(), is_name_char))
    out.push_back({"name", fmt::format("\"{}\" is not a name; write 1 to 64 letters, digits, - "
                                       "and _.",
                                       w.name)});
  if (w.type != "INTERFACE" && w.type != "FILE" && w.type != "UPLOAD")
    out.push_back(
        {"type", fmt::format("\"{}\" is no type; write INTERFACE, FILE or UPLOAD.", w.type)});
  if (w.type == "FILE" && w.path.empty())
    out.push_back(
        {"path", "a FILE whisperer needs the path of a capture file, a folder, or \"-\"."});
  if (w.type == "INTERFACE" && w.interface.empty())
    out.push_back({"interface", "an INTERFACE whisperer needs an interface, or \"any\"."});
  for (const model::RetentionProblem& p : model::check_retention(w))
    out.push_back({std::string(p.key), p.reason});
  if (w.direction != "both" && w.direction != "in" && w.direction != "out")
    out.push_back(
        {"direction", fmt::format("\"{}\" is no direction; write in, out or both.", w.direction)});
  return out;
}

}  // namespace spider::app
