// DNS answers in a capture: from the packet to the name of an address.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "spider/model/books.h"
#include "spider/store/host_book.h"

#include "support/dns_message.h"
#include "unit/pipeline/import_capture.h"

namespace spider {
namespace {

using model::Quality;

[[nodiscard]] base::Time at(std::int64_t ms) {
  return {1'767'225'600'000'000'000 + ms * 1'000'000};
}

[[nodiscard]] test::Buffer answer(const test::DnsMessage& message, std::uint16_t from = 53,
                                  std::string_view server = "192.0.2.53") {
  return test::PacketBuilder()
      .ethernet()
      .ipv4(server, "10.0.0.9")
      .udp(from, 40'000)
      .payload(base::Bytes(message.bytes()))
      .build();
}

struct Names {
  std::string hosts;
  model::QualityCounts books;
};

[[nodiscard]] std::string told(const store::HostBook& book) {
  std::string out;
  for (const store::Host& host :
       book.hosts(std::nullopt, 1'000'000, [](const auto&) { return true; }))
    for (const store::HostName& n : host.names)
      out += fmt::format("{} {} {} {} {}\n", model::to_text(host.address), n.name, n.first.ns,
                         n.last.ns, model::to_text(n.told_by));
  return out;
}

[[nodiscard]] Names import(const std::filesystem::path& capture, std::uint32_t shards,
                           std::uint32_t addresses) {
  test::TempFolder folder;
  store::StoreConfig config = test::store_at(folder.path() / "store");
  config.host_addresses = addresses;
  auto store = store::Store::open(config);
  REQUIRE(store);
  pipeline::PipelineSettings settings;
  settings.pipeline.shards = shards;
  pipeline::Pipeline pipeline(settings, **store);
  pipeline.start();
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(whisperer));
  const auto result = pipeline.import(whisperer.name, capture.string());
  REQUIRE(result);
  pipeline.stop();
  Names out{told((*store)->hosts()), result->books};
  store->reset();
  auto again = store::Store::open(config);
  REQUIRE(again);
  CHECK(told((*again)->hosts()) == out.hosts);
  return out;
}

}  // namespace

TEST_CASE("DNS answers name addresses; other packets of the port are counted and name nothing",
          "[pipeline][hosts]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "dns.pcap";
  test::PcapWriter out;
  using test::DnsMessage;
  out.add(at(0), answer(DnsMessage("Web.Example").address("10.0.0.80").address("10.0.0.81")));
  out.add(at(1), answer(DnsMessage("six.example", DnsMessage::kAaaa).address("2001:db8::1")));
  out.add(at(2), answer(DnsMessage("other.example").address("10.0.0.99"), 5353));
  out.add(at(3), answer(DnsMessage("asked.example", DnsMessage::kA, 0x0100)));
  auto cut = answer(DnsMessage("cut.example").address("10.0.0.98"));
  cut.resize(cut.size() - 1);
  out.add(at(4), cut);
  out.add(at(5), test::PacketBuilder()
                     .ethernet()
                     .ipv4("192.0.2.53", "10.0.0.9")
                     .udp(53, 40'000)
                     .payload("no DNS at all, but long enough")
                     .build());
  // Behind a tag.
  out.add(at(6), test::PacketBuilder()
                     .ethernet()
                     .vlan(7)
                     .ipv4("192.0.2.54", "10.0.0.9")
                     .udp(53, 40'000)
                     .payload(base::Bytes(DnsMessage("vlan.example").address("10.0.0.82").bytes()))
                     .build());
  out.write(capture);
  const Names names = import(capture, 2, 100);
  CHECK(names.hosts == fmt::format("10.0.0.80 web.example {0} {0} 192.0.2.53\n"
                                   "10.0.0.81 web.example {0} {0} 192.0.2.53\n"
                                   "10.0.0.82 vlan.example {2} {2} 192.0.2.54\n"
                                   "2001:db8::1 six.example {1} {1} 192.0.2.53\n",
                                   at(0).ns, at(1).ns, at(6).ns));
  CHECK(names.books[Quality::dns_answers] == 3);
  CHECK(names.books[Quality::dns_unread] >= 1);
  CHECK(names.books[Quality::not_tcp] == 7);
  CHECK(names.books[Quality::packets_received] == 7);
  CHECK(model::balanced(names.books));
}

TEST_CASE("names are the same whatever the number of shards, also at the limit",
          "[pipeline][hosts]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "dns.pcap";
  test::PcapWriter out;
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    const std::uint32_t n = i * 2'654'435'761U;
    out.add(at(i), answer(test::DnsMessage(fmt::format("n{}.example", n % 97))
                              .address(fmt::format("10.{}.{}.7", n >> 13U & 7U, n >> 7U & 31U)),
                          53, fmt::format("192.0.2.{}", n % 50)));
  }
  out.write(capture);
  for (const std::uint32_t addresses : {50U, 10'000U}) {
    const Names one = import(capture, 1, addresses);
    CHECK(one.books[Quality::dns_answers] == 3'000);
    CHECK((one.books[Quality::names_forgotten] > 0));
    CHECK(model::balanced(one.books));
    for (const std::uint32_t shards : {2U, 4U}) {
      const Names many = import(capture, shards, addresses);
      CHECK(many.hosts == one.hosts);
      CHECK(many.books == one.books);
    }
  }
}

}  // namespace spider
