// The books of capture and rebuild per bucket: the quality line, and the sums that must hold.

#include <algorithm>
#include <map>

#include "spider/query/books_json.h"
#include "spider/query/engine.h"

#include "api/captured.h"
#include "api/router.h"
#include "api/window.h"

namespace spider::api {
namespace {

struct Bucket {
  model::QualityCounts counts;
  std::vector<TimePart> captured;
};
using Buckets = std::map<std::pair<model::SourceId, std::int64_t>, Bucket>;

struct Books {
  query::TimeForm form = query::TimeForm::both;
  query::Filter asked;
  std::shared_ptr<const store::StoreSnapshot> snapshot;
  Window window;
  Buckets buckets;
};

// The minutes that the request asks for, summed per whisperer and bucket.
[[nodiscard]] base::Result<Books> read_books(const Context& context, const Parameters& p,
                                             std::string_view bucket) {
  SPIDER_TRY(p.only({"from", "to", "bucket", "buckets", "whisperer", "upload", "time"}));
  Books out;
  SPIDER_TRY_LET(form, time_form(p));
  out.form = form;
  SPIDER_TRY_LET(filter, read_filter(context, p));
  out.asked = filter;
  out.snapshot = context.snapshot();
  filter.from = std::clamp(filter.from, base::Time{0}, base::Time{kTimeMax});
  filter.to = std::clamp(filter.to, base::Time{0}, base::Time{kTimeMax});
  SPIDER_TRY_LET(span, out.snapshot->quality_span(filter.sources, filter.from, filter.to));
  if (!span.empty()) {
    filter.from = std::max(filter.from, base::Time{span.first * kMinute});
    filter.to = std::min(filter.to, base::Time{(span.last + 1) * kMinute});
  }
  SPIDER_TRY_LET(window, read_window(p, span.empty() ? base::Time{0} : filter.from,
                                     span.empty() ? base::Time{0} : filter.to, bucket, kMinute));
  out.window = window;
  SPIDER_TRY_LET(rows, out.snapshot->quality_sums(filter.sources, filter.from, filter.to,
                                                  base::Duration{window.bucket}));
  Captured captured(context, *out.snapshot, {filter.from, filter.to});
  for (const store::QualityRow& row : rows) {
    const std::int64_t start = round_down(row.minute.minute * kMinute, window.bucket);
    Bucket& into = out.buckets[{out.snapshot->whisperer_of(row.source), start}];
    into.counts += row.minute.counts;
    SPIDER_TRY_LET(
        parts, captured.within(row.source, {base::Time{start}, base::Time{start + window.bucket}}));
    into.captured.insert(into.captured.end(), parts.begin(), parts.end());
    into.captured = put_together(std::move(into.captured));
  }
  // Minutes without packets are not there: what counts is what there is, not how long it is ago.
  SPIDER_TRY(check_buckets(out.buckets.size()));
  return out;
}

void write_span(query::JsonWriter& json, const Books& books, std::int64_t start) {
  query::write_time(json, "start", base::Time{start}, books.form);
  query::write_time(json, "end", base::Time{start + books.window.bucket}, books.form);
}

// Whisperers at work or reading a file: what they have in hand has no fate yet. From when on their
// packets may be: those of an interface came since this process began.
using AtWork = std::map<model::SourceId, base::Time>;
[[nodiscard]] AtWork at_work(const Context& context) {
  AtWork out;
  for (const model::WhispererStatus& w : context.parts.control.whisperers()) {
    if (w.ring_bytes == 0) continue;
    const bool live = w.config.type == "INTERFACE";
    out[context.snapshot()->whisperer_of(w.source)] = live ? context.started : base::Time::min();
  }
  return out;
}
[[nodiscard]] bool may_have(const AtWork& working, model::SourceId source, base::Time before) {
  const auto at = working.find(source);
  return at != working.end() && at->second < before;
}

}  // namespace

base::Result<Answer> get_quality(const Context& context, const Request& request) {
  SPIDER_TRY_LET(books, read_books(context, request.parameters, "1m"));
  const query::Names names = context.names();
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("bucket_us", books.window.bucket / 1'000).key("items").begin_array();
  for (const auto& [key, of] : books.buckets) {
    json.begin_object().field("whisperer", names.whisperer(key.first));
    write_span(json, books, key.second);
    json.key("captured");
    write_parts(json, of.captured, books.form);
    json.key("completeness");
    query::write_completeness(json, base::Time{key.second},
                              base::Time{key.second + books.window.bucket}, of.counts);
    json.key("counters").begin_object();
    query::write_books(json, of.counts);
    json.end_object().end_object();
  }
  json.end_array().field("count", std::uint64_t{books.buckets.size()});
  SPIDER_TRY(write_range_completeness(json, context, *books.snapshot, books.asked));
  write_self(json, request.target);
  json.end_object();
  return answer;
}

base::Result<Answer> get_books(const Context& context, const Request& request) {
  SPIDER_TRY_LET(books, read_books(context, request.parameters, "auto"));
  const query::Names names = context.names();
  const AtWork working = at_work(context);
  std::map<model::SourceId, bool> busy;
  std::map<model::SourceId, model::QualityCounts> sums;
  model::QualityCounts total;
  bool any_busy = false;
  Answer answer;
  query::JsonWriter json(answer.body);
  json.begin_object().field("bucket_us", books.window.bucket / 1'000).key("items").begin_array();
  for (const auto& [key, of] : books.buckets) {
    sums[key.first] += of.counts;
    json.begin_object().field("whisperer", names.whisperer(key.first));
    write_span(json, books, key.second);
    const bool now = may_have(working, key.first, base::Time{key.second + books.window.bucket});
    busy[key.first] = busy[key.first] || now;
    query::write_law_sums(json, of.counts, now);
    json.end_object();
  }
  json.end_array().field("count", std::uint64_t{books.buckets.size()});
  json.key("whisperers").begin_array();
  for (const auto& [source, counts] : sums) {
    total += counts;
    any_busy = any_busy || busy[source];
    json.begin_object().field("whisperer", names.whisperer(source));
    query::write_laws(json, counts, busy[source]);
    json.end_object();
  }
  json.end_array().key("total").begin_object();
  query::write_laws(json, total, any_busy);
  json.end_object();
  SPIDER_TRY(write_range_completeness(json, context, *books.snapshot, books.asked));
  write_self(json, request.target);
  json.end_object();
  return answer;
}

}  // namespace spider::api
