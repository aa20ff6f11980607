// Statistics: communications counted and timed by groups and periods.

#include "spider/query/statistics.h"

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/facets.h"
#include "spider/query/json_writer.h"
#include "spider/query/look.h"

#include "api/asking.h"
#include "api/clock.h"
#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

using query::GroupField;
using query::Measures;
using query::StatisticsOrder;

constexpr std::uint64_t kGroupsDefault = 100;
constexpr std::uint64_t kGroupsMax = 1'000;

[[nodiscard]] base::Result<std::vector<GroupField>> read_fields(const Parameters& p) {
  std::vector<GroupField> out;
  for (const std::string& word : p.list("group_by")) {
    const auto field = query::parse_group_field(word);
    if (!field)
      return base::fail(codes::bad_parameter,
                        fmt::format("group_by: '{}' is none of {}.", word.substr(0, 64),
                                    query::group_field_names()));
    out.push_back(*field);
  }
  if (out.size() > query::kGroupFieldsMax || (out.size() == 2 && out[0] == out[1]))
    return base::fail(codes::bad_parameter, "group_by: one field, or two different ones.");
  return out;
}

[[nodiscard]] base::Result<void> read_order(const Parameters& p,
                                            query::StatisticsRequest& request) {
  static constexpr StatisticsOrder kOrders[] = {StatisticsOrder::communications,
                                                StatisticsOrder::errors,
                                                StatisticsOrder::error_rate,
                                                StatisticsOrder::p50,
                                                StatisticsOrder::p90,
                                                StatisticsOrder::p99,
                                                StatisticsOrder::max,
                                                StatisticsOrder::bytes,
                                                StatisticsOrder::key};
  SPIDER_TRY_LET(at, p.choice("sort", {"-communications", "-errors", "-error_rate", "-p50", "-p90",
                                       "-p99", "-max", "-bytes", "-key", "communications", "errors",
                                       "error_rate", "p50", "p90", "p99", "max", "bytes", "key"}));
  request.order = kOrders[at % std::size(kOrders)];
  request.descending = at < std::size(kOrders);
  return {};
}

// The length of the periods; nothing without. The range is widened to whole ones, on the clock that
// the asker goes by.
[[nodiscard]] base::Result<void> read_periods(const Parameters& p, query::Filter& filter,
                                              query::StatisticsRequest& request) {
  SPIDER_TRY_LET(clock, Clock::read(p));
  if (!p.has("bucket") && !p.has("buckets")) return {};
  const base::Time asked_from = filter.from;
  const base::Time asked_to = filter.to;
  SPIDER_TRY_LET(window, read_window(p, filter.from, filter.to, "auto", 1'000));
  filter.from = base::Time{window.from};
  filter.to = base::Time{window.to};
  request.period = base::Duration{window.bucket};
  if (clock.is_utc()) return {};
  SPIDER_TRY_LET(starts, clock.cut(asked_from.ns, asked_to.ns, window.bucket));
  filter.from = starts.front();
  filter.to = starts.back();
  starts.pop_back();
  request.starts = std::move(starts);
  return {};
}

void write_value(query::JsonWriter& json, GroupField field, const query::GroupValue& value,
                 const query::Names& names) {
  json.key(query::name(field));
  if (value.none) {
    json.null();
  } else if (field == GroupField::whisperer) {
    json.captured(names.whisperer(static_cast<model::SourceId>(value.number)));
  } else if (field == GroupField::state) {
    json.text(query::name(static_cast<model::CommunicationState>(value.number)));
  } else if (field == GroupField::identity_kind) {
    json.text(query::name(static_cast<model::IdentityKind>(value.number)));
  } else if (field == GroupField::status_class) {
    value.number > 5 ? json.text("other") : json.text(fmt::format("{}xx", value.number));
  } else if (field == GroupField::client_ip || field == GroupField::server_ip) {
    json.text(model::to_text(model::IpAddress::kept(base::as_bytes(value.text))));
  } else if (query::is_number(field)) {
    json.number(value.number);
  } else {
    json.captured(value.text);
  }
}

// Durations of microseconds with what lies below, as a number.
void write_micros(query::JsonWriter& json, std::string_view key, base::Duration duration) {
  json.key(key);
  if (duration.ns % 1'000 == 0) {
    json.number(duration.ns / 1'000);
  } else {
    json.number(static_cast<double>(duration.ns) / 1'000);
  }
}

void write_measures(query::JsonWriter& json, const Measures& m, base::Duration length) {
  json.field("communications", m.communications);
  const double seconds = static_cast<double>(length.ns) / 1e9;
  json.key("rate_per_s");
  length.ns > 0 ? json.number(static_cast<double>(m.communications) / seconds) : json.null();
  json.field("errors", m.errors);
  json.key("error_rate");
  m.communications > 0 ? json.number(m.error_rate()) : json.null();
  json.field("unanswered", m.unanswered);
  json.field("request_bytes", m.request_bytes).field("response_bytes", m.response_bytes);
  json.key("duration");
  if (m.timed == 0) {
    json.null();
    return;
  }
  json.begin_object().field("communications", m.timed);
  write_micros(json, "p50_us", m.p50);
  write_micros(json, "p90_us", m.p90);
  write_micros(json, "p99_us", m.p99);
  write_micros(json, "max_us", m.max);
  json.field("exact", m.exact).end_object();
}

struct Shape {
  const query::StatisticsRequest& request;
  const query::Filter& filter;
  query::TimeForm form;
  const query::Names& names;
  std::vector<store::SourceInfo> sources;
};

// Inside an object: the measures, and those of the periods in which there was something.
void write_group(query::JsonWriter& json, const query::StatisticsGroup& group, const Shape& shape) {
  write_measures(json, group.measures, shape.filter.to - shape.filter.from);
  if (shape.request.period.ns == 0) return;
  json.key("periods").begin_array();
  const std::vector<base::Time>& starts = shape.request.starts;
  const auto start_of = [&](std::size_t i) {
    if (starts.empty())
      return shape.filter.from +
             base::Duration{shape.request.period.ns * static_cast<std::int64_t>(i)};
    return i < starts.size() ? starts[i] : shape.filter.to;
  };
  for (std::size_t i = 0; i < group.periods.size(); ++i) {
    if (group.periods[i].communications == 0) continue;
    const base::Duration length = start_of(i + 1) - start_of(i);
    json.begin_object();
    query::write_time(json, "start", start_of(i), shape.form);
    json.field("length_us", length.us());
    write_measures(json, group.periods[i], length);
    json.end_object();
  }
  json.end_array();
}

// Names of the addresses in the key; nothing when none has one.
void write_hosts(query::JsonWriter& json, const query::StatisticsGroup& group, const Shape& shape) {
  bool any = false;
  for (std::size_t i = 0; i < shape.request.group_by.size(); ++i) {
    const GroupField field = shape.request.group_by[i];
    const auto host = query::host_of(field, group.key[i], shape.names, shape.filter.to);
    if (!host) continue;
    if (!any) json.key("names").begin_object();
    any = true;
    json.key(query::name(field)).begin_object().field("name", host->name);
    json.field("name_source", store::name(host->source)).end_object();
  }
  if (any) json.end_object();
}

void write_groups(query::JsonWriter& json, const query::Statistics& statistics,
                  const Shape& shape) {
  json.key("groups").begin_array();
  for (const query::StatisticsGroup& group : statistics.groups) {
    json.begin_object().key("key").begin_object();
    for (std::size_t i = 0; i < shape.request.group_by.size(); ++i)
      write_value(json, shape.request.group_by[i], group.key[i], shape.names);
    json.end_object().key("filters").begin_object();
    for (std::size_t i = 0; i < shape.request.group_by.size(); ++i) {
      const GroupField field = shape.request.group_by[i];
      json.field(query::name(field), query::filter_text(field, group.key[i], shape.sources));
    }
    json.end_object();
    write_hosts(json, group, shape);
    write_group(json, group, shape);
    json.end_object();
  }
  json.end_array().field("count", std::uint64_t{statistics.groups.size()});
  json.key("rest").begin_object().key("groups");
  statistics.rest_groups ? json.number(*statistics.rest_groups) : json.null();
  json.field("missed_max", statistics.missed_max);
  write_group(json, statistics.rest, shape);
  json.end_object();
  json.key("total").begin_object();
  write_group(json, statistics.total, shape);
  json.end_object();
  json.key("percentiles").begin_object().field("method", "nearest rank");
  json.field("exact_up_to", std::uint64_t{query::kExactDurations});
  json.field("error_max", query::kQuantileError).end_object();
}

}  // namespace

base::Result<Answer> get_statistics(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only(kFilterParameters,
                    {"bucket", "buckets", "group_by", "limit", "sort", "time", "utc_offset"}));
  SPIDER_TRY_LET(form, time_form(p));
  query::StatisticsRequest question;
  SPIDER_TRY_LET(fields, read_fields(p));
  question.group_by = std::move(fields);
  SPIDER_TRY(read_order(p, question));
  SPIDER_TRY_LET(limit, p.number("limit", kGroupsDefault, 1, kGroupsMax));
  question.limit = static_cast<std::size_t>(limit);
  SPIDER_TRY_LET(filter, read_filter(context, p));
  const auto snapshot = context.snapshot();
  SPIDER_TRY(close_range(*snapshot, filter));
  SPIDER_TRY(read_periods(p, filter, question));
  const query::Executor& executor = executor_of(context, request);
  limit_reading(context, request, filter);
  SPIDER_TRY_LET(looked, query::look(*snapshot, filter, executor));
  SPIDER_TRY_LET(statistics, query::statistics(*snapshot, question, filter, &executor));
  const query::Names names = context.shown_names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_time(json, "from", filter.from, form);
  query::write_time(json, "to", filter.to, form);
  json.key("bucket_us");
  question.period.ns > 0 ? json.number(question.period.us()) : json.null();
  json.key("group_by").begin_array();
  for (const GroupField field : question.group_by) json.text(query::name(field));
  json.end_array();
  write_groups(json, statistics, {question, filter, form, names, context.parts.store.sources()});
  write_partial(json, context, looked.after, false, form);
  SPIDER_TRY(write_range_completeness(json, context, *snapshot, filter));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  write_link(json, "communications",
             fmt::format("{}http-communications{}", kBase,
                         p.with({{"bucket", ""},
                                 {"buckets", ""},
                                 {"group_by", ""},
                                 {"sort", ""},
                                 {"limit", ""},
                                 {"utc_offset", ""},
                                 {"from", fmt::format("{}", filter.from.us())},
                                 {"to", fmt::format("{}", filter.to.us())}})));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
