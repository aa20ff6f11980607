// Texts of the filter language asked of a generated store, against the same question put to each
// known record by itself.
#include <functional>
#include <random>

#include <catch2/catch.hpp>

#include "spider/query/engine.h"
#include "spider/query/facets.h"
#include "spider/query/language.h"
#include "spider/query/search.h"
#include "spider/query/statistics.h"

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownCommunication;
using Holds = std::function<bool(const KnownCommunication&)>;

struct Asked {
  std::string text;
  Holds holds;
};

[[nodiscard]] std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}
[[nodiscard]] bool within(std::string_view text, std::string_view part) {
  return lower(text).find(lower(part)) != std::string::npos;
}
[[nodiscard]] std::string query_of(const std::string& target) {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string{} : target.substr(mark + 1);
}
// Header lines of both messages, without the start lines.
[[nodiscard]] std::string lines_of(const KnownCommunication& k) {
  std::string out;
  for (const std::string& head : {k.request_head, k.response_head})
    if (const std::size_t line = head.find('\n'); line != std::string::npos)
      out += head.substr(line + 1);
  return out;
}

[[nodiscard]] bool is_whole(const KnownCommunication& k) {
  return k.state == model::CommunicationState::complete;
}

// What was never seen has no size, also none of 0.
[[nodiscard]] const std::vector<Asked>& sizes() {
  static const std::vector<Asked> out = {
      {"request.size:<60",
       [](const auto& k) { return k.request_wire_bytes > 0 && k.request_wire_bytes < 60; }},
      {"has:request.size", [](const auto& k) { return k.request_wire_bytes > 0; }},
      {"request.body.size:(0 OR >20)",
       [](const auto& k) {
         return k.request_wire_bytes > 0 &&
                (k.request_body_bytes == 0 || k.request_body_bytes > 20);
       }},
      {"has:request.body.size", [](const auto& k) { return k.request_wire_bytes > 0; }},
      {"response.size:<200",
       [](const auto& k) { return k.response_wire_bytes > 0 && k.response_wire_bytes < 200; }},
      {"has:response.size", [](const auto& k) { return k.response_wire_bytes > 0; }},
      {"response.size:0", [](const auto&) { return false; }},
      {"response.body.size:0",
       [](const auto& k) { return k.response_wire_bytes > 0 && k.response_body.empty(); }},
      {"response.body.size:(0 OR >20)",
       [](const auto& k) {
         return k.response_wire_bytes > 0 &&
                (k.response_body.empty() || k.response_body.size() > 20);
       }},
      {"has:response.body.size", [](const auto& k) { return k.response_wire_bytes > 0; }}};
  return out;
}

// What can be asked about a record, with the plain way to tell.
class Questions {
 public:
  explicit Questions(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  // Nested up to `depth`.
  [[nodiscard]] Asked any(int depth) {
    const std::uint64_t way = depth == 0 ? 9 : below(8);
    if (way == 0) {
      Asked inner = any(depth - 1);
      const char* const sign = below(2) == 0 ? "NOT (" : "-(";
      return {sign + inner.text + ")", [h = inner.holds](const auto& k) { return !h(k); }};
    }
    if (way > 4) return leaf();
    Asked a = any(depth - 1);
    Asked b = any(depth - 1);
    if (way < 3) {
      const char* const word = below(2) == 0 ? " or " : " OR ";
      return {"(" + a.text + word + b.text + ")",
              [x = a.holds, y = b.holds](const auto& k) { return x(k) || y(k); }};
    }
    const char* const word = below(2) == 0 ? " " : " AND ";
    return {"(" + a.text + word + b.text + ")",
            [x = a.holds, y = b.holds](const auto& k) { return x(k) && y(k); }};
  }

 private:
  template <class T>
  [[nodiscard]] const T& one(const std::vector<T>& list) {
    return list[below(list.size())];
  }

  [[nodiscard]] Asked leaf() {
    switch (below(5)) {
      case 0:
        return status();
      case 1:
        return text();
      case 2:
        return number();
      case 3:
        return message();
      default:
        return meaning();
    }
  }

  [[nodiscard]] Asked status() {
    switch (below(6)) {
      case 0:
        return {"status:5xx", [](const auto& k) { return k.status / 100 == 5; }};
      case 1:
        return {"status:(200 OR 404)",
                [](const auto& k) { return k.status == 200 || k.status == 404; }};
      case 2:
        return {"status:<400", [](const auto& k) { return k.status > 0 && k.status < 400; }};
      case 3:
        return {"status:>503", [](const auto& k) { return k.status > 503; }};
      case 4:
        return {"status:none", [](const auto& k) { return k.status == 0; }};
      default:
        return {"has:status", [](const auto& k) { return k.status != 0; }};
    }
  }

  [[nodiscard]] Asked text() {
    const std::string digit = std::to_string(below(10));
    switch (below(11)) {
      case 0:
        return {"method:get", [](const auto& k) { return k.method == "GET"; }};
      case 1:
        return {"method:POST,BREW",
                [](const auto& k) { return k.method == "POST" || k.method == "BREW"; }};
      case 2:
        return {"host:HOST" + digit + "*",
                [digit](const auto& k) { return k.host.starts_with("host" + digit); }};
      case 3:
        return {"host:host" + digit + ".example",
                [digit](const auto& k) { return k.host == "host" + digit + ".example"; }};
      case 4:
        return {"uri:\"/ITEM/" + digit + "\"",
                [digit](const auto& k) { return within(k.target, "/item/" + digit); }};
      case 5:
        return {"uri:item*" + digit + "?q=1", [digit](const auto& k) {
                  // The ? stands for any byte.
                  for (std::size_t at = k.target.find("q=1"); at != std::string::npos;
                       at = k.target.find("q=1", at + 1))
                    if (at >= 2 && std::string(1, k.target[at - 2]) == digit) return true;
                  return false;
                }};
      case 6:
        return {"path:/item/?" + digit, [digit](const auto& k) {
                  const std::string path = k.target.substr(0, k.target.find('?'));
                  return path.size() == 8 && path.ends_with(digit);
                }};
      case 9:
        return {"template:\"/item/{n}\"", [](const auto& k) {
                  const std::string path = k.target.substr(0, k.target.find('?'));
                  return !path.empty() && path.find_first_not_of("0123456789", 6) == path.npos;
                }};
      case 8:
        return {"template:/item/*/?a*", [](const auto& k) { return within(k.target, "/tags"); }};
      case 7:
        return {"param.q:" + digit,
                [digit](const auto& k) { return query_of(k.target) == "q=" + digit; }};
      default:
        return {"query:*", [](const auto& k) { return !query_of(k.target).empty(); }};
    }
  }

  [[nodiscard]] Asked number() {
    switch (below(9)) {
      case 7:
        return one(sizes());
      case 0:
        return {"duration:>20ms", [](const auto& k) { return (k.end - k.start).ns > 20'000'000; }};
      case 1:
        return {"duration:1ms..10ms", [](const auto& k) {
                  const std::int64_t ns = (k.end - k.start).ns;
                  return ns >= 1'000'000 && ns <= 10'000'000;
                }};
      case 2:
        return {"wait:<=5ms", [](const auto& k) { return is_whole(k) && k.wait <= 5'000'000; }};
      case 3:
        return {"has:wait", [](const auto& k) { return is_whole(k); }};
      case 4:
        return {"response.size:>0.2kB", [](const auto& k) { return k.response_wire_bytes > 200; }};
      case 5:
        return {"size:100..300", [](const auto& k) {
                  const std::uint64_t n = k.response_wire_bytes + k.request_wire_bytes;
                  return n >= 100 && n <= 300;
                }};
      case 6:
        return {"port:(80 AND NOT >50000)", [](const auto& k) { return k.client_port <= 50'000; }};
      default:
        return {"client.port:>=30000", [](const auto& k) { return k.client_port >= 30'000; }};
    }
  }

  [[nodiscard]] Asked message() {
    const std::string letter(1, static_cast<char>('a' + below(20)));
    const std::string digit = std::to_string(below(10));
    switch (below(6)) {
      case 0:
        return {"header.host:host" + digit,
                [digit](const auto& k) { return k.host.starts_with("host" + digit); }};
      case 1:
        return {"response.header.server:*", [](const auto& k) { return k.status != 0; }};
      case 2:
        return {"header:\"server: TEST\"", [](const auto& k) { return k.status != 0; }};
      case 3:
        return {digit + digit, [digit](const auto& k) {
                  return within(k.target, digit + digit) || within(lines_of(k), digit + digit);
                }};
      case 4:
        return {"body:" + letter + letter,
                [letter](const auto& k) { return within(k.response_body, letter + letter); }};
      default:
        return {"has:response.body", [](const auto& k) { return !k.response_body.empty(); }};
    }
  }

  [[nodiscard]] Asked meaning() {
    const std::string digit = std::to_string(below(9));
    switch (below(7)) {
      case 0:
        return {"origin:203.0.113.?", [](const auto& k) { return k.origin.size() == 11; }};
      case 1:
        return {"identity:user" + digit,
                [digit](const auto& k) { return k.identity == "user" + digit; }};
      case 2:
        return {"identity.kind:(jwt OR bearer)",
                [](const auto& k) { return k.identity_kind != model::IdentityKind::none; }};
      case 3:
        return {"claim.role:ops", [](const auto& k) { return !k.claims.empty(); }};
      case 4:
        return {"correlation:x-request-id=r" + digit, [digit](const auto& k) {
                  return k.correlation.ends_with("x-request-id=r" + digit);
                }};
      case 5:
        return {"state:no_response",
                [](const auto& k) { return k.state == model::CommunicationState::no_response; }};
      default:
        return {"whisperer:north", [](const auto& k) { return k.id.source == model::SourceId{1}; }};
    }
  }

  std::mt19937_64 random_;
};

[[nodiscard]] std::vector<model::CommunicationId> answers(const store::StoreSnapshot& snapshot,
                                                          const Filter& filter) {
  std::vector<model::CommunicationId> out;
  REQUIRE(QueryEngine(snapshot).each_communication(filter, Order::oldest_first,
                                                   [&](const CommunicationRow& row) {
                                                     out.push_back(row.id);
                                                     return true;
                                                   }));
  return out;
}

class Asking {
 public:
  explicit Asking(std::uint64_t seed)
      : known_(seed, 12, {.unasked_share = 0.05, .request_body_bytes_max = 50}),
        snapshot_(known_.store().reader().snapshot()) {
    words_.sources = known_.store().sources();
    // Ids are given out in turn, from 1: "north" is asked for by its id in meaning().
    REQUIRE(known_.sources().front() == words_.sources.front().id);
  }

  void check(const Asked& asked) {
    INFO(asked.text);
    Filter filter;
    const auto taken = narrow(filter, asked.text, words_);
    INFO((taken ? std::string("understood") : taken.error().detail));
    REQUIRE(taken);
    std::vector<model::CommunicationId> expected;
    const model::SourceId north = known_.sources().front();
    for (KnownCommunication k : known_.known()) {
      k.id.source = k.id.source == north ? model::SourceId{1} : model::SourceId{2};
      if (asked.holds(k))
        expected.push_back({k.id.source == model::SourceId{1} ? north : known_.sources().back(),
                            k.id.start, k.id.session_number, k.id.ordinal});
    }
    const auto found = answers(*snapshot_, filter);
    CHECK(found.size() == expected.size());
    CHECK((found == expected));
    check_search(filter, expected);
    check_counts(filter, expected.size());
  }

 private:
  // Bit by bit, a chunk at a time, from the newest on.
  void check_search(const Filter& filter, std::vector<model::CommunicationId> expected) {
    auto search = Search::begin(snapshot_, filter, 1'000'000);
    REQUIRE(search);
    std::vector<CommunicationRow> hits;
    std::uint64_t done_before = 0;
    std::uint64_t looked_before = 0;
    while (!(*search)->progress().done) {
      REQUIRE((*search)->step(base::Duration{0}, hits));
      const SearchProgress& now = (*search)->progress();
      REQUIRE(now.blocks_done >= done_before);
      done_before = now.blocks_done;
      REQUIRE(now.rows_looked >= looked_before);
      REQUIRE(now.rows_looked >= now.rows);
      REQUIRE(now.rows_looked <= now.rows_total);
      looked_before = now.rows_looked;
    }
    CHECK(looked_before == (*search)->progress().rows_total);
    std::vector<model::CommunicationId> found;
    for (const CommunicationRow& row : hits) found.push_back(row.id);
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    CHECK((found == expected));
    CHECK((*search)->progress().hits == found.size());
    CHECK(done_before == (*search)->progress().blocks);
  }

  // The timeline of everything, in whole seconds so that roll-ups may answer, and the statistics.
  void check_counts(Filter filter, std::size_t expected) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    TimelineRequest request;
    request.from = base::Time{known_.first().ns / kSecond * kSecond};
    request.bucket = base::Duration{60 * kSecond};
    request.to = request.from;
    while (request.to <= known_.last()) request.to = request.to + request.bucket;
    const auto timeline = QueryEngine(*snapshot_).timeline(request, filter);
    REQUIRE(timeline);
    CHECK(timeline->total == expected);
    filter.from = request.from;
    filter.to = request.to;
    const auto sums = statistics(*snapshot_, {}, filter);
    REQUIRE(sums);
    CHECK(sums->total.measures.communications == expected);
  }

  test::KnownStore known_;
  std::shared_ptr<const store::StoreSnapshot> snapshot_;
  FilterVocabulary words_;
};

TEST_CASE("what a text asks for is what each record by itself says", "[language]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  Asking asking(seed);
  Questions questions(seed * 1'000);
  for (int i = 0; i < 120; ++i) asking.check(questions.any(static_cast<int>(questions.below(5))));
}

TEST_CASE("a message that was never seen has no size", "[language]") {
  Asking asking(4);
  for (const Asked& asked : sizes()) {
    asking.check(asked);
    asking.check({"NOT " + asked.text, [&](const auto& k) { return !asked.holds(k); }});
  }
}

TEST_CASE("facets within a time are exact for the newest part of the range, and say which it is",
          "[language]") {
  test::KnownStore known(6);
  const std::shared_ptr<const store::StoreSnapshot> snapshot = known.store().reader().snapshot();
  Filter filter;
  filter.from = known.first();
  filter.to = known.last() + base::Duration{1};
  filter.methods = {"GET", "POST"};
  FacetsRequest request;
  request.fields = {GroupField::path_template, GroupField::status};
  std::size_t parts = 0;
  for (const std::size_t first : {1U, 400U, 1'000U, 1'000'000U}) {
    for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{3'600'000'000'000}}) {
      request.first_rows = first;
      const auto found = facets_within(*snapshot, request, filter, base::Duration{ns});
      REQUIRE(found);
      Filter part = filter;
      if (found->from) {
        ++parts;
        CHECK(*found->from > filter.from);
        CHECK(*found->from < filter.to);
        part.from = *found->from;
      }
      if (ns != 0) CHECK_FALSE(found->from);  // there is time for all of it
      const auto whole = facets(*snapshot, request, part);
      REQUIRE(whole);
      CHECK(found->communications == whole->communications);
      CHECK(found->communications == answers(*snapshot, part).size());
      for (std::size_t f = 0; f < request.fields.size(); ++f) {
        REQUIRE(found->facets[f].values.size() == whole->facets[f].values.size());
        for (std::size_t v = 0; v < found->facets[f].values.size(); ++v)
          CHECK(found->facets[f].values[v].communications ==
                whole->facets[f].values[v].communications);
      }
    }
  }
  CHECK(parts >= 2);
}

TEST_CASE("facets count every value, and each names the filter that asks for exactly it",
          "[language]") {
  test::KnownStore known(6);
  const std::shared_ptr<const store::StoreSnapshot> snapshot = known.store().reader().snapshot();
  FilterVocabulary words;
  words.sources = known.store().sources();
  Filter filter;
  REQUIRE(narrow(filter, "method:GET OR status:5xx", words));
  FacetsRequest request;
  request.fields = {GroupField::host,      GroupField::method,        GroupField::status,
                    GroupField::path,      GroupField::path_template, GroupField::whisperer,
                    GroupField::client_ip, GroupField::state,         GroupField::identity_kind,
                    GroupField::origin,    GroupField::location,      GroupField::status_class,
                    GroupField::target};
  request.values = 7;
  const auto found = facets(*snapshot, request, filter);
  REQUIRE(found);
  const std::size_t all = answers(*snapshot, filter).size();
  CHECK(found->communications == all);
  CHECK(found->whole);
  for (std::size_t f = 0; f < request.fields.size(); ++f) {
    std::uint64_t sum = found->facets[f].rest;
    for (const FacetValue& value : found->facets[f].values) {
      sum += value.communications;
      const std::string text = filter_text(request.fields[f], value.value, words.sources);
      INFO(text);
      Filter one = filter;
      REQUIRE(narrow(one, text, words));
      CHECK(answers(*snapshot, one).size() == value.communications);
    }
    CHECK(sum == all);
  }
}

TEST_CASE("roll-ups answer any tree of methods and classes, and no other", "[language]") {
  test::KnownStore known(4);
  const auto snapshot = known.store().reader().snapshot();
  FilterVocabulary words;
  words.sources = known.store().sources();
  constexpr std::int64_t kMinute = 60'000'000'000;
  const base::Time from{known.first().ns / kMinute * kMinute};
  const TimelineRequest request{from, from + base::Duration{kMinute * 60 * 24},
                                base::Duration{kMinute}, Split::status_class};
  const auto by_rollups = [&](std::string_view text) {
    Filter filter;
    REQUIRE(narrow(filter, text, words));
    const auto timeline = QueryEngine(*snapshot).timeline(request, filter);
    REQUIRE(timeline);
    return timeline->from_rollups;
  };
  CHECK(by_rollups("method:get"));
  CHECK(by_rollups("status:5xx OR method:POST"));
  CHECK(by_rollups("NOT (status:(2xx OR 3xx) AND method:g*) whisperer:south"));
  CHECK_FALSE(by_rollups("status:404"));
  CHECK_FALSE(by_rollups("method:GET host:host1.example"));
  CHECK_FALSE(by_rollups("method:GET OR whisperer:south"));
}

}  // namespace
}  // namespace spider::query
