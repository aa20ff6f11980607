// What became of whisperers over time: their states, what they saved, and what Spider costs.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/store/status_book.h"

#include "api/not_saved.h"
#include "api/option_json.h"
#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

struct Asked {
  query::TimeForm form = query::TimeForm::both;
  model::SourceId source{};
  std::string name;
  base::Time from = base::Time::min();
  base::Time to = base::Time::max();
};

[[nodiscard]] base::Result<Asked> read_asked(const Context& context, const Request& request) {
  Asked out;
  SPIDER_TRY_LET(form, time_form(request.parameters));
  out.form = form;
  out.name = request.parts.front();
  SPIDER_TRY_LET(source, source_of(context, out.name));
  out.source = source;
  SPIDER_TRY_LET(from, request.parameters.time("from"));
  SPIDER_TRY_LET(to, request.parameters.time("to"));
  if (from) out.from = *from;
  if (to) out.to = *to;
  if (out.from > out.to)
    return base::fail(codes::bad_parameter, "from: the range ends before it begins.");
  return out;
}

[[nodiscard]] const store::StatusBook& book(const Context& context) {
  return context.parts.store.status();
}

void write_links(query::JsonWriter& json, const Request& request, const std::string& name) {
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  write_link(json, "whisperer", fmt::format("{}whisperers/{}", kBase, percent_encoded(name)));
  json.end_object();
}

void write_period(query::JsonWriter& json, const model::StatePeriod& period, query::TimeForm form) {
  const bool lasts = period.until == base::Time::max();
  json.begin_object().field("state", model::name(period.state)).key("reason");
  period.reason.empty() ? json.null() : json.text(period.reason);
  query::write_time(json, "from", period.from, form);
  write_time_or_null(json, "until", period.until, !lasts, form);
  json.field("end", lasts ? "lasts" : period.unseen ? "unseen" : "seen").end_object();
}

// ---- observations

struct Sums {
  std::int64_t start = 0;
  model::Observation sum;
};

// Rows of minutes, put together to buckets.
[[nodiscard]] std::vector<Sums> in_buckets(const std::vector<model::Observation>& rows,
                                           std::int64_t bucket) {
  std::vector<Sums> out;
  for (const model::Observation& row : rows) {
    const std::int64_t start = round_down(row.minute * kMinute, bucket);
    if (out.empty() || out.back().start != start) out.push_back({start, {}});
    out.back().sum += row;
  }
  return out;
}

void write_gauge(query::JsonWriter& json, std::string_view name, const model::Gauge& gauge,
                 std::uint64_t looks) {
  json.key(name).begin_object();
  json.field("mean", looks == 0 ? std::uint64_t{0} : gauge.sum / looks);
  json.field("max", gauge.max).end_object();
}

void write_threads(query::JsonWriter& json, const std::vector<model::ThreadTime>& threads) {
  json.key("threads").begin_array();
  for (const model::ThreadTime& thread : threads)
    json.begin_object().field("name", thread.name).field("cpu_us", thread.cpu_us).end_object();
  json.end_array();
}

void write_span(query::JsonWriter& json, const Sums& of, std::int64_t bucket,
                query::TimeForm form) {
  query::write_time(json, "start", base::Time{of.start}, form);
  query::write_time(json, "end", base::Time{of.start + bucket}, form);
  json.field("looks", std::uint64_t{of.sum.looks});
}

void write_codes(query::JsonWriter& json, const model::Observation& o, const query::Names& names) {
  json.key("codes").begin_array();
  for (const model::CodeCount& count : o.codes) {
    const base::CodeInfo* info = names.code_info(count.code);
    json.begin_object().field("code", std::uint64_t{count.code});
    json.field("name", names.code(count.code));
    json.field("severity", info == nullptr ? std::string_view("info") : name(info->severity));
    json.field("help", info == nullptr ? std::string_view{} : info->help);
    json.field("records", count.records).field("notes", count.notes).end_object();
  }
  json.end_array();
}

// The range that was asked for, or the last day of what there is.
[[nodiscard]] base::Result<Window> window_of(const Parameters& p, const Asked& asked) {
  const base::Time now = base::Time::now();
  const base::Time to = std::clamp(asked.to, base::Time{0}, now + base::Duration::from_s(60));
  const base::Time from =
      asked.from == base::Time::min() ? to - base::Duration::from_s(86'400) : asked.from;
  return read_window(p, std::clamp(from, base::Time{0}, to), to, "auto", kMinute);
}

}  // namespace

base::Result<Answer> get_whisperer_states(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"from", "to", "time"}));
  SPIDER_TRY_LET(asked, read_asked(context, request));
  SPIDER_TRY_LET(periods, book(context).states(asked.source, asked.from, asked.to));
  SPIDER_TRY_LET(since, book(context).states_known_since(asked.source));
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("whisperer", asked.name);
  write_time_or_null(json, "known_since", since.value_or(base::Time{}), since.has_value(),
                     asked.form);
  json.key("items").begin_array();
  for (const model::StatePeriod& period : periods) write_period(json, period, asked.form);
  json.end_array().field("count", std::uint64_t{periods.size()});
  write_links(json, request, asked.name);
  json.end_object();
  return answer;
}

base::Result<Answer> get_whisperer_saving(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"time"}));
  SPIDER_TRY_LET(asked, read_asked(context, request));
  const std::vector<model::SavingChange> changes = book(context).saving(asked.source);
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("whisperer", asked.name).key("items").begin_array();
  for (const model::SavingChange& change : changes) {
    json.begin_object();
    query::write_time(json, "from", change.at, asked.form);
    json.field("packets", change.options.packets).field("sessions", change.options.sessions);
    json.field("parsing", change.options.parsing).field("bodies", change.options.bodies);
    json.field("first", change.first).end_object();
  }
  json.end_array().field("count", std::uint64_t{changes.size()});
  json.key("not_saved").begin_array();
  if (!changes.empty())
    for (const model::Saved what : {model::Saved::packets, model::Saved::sessions,
                                    model::Saved::parsing, model::Saved::bodies}) {
      const model::SavingAnswer now = model::saving_at(changes, what, &changes.back().at);
      if (now.known == model::SavingAnswer::Known::off)
        write_not_saved(json, asked.name, what, now, asked.form);
    }
  json.end_array();
  write_links(json, request, asked.name);
  json.end_object();
  return answer;
}

base::Result<Answer> get_observations(const Context& context, const Request& request) {
  SPIDER_TRY(request.parameters.only({"from", "to", "bucket", "buckets", "time"}));
  SPIDER_TRY_LET(asked, read_asked(context, request));
  SPIDER_TRY_LET(window, window_of(request.parameters, asked));
  const std::int64_t first = window.from / kMinute;
  const std::int64_t end = window.to / kMinute;
  SPIDER_TRY_LET(own, book(context).observations(asked.source, first, end));
  SPIDER_TRY_LET(shared, book(context).observations(model::SourceId{}, first, end));
  const query::Names names = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("whisperer", asked.name).field("bucket_us", window.bucket / 1'000);
  json.key("items").begin_array();
  for (const Sums& of : in_buckets(own, window.bucket)) {
    json.begin_object();
    write_span(json, of, window.bucket, asked.form);
    const model::Observation& o = of.sum;
    write_threads(json, o.threads);
    write_gauge(json, "flows", o.flows, o.looks);
    write_gauge(json, "flow_bytes", o.flow_bytes, o.looks);
    write_gauge(json, "parse_bytes", o.parse_bytes, o.looks);
    write_gauge(json, "ring_bytes", o.ring_bytes, o.looks);
    json.field("ring_capacity", o.ring_capacity);
    write_codes(json, o, names);
    json.end_object();
  }
  json.end_array().key("shared").begin_array();
  for (const Sums& of : in_buckets(shared, window.bucket)) {
    json.begin_object();
    write_span(json, of, window.bucket, asked.form);
    write_threads(json, of.sum.threads);
    write_gauge(json, "resident_bytes", of.sum.resident_bytes, of.sum.looks);
    write_gauge(json, "store_bytes", of.sum.store_bytes, of.sum.looks);
    json.end_object();
  }
  json.end_array();
  write_links(json, request, asked.name);
  json.end_object();
  return answer;
}

}  // namespace spider::api
