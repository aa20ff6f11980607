#include "api/context.h"

#include <algorithm>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/codes.h"

#include "api/captured.h"
#include "api/window.h"

namespace spider::api {
namespace {

constexpr std::size_t kPatternBytesMax = 1'024;
constexpr std::size_t kValuesMax = 256;
constexpr std::int64_t kMinuteNs = kMinute;
constexpr std::size_t kPartsHeld = 10'000;

// By which the books of a range are read: fine enough to tell its parts, and not too many rows.
[[nodiscard]] base::Duration step_for(base::Duration range) {
  constexpr std::int64_t kHour = 60 * kMinute;
  if (range.ns <= 2 * kHour) return {kMinute};
  return {range.ns <= 48 * kHour ? kHour : 24 * kHour};
}

// A part of a list that is too long to be meant.
[[nodiscard]] base::Result<std::vector<std::string>> bounded_list(const Parameters& parameters,
                                                                  std::string_view name) {
  std::vector<std::string> out = parameters.list(name);
  const bool long_value = std::any_of(
      out.begin(), out.end(), [](const std::string& v) { return v.size() > kPatternBytesMax; });
  if (out.size() > kValuesMax || long_value)
    return base::fail(codes::bad_parameter, fmt::format("{}: at most {} values of {} bytes.", name,
                                                        kValuesMax, kPatternBytesMax));
  return out;
}

[[nodiscard]] base::Result<std::vector<model::SourceId>> read_sources(
    const Context& context, const Parameters& parameters) {
  std::vector<model::SourceId> out;
  SPIDER_TRY_LET(names, bounded_list(parameters, "whisperer"));
  if (names.empty()) return out;
  const auto known = context.parts.store.sources();
  for (const std::string& name : names) {
    const std::size_t before = out.size();
    for (const store::SourceInfo& s : known)
      if (s.name == name) out.push_back(s.id);
    if (out.size() == before) {
      std::string names_known;
      for (const store::SourceInfo& s : store::first_of_each_name(known))
        names_known += (names_known.empty() ? "" : ", ") + s.name;
      return base::fail(
          codes::bad_parameter,
          fmt::format("whisperer: there is none named '{}'; known are: {}.", name, names_known));
    }
  }
  return out;
}

// One upload's records alone.
[[nodiscard]] base::Result<void> read_upload(const Context& context, const Parameters& parameters,
                                             query::Filter& filter) {
  if (!parameters.has("upload")) return {};
  SPIDER_TRY_LET(id, parameters.number("upload", 0, 1, UINT32_MAX));
  const auto source = model::SourceId{static_cast<std::uint32_t>(id)};
  const bool named =
      filter.sources.empty() ||
      std::find(filter.sources.begin(), filter.sources.end(), source) != filter.sources.end();
  const auto known = context.parts.store.find_source(source);
  if (!named || !known || (!known->upload && known->type != "UPLOAD"))
    return base::fail(codes::bad_parameter, fmt::format("upload: there is no upload {}{}.", id,
                                                        named ? "" : " of that whisperer"));
  filter.sources = {source};
  return {};
}

[[nodiscard]] base::Result<std::vector<model::IpAddress>> read_ips(const Parameters& parameters,
                                                                   std::string_view name) {
  std::vector<model::IpAddress> out;
  SPIDER_TRY_LET(words, bounded_list(parameters, name));
  for (const std::string& word : words) {
    const auto ip = model::parse_ip(word);
    if (!ip)
      return base::fail(codes::bad_parameter,
                        fmt::format("{}: '{}' is no IP address.", name, word));
    out.push_back(*ip);
  }
  return out;
}

[[nodiscard]] base::Result<std::vector<std::uint16_t>> read_ports(const Parameters& parameters,
                                                                  std::string_view name) {
  std::vector<std::uint16_t> out;
  SPIDER_TRY_LET(words, bounded_list(parameters, name));
  for (const std::string& word : words) {
    const bool digits =
        word.size() <= 5 && word.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long value = digits ? std::stoul(word) : 65'536UL;
    if (value > 65'535)
      return base::fail(codes::bad_parameter, fmt::format("{}: '{}' is no port.", name, word));
    out.push_back(static_cast<std::uint16_t>(value));
  }
  return out;
}

[[nodiscard]] base::Result<std::vector<std::uint16_t>> read_codes(const Context& context,
                                                                  const Parameters& parameters) {
  std::vector<std::uint16_t> out;
  SPIDER_TRY_LET(words, bounded_list(parameters, "code"));
  for (const std::string& word : words) {
    const auto rows = context.parts.codes;
    const auto at = std::find_if(rows.begin(), rows.end(),
                                 [&](const base::CodeInfo& row) { return row.name == word; });
    if (at == rows.end())
      return base::fail(codes::bad_parameter,
                        fmt::format("code: there is none named '{}'; see /api/v1/codes.", word));
    out.push_back(at->number);
  }
  return out;
}

[[nodiscard]] base::Result<std::optional<base::Duration>> read_duration(
    const Parameters& parameters, std::string_view name) {
  const std::string word = parameters.text(name);
  if (word.empty()) return std::optional<base::Duration>{};
  const auto duration = query::parse_duration(word);
  if (!duration)
    return base::fail(duration.error().code, fmt::format("{}: {}", name, duration.error().detail));
  return std::optional{*duration};
}

[[nodiscard]] base::Result<void> read_session(const Parameters& parameters, query::Filter& filter) {
  const std::string word = parameters.text("session");
  if (word.empty()) return {};
  const auto id = model::parse_session_id(word);
  if (!id)
    return base::fail(codes::bad_parameter, fmt::format("session: '{}' is no session's id.", word));
  filter.sources = {id->source};
  filter.session_number = id->number;
  // Nothing of a session is older than its first packet.
  filter.from = std::max(filter.from, id->start);
  return {};
}

// What the heads mean: who asked, as whom, under which ids.
[[nodiscard]] base::Result<void> read_meaning(const Parameters& parameters, query::Filter& filter) {
  using query::Filter;
  constexpr std::pair<std::string_view, std::vector<std::string> Filter::*> kPatterns[] = {
      {"origin", &Filter::origins},           {"via", &Filter::vias},
      {"identity", &Filter::identities},      {"claim", &Filter::claims},
      {"correlation", &Filter::correlations}, {"location", &Filter::locations}};
  for (const auto& [name, patterns] : kPatterns) {
    SPIDER_TRY_LET(words, bounded_list(parameters, name));
    filter.*patterns = std::move(words);
  }
  SPIDER_TRY_LET(kinds, bounded_list(parameters, "identity_kind"));
  for (const std::string& word : kinds) {
    SPIDER_TRY_LET(kind, query::parse_identity_kind(word));
    filter.identity_kinds.push_back(kind);
  }
  return {};
}

[[nodiscard]] base::Result<void> read_range(const Parameters& parameters, query::Filter& filter) {
  SPIDER_TRY_LET(from, parameters.time("from"));
  SPIDER_TRY_LET(to, parameters.time("to"));
  if (from) filter.from = *from;
  if (to) filter.to = *to;
  if (filter.to < filter.from)
    return base::fail(codes::bad_parameter, "to: the range ends before it begins.");
  return {};
}

}  // namespace

base::Result<query::TimeForm> time_form(const Parameters& parameters) {
  SPIDER_TRY_LET(choice, parameters.choice("time", {"both", "iso", "us"}));
  return choice == 0   ? query::TimeForm::both
         : choice == 1 ? query::TimeForm::iso
                       : query::TimeForm::us;
}

query::FilterVocabulary vocabulary(const Context& context) {
  return {context.parts.store.sources(), context.parts.codes, true, &context.parts.store.hosts()};
}

base::Result<query::Filter> read_filter(const Context& context, const Parameters& parameters) {
  query::Filter filter;
  SPIDER_TRY(read_range(parameters, filter));
  SPIDER_TRY_LET(sources, read_sources(context, parameters));
  filter.sources = std::move(sources);
  SPIDER_TRY(read_upload(context, parameters, filter));
  SPIDER_TRY_LET(methods, bounded_list(parameters, "method"));
  filter.methods = std::move(methods);
  SPIDER_TRY_LET(hosts, bounded_list(parameters, "host"));
  filter.hosts = std::move(hosts);
  filter.uri_part = parameters.text("uri");
  if (filter.uri_part.size() > kPatternBytesMax)
    return base::fail(codes::bad_parameter,
                      fmt::format("uri: longer than {} bytes.", kPatternBytesMax));
  if (const std::string status = parameters.text("status"); !status.empty()) {
    SPIDER_TRY_LET(ranges, query::parse_status(status));
    filter.status = std::move(ranges);
  }
  SPIDER_TRY_LET(duration_min, read_duration(parameters, "min_duration"));
  SPIDER_TRY_LET(duration_max, read_duration(parameters, "max_duration"));
  filter.duration_min = duration_min;
  filter.duration_max = duration_max;
  for (const std::string& word : parameters.list("state")) {
    SPIDER_TRY_LET(state, query::parse_state(word));
    filter.states.push_back(state);
  }
  SPIDER_TRY_LET(client_ips, read_ips(parameters, "client_ip"));
  SPIDER_TRY_LET(server_ips, read_ips(parameters, "server_ip"));
  SPIDER_TRY_LET(client_ports, read_ports(parameters, "client_port"));
  SPIDER_TRY_LET(server_ports, read_ports(parameters, "server_port"));
  SPIDER_TRY_LET(code_numbers, read_codes(context, parameters));
  filter.client_ips = std::move(client_ips);
  filter.server_ips = std::move(server_ips);
  filter.client_ports = std::move(client_ports);
  filter.server_ports = std::move(server_ports);
  filter.codes = std::move(code_numbers);
  SPIDER_TRY(read_meaning(parameters, filter));
  SPIDER_TRY(read_session(parameters, filter));
  if (parameters.has("q"))
    SPIDER_TRY(query::narrow(filter, parameters.text("q"), vocabulary(context)));
  return filter;
}

bool wants_lines(const Request& request) {
  return request.parameters.text("format") == "jsonl" ||
         request.accept.find("application/x-ndjson") != std::string::npos;
}

base::Result<void> close_range(const store::StoreSnapshot& snapshot, query::Filter& filter) {
  const bool open_from = filter.from == base::Time::min();
  const bool open_to = filter.to == base::Time::max();
  if (!open_from && !open_to) return {};
  SPIDER_TRY_LET(span, snapshot.time_span(store::RecordKind::http, filter.sources));
  const base::Time fallback =
      open_from && open_to ? base::Time::now() : (open_from ? filter.to : filter.from);
  if (open_from) filter.from = span.empty() ? fallback : std::min(span.first, filter.to);
  if (open_to)
    filter.to =
        span.empty() ? fallback : std::max(span.last + base::Duration::from_us(1), filter.from);
  return {};
}

void write_link(query::JsonWriter& json, std::string_view name, std::string_view href) {
  json.key(name).begin_object().field("href", href).end_object();
}

void write_self(query::JsonWriter& json, std::string_view href) {
  json.key("_links").begin_object();
  write_link(json, "self", href);
  json.end_object();
}

void write_unreadable_line(std::string& out, const store::StoreSnapshot& snapshot) {
  if (snapshot.unreadable().count == 0) return;
  query::JsonWriter json(out);
  json.begin_object();
  write_unreadable(json, snapshot);
  json.end_object();
  out += '\n';
}

base::Result<void> write_range_completeness(query::JsonWriter& json, const Context& context,
                                            const store::StoreSnapshot& snapshot,
                                            const query::Filter& filter) {
  // Far beyond any capture, and far from where minutes of nanoseconds overflow.
  constexpr base::Time kFirst{0};
  constexpr base::Time kLast{std::int64_t{9'000'000'000} * 1'000'000'000};
  const base::Time from = std::clamp(filter.from, kFirst, kLast);
  const base::Time to = std::clamp(filter.to, kFirst, kLast);
  model::QualityCounts books;
  std::int64_t first = model::minute_of(from);
  std::int64_t last = model::minute_of(to + base::Duration{kMinuteNs - 1});
  TimePart range{from, to};
  std::vector<TimePart> parts;
  std::vector<CaptureHole> holes;
  std::vector<TimePart> uncaptured;
  Captured captured(context, snapshot, range);
  if (from < to) {
    const base::Duration step = step_for(to - from);
    SPIDER_TRY_LET(rows, snapshot.quality_sums(filter.sources, from, to, step));
    for (const store::QualityRow& row : rows) {
      books += row.minute.counts;
      const std::int64_t begin = round_down(row.minute.minute * kMinuteNs, step.ns);
      const TimePart stretch{std::max(from, base::Time{begin}),
                             std::min(to, base::Time{begin} + step)};
      SPIDER_TRY_LET(found,
                     captured.within(row.source, {base::Time{begin}, base::Time{begin} + step}));
      for (const TimePart& part : found)
        if (part.from < stretch.to && stretch.from < part.to)
          parts.push_back({std::max(part.from, stretch.from), std::min(part.to, stretch.to)});
      if (parts.size() > kPartsHeld) parts = put_together(std::move(parts));
    }
    SPIDER_TRY_LET(span, snapshot.quality_span(filter.sources, from, to));
    if (filter.from < kFirst && !span.empty()) first = span.first;
    if (filter.to > kLast) last = span.empty() ? first : span.last + 1;
    if (filter.from < kFirst) range.from = base::Time{first * kMinuteNs};
    if (filter.to > kLast) range.to = base::Time{last * kMinuteNs};
    SPIDER_TRY_LET(found, captured.holes(filter.sources, range));
    holes = std::move(found);
    SPIDER_TRY_LET(without, captured.uncaptured(filter.sources, range, parts));
    uncaptured = std::move(without);
    // An end that was not asked for is that of a minute with books.
    if (filter.from < kFirst && !uncaptured.empty() && uncaptured.front().from == range.from)
      uncaptured.erase(uncaptured.begin());
    if (filter.to > kLast && !uncaptured.empty() && uncaptured.back().to == range.to)
      uncaptured.pop_back();
  }
  json.key("completeness");
  query::write_completeness(
      json, base::Time{first * kMinuteNs}, base::Time{last * kMinuteNs}, books, [&] {
        json.key("captured");
        write_parts(json, put_together(std::move(parts)), query::TimeForm::both);
        json.key("uncaptured");
        write_parts(json, uncaptured, query::TimeForm::both);
        json.key("holes").begin_array();
        for (const CaptureHole& hole : holes) {
          json.begin_object().field("whisperer", hole.whisperer);
          query::write_time(json, "from", hole.part.from, query::TimeForm::both);
          query::write_time(json, "to", hole.part.to, query::TimeForm::both);
          json.end_object();
        }
        json.end_array();
      });
  write_unreadable(json, snapshot);
  return {};
}

void write_unreadable(query::JsonWriter& json, const store::StoreSnapshot& snapshot) {
  const store::Unreadable lost = snapshot.unreadable();
  json.key("unreadable").begin_object().field("values", lost.count);
  json.key("first").begin_array();
  for (const std::string& value : lost.named) json.text(value);
  json.end_array().end_object();
}

}  // namespace spider::api
