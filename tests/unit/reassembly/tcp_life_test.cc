// Beginnings and ends of flows.
#include <catch2/catch.hpp>

#include "conversation.h"

using namespace spider;
using namespace spider::test;
using model::CloseReason;
using model::Quality;

TEST_CASE("a flow may start in the middle, with data", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.client_says(500, "question", 700);
  c.server_says(700, "answer", 508);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "question");
  CHECK(StreamRecorder::server(f) == "answer");
  CHECK(StreamRecorder::session(f).mid_stream);
  CHECK(StreamRecorder::session(f).server.port == 80);
  lab.table.finish();
  CHECK(lab.booked(Quality::gaps) == 0);
  CHECK(lab.books_balance());
}

TEST_CASE("first bytes that were captured in the wrong order are put right", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.client_says(503, "stion", 700);
  c.client_says(500, "que", 700);
  c.server_acks(508, 700);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
}

TEST_CASE("data before the handshake in the file belong to the same flow", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.client_says(0, "question", 0);
  c.syn_ack();
  c.syn();
  c.client_acks(0);
  c.server_says(0, "answer", 8);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
  CHECK(StreamRecorder::server(lab.flow()) == "answer");
  CHECK_FALSE(lab.flow().session.mid_stream);
}

TEST_CASE("a start that only one side shows is handed on after the wait", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.client_says(0, "question", 0);
  CHECK(lab.sink.flows.empty());
  lab.now.ns += 1'000'000'000;
  lab.table.advance(lab.now);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
  c.client_says(8, " two", 500);
  CHECK(StreamRecorder::client(lab.flow()) == "question two");
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("a one-sided capture does not wait for the other side", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn_ack();
  c.server_says(0, "answer one", 100);
  c.server_says(10, "answer two", 200);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::server(f) == "answer oneanswer two");
  CHECK(StreamRecorder::session(f).client.port == 40000);
}

TEST_CASE("data in the SYN are the first bytes", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.client(model::kSyn, 1000, 0, "early");
  c.server(model::kSyn | model::kAck, c.server_isn, 1006, {});
  c.client_says(5, " bird", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "early bird");
}

TEST_CASE("data in a SYN that the server did not take are seen twice and kept once",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.client(model::kSyn, 1000, 0, "early");
  c.syn_ack();
  c.client_says(0, "early bird", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "early bird");
  lab.table.finish();
  CHECK(lab.booked(Quality::duplicate_bytes) == 5);
}

TEST_CASE("a simultaneous open is one flow", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn();
  c.server(model::kSyn, c.server_isn, 0, {});
  c.client(model::kSyn | model::kAck, 1000, c.server_isn + 1, {});
  c.server(model::kSyn | model::kAck, c.server_isn, 1001, {});
  c.client_says(0, "hello", 0);
  c.server_says(0, "hi", 5);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "hello");
  CHECK(StreamRecorder::server(lab.flow()) == "hi");
}

TEST_CASE("keep-alive probes are neither data nor retransmissions", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.server_acks(3);
  c.client_says(2, {}, 0);
  c.client(model::kAck, 1003, c.server_isn + 1, std::string_view("\0", 1));
  c.server_acks(3);
  c.client_says(3, "def", 0);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "abcdef");
  CHECK(StreamRecorder::session(f).client_stats.keep_alives == 2);
  CHECK(StreamRecorder::session(f).client_stats.retransmissions == 0);
  CHECK(StreamRecorder::session(f).overlap_conflicts == 0);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("one byte that nobody has seen is no keep-alive", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  SECTION("the last before a FIN that came first") {
    c.syn();
    c.server_says(0, "a", 0);
    c.server_fin(2, 0);
    c.syn_ack();
    c.server_says(1, "b", 0);
    c.client_acks(3);
    lab.table.finish();
    CHECK(StreamRecorder::server(lab.flow()) == "ab");
  }
  SECTION("the last before the number that the peer expects") {
    c.client_acks(2);
    c.server_says(1, "b", 0);
    lab.table.finish();
    CHECK(StreamRecorder::server(lab.flow()) == "b");
  }
  SECTION("the last of what was declared lost: it comes too late") {
    c.handshake();
    c.client_says(0, "abc", 0, model::kAck);
    c.client(model::kAck, c.client_isn + 4, c.server_isn + 1, {}, 1);
    c.server_acks(4);
    c.client_says(3, "d", 0);
    lab.table.finish();
    CHECK(lab.booked(Quality::refused_late_bytes) == 1);
    CHECK(lab.booked(Quality::duplicate_bytes) == 0);
  }
  CHECK(lab.books_balance());
  CHECK(StreamRecorder::session(lab.flow()).client_stats.keep_alives == 0);
  CHECK(StreamRecorder::session(lab.flow()).server_stats.keep_alives == 0);
}

TEST_CASE("a SYN-ACK that comes late changes nothing of what was acknowledged", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn();
  c.server_acks(0, 2);        // overtook the SYN-ACK and the server's data
  c.client_says(1, "ay", 2);  // an answer to it
  c.syn_ack();
  c.client_says(0, "w", 0);
  c.server_says(0, "hi", 0);
  lab.table.finish();
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "way");
  CHECK(StreamRecorder::server(f) == "hi");
  REQUIRE(f.events.size() == 3);
  CHECK(f.events[1].direction == model::Direction::high_to_low);
}

TEST_CASE("a new SYN after the close opens a new session", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "one", 0);
  c.client_fin(3, 0);
  c.server_fin(0, 4);
  Conversation d(lab);
  d.client_isn = 77'000;
  d.server_isn = 5;
  const std::uint64_t number = d.syn();
  CHECK(number == 7);
  d.syn_ack();
  d.client_says(0, "two", 0);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 2);
  CHECK(StreamRecorder::client(lab.flow(0)) == "one");
  CHECK(StreamRecorder::client(lab.flow(1)) == "two");
  CHECK(lab.flow(0).session.close == CloseReason::fin);
  CHECK(lab.flow(1).session.id.number == 7);
}

TEST_CASE("port reuse without a captured close begins when the new SYN is answered",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "one", 0);
  c.server_says(0, "eins", 3);
  Conversation d(lab);
  d.client_isn = 0x7000'0000;
  d.server_isn = 5;
  d.syn();  // packet 6
  d.syn_ack();
  d.client_acks(0);
  d.client_says(0, "two", 0);
  d.server_says(0, "zwei", 3);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 2);
  CHECK(lab.flow(0).session.close == CloseReason::port_reuse);
  CHECK(lab.flow(1).session.id.number == 6);
  CHECK(StreamRecorder::client(lab.flow(1)) == "two");
  CHECK(StreamRecorder::server(lab.flow(1)) == "zwei");
}

TEST_CASE("a forged SYN does not end a live flow", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.server_says(0, "xyz", 3);
  c.client(model::kSyn, 0x7000'0000, 0, {});
  c.client_says(3, "def", 3);
  c.server_says(3, "uvw", 6);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdef");
  CHECK(StreamRecorder::server(lab.flow()) == "xyzuvw");
}

TEST_CASE("stragglers of a closed flow open no new session", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_fin(0, 0);
  c.server_fin(0, 1);
  c.client_acks(1, 1);
  c.server_fin(0, 1);
  c.client_acks(1, 1);
  c.client(model::kRst, 1002, 0, {});
  CHECK(lab.table.flows() == 1);
  lab.now.ns += 2'100'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.table.flows() == 0);
  CHECK(lab.booked(Quality::sessions_opened) == 1);
  CHECK(lab.sink.closed.at(0)->session.close == CloseReason::fin);
}

TEST_CASE("data repeated because the last FIN was not acknowledged open no new session",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.server_fin(0, 0);
  c.client_acks(1);
  c.client_says(0, "question", 1);
  c.client_fin(8, 1);
  for (std::int64_t pause = 300'000'000; pause < 20'000'000'000; pause *= 2) {
    lab.now.ns += pause;
    c.client_says(0, "question", 1, model::kFin | model::kAck);
  }
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
  CHECK(lab.flow().session.close == CloseReason::fin);
}

TEST_CASE("a flow is never closed before its idle time is over", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "question", 0);
  c.server_acks(8);
  lab.now.ns += 300'000'000'000 - 1'000'000;
  c.client_says(0, "question", 0);
  lab.table.finish();
  CHECK(lab.sink.flows.size() == 1);
}

TEST_CASE("a reset ends both directions after their last bytes", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.server_says(4, "held", 3);
  c.server(model::kRst, c.server_isn + 1 + 8, 0, "diagnosis");
  lab.now.ns += 2'100'000'000;
  lab.table.advance(lab.now);
  REQUIRE(lab.sink.closed.size() == 1);
  const auto& f = lab.flow();
  CHECK(f.session.close == CloseReason::reset);
  CHECK(StreamRecorder::server(f) == "....held");
  CHECK(f.ended[0]);
  CHECK(f.ended[1]);
  CHECK(f.reset[0]);
  CHECK(f.reset[1]);
  CHECK_FALSE(f.after_end);
  CHECK(lab.booked(Quality::refused_bytes) == 9);
  CHECK(lab.books_balance());
}

TEST_CASE("of a reset the direction of who sent it is told first", "[reassembly]") {
  const bool by_client = GENERATE(true, false);
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  if (by_client)
    c.client(model::kRst, 1004, 0, {});
  else
    c.server(model::kRst, c.server_isn + 1, 0, {});
  lab.table.finish();
  const auto& f = lab.flow();
  CHECK(f.session.close == CloseReason::reset);
  const auto first = std::find_if(
      f.events.begin(), f.events.end(),
      [](const StreamRecorder::Event& e) { return e.kind == StreamRecorder::Event::Kind::end; });
  REQUIRE(first != f.events.end());
  CHECK((first->direction == f.session.client_direction) == by_client);
}

TEST_CASE("a reset behind a FIN leaves that direction ended as its sender said", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.server_says(0, "held", 3);
  c.server(model::kFin | model::kAck, c.server_isn + 1 + 4, 1004, {});
  c.client(model::kRst, 1004, 0, {});
  lab.now.ns += 2'100'000'000;
  lab.table.advance(lab.now);
  REQUIRE(lab.sink.closed.size() == 1);
  const auto& f = lab.flow();
  CHECK(f.session.close == CloseReason::reset);
  CHECK(StreamRecorder::server(f) == "held");
  CHECK(f.reset[0]);
  CHECK(f.ended[1]);
  CHECK_FALSE(f.reset[1]);
}

TEST_CASE("a forged reset does not end a live flow", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.server(model::kRst, c.server_isn + 0x2000'0000, 0, {});  // outside
  CHECK(lab.table.flows() == 1);
  c.client(model::kRst, 1004, 0, {});  // inside, but the client goes on
  c.client_says(3, "def", 0);
  lab.now.ns += 10'000'000'000;
  c.client_says(6, "ghi", 0);
  c.server_says(0, "xyz", 9);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdefghi");
  CHECK(lab.flow().session.close == CloseReason::end_of_input);
}

TEST_CASE("forged segments before the SYN-ACK do not spoil the flow", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn();
  c.server(model::kRst | model::kAck, 12345, 1001, {});
  c.server(model::kFin | model::kAck, 12345, 1001, {});
  c.client(model::kRst, 1001, 0, {});
  c.syn_ack();
  c.client_acks(0);
  c.client_says(0, "question", 0);
  c.server_says(0, "answer", 8);
  c.server_fin(6, 8);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
  CHECK(StreamRecorder::server(lab.flow()) == "answer");
  CHECK_FALSE(lab.flow().after_end);
}

TEST_CASE("of several SYN-ACKs the one that the client answers counts", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn();
  c.syn_ack();
  c.server(model::kSyn | model::kAck, 0x5555'0000, 1001, {});
  c.client_acks(0);
  c.client_says(0, "question", 0);
  c.server_says(0, "answer", 8);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::server(lab.flow()) == "answer");
}

TEST_CASE("idle flows close by packet time, half-open ones sooner", "[reassembly]") {
  Lab lab;
  Conversation c(lab, 1);
  c.handshake();
  Conversation d(lab, 2);
  d.syn();
  lab.now.ns += 31'000'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.table.flows() == 1);
  CHECK(lab.sink.closed.at(0)->session.client.port == 2);
  CHECK(lab.sink.closed.at(0)->session.close == CloseReason::idle);
  lab.now.ns += 270'000'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.table.flows() == 0);
}

TEST_CASE("stamps that go back do not age anything", "[reassembly]") {
  Lab lab;
  Conversation c(lab, 1);
  c.handshake();
  lab.now.ns += 365LL * 86'400'000'000'000;
  Conversation d(lab, 2);
  d.syn();
  lab.now.ns -= 365LL * 86'400'000'000'000;
  d.syn_ack();
  CHECK(lab.table.flows() == 1);
  lab.now.ns += 20'000'000'000;
  Conversation e(lab, 3);
  e.syn();
  CHECK(lab.table.flows() == 2);
  lab.now.ns += 20'000'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.table.flows() == 1);
}

TEST_CASE("a full table closes the flow idle longest and says so", "[reassembly]") {
  reassembly::ReassemblyConfig config = small_config();
  config.flows_max = 8 * 4;
  Lab lab(config);
  lab.step_ns = 300'000'000;
  for (std::uint16_t port = 1; port <= 4; ++port) {
    Conversation c(lab, port);
    c.handshake();
  }
  Conversation(lab, 1).client_acks(0);
  Conversation c(lab, 5);
  c.syn();
  CHECK(lab.table.flows() == 4);
  REQUIRE(lab.sink.closed.size() == 1);
  CHECK(lab.sink.closed[0]->session.client.port == 2);
  CHECK(lab.sink.closed[0]->session.close == CloseReason::evicted);
  CHECK(lab.booked(Quality::sessions_evicted) == 1);
}

TEST_CASE("at the end flows are closed in the order of their sessions", "[reassembly]") {
  Lab lab;
  for (std::uint16_t port = 100; port > 0; --port) Conversation(lab, port).syn();
  Conversation(lab, 100).syn_ack();
  lab.table.finish();
  REQUIRE(lab.sink.closed.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) CHECK(lab.sink.closed[i]->session.id.number == i + 1);
}

TEST_CASE("telling an older clock changes nothing, and before 1970 ageing works as after",
          "[reassembly]") {
  reassembly::ReassemblyConfig config = small_config();
  config.idle_timeout_s = 10;
  Lab lab(config);
  lab.now = base::Time{GENERATE(-5'000'000'000'000'000'000, -3'000'000'000, 0)};
  const base::Time began = lab.now;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "hello", 0);
  lab.table.advance(base::Time::min());
  lab.table.advance(began - base::Duration::from_s(1'000'000));
  CHECK(lab.table.flows() == 1);
  lab.table.advance(began + base::Duration::from_s(10));
  CHECK(lab.table.flows() == 1);
  lab.table.advance(began + base::Duration::from_s(11));
  CHECK(lab.table.flows() == 0);
  CHECK(lab.flow().session.close == model::CloseReason::idle);
  CHECK(lab.flow().session.start.ns == began.ns + 1'000'000);
  CHECK(lab.flow().session.end.ns == began.ns + 4'000'000);
}
