// The timeline: communications per bucket.

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "spider/api/codes.h"
#include "spider/query/engine.h"
#include "spider/query/facets.h"
#include "spider/query/look.h"

#include "api/asking.h"
#include "api/router.h"
#include "api/timeline_split.h"
#include "api/window.h"

namespace spider::api {
namespace {

using query::SeriesKind;
using query::Split;

// How many values are told by themselves when the question names none.
constexpr std::size_t kValuesTold = 8;
constexpr std::size_t kValueBytesMax = 4'096;

constexpr TimelineSplit kSplits[] = {
    {"status_class", Split::status_class, {}},
    {"none", Split::none, {}},
    {"method", Split::method, {}},
    {"whisperer", Split::whisperer, {}},
    {"host", Split::values, query::GroupField::host},
    {"path", Split::values, query::GroupField::path},
    {"template", Split::values, query::GroupField::path_template},
};

[[nodiscard]] std::string_view name(SeriesKind kind) {
  if (kind == SeriesKind::value) return "value";
  return kind == SeriesKind::none ? "none" : "others";
}

// One value per line: none of these fields can hold a line's end.
[[nodiscard]] base::Result<std::vector<std::string>> read_values(const Parameters& p, Split split) {
  std::vector<std::string> out;
  if (p.has("values") && split != Split::values)
    return base::fail(codes::bad_parameter,
                      fmt::format("values: only a split by {} has them.", value_split_names()));
  const std::string asked = p.text("values");
  std::string_view text = asked;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || std::find(out.begin(), out.end(), line) != out.end()) continue;
    if (out.size() == query::kTimelineValuesMax || line.size() > kValueBytesMax)
      return base::fail(codes::bad_parameter,
                        fmt::format("values: at most {} lines of {} bytes.",
                                    query::kTimelineValuesMax, kValueBytesMax));
    out.emplace_back(line);
  }
  return out;
}

// The commonest values of the field in the range, the commonest first. Returns how many
// communications a value that is not among them may have at most without having been compared.
[[nodiscard]] base::Result<std::uint64_t> find_commonest(const store::StoreSnapshot& snapshot,
                                                         query::TimelineRequest& question,
                                                         const query::Filter& filter,
                                                         const query::Executor& executor) {
  query::FacetsRequest ranking;
  ranking.fields = {question.field};
  ranking.values = kValuesTold + 1;  // one of them may be those without a value
  SPIDER_TRY_LET(ranked, query::facets(snapshot, ranking, filter, &executor));
  const query::Facet& facet = ranked.facets.front();
  for (const query::FacetValue& value : facet.values)
    if (!value.value.none && question.values.size() < kValuesTold)
      question.values.push_back(value.value.text);
  return facet.missed_max;
}

[[nodiscard]] std::string series_key(const query::TimelineSeries& series, Split split,
                                     const query::Names& names) {
  if (split == Split::none) return "all";
  if (split == Split::whisperer)
    return names.whisperer(
        static_cast<model::SourceId>(std::strtoul(series.key.c_str(), nullptr, 10)));
  if (series.kind != SeriesKind::value) return std::string(name(series.kind));
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

std::span<const TimelineSplit> timeline_splits() noexcept { return kSplits; }

std::string value_split_names() {
  std::vector<std::string_view> names;
  for (const TimelineSplit& split : kSplits)
    if (split.split == Split::values) names.push_back(split.name);
  return fmt::format("{} or {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

base::Result<Answer> get_timeline(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only(kFilterParameters, {"bucket", "buckets", "split", "values", "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  std::vector<std::string_view> names;
  for (const TimelineSplit& known : kSplits) names.push_back(known.name);
  SPIDER_TRY_LET(choice, p.choice("split", std::span<const std::string_view>(names)));
  const TimelineSplit& split = kSplits[choice];
  SPIDER_TRY_LET(values, read_values(p, split.split));
  SPIDER_TRY_LET(filter, read_filter(context, p));
  const auto snapshot = context.snapshot();
  SPIDER_TRY(close_range(*snapshot, filter));
  SPIDER_TRY_LET(window, read_window(p, filter.from, filter.to, "auto", 1'000));
  SPIDER_TRY(check_buckets(static_cast<std::uint64_t>((window.to - window.from) / window.bucket)));
  filter.from = base::Time{window.from};
  filter.to = base::Time{window.to};

  query::TimelineRequest question{filter.from, filter.to,   base::Duration{window.bucket},
                                  split.split, split.field, std::move(values)};
  const query::Executor& executor = executor_of(context, request);
  limit_reading(context, request, filter);
  SPIDER_TRY_LET(looked, query::look(*snapshot, filter, executor));
  std::uint64_t missed_max = 0;
  if (split.split == Split::values && question.values.empty()) {
    SPIDER_TRY_LET(missed, find_commonest(*snapshot, question, filter, executor));
    missed_max = missed;
  }
  SPIDER_TRY_LET(timeline, query::QueryEngine(*snapshot, &executor).timeline(question, filter));
  const query::Names known = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object();
  query::write_time(json, "from", filter.from, form);
  query::write_time(json, "to", filter.to, form);
  json.field("bucket_us", window.bucket / 1'000);
  json.field("split", split.name);
  json.key("series").begin_array();
  for (const query::TimelineSeries& series : timeline.series) {
    json.begin_object().key("key").captured(series_key(series, split.split, known));
    if (split.split == Split::values) json.field("kind", name(series.kind));
    json.field("communications", series.total).end_object();
  }
  json.end_array();
  if (split.split == Split::values) json.field("missed_max", missed_max);
  write_buckets(json, timeline, form);
  json.field("communications", timeline.total);
  write_partial(json, context, looked.after, false, form);
  SPIDER_TRY(write_range_completeness(json, context, *snapshot, filter));
  json.key("_links").begin_object();
  write_link(json, "self", request.target);
  write_link(json, "communications",
             fmt::format("{}http-communications{}", kBase,
                         p.with({{"bucket", ""},
                                 {"buckets", ""},
                                 {"split", ""},
                                 {"values", ""},
                                 {"from", std::to_string(filter.from.us())},
                                 {"to", std::to_string(filter.to.us())}})));
  json.end_object().end_object();
  return answer;
}

}  // namespace spider::api
