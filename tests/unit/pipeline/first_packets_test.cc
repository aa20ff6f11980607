// Packets of sessions whose first bytes are delivered long after their first packet.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "import_capture.h"

using namespace spider;

namespace {

constexpr std::size_t kQuiet = 20;  // sessions
constexpr int kBetween = 12'000;    // packets: more than a batch holds

base::Time at_us(std::int64_t us) { return base::Time::from_us(1'700'000'000'000'000 + us); }

}  // namespace

TEST_CASE("a session's packets are found from its first one on", "[pipeline]") {
  test::TempFolder folder;
  test::PcapWriter out;
  std::vector<test::Talk> quiet;
  for (std::size_t i = 0; i < kQuiet; ++i)
    quiet.emplace_back(out, fmt::format("10.1.0.{}", i + 1),
                       static_cast<std::uint16_t>(20'000 + i));
  // Of two kinds: those that open and say nothing, and those that were begun before the capture.
  for (std::size_t i = 0; i < kQuiet; ++i) {
    if (i % 2 == 0)
      quiet[i].open(at_us(static_cast<std::int64_t>(i) * 100));
    else
      quiet[i].say(false, at_us(static_cast<std::int64_t>(i) * 100), "the end of something");
  }
  for (int lane = 0; lane < 16; ++lane) {
    test::Talk busy(out, fmt::format("10.2.0.{}", lane + 1), 30'000);
    busy.open(at_us(10'000));
    for (int i = 0; i < kBetween; ++i) busy.say(i % 2 == 0, at_us(20'000 + i), "not HTTP");
  }
  for (std::size_t i = 0; i < kQuiet; i += 4) {
    quiet[i].say(true, at_us(50'000), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    quiet[i].close(at_us(60'000));
  }
  const auto capture = folder.path() / "late.pcap";
  out.write(capture);
  const auto path = folder.path() / "store";
  test::import_with_packets(path, capture);

  auto store = store::Store::open(test::store_at(path));
  REQUIRE(store);
  const auto snapshot = (*store)->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  const auto all = engine.sessions({}, query::Order::oldest_first, {}, 100).value();
  REQUIRE(all.rows.size() == kQuiet + 16);
  for (const query::SessionRow& row : all.rows) {
    const auto found = engine.session(row.id);
    REQUIRE(found);
    const model::TcpSession& session = found->second.session;
    CHECK(test::packets_of(*snapshot, found->second) ==
          session.client_stats.packets + session.server_stats.packets);
  }
}
