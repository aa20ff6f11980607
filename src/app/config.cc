#include "spider/app/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <sstream>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "spider/base/codes.h"
#include "spider/parse/meaning.h"

#include "app/hosts.h"
#include "app/whisperer_settings.h"

namespace spider::app {
namespace {

namespace codes = base::codes;

// Where a value stands in the file: "spider.toml:12: [whisperer] snaplen".
struct Place {
  const std::string& file;
  std::string section;

  [[nodiscard]] std::string at(const toml::node& node, std::string_view key) const {
    return fmt::format("{}:{}: {} {}", file, node.source().begin.line, section, key);
  }
};

// What is wrong, told in the order of the file: a TOML table has its keys by name.
class Complaints {
 public:
  void add(const toml::node& at, base::Error error) {
    found_.emplace_back(at.source().begin.line, std::move(error));
  }
  void add(const toml::node& at, const base::Result<void>& result) {
    if (!result) add(at, result.error());
  }
  [[nodiscard]] std::size_t size() const noexcept { return found_.size(); }
  [[nodiscard]] ConfigErrors take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    ConfigErrors out;
    for (auto& entry : found_) out.push_back(std::move(entry.second));
    return out;
  }

 private:
  std::vector<std::pair<toml::source_index, base::Error>> found_;
};

[[nodiscard]] std::string as_text(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  std::string text = out.str();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

// Levenshtein distance, for "did you mean".
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

[[nodiscard]] std::string suggestion(std::string_view key,
                                     const std::vector<std::string_view>& known) {
  const auto best = std::min_element(known.begin(), known.end(), [&](auto a, auto b) {
    return distance(key, a) < distance(key, b);
  });
  if (best != known.end() && distance(key, *best) <= std::max<std::size_t>(2, key.size() / 3))
    return fmt::format("did you mean \"{}\"?", *best);
  std::string all;
  for (const std::string_view name : known) all += (all.empty() ? "" : ", ") + std::string(name);
  return "known here: " + all + ".";
}

template <class T>
[[nodiscard]] constexpr std::string_view type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, std::string>) return "a text in quotes";
  if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return "a list of texts, [\"a\", \"b\"]";
  if constexpr (std::is_floating_point_v<T>) return "a number";
  return "a whole number";
}

template <class C, class T>
[[nodiscard]] base::Result<void> assign(C& section, const base::Field<C, T>& field,
                                        const toml::node& node, const Place& place) {
  const auto wrong_type = [&] {
    return base::fail(codes::config_wrong_type,
                      fmt::format("{} = {}: wrong type; write {}.", place.at(node, field.name),
                                  as_text(node), type_name<T>()));
  };
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    const toml::array* list = node.as_array();
    if (list == nullptr) return wrong_type();
    T values;
    for (const toml::node& item : *list) {
      const auto text = item.value_exact<std::string>();
      if (!text) return wrong_type();
      values.push_back(*text);
    }
    section.*field.member = std::move(values);
  } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>) {
    const auto value = node.value_exact<T>();
    if (!value) return wrong_type();
    section.*field.member = *value;
  } else if constexpr (std::is_floating_point_v<T>) {
    const auto value = node.value<double>();
    if (!value) return wrong_type();
    section.*field.member = static_cast<T>(*value);
  } else {
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return wrong_type();
    const auto in_range = [&] {
      if (std::is_unsigned_v<T> && *value < 0) return false;
      if (static_cast<std::int64_t>(static_cast<T>(*value)) != *value) return false;
      return !field.bounded ||
             (static_cast<T>(*value) >= field.min && static_cast<T>(*value) <= field.max);
    };
    if (!in_range())
      return base::fail(
          codes::config_out_of_range,
          field.bounded
              ? fmt::format("{} = {}: out of range; it goes from {} to {}.",
                            place.at(node, field.name), *value, field.min, field.max)
              : fmt::format("{} = {}: out of range.", place.at(node, field.name), *value));
    section.*field.member = static_cast<T>(*value);
  }
  return {};
}

// The keys of one section that were complained of: nothing more is said of these.
struct Wrong {
  std::set<std::string, std::less<>> keys;
  bool unknown = false;  // a key that there is not; another may be absent for it

  // Whether something else can be wrong about a key that stands in `table`, or does not.
  [[nodiscard]] bool covers(const toml::table& table, std::string_view key) const {
    return keys.count(key) != 0 || (unknown && table.get(key) == nullptr);
  }
};

template <class C>
[[nodiscard]] Wrong read_section(C& section, const toml::table& table, const Place& place,
                                 Complaints& complaints) {
  Wrong wrong;
  std::vector<std::string_view> known;
  base::for_each_field<C>([&](const auto& field) { known.push_back(field.name); });
  for (const auto& entry : table) {
    const std::string_view key = entry.first.str();
    const toml::node& node = entry.second;
    bool found = false;
    base::for_each_field<C>([&, key](const auto& field) {
      if (field.name != key) return;
      found = true;
      const auto assigned = assign(section, field, node, place);
      if (!assigned) wrong.keys.emplace(key);
      complaints.add(node, assigned);
    });
    if (!found) {
      wrong.unknown = true;
      complaints.add(node, {codes::config_unknown_key,
                            fmt::format("{}: there is no such key; {}", place.at(node, key),
                                        suggestion(key, known))});
    }
  }
  return wrong;
}

[[nodiscard]] base::Error invalid(const Place& place, const toml::table& table,
                                  std::string_view key, const std::string& reason) {
  const toml::node* node = table.get(key);
  return {codes::config_invalid,
          fmt::format("{}: {}", place.at(node != nullptr ? *node : table, key), reason)};
}

// Keys that a whisperer must have in the file: what to add where one is missing, and since which
// version. What a later version cannot guess any more belongs here: the start over an older file
// then stops with the words to add.
struct RequiredKey {
  std::string_view type;  // of whisperers; empty: of each
  std::string_view key;
  std::string_view words;
  std::string_view since;
};
constexpr RequiredKey kRequired[] = {
    {"", "name", "name = \"web\"", "0.1"},
    {"FILE", "path", "path = \"captures\"", "0.1"},
};

// What to say of a key that is missing, when it is one that must be there.
[[nodiscard]] std::optional<std::string> missing_words(const model::WhispererConfig& w,
                                                       const toml::table& table,
                                                       std::string_view key) {
  if (table.get(key) != nullptr) return std::nullopt;
  for (const RequiredKey& r : kRequired)
    if (r.key == key && (r.type.empty() || r.type == w.type))
      return fmt::format(
          "it is missing, and required{} since {}; add below this line, with a value of yours: {}",
          r.type.empty() ? "" : fmt::format(" of type {}", r.type), r.since, r.words);
  return std::nullopt;
}

// What one whisperer's values must be together; a key that could not be read has its default.
void check_whisperer(const model::WhispererConfig& w, const toml::table& table, const Place& place,
                     const Wrong& wrong, std::set<std::string>& names, Complaints& complaints) {
  const auto refuse = [&](std::string_view key, const std::string& reason) {
    if (wrong.covers(table, key)) return;
    const toml::node* node = table.get(key);
    complaints.add(node != nullptr ? *node : table,
                   invalid(place, table, key, missing_words(w, table, key).value_or(reason)));
  };
  std::set<std::string> idle;
  if (!wrong.covers(table, "type"))
    for (const model::SettingProblem& problem : idle_settings(w)) {
      refuse(problem.setting, problem.reason);
      idle.insert(problem.setting);
    }
  for (const model::SettingProblem& problem : whisperer_problems(w)) {
    if (idle.count(problem.setting) != 0) continue;
    // What a whisperer needs depends on its type.
    const bool of_type = problem.setting == "path" || problem.setting == "interface";
    if (!of_type || !wrong.covers(table, "type")) refuse(problem.setting, problem.reason);
  }
  if (!w.name.empty() && !names.insert(w.name).second)
    refuse("name",
           fmt::format("there are two whisperers \"{}\"; each needs its own name.", w.name));
}

void read_whisperers(AppConfig& config, const toml::node& node, const std::string& file,
                     Complaints& complaints) {
  const toml::array* list = node.as_array();
  if (list == nullptr)
    return complaints.add(
        node, {codes::config_wrong_type,
               fmt::format("{}:{}: whisperer: write [[whisperer]] with two brackets, one for each.",
                           file, node.source().begin.line)});
  std::set<std::string> names;
  for (const toml::node& item : *list) {
    const toml::table* table = item.as_table();
    const Place place{file, "[[whisperer]]"};
    if (table == nullptr) {
      complaints.add(item,
                     {codes::config_wrong_type, place.at(item, "") + ": write a table of keys."});
      continue;
    }
    model::WhispererConfig whisperer;
    const Wrong wrong = read_section(whisperer, *table, place, complaints);
    check_whisperer(whisperer, *table, place, wrong, names, complaints);
    config.whisperers.push_back(std::move(whisperer));
  }
}

// What was wrong in the section, or nothing when it was none.
[[nodiscard]] std::optional<Wrong> read_table(AppConfig& config, std::string_view key,
                                              const toml::node& node, const std::string& file,
                                              Complaints& complaints) {
  std::optional<Wrong> wrong;
  std::vector<std::string_view> known{"whisperer"};
  bool found = false;
  for_each_section(config, [&](std::string_view name, auto& section) {
    known.push_back(name);
    if (name != key) return;
    found = true;
    const Place place{file, fmt::format("[{}]", name)};
    const toml::table* table = node.as_table();
    if (table != nullptr) {
      wrong = read_section(section, *table, place, complaints);
      return;
    }
    complaints.add(node, {codes::config_wrong_type,
                          fmt::format("{}:{}: {} is a table; write [{}] and its keys below.", file,
                                      node.source().begin.line, name, name)});
  });
  if (!found)
    complaints.add(node, {codes::config_unknown_key,
                          fmt::format("{}:{}: [{}]: there is no such section; {}", file,
                                      node.source().begin.line, key, suggestion(key, known))});
  return wrong;
}

// "\"loud\" is none of debug, info" when it is not.
[[nodiscard]] std::optional<std::string> none_of(const std::string& value,
                                                 std::initializer_list<std::string_view> words) {
  if (std::find(words.begin(), words.end(), value) != words.end()) return std::nullopt;
  return fmt::format("\"{}\" is none of {}.", value, fmt::join(words, ", "));
}

// What the values of a section must be. The defaults are good, so a bad value stands in the file.
void check_section(const AppConfig& config, std::string_view section, const toml::table& table,
                   const std::string& file, const Wrong& wrong, Complaints& complaints) {
  const auto refuse = [&](std::string_view key, const std::optional<std::string>& reason) {
    if (!reason || wrong.covers(table, key)) return;
    const toml::node* node = table.get(key);
    const toml::node& at = node != nullptr ? *node : table;
    complaints.add(at, invalid({file, fmt::format("[{}]", section)}, table, key, *reason));
  };
  if (section == "store" && config.store.path.empty())
    refuse("path", "\"\" is no folder; write where the store is to be.");
  if (section == "log") {
    refuse("level", none_of(config.log.level, {"debug", "info", "warning", "error"}));
    refuse("format", none_of(config.log.format, {"auto", "json", "pretty"}));
  }
  if (section == "retention")
    for (const model::RetentionProblem& p : model::check_retention(config.retention))
      refuse(p.key, p.reason);
  if (section == "api") {
    refuse("hosts", api::check_hosts(config.api));
    const toml::node* node = table.get("listen");
    if (const auto ok = api::check_listen(config.api);
        !ok && node != nullptr && !wrong.covers(table, "allow_unauthenticated"))
      complaints.add(
          *node, {ok.error().code,
                  fmt::format("{}:{}: {}", file, node->source().begin.line, ok.error().detail)});
  }
  if (section == "hosts") refuse("names", check_hosts(config.hosts));
  if (section == "parse")
    if (const auto bad = parse::check_meaning(config.parse)) refuse(bad->key, bad->reason);
}

template <class T>
[[nodiscard]] std::string toml_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    std::ostringstream out;
    out << toml::value<std::string>(value);
    return out.str();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string out = "[";
    for (const std::string& item : value) out += (out.size() > 1 ? ", " : "") + toml_value(item);
    return out + "]";
  } else {
    return fmt::format("{}", value);
  }
}

template <class C>
void print_section(std::string& out, const C& section) {
  const C defaults;
  base::for_each_field<C>([&](const auto& field) {
    const bool is_default = section.*field.member == defaults.*field.member;
    out += fmt::format("{} = {}{}\n", field.name, toml_value(section.*field.member),
                       is_default ? "" : "  # set");
  });
}

// Imports have a place also when the file names none, with a server and without. Not where
// strangers may ask: what they may fill must be said in words.
void add_upload(AppConfig& config) {
  for (const model::WhispererConfig& w : config.whisperers)
    if (w.type == "UPLOAD" || w.name == "upload") return;
  const auto listen = api::check_listen(config.api);
  if (!listen || !listen->loopback) return;
  model::WhispererConfig upload;
  upload.name = "upload";
  upload.type = "UPLOAD";
  config.whisperers.push_back(std::move(upload));
}

}  // namespace

tl::expected<AppConfig, ConfigErrors> parse_config(std::string_view text, const std::string& name) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return tl::unexpected(ConfigErrors{
        {codes::config_syntax, fmt::format("{}:{}:{}: {}", name, error.source().begin.line,
                                           error.source().begin.column, error.description())}});
  }
  AppConfig config;
  Complaints complaints;
  for (const auto& [key, node] : root) {
    if (key.str() == "whisperer") {
      read_whisperers(config, node, name, complaints);
    } else if (const auto wrong = read_table(config, key.str(), node, name, complaints)) {
      check_section(config, key.str(), *node.as_table(), name, *wrong, complaints);
    }
  }
  if (complaints.size() != 0) return tl::unexpected(complaints.take());
  config.store.host_addresses = config.hosts.addresses_max;
  add_upload(config);
  return config;
}

tl::expected<AppConfig, ConfigErrors> read_config(const std::string& path) {
  if (path.empty()) return parse_config("", "defaults");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  std::error_code none;
  const bool folder = std::filesystem::is_directory(path, none);
  if (folder) errno = EISDIR;
  if (folder || !in || in.bad())
    return tl::unexpected(
        ConfigErrors{{codes::config_unreadable,
                      fmt::format("{}: cannot be read: {}.", path, std::strerror(errno))}});
  auto config = parse_config(text.str(), path);
  if (!config) return config;
  config->text = text.str();
  // What the file names lies beside the file, whichever folder the command was given in.
  const std::filesystem::path beside = std::filesystem::absolute(path).parent_path();
  const auto resolve = [&](std::string& named) {
    named = (beside / named).lexically_normal().string();
  };
  resolve(config->store.path);
  for (model::WhispererConfig& whisperer : config->whisperers)
    if (!whisperer.path.empty() && whisperer.path != "-") resolve(whisperer.path);
  return config;
}

std::string print_config(const AppConfig& config) {
  std::string out;
  for_each_section(config, [&](std::string_view name, const auto& section) {
    out += fmt::format("[{}]\n", name);
    print_section(out, section);
    out += '\n';
  });
  for (const model::WhispererConfig& whisperer : config.whisperers) {
    out += "[[whisperer]]\n";
    print_section(out, whisperer);
    out += '\n';
  }
  return out;
}

}  // namespace spider::app
