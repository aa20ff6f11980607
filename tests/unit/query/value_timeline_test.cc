// Bars by the values of a field against a plain count over what is stored.

#include <algorithm>
#include <map>
#include <utility>

#include <catch2/catch.hpp>

#include "spider/query/engine.h"
#include "spider/query/statistics.h"

#include "query/path_template.h"
#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownCommunication;
using test::KnownStore;

using Told = std::pair<SeriesKind, std::string>;
using Bars = std::map<Told, std::vector<std::uint64_t>>;  // per bucket, and the total at the end

[[nodiscard]] std::string value_of(GroupField field, const KnownCommunication& k) {
  if (field == GroupField::host) return k.host;
  if (field == GroupField::location) return k.location;
  std::string scratch;
  if (field == GroupField::path_template) return std::string(template_of(k.target, scratch));
  return k.target.substr(0, k.target.find('?'));
}

[[nodiscard]] Bars counted_plainly(const KnownStore& stored, const TimelineRequest& request,
                                   const Filter& filter) {
  const auto buckets = static_cast<std::size_t>((request.to - request.from).ns / request.bucket.ns);
  Bars out;
  for (const KnownCommunication& k : stored.known()) {
    if (k.start >= request.to || k.end < request.from) continue;
    if (!filter.methods.empty() && k.method != filter.methods.front()) continue;
    Told told{SeriesKind::value, value_of(request.field, k)};
    if (told.second.empty()) {
      told.first = SeriesKind::none;
    } else if (std::find(request.values.begin(), request.values.end(), told.second) ==
               request.values.end()) {
      told = {SeriesKind::others, ""};
    }
    auto& counts = out[told];
    counts.resize(buckets + 1);
    ++counts[buckets];
    for (std::size_t b = 0; b < buckets; ++b) {
      const base::Time begin =
          request.from + base::Duration{request.bucket.ns * static_cast<std::int64_t>(b)};
      if (k.start < begin + request.bucket && k.end >= begin) ++counts[b];
    }
  }
  return out;
}

[[nodiscard]] TimelineRequest by(GroupField field, const KnownStore& stored, std::int64_t bucket) {
  TimelineRequest request;
  request.split = Split::values;
  request.field = field;
  request.from = stored.first() + base::Duration::from_s(1);
  request.bucket = base::Duration{bucket};
  request.to = request.from + base::Duration{bucket * 9};
  for (const KnownCommunication& k : stored.known()) {
    const std::string value = value_of(field, k);
    if (value.empty() || (!request.values.empty() && request.values.front() == value)) continue;
    request.values.push_back(value);
    if (request.values.size() == 2) break;
  }
  return request;
}

TEST_CASE("bars by host or path count every communication in every bucket that it touches",
          "[query]") {
  KnownStore stored(9);
  const auto snapshot = stored.store().reader().snapshot();
  Filter of_a_method;
  of_a_method.methods = {stored.known().front().method};
  for (const GroupField field :
       {GroupField::host, GroupField::path, GroupField::path_template, GroupField::location})
    for (const std::int64_t bucket : {777'000'001LL, 60'000'000'000LL})
      for (const Filter& filter : {Filter{}, of_a_method}) {
        const TimelineRequest request = by(field, stored, bucket);
        const Bars expected = counted_plainly(stored, request, filter);
        const auto found = QueryEngine(*snapshot).timeline(request, filter);
        REQUIRE(found);
        Bars counted;
        std::uint64_t total = 0;
        for (const TimelineSeries& series : found->series) {
          auto& counts = counted[{series.kind, series.key}];
          counts = series.counts;
          counts.push_back(series.total);
          total += series.total;
        }
        CHECK((counted == expected));
        CHECK(found->total == total);
        CHECK(expected.count({SeriesKind::others, ""}) == 1);
        CHECK(expected.count({SeriesKind::none, ""}) == (field == GroupField::location ? 1 : 0));
      }
}

TEST_CASE("series by values come in the order in which they are named, and those without one last",
          "[query]") {
  KnownStore stored(4);
  const auto snapshot = stored.store().reader().snapshot();
  TimelineRequest request = by(GroupField::location, stored, 60'000'000'000);
  request.from = stored.first();
  request.to = stored.last() + base::Duration{1};
  const auto keys = [&] {
    const auto found = QueryEngine(*snapshot).timeline(request, Filter{});
    REQUIRE(found);
    std::vector<std::string> out;
    for (const TimelineSeries& series : found->series)
      out.push_back(series.kind == SeriesKind::value  ? series.key
                    : series.kind == SeriesKind::none ? "(none)"
                                                      : "(others)");
    return out;
  };
  const std::vector<std::string> one = keys();
  REQUIRE(one.size() == 4);
  CHECK(one[0] == request.values[0]);
  CHECK(one[1] == request.values[1]);
  CHECK(one[2] == "(none)");
  CHECK(one[3] == "(others)");
  std::swap(request.values[0], request.values[1]);
  request.values.insert(request.values.begin() + 1, "nobody.asked.this");
  const std::vector<std::string> other = keys();
  CHECK(other == std::vector<std::string>{one[1], one[0], "(none)", "(others)"});
}

TEST_CASE("bars by a number, or by more than can be kept, are refused", "[query]") {
  KnownStore stored(9, 1);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  TimelineRequest request;
  request.split = Split::values;
  request.from = stored.first();
  request.to = request.from + base::Duration::from_s(10'000);
  request.bucket = base::Duration::from_s(1);
  CHECK(engine.timeline(request, Filter{}));
  request.field = GroupField::status;
  CHECK_FALSE(engine.timeline(request, Filter{}));
  request.field = GroupField::host;
  request.values.resize(kTimelineValuesMax, "x");
  CHECK_FALSE(engine.timeline(request, Filter{}));
  request.to = request.from + base::Duration::from_s(5'000);
  CHECK(engine.timeline(request, Filter{}));
  request.values.emplace_back("y");
  CHECK_FALSE(engine.timeline(request, Filter{}));
}

}  // namespace
}  // namespace spider::query
