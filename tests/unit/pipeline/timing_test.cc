// Captures whose packets have times chosen by hand: every span that is told of an exchange is the
// difference of two of these times, to the last digit that the file had.
#include <optional>

#include <catch2/catch.hpp>

#include "timed_capture.h"

using namespace spider;
using namespace spider::test;

namespace {

constexpr std::optional<std::int64_t> kAbsent;

struct Spans {
  std::int64_t start;  // ns after the origin, as all that follows is in ns
  std::int64_t end;
  std::optional<std::int64_t> connect, request, wait, response;
  std::uint64_t missing = 0;
  std::uint64_t retransmitted = 0;
};

std::optional<std::int64_t> ns(const std::optional<base::Duration>& d) {
  return d ? std::optional(d->ns) : std::nullopt;
}

std::string text(const std::optional<std::int64_t>& ns) {
  return ns ? std::to_string(*ns) : "absent";
}

void check(const query::CommunicationRow& row, const Spans& want) {
  CHECK(row.id.start.ns - kTimedOrigin == want.start);
  CHECK(row.end.ns - kTimedOrigin == want.end);
  CHECK(text(ns(row.connect)) == text(want.connect));
  CHECK(text(ns(row.request_transfer)) == text(want.request));
  CHECK(text(ns(row.wait)) == text(want.wait));
  CHECK(text(ns(row.response_transfer)) == text(want.response));
  CHECK(row.missing_bytes == want.missing);
  CHECK(row.retransmitted_bytes == want.retransmitted);
}

TimedReading read(const TimedCapture& capture) {
  TempFolder folder;
  capture.write_pcap(folder.path() / "a.pcap", true);
  return read_timed(folder.path() / "a.pcap");
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";               // 28 bytes
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd";  // 42
const std::string kPost = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nsecret";  // 54

// Request in two packets, response in three; times with `unit` for their last digits.
TimedCapture plain(std::int64_t unit) {
  TimedCapture c;
  c.open(11 * unit, 52 * unit, 101 * unit);
  c.client(1'203 * unit, kGet, 0, 10).client(1'310 * unit, kGet, 10, 18);
  c.server(5'417 * unit, kOk, 0, 7, 28).server(5'521 * unit, kOk, 7, 20, 28);
  return c.server(6'629 * unit, kOk, 27, 15, 28);
}
constexpr Spans plain_spans(std::int64_t unit) {
  return {1'203 * unit, 6'629 * unit, 90 * unit, 107 * unit, 4'107 * unit, 1'212 * unit, 0, 0};
}

}  // namespace

TEST_CASE("microseconds of a capture are told as they were in every format", "[timing]") {
  const TimedCapture capture = plain(1'000);
  TempFolder folder;
  const auto path = folder.path() / "a.pcap";
  SECTION("pcap") { capture.write_pcap(path, false); }
  SECTION("pcap of nanoseconds") { capture.write_pcap(path, true); }
  SECTION("pcapng as usual") { capture.write_pcapng(path, -1, 1'000'000); }
  SECTION("pcapng of microseconds") { capture.write_pcapng(path, 6, 1'000'000); }
  SECTION("pcapng of nanoseconds") { capture.write_pcapng(path, 9, 1'000'000'000); }
  const TimedReading read = read_timed(path);
  REQUIRE(read.rows.size() == 1);
  check(read.rows[0], plain_spans(1'000));
  CHECK(ns(read.sessions.at(0).connect) == 90'000);
  CHECK(holds(read.json, R"("start":"2026-01-01T00:00:00.001203Z","start_us":1767225600001203,)"
                         R"("end":"2026-01-01T00:00:00.006629Z","end_us":1767225600006629,)"
                         R"("duration_us":5426,)"));
  CHECK(holds(read.json, R"("connect_us":90,"request_us":107,"wait_us":4107,"response_us":1212,)"
                         R"("ended_after_us":null,"missing_bytes":0,"retransmitted_bytes":0,)"));
}

TEST_CASE("nanoseconds of a capture are told as they were", "[timing]") {
  const TimedCapture capture = plain(1'001);
  TempFolder folder;
  const auto path = folder.path() / "a.pcap";
  SECTION("pcap of nanoseconds") { capture.write_pcap(path, true); }
  SECTION("pcapng of nanoseconds") { capture.write_pcapng(path, 9, 1'000'000'000); }
  const TimedReading read = read_timed(path);
  REQUIRE(read.rows.size() == 1);
  check(read.rows[0], plain_spans(1'001));
  // 1204.203 to 1311.310 to 5422.417 to 6635.629: each microsecond is that of a packet, and the
  // spans between them add up.
  CHECK(holds(read.json, R"("start":"2026-01-01T00:00:00.001204203Z","start_us":1767225600001204,)"
                         R"("end":"2026-01-01T00:00:00.006635629Z","end_us":1767225600006635,)"
                         R"("duration_us":5431,)"));
  CHECK(holds(
      read.json,
      R"("connect_us":90,"request_us":107,"wait_us":4111,"response_us":1213,)"
      R"("ended_after_us":null,"nanoseconds":{"duration":5431426,"connect":90090,"request":107107,)"
      R"("wait":4111107,"response":1213212,"ended_after":null},)"));
}

TEST_CASE("a tick of no whole number of nanoseconds is the nanosecond that holds it", "[timing]") {
  // 1/1024 s: tick 1 is 976562.5 ns, 2 1953125, 3 2929687.5, 5 4882812.5, 7 6835937.5.
  TimedCapture c;
  c.open(1, 1, 2).client(3, kGet, 0, 28).server(5, kOk, 0, 20, 28).server(7, kOk, 20, 22, 28);
  TempFolder folder;
  c.write_ticks(folder.path() / "a.pcapng", 0x8A, 1'024);
  const TimedReading read = read_timed(folder.path() / "a.pcapng");
  REQUIRE(read.rows.size() == 1);
  check(read.rows[0], {2'929'687, 6'835'937, 1'953'125 - 976'562, 0, 4'882'812 - 2'929'687,
                       6'835'937 - 4'882'812});
}

TEST_CASE("only the first communication of a connection has its connect time", "[timing]") {
  TimedCapture kept;
  const std::string asked = kGet + kPost;
  const std::string answered = kOk + kOk;
  kept.open(100, 200, 301).client(1'000, asked, 0, 28).server(2'001, answered, 0, 42, 28);
  kept.client(5'003, asked, 28, 54, 42).server(9'010, answered, 42, 42, 82);
  const TimedReading read_kept = read(kept);
  REQUIRE(read_kept.rows.size() == 2);
  check(read_kept.rows[0], {1'000, 2'001, 201, 0, 1'001, 0});
  check(read_kept.rows[1], {5'003, 9'010, kAbsent, 0, 4'007, 0});
  CHECK(holds(read_kept.json, R"("connect_us":null)"));
}

TEST_CASE("each request of a pipeline waits for its own answer", "[timing]") {
  TimedCapture c;
  const std::string asked = kGet + kGet;
  const std::string answered = kOk + kOk;
  c.open(0, 10, 20).client(1'000, asked, 0, 40).client(1'007, asked, 40, 16);
  c.server(3'000, answered, 0, 50, 56).server(4'000, answered, 50, 34, 56);
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 2);
  check(told.rows[0], {1'000, 3'000, 20, 0, 2'000, 0});
  check(told.rows[1], {1'000, 4'000, kAbsent, 7, 1'993, 1'000});
}

TEST_CASE("an interim response does not end the wait", "[timing]") {
  const std::string asked =
      "PUT /c HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\nsecret";
  const std::size_t head = asked.size() - 6;
  const std::string answered = "HTTP/1.1 100 Continue\r\n\r\n" + kOk;
  TimedCapture c;
  c.open(0, 10, 20).client(1'000, asked, 0, head).server(3'000, answered, 0, 25, head);
  c.client(4'001, asked, head, 6, 25).server(9'003, answered, 25, 42, asked.size());
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  check(told.rows[0], {1'000, 9'003, 20, 3'001, 5'002, 0});
}

TEST_CASE("of a repeated segment the first copy has the time and the others are counted",
          "[timing]") {
  TimedCapture c;
  c.open(0, 10, 20).client(1'000, kPost, 0, 30).client(1'500, kPost, 30, 24);
  SECTION("the whole segment") {
    c.client(2'000, kPost, 30, 24).client(2'100, kPost, 30, 24);
    c.server(3'000, kOk, 0, 42, 54);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {1'000, 3'000, 20, 500, 1'500, 0, 0, 48});
  }
  SECTION("pieces of both, and of the response") {
    c.client(2'000, kPost, 20, 15).server(3'000, kOk, 0, 30, 54);
    c.server(3'500, kOk, 25, 5, 54).server(4'000, kOk, 25, 17, 54);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {1'000, 4'000, 20, 500, 1'500, 1'000, 0, 15 + 5 + 5});
  }
  SECTION("repeated before its place in the stream was reached") {
    // [10, 30) of the response comes last; [30, 42) came twice before.
    c.server(3'000, kOk, 0, 10, 54).server(3'100, kOk, 30, 12, 54);
    c.server(3'200, kOk, 30, 12, 54).server(3'300, kOk, 10, 20, 54);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {1'000, 3'300, 20, 500, 1'500, 300, 0, 12});
  }
  SECTION("repeated before its head was understood") {
    // The status line's beginning alone is no message yet.
    c.server(3'000, kOk, 0, 3, 54).server(3'100, kOk, 0, 3, 54).server(3'200, kOk, 3, 39, 54);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {1'000, 3'200, 20, 500, 1'500, 200, 0, 3});
  }
  SECTION("repeated before anything was recognised") {
    // Seven bytes are not yet HTTP.
    TimedCapture d;
    d.open(0, 10, 20).client(1'000, kGet, 0, 7).client(1'100, kGet, 0, 7);
    d.client(1'200, kGet, 2, 5).client(1'300, kGet, 7, 21).server(3'000, kOk, 0, 42, 28);
    const TimedReading told = read(d);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {1'000, 3'000, 20, 300, 1'700, 0, 0, 12});
  }
  SECTION("repeated ahead, over the end of one response into the next") {
    TimedCapture d;
    const std::string asked = kGet + kGet;
    const std::string answered = kOk + kOk;
    d.open(0, 10, 20).client(1'000, asked, 0, 56).server(2'000, answered, 0, 30, 56);
    d.server(2'100, answered, 40, 20, 56).server(2'200, answered, 40, 20, 56);
    d.server(2'300, answered, 30, 10, 56).server(2'400, answered, 60, 24, 56);
    const TimedReading told = read(d);
    REQUIRE(told.rows.size() == 2);
    check(told.rows[0], {1'000, 2'300, 20, 0, 1'000, 300, 0, 2});
    check(told.rows[1], {1'000, 2'400, kAbsent, 0, 1'100, 300, 0, 18});
  }
  SECTION("repeated when all was said: the session's alone") {
    c.server(3'000, kOk, 0, 42, 54).server(3'600, kOk, 0, 42, 54);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {1'000, 3'000, 20, 500, 1'500, 0, 0, 0});
    CHECK(told.sessions.at(0).retransmitted_bytes == 42);
  }
}

TEST_CASE("bytes that were not captured are missing, and the others keep their times", "[timing]") {
  const std::string answered =
      "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789abcdefghijABCDEFGHIJ";
  const std::size_t head = answered.size() - 30;
  TimedCapture c;
  c.open(0, 10, 20).client(1'000, kGet, 0, 28).server(2'000, answered, 0, head + 10, 28);
  c.server(2'700, answered, head + 21, 9, 28);
  c.packet(2'800, true, model::kAck, 28, static_cast<std::uint32_t>(answered.size()));
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  check(told.rows[0], {1'000, 2'700, 20, 0, 1'000, 700, 11, 0});
}

TEST_CASE("a connection joined mid stream has no connect time, which is not zero", "[timing]") {
  TimedCapture c;
  c.client(1'000, kGet, 0, 28).server(2'001, kOk, 0, 42, 28);
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  check(told.rows[0], {1'000, 2'001, kAbsent, 0, 1'001, 0});
  CHECK(told.sessions.at(0).connect == std::nullopt);
  CHECK(holds(told.json, R"("connect_us":null)"));
  CHECK(holds(told.json, R"("connect":null)"));
}

TEST_CASE("a handshake within one tick took no time, which is not nothing", "[timing]") {
  TimedCapture c;
  c.open(7, 7, 7).client(7, kGet, 0, 28).server(7, kOk, 0, 42, 28);
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  check(told.rows[0], {7, 7, 0, 0, 0, 0});
}

TEST_CASE("connecting began with the first of several SYNs", "[timing]") {
  TimedCapture c;
  c.packet(100, true, model::kSyn, 0, 0).packet(1'000'100, true, model::kSyn, 0, 0);
  c.packet(1'000'300, false, model::kSyn | model::kAck, 0, 0);
  c.packet(1'000'307, true, model::kAck, 0, 0);
  c.client(1'001'000, kGet, 0, 28).server(1'002'000, kOk, 0, 42, 28);
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  check(told.rows[0], {1'001'000, 1'002'000, 1'000'207, 0, 1'000, 0});
}

TEST_CASE("an answer before the request's end was waited for a negative time", "[timing]") {
  TimedCapture c;
  c.open(0, 10, 20).client(1'000, kPost, 0, 50).server(2'000, kOk, 0, 42, 50);
  c.client(2'501, kPost, 50, 4, 42);
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  check(told.rows[0], {1'000, 2'000, 20, 1'501, -501, 0});
  // From the microsecond 2 back to 2, as both were in it.
  CHECK(holds(told.json, R"("wait_us":0,)"));
  CHECK(holds(told.json, R"("wait":-501,)"));
}

TEST_CASE("packets captured in another order than sent keep their own times", "[timing]") {
  TimedCapture c;
  c.open(0, 10, 20).client(1'000, kGet, 0, 28).server(2'000, kOk, 10, 32, 28);
  c.server(2'400, kOk, 0, 10, 28);
  const TimedReading told = read(c);
  REQUIRE(told.rows.size() == 1);
  // The first byte came at 2400, and so did the latest of all.
  check(told.rows[0], {1'000, 2'400, 20, 0, 1'400, 0});
}

TEST_CASE("a clock that goes back makes no span up", "[timing]") {
  TimedCapture c;
  SECTION("between question and answer") {
    c.open(0, 10'000, 20'000).client(100'000, kGet, 0, 28).server(99'000, kOk, 0, 42, 28);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {100'000, 100'000, 20'000, 0, -1'000, 0});
    CHECK(holds(told.json, R"("wait_us":-1,)"));
  }
  SECTION("within a message") {
    c.open(0, 10'000, 20'000).client(100'000, kGet, 0, 28).server(300'000, kOk, 0, 20, 28);
    c.server(299'000, kOk, 20, 22, 28);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {100'000, 300'000, 20'000, 0, 200'000, 0});
  }
  SECTION("within the handshake") {
    c.open(20'000, 19'500, 19'000).client(100'000, kGet, 0, 28).server(300'000, kOk, 0, 42, 28);
    const TimedReading told = read(c);
    REQUIRE(told.rows.size() == 1);
    check(told.rows[0], {100'000, 300'000, kAbsent, 0, 200'000, 0});
    CHECK(told.sessions.at(0).connect == std::nullopt);
  }
}
