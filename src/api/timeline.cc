// The timeline: communications per bucket.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/engine.h"

#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

[[nodiscard]] std::string series_key(const query::TimelineSeries& series, query::Split split,
                                     const query::Names& names) {
  if (split == query::Split::none) return "all";
  if (split == query::Split::whisperer)
    return names.whisperer(
        static_cast<model::SourceId>(std::strtoul(series.key.c_str(), nullptr, 10)));
  return series.key;
}

void write_buckets(query::JsonWriter& json, const query::Timeline& timeline, query::TimeForm form) {
  json.key("buckets").begin_array();
  for (std::size_t i = 0; i < timeline.buckets; ++i) {
    std::uint64_t total = 0;
    for (const query::TimelineSeries& series : timeline.series) total += series.counts[i];
    if (total == 0) continue;
    json.begin_object();
    query::write_time(
        json, "start",
        timeline.from + base::Duration{timeline.bucket.ns * static_cast<std::int64_t>(i)}, form);
    json.field("total", total).key("counts").begin_array();
    for (const query::TimelineSeries& series : timeline.series) json.number(series.counts[i]);
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace

base::Result<Answer> get_timeline(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"from",        "to",           "bucket",        "buckets",   "split",
                     "whisperer",   "method",       "status",        "host",      "uri",
                     "state",       "code",         "client_ip",     "server_ip", "client_port",
                     "server_port", "min_duration", "max_duration",  "session",   "origin",
                     "via",         "identity",     "identity_kind", "claim",     "correlation",
                     "location",    "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(split_choice, p.choice("split", {"status_class", "none", "method", "whisperer"}));
  static constexpr query::Split kSplits[] = {query::Split::status_class, query::Split::none,
                                             query::Split::method, query::Split::whisperer};
  static constexpr std::string_view kSplitNames[] = {"status_class", "none", "method", "whisperer"};
  SPIDER_TRY_LET(filter, read_filter(context, p));
  const auto snapshot = context.snapshot();
  SPIDER_TRY(close_range(*snapshot, filter));
  SPIDER_TRY_LET(window, read_window(p, filter.from, filter.to, "auto", 1'000));
  SPIDER_TRY(check_buckets(static_cast<std::uint64_t>((window.to - window.from) / window.bucket)));
  filter.from = base::Time{window.from};
  filter.to = base::Time{window.to};

  const query::TimelineRequest question{filter.from, filter.to, base::Duration{window.bucket},
                                        kSplits[split_choice]};
  SPIDER_TRY_LET(timeline, query::QueryEngine(*snapshot, &context.pool).timeline(question, filter));
  const query::Names names = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_time(json, "from", filter.from, form);
  query::write_time(json, "to", filter.to, form);
  json.field("bucket_us", window.bucket / 1'000);
  json.field("split", kSplitNames[split_choice]);
  json.key("series").begin_array();
  for (const query::TimelineSeries& series : timeline.series) {
    json.begin_object().key("key").captured(series_key(series, question.split, names));
    json.field("communications", series.total).end_object();
  }
  json.end_array();
  write_buckets(json, timeline, form);
  json.field("communications", timeline.total);
  SPIDER_TRY(write_range_completeness(json, *snapshot, filter));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  write_link(json, "communications",
             fmt::format("{}http-communications{}", kBase,
                         p.with({{"bucket", ""},
                                 {"buckets", ""},
                                 {"split", ""},
                                 {"from", std::to_string(filter.from.us())},
                                 {"to", std::to_string(filter.to.us())}})));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
