// The entry, and how the process is: whisperers, status, configuration, codes, counters.

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "spider/api/codes.h"
#include "spider/query/engine.h"

#include "api/assets.h"
#include "api/messages.h"
#include "api/option_json.h"
#include "api/router.h"

namespace spider::api {
namespace {

void write_trouble(query::JsonWriter& json, const std::optional<base::Error>& trouble) {
  json.key("trouble");
  if (!trouble) {
    json.null();
    return;
  }
  json.begin_object().field("code", trouble->code.log_id()).field("name", trouble->code.name());
  json.field("detail", trouble->detail);
  if (!trouble->code.help().empty()) json.field("hint", trouble->code.help());
  json.end_object();
}

struct ProcessFacts {
  std::uint64_t resident_bytes = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t threads = 0;
  double user_s = 0;
  double system_s = 0;
};

[[nodiscard]] ProcessFacts process_facts() {
  ProcessFacts out;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto value = [&](std::string_view name) {
      return line.rfind(name, 0) == 0 ? std::strtoull(line.c_str() + name.size(), nullptr, 10) : 0;
    };
    if (const auto kib = value("VmRSS:"); kib != 0) out.resident_bytes = kib * 1'024;
    if (const auto kib = value("VmHWM:"); kib != 0) out.peak_bytes = kib * 1'024;
    if (const auto count = value("Threads:"); count != 0) out.threads = count;
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    out.user_s = seconds(usage.ru_utime);
    out.system_s = seconds(usage.ru_stime);
  }
  return out;
}

void write_process(query::JsonWriter& json) {
  const ProcessFacts facts = process_facts();
  json.key("memory").begin_object().field("resident_bytes", facts.resident_bytes);
  json.field("peak_bytes", facts.peak_bytes).end_object();
  json.key("cpu").begin_object().field("user_s", facts.user_s).field("system_s", facts.system_s);
  json.field("threads", facts.threads).end_object();
}

[[nodiscard]] base::Result<void> write_store(query::JsonWriter& json, const Context& context,
                                             query::TimeForm form) {
  const auto snapshot = context.snapshot();
  SPIDER_TRY_LET(span, snapshot->time_span(store::RecordKind::http, {}));
  SPIDER_TRY_LET(sessions, snapshot->time_span(store::RecordKind::session, {}));
  const auto sizes = context.parts.store.reader().sizes();
  std::uint64_t bytes = 0;
  for (const store::FamilySize& size : sizes) bytes += size.bytes;
  json.key("store").begin_object().field("bytes", bytes).key("families").begin_array();
  for (const store::FamilySize& size : sizes)
    json.begin_object().field("family", size.family).field("bytes", size.bytes).end_object();
  json.end_array().field("version", snapshot->version());
  write_time_or_null(json, "first", span.first, !span.empty(), form);
  write_time_or_null(json, "last", span.last, !span.empty(), form);
  write_time_or_null(json, "sessions_first", sessions.first, !sessions.empty(), form);
  write_time_or_null(json, "sessions_last", sessions.last, !sessions.empty(), form);
  json.end_object();
  return {};
}

void write_texts(query::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

void write_file_state(query::JsonWriter& json, const model::FileState& file) {
  json.key("file").begin_object().key("path");
  file.path.empty() ? json.null() : json.text(file.path);
  write_time_or_null(json, "read", file.read, file.read != base::Time::min(),
                     query::TimeForm::both);
  write_texts(json, "errors", file.errors);
  write_texts(json, "restart_needed", file.restart_needed);
  json.end_object();
}

}  // namespace

base::Result<Answer> get_root(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("service", "spider").field("version", context.parts.version);
  json.key("_links").begin_object();
  write_link(json, "self", kBase);
  static constexpr std::pair<std::string_view, std::string_view> kLinks[] = {
      {"http_communications", "http-communications"},
      {"export", "export?format=ndjson"},
      {"tcp_sessions", "tcp-sessions"},
      {"timeline", "timeline"},
      {"statistics", "statistics"},
      {"facets", "facets"},
      {"search", "search?q=%2A"},
      {"complete", "complete"},
      {"query_parse", "query/parse"},
      {"quality", "quality"},
      {"books", "books"},
      {"hosts", "hosts"},
      {"explain", "explain"},
      {"whisperers", "whisperers"},
      {"uploads", "uploads"},
      {"status", "status"},
      {"config", "config"},
      {"codes", "codes"},
      {"counters", "counters"},
  };
  for (const auto& link : kLinks) write_link(json, link.first, at(link.second));
  // Without end, unless asked with wait=false: who follows every link must know.
  json.key("live").begin_object().field("href", at("live"));
  json.field("type", "text/event-stream").end_object();
  json.key("openapi").begin_object().field("href", at("openapi.yaml"));
  json.field("type", "application/yaml").end_object();
  json.end_object().end_object();
  return answer;
}

base::Result<Answer> get_openapi(const Context&, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  Answer answer;
  answer.type = "application/yaml";  // RFC 9512
  answer.body = embedded_openapi();
  return answer;
}

base::Result<Answer> get_status(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(form, time_form(request.parameters));
  const model::PipelineTotals totals = context.parts.control.totals();
  Answer answer;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object().field("version", context.parts.version);
  query::write_time(json, "started", context.started, form);
  json.field("uptime_s", static_cast<double>((base::Time::now() - context.started).ms()) / 1'000.0);
  write_process(json);
  SPIDER_TRY(write_store(json, context, form));
  json.key("pipeline").begin_object();
  json.field("communications_written", totals.communications_written);
  write_trouble(json, totals.store_trouble);
  write_books_object(json, "books", totals.books);
  json.end_object();
  json.key("api").begin_object().field("connections", context.traffic.connections.load());
  json.field("requests", context.traffic.requests.load());
  json.field("questions", context.traffic.questions.load());
  json.field("questions_given_up", context.traffic.questions_given_up.load()).end_object();
  write_self(json, request.target);
  json.end_object();
  return answer;
}

base::Result<Answer> get_config(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  const auto options = context.parts.control.config();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("sections").begin_array();
  for (std::size_t i = 0; i < options.size(); ++i) {
    const model::ConfigOption& option = options[i];
    if (i == 0 || options[i - 1].section != option.section)
      json.begin_object().field("name", option.section).key("options").begin_array();
    json.begin_object().field("name", option.name).key("value");
    write_value(json, option.value);
    json.field("default", option.is_default).field("help", option.help).end_object();
    if (i + 1 == options.size() || options[i + 1].section != option.section)
      json.end_array().end_object();
  }
  json.end_array();
  write_file_state(json, context.parts.control.file_state());
  write_self(json, request.target);
  json.end_object();
  return answer;
}

base::Result<Answer> list_codes(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const base::CodeInfo& code : context.parts.codes) write_code(json, code);
  json.end_array().field("count", std::uint64_t{context.parts.codes.size()});
  write_self(json, request.target);
  json.end_object();
  return answer;
}

base::Result<Answer> list_counters(const Context&, const Request& request) {
  SPIDER_TRY(request.parameters.only({}));
  static constexpr std::string_view kKinds[] = {"seen", "kept", "filtered", "lost", "info"};
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const model::QualityInfo& info : model::kQualityInfo) {
    json.begin_object().field("name", info.name);
    json.field("kind", kKinds[static_cast<std::size_t>(info.kind)]);
    json.field("help", info.help).end_object();
  }
  json.end_array().field("count", std::uint64_t{model::kQualityCount});
  write_self(json, request.target);
  json.end_object();
  return answer;
}

Answer import_answer(const Context& context, const std::string& file, const std::string& whisperer,
                     double seconds, const model::ImportResult& result) {
  Answer answer;
  answer.status = 201;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object().field("file", file).field("whisperer", whisperer);
  json.field("bytes", result.bytes).field("seconds", seconds);
  const bool any = result.first <= result.last;
  write_time_or_null(json, "first", result.first, any, query::TimeForm::both);
  write_time_or_null(json, "last", result.last, any, query::TimeForm::both);
  write_trouble(json, result.trouble);
  write_upload_of_import(json, context, result.upload);
  write_books_object(json, "books", result.books);
  json.key("_links").begin_object();
  const std::string name = percent_encoded(whisperer);
  write_link(json, "communications", at("http-communications?whisperer=" + name));
  write_link(json, "timeline", at("timeline?whisperer=" + name));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
