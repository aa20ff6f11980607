// Lists of TCP sessions: what they can be asked for, and how one goes through them.
#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/query/codes.h"
#include "spider/query/language.h"
#include "spider/reassembly/codes.h"

#include "import_capture.h"

using namespace spider;

namespace {

constexpr std::uint16_t kFirstPort = 20'000;
constexpr int kSessions = 30;  // by turns: HTTP, TLS, nothing said

base::Time at_us(std::int64_t us) { return base::Time::from_us(1'700'000'000'000'000 + us); }

std::unique_ptr<test::ImportedStore> mixed_store(const test::TempFolder& folder) {
  test::PcapWriter out;
  for (int i = 0; i < kSessions; ++i) {
    test::Talk talk(out, fmt::format("10.1.0.{}", i + 1),
                    static_cast<std::uint16_t>(kFirstPort + i));
    const std::int64_t t = i * 10'000;
    talk.open(at_us(t));
    if (i % 3 == 0) {
      talk.say(true, at_us(t + 1'000), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      talk.say(false, at_us(t + 1'500), "HTTP/1.1 204 No Content\r\n\r\n");
    } else if (i % 3 == 1) {
      talk.say(true, at_us(t + 1'000), std::string("\x16\x03\x01\x00\x05hello", 10));
      talk.say(false, at_us(t + 1'500), std::string("\x16\x03\x03\x00\x05hello", 10));
    }
    talk.close(at_us(t + 5'000));
  }
  const auto path = folder.path() / "mixed.pcap";
  out.write(path);
  return test::import_into_store(path);
}

struct Mixed {
  test::TempFolder folder;
  std::unique_ptr<test::ImportedStore> imported = mixed_store(folder);
  std::shared_ptr<const store::StoreSnapshot> snapshot = imported->store->reader().snapshot();
  query::QueryEngine engine{*snapshot};

  [[nodiscard]] query::Filter filter(std::string_view text) const {
    query::Filter out;
    REQUIRE(query::narrow(out, text,
                          {imported->store->sources(), reassembly::codes::kRows, true, nullptr}));
    return out;
  }
  // Numbers of the sessions that a filter asks for, the oldest first.
  [[nodiscard]] std::vector<int> asked(const query::Filter& filter) const {
    const auto page = engine.sessions(filter, query::Order::oldest_first, {}, 1'000);
    REQUIRE(page);
    std::vector<int> out;
    for (const query::SessionRow& row : page->rows) out.push_back(row.client.port - kFirstPort);
    return out;
  }
};

std::vector<int> every_third(int first) {
  std::vector<int> out;
  for (int i = first; i < kSessions; i += 3) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("sessions are asked for by whether communications were found in them", "[pipeline]") {
  const Mixed mixed;
  query::Filter filter;
  CHECK(mixed.asked(filter).size() == kSessions);
  filter.with_communications = true;
  CHECK(mixed.asked(filter) == every_third(0));
  filter.with_communications = false;
  const std::vector<int> none = mixed.asked(filter);
  CHECK(none.size() == 20);
  CHECK(std::none_of(none.begin(), none.end(), [](int i) { return i % 3 == 0; }));
  const auto page = mixed.engine.sessions(filter, query::Order::oldest_first, {}, 1'000);
  REQUIRE(page);
  REQUIRE(page->rows.size() == 20);
  for (const query::SessionRow& row : page->rows) {
    CHECK(row.decoder.empty());
    CHECK((row.client_bytes == 0) == ((row.client.port - kFirstPort) % 3 == 2));
  }
}

TEST_CASE("a text of the filter language finds sessions by what they have", "[pipeline]") {
  const Mixed mixed;
  CHECK(mixed.asked(mixed.filter("client.port:20003..20005")) == std::vector<int>{3, 4, 5});
  CHECK(mixed.asked(mixed.filter("ip:10.1.0.0/29 AND NOT client.ip:10.1.0.1")) ==
        std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(mixed.asked(mixed.filter("client.port:20001 OR client.ip:10.1.0.9")) ==
        std::vector<int>{1, 8});
  CHECK(mixed.asked(mixed.filter("duration:>1s")).empty());
  CHECK(mixed.asked(mixed.filter("duration:<1s")).size() == kSessions);
  CHECK(mixed.asked(mixed.filter("whisperer:upload")).size() == kSessions);
  CHECK(mixed.asked(mixed.filter("code:overlap_conflict")).empty());
  CHECK(mixed.asked(mixed.filter("NOT code:overlap_conflict")).size() == kSessions);
  const auto row = mixed.engine.sessions({}, query::Order::oldest_first, {}, 5)->rows.back();
  CHECK(mixed.asked(mixed.filter("session:" + model::to_text(row.id))) == std::vector<int>{4});
}

TEST_CASE("a list of sessions obeys the codes that it is asked for", "[pipeline]") {
  const Mixed mixed;
  query::Filter filter;
  filter.codes = {reassembly::codes::flow_limit.number()};
  CHECK(mixed.asked(filter).empty());
}

TEST_CASE("sessions are not asked for what only communications have", "[pipeline]") {
  const Mixed mixed;
  for (const char* text :
       {"status:200", "NOT status:200", "method:GET", "host:h", "uri:/", "login", "wait:>1ms",
        "size:>1", "mark:chunked", "header.host:h", "body:x", "state:partial", "ordinal:0",
        "ip:10.0.0.0/8 AND (port:80 OR path:/a)"}) {
    INFO(text);
    const auto checked = query::check_of_sessions(mixed.filter(text));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == query::codes::bad_query);
    CHECK(checked.error().detail.find("A session has no ") == 0);
  }
  for (const char* text :
       {"duration:>1ms", "connect:>1ms", "missing:>0", "retransmitted:0", "ip:10.0.0.0/8", "name:a",
        "port:80", "client.ip:10.0.0.1", "server.name:b", "server.port:80", "whisperer:upload",
        "start:>2020-01-01", "end:<2030-01-01", "code:flow_limit",
        "port:80 OR NOT (duration:<1s AND -ip:10.0.0.1)"}) {
    INFO(text);
    CHECK(query::check_of_sessions(mixed.filter(text)));
  }
}

TEST_CASE("a list of sessions is gone through from any time, both ways", "[pipeline]") {
  const Mixed mixed;
  const auto ids = [](const query::Page<query::SessionRow>& page) {
    std::vector<int> out;
    for (const query::SessionRow& row : page.rows) out.push_back(row.client.port - kFirstPort);
    return out;
  };
  const auto middle = mixed.engine.sessions_from({}, query::Order::newest_first, at_us(120'000), 4);
  REQUIRE(middle);
  CHECK(ids(*middle) == std::vector<int>{12, 11, 10, 9});
  const auto older = mixed.engine.sessions({}, query::Order::newest_first, middle->next, 3);
  REQUIRE(older);
  CHECK(ids(*older) == std::vector<int>{8, 7, 6});
  const auto newer = mixed.engine.sessions({}, query::Order::oldest_first, middle->previous, 3);
  REQUIRE(newer);
  CHECK(ids(*newer) == std::vector<int>{13, 14, 15});
  const auto none = mixed.engine.sessions_from({}, query::Order::oldest_first, at_us(9'999'999), 3);
  REQUIRE(none);
  CHECK((none->rows.empty() && none->previous.empty() && none->next.empty()));
}
