#pragma once
// Parts of answers that several operations write: options, books, times that may be missing.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spider/model/whisperer_settings.h"
#include "spider/query/json_writer.h"
#include "spider/query/record_json.h"

#include "api/context.h"

namespace spider::api {

[[nodiscard]] inline std::string at(std::string_view resource) {
  return std::string(kBase).append(resource);
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

inline void write_value(query::JsonWriter& json, const model::ConfigOption::Value& value) {
  std::visit(Overloaded{[&](bool v) { json.boolean(v); }, [&](std::int64_t v) { json.number(v); },
                        [&](std::uint64_t v) { json.number(v); }, [&](double v) { json.number(v); },
                        [&](const std::string& v) { json.text(v); },
                        [&](const std::vector<std::string>& v) {
                          json.begin_array();
                          for (const std::string& word : v) json.text(word);
                          json.end_array();
                        }},
             value);
}

inline void write_time_or_null(query::JsonWriter& json, const std::string& name, base::Time time,
                               bool known, query::TimeForm form) {
  if (known) {
    query::write_time(json, name, time, form);
    return;
  }
  if (form != query::TimeForm::us) json.key(name).null();
  if (form != query::TimeForm::iso) json.key(name + "_us").null();
}

inline void write_books_object(query::JsonWriter& json, std::string_view name,
                               const model::QualityCounts& books) {
  json.key(name).begin_object();
  query::write_books(json, books);
  json.end_object();
}

}  // namespace spider::api
