// Names of addresses in the filter language: the same records as by their addresses.
#include <catch2/catch.hpp>

#include "spider/query/completion.h"
#include "spider/query/engine.h"
#include "spider/query/language.h"

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

[[nodiscard]] std::vector<std::string> ids(const store::StoreSnapshot& snapshot,
                                           const std::string& text, const FilterVocabulary& words) {
  Filter filter;
  INFO(text);
  REQUIRE(narrow(filter, text, words));
  std::vector<std::string> out;
  const auto done = QueryEngine(snapshot).each_communication(
      filter, Order::oldest_first, [&](const CommunicationRow& row) {
        out.push_back(model::to_text(row.id));
        return true;
      });
  REQUIRE(done);
  return out;
}

}  // namespace

TEST_CASE("a name asks for the addresses that bear it", "[language][hosts]") {
  test::KnownStore known(3);
  const std::shared_ptr<const store::StoreSnapshot> snapshot = known.store().reader().snapshot();
  const auto page = QueryEngine(*snapshot).communications({}, Order::oldest_first, "", 200);
  REQUIRE(page);
  REQUIRE(page->rows.size() == 200);
  const model::IpAddress server = page->rows.front().server.ip;
  const model::IpAddress client = page->rows.back().client.ip;
  store::HostBook book(10);
  book.give(store::HostSource::configuration, {{server, "db-1.internal"}, {client, "web-1"}});
  FilterVocabulary words;
  words.sources = known.store().sources();
  const auto none = ids(*snapshot, "name:*", words);
  CHECK(none.empty());
  words.hosts = &book;
  const std::string s = model::to_text(server);
  const std::string c = model::to_text(client);
  const auto same = [&](const std::string& name, const std::string& address) {
    INFO(name);
    const auto found = ids(*snapshot, name, words);
    CHECK(found == ids(*snapshot, address, words));
    return found.size();
  };
  CHECK(same("server.name:DB-1.internal", "server.ip:\"" + s + "\"") > 0);
  CHECK(same("client.name:web*", "client.ip:\"" + c + "\"") > 0);
  same("NOT server.name:db-1.internal", "NOT server.ip:\"" + s + "\"");
  same("name:(db-1.internal OR web-1) status:200",
       "ip:(\"" + s + "\" OR \"" + c + "\") status:200");
  same("has:server.name", "server.ip:(\"" + s + "\" OR \"" + c + "\")");
  CHECK(ids(*snapshot, "server.name:db", words).empty());
  CHECK(ids(*snapshot, "host_name:web-1", words) == ids(*snapshot, "name:web-1", words));

  const auto parsed = parse_filter("server.name:>a", words);
  REQUIRE(parsed.problem);
  std::string many = "name:n0";
  for (int i = 1; i < 17; ++i) many += " OR name:n" + std::to_string(i);
  REQUIRE(parse_filter(many, words).problem);
  CHECK(parse_filter(many, words).problem->message.find("At most 16") == 0);
}

TEST_CASE("names that are known complete a question", "[language][hosts]") {
  store::HostBook book(10);
  book.give(store::HostSource::configuration,
            {{model::parse_ip("10.0.0.1").value(), "db-1.internal"},
             {model::parse_ip("10.0.0.2").value(), "db-1.internal"},
             {model::parse_ip("10.0.0.3").value(), "web"}});
  FilterVocabulary words;
  words.hosts = &book;
  const auto place = complete("server.name:DB", 14, words);
  REQUIRE(place.known.size() == 1);
  CHECK(place.known.front().insert == "db-1.internal");
  CHECK(place.known.front().help == "10.0.0.1");
}

}  // namespace spider::query
