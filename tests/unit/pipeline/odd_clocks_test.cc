// Captures whose stamps lie before 1970, jump, or run backwards: what is told of them is what was
// stamped, nothing else.
#include <catch2/catch.hpp>

#include "import_capture.h"
#include "support/temp_folder.h"

using namespace spider;
using namespace spider::test;
using model::Quality;

namespace {

struct Stamped {
  std::int64_t ns;  // of the clock of the test
  Buffer frame;
};

// Ten conversations of one GET each, a second apart, packets 1 ms apart.
std::vector<Stamped> conversations() {
  std::vector<Stamped> out;
  for (std::uint16_t i = 0; i < 10; ++i) {
    std::int64_t now = i * 1'000'000'000LL;
    const auto send = [&](bool client, unsigned flags, std::uint32_t seq, std::uint32_t ack,
                          std::string_view text) {
      PacketBuilder b;
      b.ethernet().ipv4(client ? "10.0.0.1" : "10.0.0.2", client ? "10.0.0.2" : "10.0.0.1");
      b.ip_id(static_cast<std::uint16_t>(out.size() + 1));
      const auto port = static_cast<std::uint16_t>(40'000 + i);
      b.tcp(client ? port : 80, client ? 80 : port).seq(seq);
      if (ack != 0) b.ack(ack);
      out.push_back({now, b.flags(flags).payload(text).build()});
      now += 1'000'000;
    };
    const std::string_view get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd";
    const auto g = static_cast<std::uint32_t>(get.size());
    const auto o = static_cast<std::uint32_t>(ok.size());
    send(true, model::kSyn, 100, 0, "");
    send(false, model::kSyn | model::kAck, 500, 101, "");
    send(true, model::kAck, 101, 501, "");
    send(true, model::kAck, 101, 501, get);
    send(false, model::kAck, 501, 101 + g, ok.substr(0, 20));
    send(false, model::kAck, 521, 101 + g, ok.substr(20));
    send(true, model::kFin | model::kAck, 101 + g, 501 + o, "");
    send(false, model::kFin | model::kAck, 501 + o, 102 + g, "");
    send(true, model::kAck, 102 + g, 502 + o, "");
  }
  return out;
}

struct Told {
  std::vector<query::CommunicationRow> communications;
  std::vector<query::SessionRow> sessions;
  model::QualityCounts books;
};

constexpr std::int64_t kModern = 1'700'000'000;
constexpr std::int64_t kDay = 86'400;

// Reads the packets as a pcapng file whose clock begins at `origin_s`.
Told read(const std::vector<Stamped>& packets, std::int64_t origin_s) {
  TempFolder folder;
  PcapngWriter capture;
  capture.interface({.link_type = 1, .tsresol = 9, .tsoffset_s = origin_s - kDay});
  // Ticks are unsigned: the clock begins a day before the origin.
  for (const Stamped& p : packets)
    capture.packet(0, static_cast<std::uint64_t>(p.ns + kDay * 1'000'000'000), p.frame);
  capture.write(folder.path() / "a.pcapng");
  const auto imported = import_into_store(folder.path() / "a.pcapng");
  CHECK_FALSE(imported->result.trouble);

  Told out;
  out.books = imported->result.books;
  const auto snapshot = imported->store->reader().snapshot();
  const query::QueryEngine engine(*snapshot);
  REQUIRE(engine.each_communication({}, query::Order::oldest_first,
                                    [&](const query::CommunicationRow& row) {
                                      out.communications.push_back(row);
                                      return true;
                                    }));
  const auto page = engine.sessions({}, query::Order::oldest_first, {}, 1'000);
  REQUIRE(page);
  out.sessions = page->rows;
  return out;
}

}  // namespace

TEST_CASE("a capture of before 1970 tells the same as one of today, at its own time",
          "[pipeline]") {
  const std::int64_t origin = GENERATE(-1'000'000'000LL, -5LL, -9'000'000'000LL);
  const auto packets = conversations();
  const Told now = read(packets, kModern);
  const Told then = read(packets, origin);
  REQUIRE(now.communications.size() == 10);
  REQUIRE(then.communications.size() == 10);
  REQUIRE(then.sessions.size() == 10);
  // Each beside its own origin: the two are further apart than 64 bits of nanoseconds reach.
  const auto since_then = [&](base::Time t) { return t.ns - origin * 1'000'000'000; };
  const auto since_now = [&](base::Time t) { return t.ns - kModern * 1'000'000'000; };
  for (std::size_t i = 0; i < 10; ++i) {
    const query::CommunicationRow& a = now.communications[i];
    const query::CommunicationRow& b = then.communications[i];
    CHECK(since_then(b.id.start) == since_now(a.id.start));
    CHECK(since_then(b.end) == since_now(a.end));
    CHECK(since_then(b.session.start) == since_now(a.session.start));
    CHECK(b.connect == a.connect);
    CHECK(b.request_transfer == a.request_transfer);
    CHECK(b.wait == a.wait);
    CHECK(b.response_transfer == a.response_transfer);
    CHECK(b.state == a.state);
    CHECK(since_then(then.sessions[i].id.start) == since_now(now.sessions[i].id.start));
    CHECK(since_then(then.sessions[i].end) == since_now(now.sessions[i].end));
    CHECK(then.sessions[i].connect == now.sessions[i].connect);
  }
  CHECK(then.books == now.books);
}

TEST_CASE("stamps that jump or run backwards give no time that no packet had", "[pipeline]") {
  auto packets = conversations();
  SECTION("two files joined in the wrong order") {
    for (std::size_t i = 45; i < packets.size(); ++i) packets[i].ns -= 5'000'000'000;
    for (std::size_t i = 0; i < 45; ++i) packets[i].ns += 86'400'000'000'000;
  }
  SECTION("a clock that runs backwards") {
    for (Stamped& p : packets) p.ns = 60'000'000'000 - p.ns;
  }
  SECTION("a clock that is set back in the middle of every conversation") {
    for (std::size_t i = 0; i < packets.size(); ++i)
      if (i % 9 >= 4) packets[i].ns -= 3'600'000'000'000;
  }
  SECTION("one stamp from the next century") { packets[40].ns += 3'000'000'000'000'000'000; }
  SECTION("every stamp the same") {
    for (Stamped& p : packets) p.ns = 7;
  }
  const Told told = read(packets, kModern);
  std::vector<std::int64_t> stamps;
  for (const Stamped& p : packets) stamps.push_back(p.ns + kModern * 1'000'000'000);
  const auto stamped = [&](base::Time t) {
    return std::find(stamps.begin(), stamps.end(), t.ns) != stamps.end();
  };
  const auto never_negative = [](const std::optional<base::Duration>& d) {
    return !d || d->ns >= 0;
  };
  CHECK(told.books[Quality::packets_received] == packets.size());
  CHECK(told.books[Quality::delivered_bytes] == told.books[Quality::tcp_payload_bytes]);
  std::uint64_t whole = 0;
  for (const query::CommunicationRow& c : told.communications) {
    CHECK(stamped(c.id.start));
    CHECK(stamped(c.end));
    CHECK(c.end >= c.id.start);
    CHECK(never_negative(c.connect));
    CHECK(never_negative(c.request_transfer));
    CHECK(never_negative(c.response_transfer));
    whole += c.state == model::CommunicationState::complete ? 1U : 0U;
  }
  for (const query::SessionRow& s : told.sessions) {
    CHECK(stamped(s.id.start));
    CHECK(stamped(s.end));
    CHECK(s.end >= s.id.start);
    CHECK(never_negative(s.connect));
  }
  // Only a stamp from far ahead, which cannot be told from a long pause, cuts a conversation.
  CHECK(whole >= 9);
}
