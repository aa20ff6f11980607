// Whisperers: what they do, what they are set to, and changes of it.

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "spider/api/codes.h"
#include "spider/base/config_fields.h"
#include "spider/model/control.h"

#include "api/option_json.h"
#include "api/problem.h"
#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

// Every option of a whisperer, from its one table of fields.
void write_whisperer_config(query::JsonWriter& json, const model::WhispererConfig& config) {
  json.begin_object();
  base::for_each_field<model::WhispererConfig>(
      [&](const auto& field) { json.field(field.name, config.*field.member); });
  json.end_object();
}

void write_setting(query::JsonWriter& json, const model::WhispererSetting& s) {
  const auto value = [&](std::string_view name, const model::OptionValue& v) {
    json.key(name);
    write_value(json, v);
  };
  json.begin_object().field("name", s.name).field("group", s.group);
  value("value", s.value);
  value("default_value", s.default_value);
  if (s.file_value)
    value("file_value", *s.file_value);
  else
    json.key("file_value").null();
  json.field("origin", model::name(s.origin)).field("help", s.help);
  if (s.min) value("min", *s.min);
  if (s.max) value("max", *s.max);
  if (!s.choices.empty()) {
    json.key("choices").begin_array();
    for (const std::string_view choice : s.choices) json.text(choice);
    json.end_array();
  }
  json.end_object();
}

void write_whisperer(query::JsonWriter& json, const model::WhispererStatus& status,
                     query::TimeForm form) {
  const model::WhispererConfig& config = status.config;
  json.begin_object().field("name", config.name).field("type", config.type);
  json.field("state", model::name(status.state)).key("reason");
  status.reason.empty() ? json.null() : json.text(status.reason);
  write_time_or_null(json, "since", status.since, status.since != base::Time::min(), form);
  json.key("saves").begin_object();
  json.field("packets", config.save_packets).field("sessions", config.save_sessions);
  json.field("parsing", config.save_parsing).field("bodies", config.save_bodies);
  json.field("body_max_bytes", config.body_max_bytes).end_object();
  json.field("origin", status.removed ? "removed" : model::name(status.from));
  json.field("stopped_by_hand", status.held);
  json.key("config");
  write_whisperer_config(json, config);
  json.key("settings").begin_array();
  for (const model::WhispererSetting& setting : status.settings) write_setting(json, setting);
  json.end_array();
  write_books_object(json, "books", status.books);
  json.key("ring").begin_object().field("bytes_filled", status.ring_bytes_filled);
  json.field("bytes", status.ring_bytes).end_object();
  const std::string name = percent_encoded(config.name);
  json.key("_links").begin_object();
  write_link(json, "self", at("whisperers/" + name));
  write_link(json, "communications", at("http-communications?whisperer=" + name));
  write_link(json, "timeline", at("timeline?whisperer=" + name));
  write_link(json, "quality", at("quality?whisperer=" + name));
  write_link(json, "data", at("whisperers/" + name + "/data"));
  for (const char* part : {"states", "saving", "observations"})
    write_link(json, part, at("whisperers/" + name + "/" + part));
  if (config.save_sessions) write_link(json, "sessions", at("tcp-sessions?whisperer=" + name));
  if (config.type == "UPLOAD") {
    json.key("import").begin_object();
    json.field("href", at("imports?whisperer=" + name)).field("method", "POST").end_object();
  }
  json.end_object().end_object();
}

[[nodiscard]] bool in_store(const Context& context, const std::string& name) {
  const auto sources = context.parts.store.sources();
  return std::any_of(sources.begin(), sources.end(),
                     [&](const store::SourceInfo& source) { return source.name == name; });
}

// Whether the store has anything else of it than its name.
[[nodiscard]] bool anything_kept(const Context& context, const std::string& name) {
  const auto sources = context.parts.store.sources();
  return std::any_of(sources.begin(), sources.end(), [&](const store::SourceInfo& source) {
    return source.name == name && context.parts.store.keeps_anything(source.id);
  });
}

// What is known of one that only the store knows.
[[nodiscard]] model::WhispererStatus removed_one(const store::SourceInfo& source, bool kept) {
  model::WhispererStatus out;
  out.config.name = source.name;
  out.config.type = source.type;
  out.source = source.id;
  out.state = model::WhispererState::stopped;
  out.removed = true;
  out.reason = kept ? "It is not in the configuration any more; its data is kept."
                    : "It is not in the configuration any more, and nothing of it is stored.";
  return out;
}

// Whisperers at work, and those that the configuration no longer has: of whose data something is
// kept, or also those of which the store has no more than the name.
enum class Removed : bool { with_data, all };

[[nodiscard]] std::vector<model::WhispererStatus> all_whisperers(const Context& context,
                                                                 Removed which) {
  std::vector<model::WhispererStatus> out = context.parts.control.whisperers();
  for (const store::SourceInfo& source : store::first_of_each_name(context.parts.store.sources())) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const model::WhispererStatus& w) {
      return w.config.name == source.name;
    });
    if (known) continue;
    const bool kept = anything_kept(context, source.name);
    if (kept || which == Removed::all) out.push_back(removed_one(source, kept));
  }
  return out;
}

// ---- changes

[[nodiscard]] std::optional<model::OptionValue> value_in(simdjson::dom::element element) {
  switch (element.type()) {
    case simdjson::dom::element_type::BOOL:
      return model::OptionValue{bool{element}};
    case simdjson::dom::element_type::INT64:
      return model::OptionValue{std::int64_t{element}};
    case simdjson::dom::element_type::UINT64:
      return model::OptionValue{std::uint64_t{element}};
    case simdjson::dom::element_type::STRING:
      return model::OptionValue{std::string(std::string_view{element})};
    default:
      return std::nullopt;
  }
}

// The body: an object of settings. null takes a change back.
[[nodiscard]] base::Result<model::SettingChanges> changes_in(const Request& request) {
  const std::string_view type =
      std::string_view(request.body_type).substr(0, request.body_type.find(';'));
  if (type != "application/json")
    return base::fail(codes::settings_type, "The settings must come as application/json.");
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto wrong = parser.parse(request.body).get(document); wrong != simdjson::SUCCESS)
    return base::fail(codes::settings_unreadable,
                      fmt::format("The body is not JSON: {}", simdjson::error_message(wrong)));
  simdjson::dom::object object;
  if (document.get(object) != simdjson::SUCCESS)
    return base::fail(codes::settings_unreadable, "The body is JSON, but no object of settings.");
  model::SettingChanges out;
  for (const auto field : object) {
    auto value = value_in(field.value);
    if (!value && !field.value.is_null())
      return base::fail(
          codes::settings_unreadable,
          fmt::format("{}: a setting is true, false, a whole number, a text or null.", field.key));
    out.insert_or_assign(std::string(field.key), std::move(value));
  }
  return out;
}

[[nodiscard]] base::Result<Answer> whisperer_answer(const Context& context, const std::string& name,
                                                    query::TimeForm form) {
  for (const model::WhispererStatus& status : all_whisperers(context, Removed::all)) {
    if (status.config.name != name) continue;
    Answer answer;
    query::JsonWriter json(answer.body);
    write_whisperer(json, status, form);
    return answer;
  }
  return base::fail(codes::no_such_whisperer, fmt::format("There is no whisperer '{}'.", name));
}

[[nodiscard]] base::Result<Answer> done(const Context& context, const std::string& name,
                                        const model::ChangeResult& result) {
  if (!result) return refused(result.error());
  return whisperer_answer(context, name, query::TimeForm::both);
}

[[nodiscard]] base::Result<Answer> hold(const Context& context, const Request& request, bool held) {
  SPIDER_TRY(request.parameters.only({}));
  const std::string& name = request.parts.front();
  return done(context, name, context.parts.control.hold_whisperer(name, held));
}

}  // namespace

base::Result<Answer> list_whisperers(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  // Of a name alone there is nothing to look at; who asks for it is answered.
  const auto all = all_whisperers(context, Removed::with_data);
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const model::WhispererStatus& status : all) write_whisperer(json, status, form);
  json.end_array().field("count", std::uint64_t{all.size()});
  write_self(json, request.target);
  json.end_object();
  return answer;
}

base::Result<Answer> get_whisperer(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  return whisperer_answer(context, request.parts.front(), form);
}

base::Result<Answer> patch_whisperer(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"try"}));
  SPIDER_TRY_LET(try_only, request.parameters.flag("try"));
  SPIDER_TRY_LET(changes, changes_in(request));
  const std::string& name = request.parts.front();
  return done(context, name, context.parts.control.change_whisperer(name, changes, try_only));
}

base::Result<Answer> post_whisperer(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"try"}));
  SPIDER_TRY_LET(try_only, request.parameters.flag("try"));
  SPIDER_TRY_LET(settings, changes_in(request));
  const model::ChangeResult made = context.parts.control.create_whisperer(settings, try_only);
  if (!made) return refused(made.error());
  Answer answer;
  answer.status = 204;
  if (try_only) return answer;
  const std::string name = std::get<std::string>(*settings.at("name"));
  SPIDER_TRY_LET(created, whisperer_answer(context, name, query::TimeForm::both));
  created.status = 201;
  created.headers.emplace_back("Location", at("whisperers/" + percent_encoded(name)));
  return created;
}

base::Result<Answer> delete_changes(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  const std::string& name = request.parts.front();
  return done(context, name, context.parts.control.forget_changes(name));
}

base::Result<Answer> delete_whisperer(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  const std::string& name = request.parts.front();
  model::ChangeResult gone = context.parts.control.remove_whisperer(name);
  if (!gone && gone.error().why == model::Refusal::missing && in_store(context, name))
    gone.error().error.detail =
        fmt::format("\"{}\" is removed already. What is stored of it goes with DELETE {}.", name,
                    at("whisperers/" + percent_encoded(name) + "/data"));
  if (!gone) return refused(gone.error());
  Answer answer;
  answer.status = 204;
  return answer;
}

base::Result<Answer> start_whisperer(const Context& context, const Request& request) {
  return hold(context, request, false);
}

base::Result<Answer> stop_whisperer(const Context& context, const Request& request) {
  return hold(context, request, true);
}

}  // namespace spider::api
