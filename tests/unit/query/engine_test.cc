// The engine against a plain walk over the list of what is stored.

#include "spider/query/engine.h"

#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "spider/query/codes.h"
#include "spider/store/codes.h"

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownCommunication;
using test::KnownStore;

[[nodiscard]] bool touches(const KnownCommunication& k, base::Time from, base::Time to) {
  return k.start < to && k.end >= from;
}

template <class T>
[[nodiscard]] bool any_of(const std::vector<T>& wanted, const T& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

// "name=value" lines: is one of them, or its value, `wanted`?
[[nodiscard]] bool has_entry(const std::string& list, const std::string& wanted) {
  const std::string lines = "\n" + list + "\n";
  return lines.find("\n" + wanted + "\n") != std::string::npos ||
         lines.find("=" + wanted + "\n") != std::string::npos;
}

[[nodiscard]] bool answers_meaning(const Filter& f, const KnownCommunication& k) {
  const auto matches = [](const std::vector<std::string>& patterns, const std::string& value) {
    return patterns.empty() ||
           (!value.empty() && std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) {
             return matches_pattern(value, p);
           }));
  };
  const auto holds = [](const std::vector<std::string>& wanted, const std::string& list) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                         [&](const auto& w) { return has_entry(list, w); });
  };
  return matches(f.origins, k.origin) && matches(f.identities, k.identity) &&
         any_of(f.identity_kinds, k.identity_kind) && holds(f.claims, k.claims) &&
         holds(f.correlations, k.correlation) && matches(f.locations, k.location) &&
         f.vias.empty();  // nobody here came through a proxy that says so
}

[[nodiscard]] bool answers(const Filter& f, const KnownCommunication& k) {
  const bool status =
      f.status.empty() || std::any_of(f.status.begin(), f.status.end(), [&](const StatusRange& r) {
        return k.status >= r.first && k.status <= r.last;
      });
  const bool host = f.hosts.empty() ||
                    std::any_of(f.hosts.begin(), f.hosts.end(), [&](const std::string& pattern) {
                      return matches_pattern(k.host, pattern);
                    });
  const base::Duration lasts = k.end - k.start;
  return touches(k, f.from, f.to) && any_of(f.sources, k.id.source) &&
         any_of(f.methods, k.method) && status && host &&
         k.target.find(f.uri_part) != std::string::npos &&
         (!f.duration_min || lasts >= *f.duration_min) &&
         (!f.duration_max || lasts <= *f.duration_max) && any_of(f.states, k.state) &&
         any_of(f.client_ports, k.client_port) && answers_meaning(f, k) &&
         (!f.session_number || *f.session_number == k.id.session_number);
}

class Questions {
 public:
  Questions(std::uint64_t seed, const KnownStore& stored) : random_(seed), stored_(stored) {}

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  [[nodiscard]] base::Time instant() {
    const auto span = static_cast<std::uint64_t>((stored_.last() - stored_.first()).ns);
    return stored_.first() + base::Duration{static_cast<std::int64_t>(below(span + 1))};
  }
  // Every part is there now and then, alone and together with others.
  [[nodiscard]] Filter filter() {
    Filter f;
    if (below(3) != 0) {
      f.from = instant();
      f.to = instant();
      if (f.to < f.from) std::swap(f.from, f.to);
    }
    if (below(4) == 0) f.sources = {stored_.sources()[below(2)]};
    if (below(5) == 0) f.methods = {below(2) == 0 ? "POST" : "BREW"};
    if (below(5) == 0) f.status = {{0, 0}, {400, 499}};
    if (below(6) == 0) f.status = {{500, 65'535}};
    if (below(5) == 0) f.hosts = {"HOST1*.example", "host7.example"};
    if (below(6) == 0) f.uri_part = "?q=" + std::to_string(below(50));
    if (below(5) == 0) f.duration_min = base::Duration::from_ms(static_cast<int>(below(60)));
    if (below(8) == 0) f.duration_max = base::Duration::from_ms(static_cast<int>(below(60)));
    if (below(8) == 0) f.states = {model::CommunicationState::no_response};
    if (below(12) == 0)
      f.client_ports = {stored_.known()[below(stored_.known().size())].client_port};
    if (below(12) == 0) f.session_number = 1 + below(30);
    if (below(3) == 0) ask_meaning(f);
    return f;
  }
  void ask_meaning(Filter& f) {
    if (below(4) == 0) f.origins = {"203.0.113.1*", "203.0.113.7"};
    if (below(4) == 0) f.identities = {"USER*"};
    if (below(6) == 0) f.identity_kinds = {model::IdentityKind::bearer};
    if (below(4) == 0) f.claims = {below(2) == 0 ? "team=t1" : "ops"};
    if (below(4) == 0) f.correlations = {"x-request-id=r" + std::to_string(below(4)), "13-0"};
    if (below(6) == 0) f.locations = {"*"};
    if (below(12) == 0) f.vias = {"*"};
  }

 private:
  std::mt19937_64 random_;
  const KnownStore& stored_;
};

[[nodiscard]] std::vector<model::CommunicationId> expected(const KnownStore& stored,
                                                           const Filter& filter, Order order) {
  std::vector<model::CommunicationId> out;
  for (const KnownCommunication& k : stored.known())
    if (answers(filter, k)) out.push_back(k.id);
  if (order == Order::newest_first) std::reverse(out.begin(), out.end());
  return out;
}

[[nodiscard]] std::vector<model::CommunicationId> listed(const QueryEngine& engine,
                                                         const Filter& filter, Order order,
                                                         std::size_t page_rows) {
  std::vector<model::CommunicationId> out;
  std::string cursor;
  do {
    const auto page = engine.communications(filter, order, cursor, page_rows);
    REQUIRE(page);
    REQUIRE(page->rows.size() <= page_rows);
    for (const CommunicationRow& row : page->rows) out.push_back(row.id);
    cursor = page->next;
  } while (!cursor.empty());
  return out;
}

TEST_CASE("a filtered list, page by page and in both orders, is what a walk over all finds",
          "[query]") {
  KnownStore stored(31);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  Questions questions(8, stored);
  std::size_t rows = 0;
  for (int i = 0; i < 150; ++i) {
    const Filter filter = questions.filter();
    const Order order = questions.below(2) == 0 ? Order::oldest_first : Order::newest_first;
    const auto got = listed(engine, filter, order, 1 + questions.below(300));
    const auto want = expected(stored, filter, order);
    INFO("question " << i);
    REQUIRE(got == want);
    rows += got.size();
  }
  CHECK(rows > 5'000);
}

TEST_CASE("a part of the URI that only the ends of two targets make together is found in none",
          "[query]") {
  KnownStore stored(23);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  // Every target begins with /item/ and most end with a digit.
  for (const char* part : {"0/item/", "3/item/", "7/item", "9/"}) {
    Filter filter;
    filter.uri_part = part;
    INFO(part);
    CHECK(listed(engine, filter, Order::oldest_first, 100).empty());
  }
}

TEST_CASE("filters by meaning find their communications and need one with a value", "[query]") {
  KnownStore stored(31);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  Filter questions[7];
  questions[0].origins = {"*"};
  questions[1].identities = {"user3", "USER5"};
  questions[2].identity_kinds = {model::IdentityKind::jwt, model::IdentityKind::bearer};
  questions[3].claims = {"role=ops"};
  questions[4].correlations = {"r1"};
  questions[5].locations = {"http://host1*"};
  questions[6].origins = {"203.0.113.*"};
  questions[6].claims = {"t1"};
  for (const Filter& filter : questions) {
    const auto got = listed(engine, filter, Order::oldest_first, 500);
    CHECK(got == expected(stored, filter, Order::oldest_first));
    CHECK_FALSE(got.empty());
    CHECK(got.size() < stored.known().size());
  }
  Filter none;
  none.vias = {"*"};
  CHECK(listed(engine, none, Order::oldest_first, 500).empty());
}

TEST_CASE("a block in which nobody has a value leaves a sparse column out", "[query]") {
  KnownStore stored(31);
  const auto snapshot = stored.store().reader().snapshot();
  const auto blocks =
      snapshot->blocks(store::RecordKind::http, {}, base::Time::min(), base::Time::max());
  REQUIRE(blocks);
  std::size_t without = 0;
  std::size_t with = 0;
  for (const store::BlockPtr& block : *blocks) {
    const bool has = block->column(store::ColumnId::correlation) != nullptr;
    ++(has ? with : without);
    store::TextColumn text;
    REQUIRE(snapshot->text(*block, store::ColumnId::correlation, text));
    REQUIRE(text.rows() == block->rows);
    bool any = false;
    for (std::size_t row = 0; row < text.rows(); ++row) any = any || !text.row(row).empty();
    CHECK(any == has);
    CHECK(block->column(store::ColumnId::via) == nullptr);
  }
  CHECK(without > 0);
  CHECK(with > 0);
}

TEST_CASE("a row of a list has the values that were stored", "[query]") {
  KnownStore stored(5, 4);
  const auto snapshot = stored.store().reader().snapshot();
  const auto page =
      QueryEngine(*snapshot).communications({}, Order::oldest_first, "", stored.known().size());
  REQUIRE(page);
  REQUIRE(page->rows.size() == stored.known().size());
  for (std::size_t i = 0; i < page->rows.size(); ++i) {
    const CommunicationRow& row = page->rows[i];
    const KnownCommunication& k = stored.known()[i];
    CHECK(row.end == k.end);
    CHECK(row.method == k.method);
    CHECK(row.host == k.host);
    CHECK(row.target == k.target);
    CHECK(row.status == k.status);
    CHECK(row.client.port == k.client_port);
    CHECK(row.response_body_bytes == k.response_body.size());
    CHECK(row.wait.has_value() == (k.status != 0));
    CHECK(row.session.start == k.session_start);
    CHECK(row.meaning.origin == k.origin);
    CHECK(row.meaning.identity == k.identity);
    CHECK(row.meaning.identity_kind == k.identity_kind);
    CHECK(row.meaning.claims == k.claims);
    CHECK(row.meaning.correlation == k.correlation);
    CHECK(row.meaning.location == k.location);
  }
}

TEST_CASE("a cursor stays good while data arrives on both sides of it", "[query]") {
  KnownStore stored(77, 6);
  const auto before = stored.known();
  std::vector<model::CommunicationId> got;
  std::string cursor;
  do {
    const auto snapshot = stored.store().reader().snapshot();
    const auto page = QueryEngine(*snapshot).communications({}, Order::oldest_first, cursor, 97);
    REQUIRE(page);
    for (const CommunicationRow& row : page->rows) got.push_back(row.id);
    cursor = page->next;
    if (got.size() < before.size()) stored.add(30);
  } while (!cursor.empty());
  CHECK(std::is_sorted(got.begin(), got.end(),
                       [](const auto& a, const auto& b) { return a.start < b.start; }));
  CHECK(std::adjacent_find(got.begin(), got.end()) == got.end());
  for (const KnownCommunication& k : before) CHECK(std::count(got.begin(), got.end(), k.id) == 1);
}

TEST_CASE("text that is no cursor of ours is refused with bad_cursor", "[query]") {
  KnownStore stored(3, 1);
  const auto snapshot = stored.store().reader().snapshot();
  for (const char* text : {"x", "d12", "a1-2-3-4-5", "d-----", "zzzz-1-1-1"}) {
    const auto page = QueryEngine(*snapshot).communications({}, Order::newest_first, text, 10);
    INFO(text);
    REQUIRE_FALSE(page);
    CHECK(page.error().code == codes::bad_cursor);
  }
}

[[nodiscard]] std::string key_of(const KnownCommunication& k, Split split) {
  if (split == Split::none) return "";
  if (split == Split::method) return k.method;
  if (split == Split::whisperer) return std::to_string(static_cast<std::uint32_t>(k.id.source));
  if (k.status == 0) return "none";
  return k.status < 600 ? std::to_string(k.status / 100) + "xx" : "other";
}

void check_timeline(const KnownStore& stored, const QueryEngine& engine,
                    const TimelineRequest& request, const Filter& filter) {
  const auto timeline = engine.timeline(request, filter);
  REQUIRE(timeline);
  Filter windowed = filter;
  windowed.from = request.from;
  windowed.to = request.to;
  std::map<std::string, std::vector<std::uint64_t>> want;
  std::map<std::string, std::uint64_t> totals;
  std::uint64_t total = 0;
  for (const KnownCommunication& k : stored.known()) {
    if (!answers(windowed, k)) continue;
    const std::string key = key_of(k, request.split);
    auto& counts = want[key];
    counts.resize(timeline->buckets);
    for (std::size_t i = 0; i < timeline->buckets; ++i) {
      const base::Time start =
          request.from + base::Duration{request.bucket.ns * static_cast<std::int64_t>(i)};
      if (touches(k, start, start + request.bucket)) ++counts[i];
    }
    ++totals[key];
    ++total;
  }
  CHECK(timeline->total == total);
  std::map<std::string, std::vector<std::uint64_t>> got;
  for (const TimelineSeries& series : timeline->series) {
    CHECK(series.total == totals[series.key]);
    if (series.total != 0) got[series.key] = series.counts;
  }
  CHECK(got == want);
}

TEST_CASE("a timeline counts each communication in every bucket that it touches", "[query]") {
  KnownStore stored(90);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  Questions questions(12, stored);
  constexpr std::int64_t kBuckets[] = {10'000'000,    250'000'000,    1'000'000'000,
                                       7'000'000'000, 60'000'000'000, 3'600'000'000'000};
  constexpr Split kSplits[] = {Split::none, Split::status_class, Split::method, Split::whisperer};
  std::size_t from_sums = 0;
  for (int i = 0; i < 120; ++i) {
    TimelineRequest request;
    request.bucket = {kBuckets[questions.below(std::size(kBuckets))]};
    request.split = kSplits[questions.below(4)];
    const std::int64_t from = questions.instant().ns / request.bucket.ns;
    const auto count = static_cast<std::int64_t>(1 + questions.below(60));
    request.from = {from * request.bucket.ns};
    request.to = {(from + count) * request.bucket.ns};
    Filter filter = questions.below(2) == 0 ? Filter{} : questions.filter();
    filter.from = base::Time::min();
    filter.to = base::Time::max();
    INFO("question " << i << ", bucket " << request.bucket.ns);
    check_timeline(stored, engine, request, filter);
    if (engine.timeline(request, filter)->from_rollups) ++from_sums;
  }
  // Both ways of counting were walked.
  CHECK(from_sums > 20);
  CHECK(from_sums < 100);
}

TEST_CASE("roll-ups answer for whole classes of status and methods, and for nothing finer",
          "[query]") {
  KnownStore stored(51);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  struct Asked {
    std::vector<StatusRange> status;
    std::vector<std::string> methods;
    bool from_rollups;
  };
  // In the store are 200, 304, 404, 503, 999 and none; GET, POST and BREW.
  const Asked all[] = {
      {{{400, 499}}, {}, true},
      {{{0, 0}, {500, 599}}, {}, true},
      {{{404, 404}}, {}, false},
      {{{404, 410}, {500, 599}}, {}, false},
      {{{1, 99}, {600, 65'535}}, {}, true},
      {{{500, 65'535}}, {}, false},  // 999 may be one of them, 42 not
      {{{150, 160}}, {}, true},      // there is no 1xx at all
      {{}, {"POST"}, true},
      {{{200, 299}}, {"BREW", "GET"}, true},
      {{{503, 503}}, {"POST"}, false},
      {{}, {"NEVER-SEEN"}, true},
  };
  constexpr std::int64_t kMinute = 60'000'000'000;
  const TimelineRequest whole{{stored.first().ns / kMinute * kMinute},
                              {(stored.last().ns / kMinute + 1) * kMinute},
                              {10 * kMinute},
                              Split::status_class};
  TimelineRequest part = whole;
  part.from = {(whole.from.ns / kMinute + 1) * kMinute};
  part.bucket = {kMinute};
  part.to = {part.from.ns + 3 * kMinute};
  part.split = Split::method;
  for (const Asked& asked : all) {
    Filter filter;
    filter.status = asked.status;
    filter.methods = asked.methods;
    INFO((asked.status.empty() ? 0 : asked.status.front().first)
         << ' ' << (asked.methods.empty() ? "" : asked.methods.front()));
    check_timeline(stored, engine, whole, filter);
    check_timeline(stored, engine, part, filter);
    CHECK(engine.timeline(whole, filter)->from_rollups == asked.from_rollups);
  }
}

TEST_CASE("a communication is found by its id with its heads, and no other is", "[query]") {
  KnownStore stored(14, 3);
  const auto snapshot = stored.store().reader().snapshot();
  const QueryEngine engine(*snapshot);
  for (const KnownCommunication& k : stored.known()) {
    const auto found = engine.communication(k.id);
    REQUIRE(found);
    CHECK(found->first.id == k.id);
    CHECK(found->second.request.head == k.request_head);
    CHECK(found->second.response.head == k.response_head);
  }
  model::CommunicationId other = stored.known().front().id;
  other.ordinal += 1'000;
  const auto none = engine.communication(other);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == store::codes::not_found);
}

}  // namespace
}  // namespace spider::query
