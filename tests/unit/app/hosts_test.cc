#include "app/hosts.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "spider/app/config.h"

#include "app/reverse_names.h"

namespace spider::app {
namespace {

[[nodiscard]] std::string why(std::string_view line) {
  std::string problem;
  static_cast<void>(hosts_of_line(line, problem));
  return problem;
}

}  // namespace

TEST_CASE("a line of a hosts file is an address and its names", "[hosts]") {
  std::string problem;
  const auto hosts = hosts_of_line("  10.0.0.7\tDB-1 db-1.Internal.  ", problem);
  REQUIRE(problem.empty());
  REQUIRE(hosts.size() == 2);
  CHECK(hosts[0].address == model::parse_ip("10.0.0.7").value());
  CHECK(hosts[0].name == "db-1");
  CHECK(hosts[1].name == "db-1.internal");
  CHECK(why("db-1 10.0.0.7").find("\"db-1\" is no address") == 0);
  CHECK(why("10.0.0.7").find("no name behind it") != std::string::npos);
  CHECK(why("10.0.0.7 a..b").find("\"a..b\" cannot be the name") == 0);
  CHECK(why("10.0.0.7 <b>\x1b").find("\"<b>?\"") == 0);
  CHECK_FALSE(why("").empty());
}

TEST_CASE("a bad line of a hosts file is told by its number and costs no other", "[hosts]") {
  std::vector<std::size_t> bad;
  const auto hosts = read_hosts_file(
      "# all of us\n127.0.0.1 localhost\n\nodd line\n"
      "fe80::1%eth0 scoped\n10.0.0.7 db # the old one\n10.0.0.8",
      [&](std::size_t line, const std::string&) { bad.push_back(line); });
  REQUIRE(hosts.size() == 2);
  CHECK(hosts[1].name == "db");
  CHECK(bad == std::vector<std::size_t>{4, 5, 7});
}

TEST_CASE("a wrong name in the configuration is told with file, line and key", "[hosts]") {
  CHECK(parse_config("[hosts]\nnames = [\"10.0.0.7 db-1\"]\n", "s.toml"));
  const auto bad = parse_config("[hosts]\netc_hosts = false\nnames = [\"10.0.0.7\"]\n", "s.toml");
  REQUIRE_FALSE(bad);
  REQUIRE(bad.error().size() == 1);
  CHECK(bad.error().front().detail.find("s.toml:3: [hosts] names: 10.0.0.7 has no name") == 0);
  const auto small = parse_config("[hosts]\naddresses_max = 7\n", "s.toml");
  REQUIRE(small);
  CHECK(small->store.host_addresses == 7);
}

TEST_CASE("addresses that are shown without a name are asked for once, and only then", "[hosts]") {
  store::HostBook book(10);
  const auto named = model::parse_ip("10.0.0.1").value();
  const auto odd = model::parse_ip("10.0.0.2").value();
  const auto known = model::parse_ip("10.0.0.3").value();
  book.give(store::HostSource::configuration, {{known, "mine"}});
  static_cast<void>(book.name_at(named, {}));
  CHECK_FALSE(book.wanted());  // nobody asked to ask
  std::atomic<int> asked{0};
  {
    ReverseNames reverse(book, [&](const model::IpAddress& address) {
      ++asked;
      return std::string(address == named ? "ptr.example" : "<script>");
    });
    for (const auto& address : {named, odd, known}) static_cast<void>(book.name_at(address, {}));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (asked < 2 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(asked == 2);
  const auto name = book.name_at(named, {});
  REQUIRE(name);
  CHECK(name->name == "ptr.example");
  CHECK(name->source == store::HostSource::reverse);
  CHECK_FALSE(book.name_at(odd, {}));
  CHECK_FALSE(book.wanted());
}

TEST_CASE("an address that nobody answered for has no name by that", "[hosts]") {
  store::HostBook book(10);
  const auto silent = model::parse_ip("10.0.0.1").value();
  const auto named = model::parse_ip("10.0.0.2").value();
  std::atomic<int> asked_silent{0};
  std::atomic<bool> asked_named{false};
  {
    ReverseNames reverse(book, [&](const model::IpAddress& address) -> ReverseNames::Answer {
      if (address == silent) {
        ++asked_silent;
        return std::nullopt;
      }
      asked_named = true;
      return "ptr.example";
    });
    static_cast<void>(book.name_at(silent, {}));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!asked_named && std::chrono::steady_clock::now() < until) {
      if (asked_silent > 0) {
        static_cast<void>(book.name_at(silent, {}));  // looked at again
        static_cast<void>(book.name_at(named, {}));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  CHECK(asked_named);
  CHECK(asked_silent == 1);  // not before kAgainAfter
  // It is not remembered as one without a name.
  book.want_reverse(true);
  static_cast<void>(book.name_at(silent, {}));
  CHECK(book.wanted() == silent);
}

TEST_CASE("the end does not wait for a name server, and its answer touches nothing", "[hosts]") {
  struct Gate {
    std::atomic<bool> asked{false};
    std::atomic<bool> open{false};
    std::atomic<bool> passed{false};
  };
  const auto gate = std::make_shared<Gate>();  // the thread outlives the book
  {
    store::HostBook book(10);
    ReverseNames reverse(book, [gate](const model::IpAddress&) {
      gate->asked = true;
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (!gate->open && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      gate->passed = true;
      return std::string("late.example");
    });
    static_cast<void>(book.name_at(model::parse_ip("10.0.0.1").value(), {}));
    while (!gate->asked) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK_FALSE(gate->passed);
  gate->open = true;
  while (!gate->passed) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace spider::app
