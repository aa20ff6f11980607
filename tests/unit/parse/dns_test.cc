#include "spider/parse/dns.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/dns_message.h"
#include "support/guarded_bytes.h"

using namespace spider;
using parse::DnsOutcome;
using test::DnsMessage;

namespace {

struct Told {
  DnsOutcome outcome;
  std::string name;
  std::vector<std::string> addresses;
};

Told read(base::Bytes bytes) {
  static test::GuardedBytes guarded(65'536);
  const auto answer = std::make_unique<parse::DnsAnswer>();
  Told told{parse::read_dns_answer(guarded.place(bytes), *answer), {}, {}};
  told.name = answer->name();
  for (std::size_t i = 0; i < answer->count; ++i)
    told.addresses.push_back(model::to_text(answer->addresses[i]));
  return told;
}
Told read(const DnsMessage& message) { return read(base::Bytes(message.bytes())); }

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an answer names its addresses by what was asked for") {
  const Told told =
      read(DnsMessage("Db1.Example").address("10.0.0.5").address("10.0.0.6").address("10.0.0.5"));
  CHECK(told.outcome == DnsOutcome::named);
  CHECK(told.name == "db1.example");
  CHECK(told.addresses == Texts{"10.0.0.5", "10.0.0.6"});
}

TEST_CASE("an answer in AAAA records names IPv6 addresses") {
  const Told told = read(DnsMessage("six.example", DnsMessage::kAaaa)
                             .address("2001:db8::5")
                             .address("::ffff:192.0.2.1", 0, "six.example"));
  CHECK(told.outcome == DnsOutcome::named);
  CHECK(told.addresses.front() == "2001:db8::5");
}

TEST_CASE("a chain of aliases leads from the name asked for to its address") {
  DnsMessage message("www.shop.example");
  message.alias("edge.cdn.example");
  const std::size_t edge = message.target();
  message.alias("node7.cdn.example", edge);
  const std::size_t node = message.target();
  message.address("203.0.113.7", node);
  const Told told = read(message);
  CHECK(told.outcome == DnsOutcome::named);
  CHECK(told.name == "www.shop.example");
  CHECK(told.addresses == Texts{"203.0.113.7"});
}

TEST_CASE("addresses of names that were not asked for are not believed") {
  CHECK(read(DnsMessage("a.example").address("10.6.6.6", 0, "bank.example")).outcome ==
        DnsOutcome::unnamed);
  const Told told =
      read(DnsMessage("a.example").address("10.6.6.6", 0, "bank.example").address("10.0.0.1"));
  CHECK(told.addresses == Texts{"10.0.0.1"});
  // Of the additional section nothing is read.
  DnsMessage glue("a.example");
  glue.address("10.0.0.9").set(7, 0).set(11, 1);
  CHECK(read(glue).outcome == DnsOutcome::unnamed);
}

TEST_CASE("questions, errors and other types are sound and name nothing") {
  CHECK(read(DnsMessage("a.example", DnsMessage::kA, 0x0100)).outcome == DnsOutcome::unnamed);
  CHECK(read(DnsMessage("a.example", DnsMessage::kA, 0x8183).address("10.0.0.1")).outcome ==
        DnsOutcome::unnamed);
  CHECK(read(DnsMessage("a.example")).outcome == DnsOutcome::unnamed);
  CHECK(read(DnsMessage("a.example", 16).address("10.0.0.1")).outcome == DnsOutcome::unnamed);
  CHECK(read(DnsMessage("").address("10.0.0.1", 0, "")).outcome == DnsOutcome::unnamed);
}

TEST_CASE("an answer cut anywhere is told as cut, and as nothing else") {
  const DnsMessage whole = DnsMessage("www.example").alias("b.example").address("10.0.0.1", 41);
  REQUIRE(whole.target() == 41);
  REQUIRE(read(whole).outcome == DnsOutcome::named);
  for (std::size_t bytes = 0; bytes < whole.bytes().size(); ++bytes) {
    CAPTURE(bytes);
    CHECK(read(base::Bytes(whole.bytes()).first(bytes)).outcome == DnsOutcome::cut);
  }
}

TEST_CASE("a pointer to itself, forwards, in circles or into the header ends the reading") {
  const auto with_owner = [](std::size_t to) {
    DnsMessage m("a.example");
    return read(m.count().pointer(to).rest_of_record(DnsMessage::kA, 4).put16(1).put16(2)).outcome;
  };
  const std::size_t own = DnsMessage("a.example").bytes().size();
  CHECK(with_owner(DnsMessage::kQuestion) == DnsOutcome::named);
  CHECK(with_owner(own) == DnsOutcome::bad_name);
  CHECK(with_owner(own + 2) == DnsOutcome::bad_name);
  CHECK(with_owner(0x3FFF) == DnsOutcome::bad_name);
  CHECK(with_owner(4) == DnsOutcome::bad_name);
  // A label, then a pointer back to that label.
  DnsMessage circle("a.example");
  const std::uint8_t label[] = {1, 'x'};
  circle.count().raw(label).pointer(own);
  CHECK(read(circle.rest_of_record(DnsMessage::kA, 4).put16(1).put16(2)).outcome ==
        DnsOutcome::bad_name);
}

TEST_CASE("a name may take 255 bytes on the wire and not one more") {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  const Told told = read(DnsMessage(longest).address("10.0.0.1"));
  CHECK(told.outcome == DnsOutcome::named);
  CHECK(told.name == longest);
  CHECK(read(DnsMessage(longest + "b").address("10.0.0.1")).outcome == DnsOutcome::bad_name);
}

TEST_CASE("labels of unknown kinds and bytes that no host's name has are refused") {
  for (const std::uint8_t length : {std::uint8_t{0x40}, std::uint8_t{0x80}, std::uint8_t{0xBF}}) {
    DnsMessage m("a.example");
    CHECK(read(m.address("10.0.0.1").set(DnsMessage::kQuestion, length)).outcome ==
          DnsOutcome::bad_name);
  }
  for (const std::string_view name : {"a b.example", "a<b.example", "a\x01.example", "\xC3\xA4.de"})
    CHECK(read(DnsMessage(name).address("10.0.0.1")).outcome == DnsOutcome::bad_name);
  CHECK(read(DnsMessage("_http._tcp.a-1").address("10.0.0.1")).name == "_http._tcp.a-1");
}

TEST_CASE("an address of the wrong length and an alias beside its record are refused") {
  DnsMessage five("a.example");
  five.count().pointer(DnsMessage::kQuestion).rest_of_record(DnsMessage::kA, 5);
  CHECK(read(five.put16(1).put16(2).set(0, 1).put16(3)).outcome == DnsOutcome::bad_record);
  DnsMessage short_alias("a.example");
  short_alias.count().pointer(DnsMessage::kQuestion).rest_of_record(DnsMessage::kCname, 9);
  CHECK(read(short_alias.name("b").name("c").name("d").name("e")).outcome ==
        DnsOutcome::bad_record);
}

TEST_CASE("a multicast address is nobody's") {
  CHECK(read(DnsMessage("a.example", DnsMessage::kAaaa).address("ff00::ffff:192.0.2.1")).outcome ==
        DnsOutcome::unnamed);
}

TEST_CASE("an answer of very many addresses keeps as many as its bound") {
  DnsMessage many("a.example");
  for (unsigned i = 0; i < 200; ++i) many.address("10.0.1." + std::to_string(i));
  const Told told = read(many);
  CHECK(told.outcome == DnsOutcome::named);
  CHECK(told.addresses.size() == parse::kDnsAddressesMax);
}
