// Why is it missing? What each whisperer knows about a connection at a time.

#include "spider/query/explain.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/store/store.h"

#include "api/captured.h"
#include "api/messages.h"
#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

// An instant is read off some clock: records and books of a minute on both sides are looked at.
constexpr base::Duration kClockDoubt = base::Duration::from_s(60);

[[nodiscard]] base::Result<std::optional<model::IpAddress>> read_ip(const Parameters& p,
                                                                    std::string_view name) {
  if (!p.has(name)) return std::optional<model::IpAddress>{};
  const auto ip = model::parse_ip(p.text(name));
  if (!ip)
    return base::fail(codes::bad_parameter,
                      fmt::format("{}: '{}' is no IP address.", name, p.text(name).substr(0, 100)));
  return std::optional{*ip};
}

[[nodiscard]] base::Result<std::optional<std::uint16_t>> read_port(const Parameters& p,
                                                                   std::string_view name) {
  if (!p.has(name)) return std::optional<std::uint16_t>{};
  SPIDER_TRY_LET(port, p.number(name, 0, 0, 65'535));
  return std::optional{static_cast<std::uint16_t>(port)};
}

[[nodiscard]] base::Result<void> read_when(const Parameters& p, base::Time now,
                                           query::ExplainQuestion& out) {
  SPIDER_TRY_LET(time, p.time("time"));
  SPIDER_TRY_LET(from, p.time("from"));
  SPIDER_TRY_LET(to, p.time("to"));
  if (time && (from || to))
    return base::fail(codes::bad_parameter, "time: either an instant or from and to.");
  const base::Time last{kTimeMax};
  if (time) {
    out.from = std::clamp(*time, base::Time{0}, last) - kClockDoubt;
    out.to = std::clamp(*time, base::Time{0}, last) + kClockDoubt;
    return {};
  }
  out.to = std::clamp(to.value_or(from ? *from + query::kExplainRange : now), base::Time{0}, last);
  out.from = from ? std::clamp(*from, base::Time{0}, last) : out.to - query::kExplainRange;
  if (out.to <= out.from)
    return base::fail(codes::bad_parameter, "to: the range ends before it begins.");
  if (out.to - out.from > query::kExplainRange)
    return base::fail(codes::bad_parameter, "from, to: the range is longer than a day.");
  return {};
}

[[nodiscard]] base::Result<query::ExplainQuestion> read_question(const Parameters& p,
                                                                 base::Time now) {
  SPIDER_TRY(p.only(
      {"client", "client_port", "server", "server_port", "time", "from", "to", "whisperer"}));
  query::ExplainQuestion out;
  SPIDER_TRY_LET(client, read_ip(p, "client"));
  SPIDER_TRY_LET(server, read_ip(p, "server"));
  SPIDER_TRY_LET(client_port, read_port(p, "client_port"));
  SPIDER_TRY_LET(server_port, read_port(p, "server_port"));
  out.client = client;
  out.server = server;
  out.client_port = client_port;
  out.server_port = server_port;
  if (client && server && client->is_v4() != server->is_v4())
    return base::fail(codes::bad_parameter, "client, server: one is IPv4, the other IPv6.");
  SPIDER_TRY(read_when(p, now, out));
  return out;
}

// The filter on the connection; what is not known is guessed from the ranges for documentation
// (RFC 5737, RFC 3849).
[[nodiscard]] model::FilterAnswer try_filter(const Context& context,
                                             const model::WhispererConfig& config,
                                             const query::ExplainQuestion& q) {
  const bool v6 = (q.client && !q.client->is_v4()) || (q.server && !q.server->is_v4());
  const auto guess = [&](const char* four, const char* six) {
    return model::parse_ip(v6 ? six : four).value_or(model::IpAddress{});
  };
  const model::Endpoint client{q.client.value_or(guess("192.0.2.1", "2001:db8::1")),
                               q.client_port.value_or(std::uint16_t{49'152})};
  const model::Endpoint server{q.server.value_or(guess("192.0.2.2", "2001:db8::2")),
                               q.server_port.value_or(std::uint16_t{80})};
  const auto tried = [&](const std::string& expression) {
    return context.parts.control.try_filter(expression, client, server);
  };
  model::FilterAnswer out{true, true, true, true, true, ""};
  if (!config.filter.empty()) out = tried(config.filter);
  model::WhispererConfig others = config;
  others.filter.clear();
  const std::string expression = others.packet_filter();
  if (expression.empty()) return out;
  const model::FilterAnswer own = tried(expression);
  out.spiders_own = own.tried && !own.any_passes;
  return out;
}

template <class T, class Write>
void value_or_null(query::JsonWriter& json, std::string_view key, const std::optional<T>& value,
                   Write write) {
  json.key(key);
  if (value) {
    write(*value);
  } else {
    json.null();
  }
}

void write_asked(query::JsonWriter& json, const query::ExplainQuestion& q) {
  const auto ip = [&](const model::IpAddress& a) { json.text(model::to_text(a)); };
  const auto port = [&](std::uint16_t p) { json.number(std::uint64_t{p}); };
  json.key("asked").begin_object();
  value_or_null(json, "client", q.client, ip);
  value_or_null(json, "client_port", q.client_port, port);
  value_or_null(json, "server", q.server, ip);
  value_or_null(json, "server_port", q.server_port, port);
  query::write_time(json, "from", q.from, query::TimeForm::both);
  query::write_time(json, "to", q.to, query::TimeForm::both);
  json.end_object();
}

void write_codes(query::JsonWriter& json, const std::vector<std::uint16_t>& numbers,
                 const query::Names& names) {
  json.key("codes").begin_array();
  for (const std::uint16_t number : numbers)
    if (const base::CodeInfo* info = names.code_info(number); info != nullptr)
      write_code(json, *info);
  json.end_array();
}

void write_records(query::JsonWriter& json, const query::ExplainFindings& findings,
                   const query::Names& names) {
  json.key("communications").begin_array();
  for (const query::CommunicationRow& row : findings.communications) {
    json.begin_object().field("id", model::to_text(row.id));
    query::write_time(json, "start", row.id.start, query::TimeForm::both);
    json.field("state", query::name(row.state));
    json.key("codes").begin_array();
    for (const std::uint16_t code : row.codes) json.text(names.code(code));
    json.end_array().key("_links").begin_object();
    write_link(json, "self",
               fmt::format("{}http-communications/{}", kBase, model::to_text(row.id)));
    json.end_object().end_object();
  }
  json.end_array().key("sessions").begin_array();
  for (const query::SessionRow& row : findings.sessions) {
    json.begin_object().field("id", model::to_text(row.id));
    query::write_time(json, "start", row.id.start, query::TimeForm::both);
    json.field("close", query::name(row.close)).field("communications", row.communications);
    json.key("_links").begin_object();
    write_link(json, "self", fmt::format("{}tcp-sessions/{}", kBase, model::to_text(row.id)));
    json.end_object().end_object();
  }
  json.end_array();
}

void write_finding(query::JsonWriter& json, const query::Finding& f,
                   const query::ExplainFindings& findings, const query::Names& names) {
  const auto text_or_null = [&](std::string_view key, const std::string& text) {
    json.key(key);
    text.empty() ? json.null() : json.text(text);
  };
  const auto time_or_null = [&](std::string_view key, const std::optional<base::Time>& time) {
    value_or_null(json, key, time, [&](base::Time t) { json.text(base::to_iso(t)); });
  };
  json.begin_object().field("verdict", query::name(f.verdict));
  json.field("certain", f.certain).field("text", f.text);
  text_or_null("rule", f.rule);
  text_or_null("counter", f.counter);
  json.key("count");
  f.counter.empty() ? json.null() : json.number(f.count);
  value_or_null(json, "share", f.share, [&](double share) { json.number(share); });
  time_or_null("earliest", f.earliest);
  time_or_null("latest", f.latest);
  write_codes(json, f.codes, names);
  if (f.shows_records) write_records(json, findings, names);
  json.end_object();
}

// The whisperer as it is now; one that only its data knows has its name and type.
[[nodiscard]] std::pair<model::WhispererStatus, bool> whisperer_of(
    const std::vector<model::WhispererStatus>& all, const store::SourceInfo& source) {
  for (const model::WhispererStatus& w : all)
    if (w.config.name == source.name) return {w, true};
  model::WhispererStatus gone;
  gone.config.name = source.name;
  gone.config.type = source.type;
  gone.source = source.id;
  gone.state = model::WhispererState::stopped;
  return {gone, false};
}

}  // namespace

base::Result<Answer> get_explain(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  const base::Time now = base::Time::now();
  SPIDER_TRY_LET(question, read_question(p, now));
  const std::string wanted = p.text("whisperer");
  const auto snapshot = context.snapshot();
  const query::Names names = context.names();
  const auto whisperers = context.parts.control.whisperers();
  const TimePart range{question.from, question.to};
  Captured captured(context, *snapshot, range);
  Answer answer;
  answer.cache = "no-store";
  query::JsonWriter json(answer.body);
  json.begin_object();
  write_asked(json, question);
  json.key("items").begin_array();
  std::uint64_t count = 0;
  std::vector<std::vector<store::SourceInfo>> of_whisperers;
  std::map<std::string, std::size_t> places;
  for (store::SourceInfo& source : context.parts.store.sources()) {
    if (!wanted.empty() && source.name != wanted) continue;
    const auto [at, fresh] = places.try_emplace(source.name, of_whisperers.size());
    if (fresh) of_whisperers.emplace_back();
    of_whisperers[at->second].push_back(std::move(source));
  }
  for (const std::vector<store::SourceInfo>& sources : of_whisperers) {
    const store::SourceInfo& source = sources.front();
    ++count;
    const auto [whisperer, configured] = whisperer_of(whisperers, source);
    SPIDER_TRY_LET(findings, query::gather(*snapshot, sources, question));
    std::vector<model::SourceId> ids;
    for (const store::SourceInfo& one : sources) ids.push_back(one.id);
    SPIDER_TRY_LET(gaps, captured.gaps(ids, range));
    findings.gaps = std::move(gaps);
    const auto verdicts = query::judge(question, findings, whisperer, configured,
                                       try_filter(context, whisperer.config, question), now);
    json.begin_object().field("whisperer", source.name).field("type", whisperer.config.type);
    json.field("verdict", query::name(verdicts.front().verdict));
    json.field("certain", verdicts.front().certain).field("text", verdicts.front().text);
    json.key("verdicts").begin_array();
    for (const query::Finding& f : verdicts) write_finding(json, f, findings, names);
    json.end_array().end_object();
  }
  json.end_array().field("count", count);
  if (!wanted.empty() && count == 0)
    return base::fail(codes::bad_parameter,
                      fmt::format("whisperer: there is none named '{}'.", wanted.substr(0, 100)));
  write_self(json, request.target);
  json.end_object();
  return answer;
}

}  // namespace spider::api
