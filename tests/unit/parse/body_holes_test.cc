// Where in a body bytes are missing: the places that golden texts do not show, and their bound.

#include <vector>

#include <catch2/catch.hpp>

#include "spider/parse/parser.h"

#include "support/http1_replay.h"

namespace spider::test {
namespace {
using model::Direction;

struct Holes final : model::CommunicationSink {
  model::BodyExtent save_body(base::Bytes bytes) override {
    return {1, 0, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_communication(const model::Communication& c) override {
    holes.assign(c.response.holes.begin(), c.response.holes.end());
    more = c.response.more_holes;
    missing = c.response.missing_bytes;
    body = c.response.body_bytes;
    ++told;
  }
  void on_session(const model::TcpSession& /*session*/, std::string_view /*name*/,
                  std::uint32_t /*communications*/,
                  std::span<const model::ParseNote> /*notes*/) override {}

  std::vector<model::BodyHole> holes;
  std::uint32_t more = 0;
  std::uint64_t missing = 0;
  std::uint64_t body = 0;
  int told = 0;
};

// The server's side of one exchange, byte after byte.
struct Server {
  explicit Server(Holes& sink) : parser(script.config, script.whisperer, sink, quality) {
    session = scripted_session(script);
    flow = parser.open(session);
    constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    flow->on_chunk(Direction::low_to_high, {0, base::as_bytes(kGet), base::Time::from_us(1), 1});
  }
  ~Server() { parser.close(flow, session); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  void send(std::string_view text) {
    flow->on_chunk(Direction::high_to_low,
                   {at, base::as_bytes(text), base::Time::from_us(2), ++packet});
    at += text.size();
  }
  void lose(std::uint64_t bytes) {
    flow->on_gap(Direction::high_to_low, {at, bytes, base::Time::from_us(2)});
    at += bytes;
  }

  Script script;
  model::QualityLog quality;
  parse::Parser parser;
  model::TcpSession session;
  model::FlowObserver* flow = nullptr;
  std::uint64_t at = 0;
  std::uint64_t packet = 1;
};

TEST_CASE("of very many holes the first are listed and all are counted", "[parse]") {
  Holes told;
  Server server(told);
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  for (int i = 0; i < 100; ++i) {
    server.send("abc");
    server.lose(2);
  }
  REQUIRE(told.told == 1);
  REQUIRE(told.holes.size() == model::kBodyHolesMax);
  CHECK(told.holes.front().offset == 3);
  CHECK(told.holes.back().offset == 63 * 5 + 3);
  CHECK(told.holes.back().bytes == 2);
  CHECK(told.more == 100 - model::kBodyHolesMax);
  CHECK(told.missing == 200);
  CHECK(told.body == 300);
}

TEST_CASE("holes that meet are one, and the next message begins without any", "[parse]") {
  Holes told;
  Server server(told);
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na");
  server.lose(2);
  server.lose(3);
  server.send("bcde");
  REQUIRE(told.told == 1);
  REQUIRE(told.holes.size() == 1);
  CHECK(told.holes[0].offset == 1);
  CHECK(told.holes[0].bytes == 5);
  CHECK(told.more == 0);
  constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  server.flow->on_chunk(Direction::low_to_high,
                        {kGet.size(), base::as_bytes(kGet), base::Time::from_us(3), 90});
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
  REQUIRE(told.told == 2);
  CHECK(told.holes.empty());
}

TEST_CASE("in a chunked body holes count without the framing between chunks", "[parse]") {
  Holes told;
  Server server(told);
  server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n6\r\nef");
  server.lose(3);
  server.send("j\r\n8\r\nklm");
  server.lose(4);
  server.send("r\r\n0\r\n\r\n");
  REQUIRE(told.told == 1);
  REQUIRE(told.holes.size() == 2);
  CHECK(told.holes[0].offset == 6);
  CHECK(told.holes[0].bytes == 3);
  CHECK(told.holes[1].offset == 13);
  CHECK(told.holes[1].bytes == 4);
  CHECK(told.body == 11);
}

}  // namespace
}  // namespace spider::test
