// Statistics against a slow count over the list of what is stored: every communication is looked
// at, keys are texts, percentiles come from sorted lists.

#include "spider/query/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "spider/query/codes.h"

#include "query/group_table.h"
#include "query/path_template.h"
#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownCommunication;
using test::KnownStore;

[[nodiscard]] std::string text_of(GroupField field, const KnownCommunication& k) {
  const auto number = [](std::uint64_t n) { return n == 0 ? "none" : std::to_string(n); };
  const auto word = [](const std::string& s) { return s.empty() ? std::string("none") : s; };
  switch (field) {
    case GroupField::host:
      return word(k.host);
    case GroupField::method:
      return word(k.method);
    case GroupField::status:
      return number(k.status);
    case GroupField::status_class:
      return number(k.status > 599 ? 6U : k.status / 100U);
    case GroupField::state:
      return std::to_string(static_cast<int>(k.state));
    case GroupField::target:
      return k.target;
    case GroupField::path:
      return k.target.substr(0, k.target.find('?'));
    case GroupField::path_template: {
      std::string scratch;
      return std::string(template_of(k.target, scratch));
    }
    case GroupField::whisperer:
      return std::to_string(static_cast<std::uint32_t>(k.id.source));
    case GroupField::client_port:
      return std::to_string(k.client_port);
    case GroupField::identity:
      return word(k.identity);
    case GroupField::identity_kind:
      return number(static_cast<std::uint64_t>(k.identity_kind));
    case GroupField::origin:
      return word(k.origin);
    default:
      return word(k.location);
  }
}
constexpr GroupField kAsked[] = {
    GroupField::host,          GroupField::method,        GroupField::status,
    GroupField::state,         GroupField::status_class,  GroupField::target,
    GroupField::path,          GroupField::path_template, GroupField::whisperer,
    GroupField::client_port,   GroupField::identity,      GroupField::origin,
    GroupField::identity_kind, GroupField::location};

struct Slow {
  std::uint64_t communications = 0;
  std::vector<std::int64_t> durations;  // of those with both sides
  std::uint64_t errors = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;

  void add(const KnownCommunication& k) {
    ++communications;
    if (k.status != 0 && !k.request_head.empty()) durations.push_back((k.end - k.start).ns);
    if (k.status >= 400) ++errors;
    if (k.status == 0) ++unanswered;
    request_bytes += k.request_head.size();
    response_bytes += k.response_wire_bytes;
  }
  [[nodiscard]] std::int64_t percentile(std::size_t share) {
    std::sort(durations.begin(), durations.end());
    std::size_t at = 0;
    while ((at + 1) * 100 < durations.size() * share) ++at;
    return durations[at];
  }
};

void check(const Measures& told, Slow slow) {
  REQUIRE(told.communications == slow.communications);
  REQUIRE(told.timed == slow.durations.size());
  CHECK(told.errors == slow.errors);
  CHECK(told.unanswered == slow.unanswered);
  CHECK(told.request_bytes == slow.request_bytes);
  CHECK(told.response_bytes == slow.response_bytes);
  CHECK(told.exact == (slow.durations.size() <= kExactDurations));
  if (slow.durations.empty()) return;
  CHECK(told.max.ns == slow.percentile(100));
  const double error = told.exact ? 0 : kQuantileError;
  const auto near = [&](base::Duration value, std::size_t share) {
    const auto truth = static_cast<double>(slow.percentile(share));
    CHECK(std::abs(static_cast<double>(value.ns) - truth) <= truth * error);
  };
  near(told.p50, 50);
  near(told.p90, 90);
  near(told.p99, 99);
}

[[nodiscard]] std::string text_of(GroupField field, const GroupValue& value) {
  if (value.none) return "none";
  return is_number(field) ? std::to_string(value.number) : value.text;
}

// The threads of a server, in the worst order: the last part first, each on its own.
class Threads final : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& part) const override {
    std::vector<std::thread> threads;
    for (std::size_t i = count; i-- > 0;) threads.emplace_back([&part, i] { part(i); });
    for (std::thread& thread : threads) thread.join();
  }
  [[nodiscard]] bool cancelled() const noexcept override { return stop; }
  bool stop = false;
};

class Question {
 public:
  Question(std::uint64_t seed, const KnownStore& stored) : random_(seed) {
    request.limit = 1 + below(60);
    for (std::uint64_t i = below(3); i > 0; --i) {
      const GroupField field = kAsked[below(std::size(kAsked))];
      if (request.group_by.empty() || request.group_by[0] != field)
        request.group_by.push_back(field);
    }
    filter.from = stored.first();
    filter.to = stored.last() + base::Duration{1};
    const auto span = static_cast<std::uint64_t>((filter.to - filter.from).ns);
    if (below(2) == 0) filter.from = filter.from + base::Duration{part(span / 20)};
    if (below(2) == 0) filter.to = filter.from + base::Duration{part(span / 10)};
    if (below(2) == 0) {
      const auto periods = static_cast<std::int64_t>(1 + below(12));
      request.period.ns = (filter.to - filter.from).ns / periods + 1;
    }
    if (below(4) == 0) filter.status = {{400, 499}};
    if (below(4) == 0) filter.methods = {"GET"};
    if (below(8) == 0) filter.sources = {stored.sources()[below(2)]};
  }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  [[nodiscard]] std::int64_t part(std::uint64_t span) {
    return static_cast<std::int64_t>(1 + below(span));
  }
  [[nodiscard]] bool answers(const KnownCommunication& k) const {
    const auto is_one = [](const auto& list, const auto& value) {
      return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
    };
    return k.start < filter.to && k.end >= filter.from && is_one(filter.methods, k.method) &&
           is_one(filter.sources, k.id.source) &&
           (filter.status.empty() || (k.status >= 400 && k.status <= 499));
  }
  [[nodiscard]] std::size_t period_of(const KnownCommunication& k) const {
    return k.start < filter.from
               ? 0
               : static_cast<std::size_t>((k.start - filter.from).ns / request.period.ns);
  }

  StatisticsRequest request;
  Filter filter;

 private:
  std::mt19937_64 random_;
};

using Key = std::array<std::string, 2>;

[[nodiscard]] Key key_of(const StatisticsRequest& request, const StatisticsGroup& group) {
  Key key;
  for (std::size_t i = 0; i < request.group_by.size(); ++i)
    key[i] = text_of(request.group_by[i], group.key[i]);
  return key;
}

// Everything that a question asks, counted slowly.
struct SlowAnswer {
  SlowAnswer(const KnownStore& stored, const Question& question, const Statistics& told) {
    for (std::size_t i = 0; i < told.groups.size(); ++i)
      told_at.emplace(key_of(question.request, told.groups[i]), i);
    groups.resize(told.groups.size());
    periods.assign(told.groups.size() + 2, std::vector<Slow>(told.periods));
    for (const KnownCommunication& k : stored.known()) {
      if (!question.answers(k)) continue;
      Key key;
      for (std::size_t i = 0; i < question.request.group_by.size(); ++i)
        key[i] = text_of(question.request.group_by[i], k);
      ++counts[key];
      const auto at = told_at.find(key);
      const bool in_rest = at == told_at.end();
      (in_rest ? rest : groups[at->second]).add(k);
      total.add(k);
      if (told.periods == 0) continue;
      const std::size_t period = question.period_of(k);
      periods[in_rest ? groups.size() : at->second][period].add(k);
      periods[groups.size() + 1][period].add(k);
    }
  }
  std::map<Key, std::size_t> told_at;
  std::map<Key, std::uint64_t> counts;
  std::vector<Slow> groups;
  Slow rest;
  Slow total;
  std::vector<std::vector<Slow>> periods;  // of the groups, the rest, the total
};

void check_periods(const StatisticsGroup& told, const std::vector<Slow>& slow) {
  REQUIRE(told.periods.size() == slow.size());
  for (std::size_t i = 0; i < slow.size(); ++i) check(told.periods[i], slow[i]);
}

void check_answer(const KnownStore& stored, const Question& question, const Statistics& told) {
  const SlowAnswer slow(stored, question, told);
  const std::size_t groups = question.request.group_by.empty() ? 0 : slow.counts.size();
  REQUIRE(told.groups.size() == std::min(groups, question.request.limit));
  check(told.total.measures, slow.total);
  for (std::size_t i = 0; i < told.groups.size(); ++i)
    check(told.groups[i].measures, slow.groups[i]);
  if (told.periods > 0) check_periods(told.total, slow.periods.back());
  if (question.request.group_by.empty()) return;
  check(told.rest.measures, slow.rest);
  if (told.missed_max == 0) CHECK(told.rest_groups == groups - told.groups.size());
  if (told.periods == 0) return;
  for (std::size_t i = 0; i < told.groups.size(); ++i)
    check_periods(told.groups[i], slow.periods[i]);
  check_periods(told.rest, slow.periods[told.groups.size()]);
}

TEST_CASE("statistics are what a slow count over all communications says") {
  KnownStore stored(3);
  stored.add(700);  // some groups are told by buckets
  const auto snapshot = stored.store().reader().snapshot();
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    const Question question(seed, stored);
    const auto told = statistics(*snapshot, question.request, question.filter);
    REQUIRE(told);
    check_answer(stored, question, *told);
  }
}

TEST_CASE("statistics of a question that names every number column sum the right ones") {
  KnownStore stored(7);
  const auto snapshot = stored.store().reader().snapshot();
  StatisticsRequest request;
  request.group_by = {GroupField::http_minor};
  int asked = 0;
  for (const KnownCommunication& k : stored.known()) {
    if (k.identity.empty() || asked == 40) continue;
    ++asked;
    Filter filter;
    filter.from = k.start;
    filter.to = k.start + base::Duration{1};
    filter.sources = {k.id.source};
    filter.session_number = k.id.session_number;
    filter.client_ports = {k.client_port};
    filter.server_ports = {80};
    filter.states = {k.state};
    filter.identity_kinds = {k.identity_kind};
    filter.status = {{k.status, k.status}};
    filter.duration_min = filter.duration_max = k.end - k.start;
    const auto told = statistics(*snapshot, request, filter);
    REQUIRE(told);
    REQUIRE(told->total.measures.communications >= 1);
    if (told->total.measures.communications == 1)
      CHECK(told->total.measures.response_bytes == k.response_wire_bytes);
  }
  CHECK(asked == 40);
}

TEST_CASE("statistics are the same whatever the threads") {
  const KnownStore stored(5);
  auto& known = const_cast<KnownStore&>(stored);
  const auto snapshot = known.store().reader().snapshot();
  const Threads threads;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const Question question(seed, stored);
    const auto told = statistics(*snapshot, question.request, question.filter, &threads);
    const auto alone = statistics(*snapshot, question.request, question.filter);
    REQUIRE((told && alone));
    check_answer(stored, question, *told);
    REQUIRE(told->groups.size() == alone->groups.size());
    for (std::size_t i = 0; i < told->groups.size(); ++i)
      REQUIRE(key_of(question.request, told->groups[i]) ==
              key_of(question.request, alone->groups[i]));
  }
}

TEST_CASE("groups come in the order that was asked for") {
  KnownStore stored(8);
  const auto snapshot = stored.store().reader().snapshot();
  Question question(1, stored);
  question.filter = {};
  question.filter.from = stored.first();
  question.filter.to = stored.last() + base::Duration{1};
  question.request = {};
  question.request.group_by = {GroupField::host};
  using Value = std::function<double(const StatisticsGroup&)>;
  const std::pair<StatisticsOrder, Value> kOrders[] = {
      {StatisticsOrder::communications, [](const auto& g) { return g.measures.communications; }},
      {StatisticsOrder::errors, [](const auto& g) { return g.measures.errors; }},
      {StatisticsOrder::error_rate, [](const auto& g) { return g.measures.error_rate(); }},
      {StatisticsOrder::p50, [](const auto& g) { return g.measures.p50.ns; }},
      {StatisticsOrder::p90, [](const auto& g) { return g.measures.p90.ns; }},
      {StatisticsOrder::p99, [](const auto& g) { return g.measures.p99.ns; }},
      {StatisticsOrder::max, [](const auto& g) { return g.measures.max.ns; }},
      {StatisticsOrder::bytes,
       [](const auto& g) { return g.measures.request_bytes + g.measures.response_bytes; }},
      {StatisticsOrder::key, [](const auto&) { return 0; }},
  };
  for (const auto& order : kOrders) {
    for (const bool descending : {true, false}) {
      question.request.order = order.first;
      question.request.descending = descending;
      const auto told = statistics(*snapshot, question.request, question.filter);
      REQUIRE(told);
      REQUIRE(told->groups.size() == 40);
      for (std::size_t i = 1; i < told->groups.size(); ++i) {
        const double left = order.second(told->groups[i - 1]);
        const double right = order.second(told->groups[i]);
        const bool by_key = told->groups[i - 1].key[0].text < told->groups[i].key[0].text;
        const bool keys_fall = order.first == StatisticsOrder::key && descending;
        CHECK((left == right ? by_key != keys_fall : (left > right) == descending));
      }
    }
  }
}

TEST_CASE("more values than are held: what is told is exact, and what may be missed is bounded") {
  KnownStore stored(4, 0);
  for (int i = 0; i < 4; ++i) stored.add(3'000);
  const auto snapshot = stored.store().reader().snapshot();
  Question question(1, stored);
  question.filter = {};
  question.filter.from = stored.first();
  question.filter.to = stored.last() + base::Duration{1};
  question.request = {};
  question.request.group_by = {GroupField::target};
  question.request.limit = 30;
  const auto told = statistics(*snapshot, question.request, question.filter);
  REQUIRE(told);
  CHECK(told->missed_max > 0);
  CHECK_FALSE(told->rest_groups);
  check_answer(stored, question, *told);
  std::map<std::string, std::uint64_t> counts;
  for (const KnownCommunication& k : stored.known()) ++counts[k.target];
  REQUIRE(counts.size() > 2 * kGroupsMax);
  for (const StatisticsGroup& group : told->groups) counts.erase(group.key[0].text);
  const std::uint64_t least = told->groups.back().measures.communications;
  for (const auto& left_out : counts) CHECK(left_out.second <= std::max(least, told->missed_max));
}

TEST_CASE("a group that went to the rest and comes again says what it may lack") {
  GroupTable table;
  for (int i = 0; i < 10; ++i)
    for (int n = 0; n <= i; ++n)
      table.at(table.find({{std::to_string(i), ""}})).tally.add(1, 200, 0, 0);
  table.shrink(4);
  CHECK(table.groups().size() == 4);
  CHECK(table.moved_max() == 6);
  CHECK(table.rest().communications == 1 + 2 + 3 + 4 + 5 + 6);
  CHECK(table.at(table.find({{"0", ""}})).may_lack == 6);
  CHECK(table.at(table.find({{"9", ""}})).may_lack == 0);
  GroupTable other;
  other.at(other.find({{"9", ""}})).tally.add(1, 200, 0, 0);
  other.at(other.find({{"new", ""}})).tally.add(1, 200, 0, 0);
  other.merge(std::move(table));
  CHECK(other.at(other.find({{"9", ""}})).tally.communications == 11);
  CHECK(other.at(other.find({{"9", ""}})).may_lack == 0);
  CHECK(other.at(other.find({{"new", ""}})).may_lack == 6);
}

TEST_CASE("groups of very long keys are held in bounded memory, the largest of them") {
  constexpr std::size_t kLong = 64 * 1'024;
  constexpr int kKeys = 200;
  GroupTable table;
  for (int i = 0; i < kKeys; ++i)
    for (int n = 0; n <= i; ++n)
      table.at(table.find({{std::to_string(1'000 + i) + std::string(kLong, 'x'), ""}}))
          .tally.add(1, 200, 0, 0);
  table.shrink(kGroupsMax);
  std::size_t bytes = 0;
  std::uint64_t least = UINT64_MAX;
  for (const GroupTable::Group& group : table.groups()) {
    bytes += group.key.bytes();
    least = std::min(least, group.tally.communications);
  }
  CHECK(bytes <= GroupTable::kKeyBytesMax);
  CHECK(bytes + 2 * kLong > GroupTable::kKeyBytesMax);
  CHECK(least == table.moved_max() + 1);
  CHECK(least == kKeys + 1 - table.groups().size());
}

TEST_CASE("periods of unlike lengths hold what begins in each, and add up") {
  KnownStore stored(6);
  const auto snapshot = stored.store().reader().snapshot();
  Filter filter;
  filter.from = stored.first();
  filter.to = stored.last() + base::Duration{1};
  StatisticsRequest request;
  request.period = base::Duration{(filter.to - filter.from).ns / 3 + 1};
  const auto even = statistics(*snapshot, request, filter);
  REQUIRE(even);
  for (const std::int64_t third : {0, 1, 2})
    request.starts.push_back(filter.from + base::Duration{third * request.period.ns});
  const auto told = statistics(*snapshot, request, filter);
  REQUIRE(told);
  REQUIRE(told->periods == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(told->total.periods[i].communications == even->total.periods[i].communications);
  // The second begins later: what lies between belongs to the first.
  request.starts[1] = request.starts[2] - base::Duration{1};
  const auto late = statistics(*snapshot, request, filter);
  REQUIRE(late);
  std::array<std::uint64_t, 3> begun{};
  for (const KnownCommunication& k : stored.known()) {
    const std::size_t at = k.start < request.starts[1] ? 0 : k.start < request.starts[2] ? 1 : 2;
    ++begun[at];
  }
  for (std::size_t i = 0; i < 3; ++i) CHECK(late->total.periods[i].communications == begun[i]);
  request.starts = {filter.from, filter.to};
  CHECK(statistics(*snapshot, request, filter).error().code == codes::bad_query);
}

TEST_CASE("questions of too many cells or fields are refused") {
  KnownStore stored(2, 2);
  const auto snapshot = stored.store().reader().snapshot();
  Filter filter;
  filter.from = stored.first();
  filter.to = stored.first() + base::Duration{5'000};
  StatisticsRequest request;
  request.group_by = {GroupField::host};
  request.limit = 1;
  request.period.ns = 1;
  CHECK(statistics(*snapshot, request, filter));
  request.limit = 2;
  CHECK(statistics(*snapshot, request, filter).error().code == codes::bad_query);
  request.period.ns = 0;
  request.group_by = {GroupField::host, GroupField::method, GroupField::status};
  CHECK(statistics(*snapshot, request, filter).error().code == codes::bad_query);
}

TEST_CASE("a question that nobody waits for any more ends") {
  KnownStore stored(2);
  const auto snapshot = stored.store().reader().snapshot();
  Threads threads;
  threads.stop = true;
  Filter filter;
  filter.from = stored.first();
  filter.to = stored.last();
  const auto told = statistics(*snapshot, {}, filter, &threads);
  REQUIRE_FALSE(told);
  CHECK(told.error().code == codes::cancelled);
}

}  // namespace
}  // namespace spider::query
