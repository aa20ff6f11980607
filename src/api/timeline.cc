// The timeline and the quality line: counts and books per bucket.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/query/engine.h"

#include "api/router.h"

namespace spider::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
// What bucket=auto chooses from.
constexpr std::int64_t kLadder[] = {
    1'000,
    10'000,
    100'000,
    1'000'000,
    2'000'000,
    5'000'000,
    10'000'000,
    20'000'000,
    50'000'000,
    100'000'000,
    200'000'000,
    500'000'000,
    kSecond,
    2 * kSecond,
    5 * kSecond,
    10 * kSecond,
    15 * kSecond,
    30 * kSecond,
    kMinute,
    2 * kMinute,
    5 * kMinute,
    10 * kMinute,
    15 * kMinute,
    30 * kMinute,
    60 * kMinute,
    120 * kMinute,
    180 * kMinute,
    360 * kMinute,
    720 * kMinute,
    1'440 * kMinute,
    7 * 1'440 * kMinute,
    28 * 1'440 * kMinute,
    364 * 1'440 * kMinute,
};
constexpr std::uint64_t kBucketsDefault = 300;
constexpr std::uint64_t kBucketsMax = 5'000;
// No capture is older or younger; keeps sums of nanoseconds far from their ends.
constexpr std::int64_t kTimeMax = std::int64_t{9'000'000'000} * kSecond;

[[nodiscard]] std::int64_t round_down(std::int64_t value, std::int64_t step) {
  return value - ((value % step) + step) % step;
}
[[nodiscard]] std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return round_down(value + step - 1, step);
}

struct Window {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t bucket = kSecond;
};

[[nodiscard]] std::int64_t auto_bucket(std::int64_t from, std::int64_t to, std::int64_t buckets,
                                       std::int64_t least) {
  for (const std::int64_t step : kLadder)
    if (step >= least && (round_up(to, step) - round_down(from, step)) / step <= buckets)
      return step;
  return kLadder[std::size(kLadder) - 1];
}

// Widens the range to whole buckets, at least one.
[[nodiscard]] base::Result<Window> read_window(const Parameters& p, base::Time from, base::Time to,
                                               std::string_view otherwise, std::int64_t least) {
  Window out;
  const std::int64_t first = std::clamp(from.ns, -kTimeMax, kTimeMax);
  const std::int64_t last = std::clamp(to.ns, first, kTimeMax);
  SPIDER_TRY_LET(buckets, p.number("buckets", kBucketsDefault, 1, kBucketsMax));
  const std::string word = p.has("bucket") ? p.text("bucket") : std::string(otherwise);
  if (word.empty() || word == "auto") {
    out.bucket = auto_bucket(first, last, static_cast<std::int64_t>(buckets), least);
  } else {
    const auto length = query::parse_duration(word);
    if (!length || length->ns < 1'000 || length->ns > kTimeMax)
      return base::fail(codes::bad_parameter,
                        fmt::format("bucket: '{}' is neither auto nor a length of time from 1us "
                                    "up, such as 10ms, 1s, 5m or 1h.",
                                    word));
    out.bucket = std::max(round_up(length->ns, 1'000), least);
    if (least > 1'000) out.bucket = round_up(out.bucket, least);
  }
  out.from = round_down(first, out.bucket);
  out.to = std::max(round_up(last, out.bucket), out.from + out.bucket);
  if ((out.to - out.from) / out.bucket > static_cast<std::int64_t>(query::kTimelineBucketsMax))
    return base::fail(codes::bad_parameter,
                      fmt::format("bucket: the range has more than {} of them; ask for longer "
                                  "buckets or bucket=auto.",
                                  query::kTimelineBucketsMax));
  return out;
}

// Fills the ends that were not asked for with those of what is stored.
[[nodiscard]] base::Result<void> close_range(const store::StoreSnapshot& snapshot,
                                             query::Filter& filter) {
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
  filter.from = base::Time{window.from};
  filter.to = base::Time{window.to};

  const query::TimelineRequest question{filter.from, filter.to, base::Duration{window.bucket},
                                        kSplits[split_choice]};
  SPIDER_TRY_LET(timeline, query::QueryEngine(*snapshot).timeline(question, filter));
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

base::Result<Answer> get_quality(const Context& context, const Request& request) {
  const Parameters& p = request.parameters;
  SPIDER_TRY(p.only({"from", "to", "bucket", "buckets", "whisperer", "time"}));
  SPIDER_TRY_LET(form, time_form(p));
  SPIDER_TRY_LET(filter, read_filter(context, p));
  const auto snapshot = context.snapshot();
  const query::Filter asked = filter;
  filter.from = std::clamp(filter.from, base::Time{0}, base::Time{kTimeMax});
  filter.to = std::clamp(filter.to, base::Time{0}, base::Time{kTimeMax});
  SPIDER_TRY_LET(rows, snapshot->quality(filter.sources, filter.from, filter.to));
  if (!rows.empty()) {
    const auto [first, last] = std::minmax_element(
        rows.begin(), rows.end(), [](const store::QualityRow& a, const store::QualityRow& b) {
          return a.minute.minute < b.minute.minute;
        });
    filter.from = std::max(filter.from, base::Time{first->minute.minute * kMinute});
    filter.to = std::min(filter.to, base::Time{(last->minute.minute + 1) * kMinute});
  }
  SPIDER_TRY_LET(window, read_window(p, rows.empty() ? base::Time{0} : filter.from,
                                     rows.empty() ? base::Time{0} : filter.to, "1m", kMinute));
  std::map<std::pair<model::SourceId, std::int64_t>, model::QualityCounts> buckets;
  for (const store::QualityRow& row : rows)
    buckets[{row.source, round_down(row.minute.minute * kMinute, window.bucket)}] +=
        row.minute.counts;

  const query::Names names = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("bucket_us", window.bucket / 1'000).key("items").begin_array();
  for (const auto& [key, books] : buckets) {
    const base::Time start{key.second};
    const base::Time end{key.second + window.bucket};
    json.begin_object().field("whisperer", names.whisperer(key.first));
    query::write_time(json, "start", start, form);
    query::write_time(json, "end", end, form);
    json.key("completeness");
    query::write_completeness(json, start, end, books);
    json.key("counters").begin_object();
    query::write_books(json, books);
    json.end_object().end_object();
  }
  json.end_array().field("count", std::uint64_t{buckets.size()});
  SPIDER_TRY(write_range_completeness(json, *snapshot, asked));
  write_self(json, request.target);
  json.end_object();
  return answer;
}

}  // namespace spider::api
