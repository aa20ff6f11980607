// Order within a direction and between directions.
#include <catch2/catch.hpp>

#include "conversation.h"

using namespace spider;
using namespace spider::test;
using model::Quality;
using Kind = StreamRecorder::Event::Kind;

TEST_CASE("a plain conversation is handed on as it was sent", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "GET / ", 0);
  c.client_says(6, "HTTP/1.1\r\n\r\n", 0);
  c.server_says(0, "HTTP/1.1 200 OK\r\n\r\n", 18);
  c.client_acks(19, 18);
  c.client_fin(18, 19);
  c.server_fin(19, 19);
  c.client_acks(20, 19);
  CHECK(lab.flow().ended[0]);
  CHECK(lab.flow().ended[1]);
  lab.table.finish();

  const auto& f = lab.flow();
  CHECK(f.in_order);
  CHECK(StreamRecorder::client(f) == "GET / HTTP/1.1\r\n\r\n");
  CHECK(StreamRecorder::server(f) == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(f.session.close == model::CloseReason::fin);
  CHECK(f.session.id.number == 1);
  CHECK(f.session.client.port == 40000);
  CHECK_FALSE(f.session.mid_stream);
  CHECK(f.session.syn_ack_time.ns - f.session.syn_time.ns == 1'000'000);
  CHECK(f.session.handshake_time.ns - f.session.syn_time.ns == 2'000'000);
  CHECK(f.session.client_stats.delivered_bytes == 18);
  CHECK(f.session.client_stats.packets == 7);
  CHECK(lab.booked(Quality::tcp_packets) == 10);
  CHECK(lab.booked(Quality::gaps) == 0);
  CHECK(lab.booked(Quality::sessions_opened) == 1);
  CHECK(lab.booked(Quality::sessions_closed) == 1);
  CHECK(lab.books_balance());
}

TEST_CASE("a handshake whose ACK was not seen has no time, and its session goes on and ends",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn();
  c.syn_ack();
  c.client_says(0, "question", 0);
  c.client_acks(0, 8);
  c.server_says(0, "answer", 8);
  c.client_fin(8, 6);
  c.server_fin(6, 9);
  lab.table.finish();
  const auto& f = lab.flow();
  CHECK(f.session.syn_ack_time.ns - f.session.syn_time.ns == 1'000'000);
  CHECK(f.session.handshake_time == base::Time::min());
  CHECK(StreamRecorder::client(f) == "question");
  CHECK(StreamRecorder::server(f) == "answer");
  CHECK(f.session.close == model::CloseReason::fin);
}

TEST_CASE("segments out of order are handed on in order, with their own packet", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(6, "ghi", 0);  // packet 4
  c.client_says(3, "def", 0);  // 5
  CHECK(lab.sink.flows.empty());
  c.client_says(0, "abc", 0);  // 6
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "abcdefghi");
  REQUIRE(f.events.size() == 3);
  CHECK(f.events[0].packet_number == 6);
  CHECK(f.events[1].packet_number == 5);
  CHECK(f.events[2].packet_number == 4);
  CHECK(f.events[2].time_ns < f.events[0].time_ns);
  CHECK(StreamRecorder::session(f).client_stats.out_of_order == 2);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("the first copy wins when segments overlap", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(4, "EFGH", 0);
  c.client_says(2, "cdefgh", 0);  // cd is new, the rest differs from what is held
  c.client_says(0, "ab", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdEFGH");
  CHECK(StreamRecorder::session(lab.flow()).overlap_conflicts == 1);
  CHECK(lab.booked(Quality::overlap_conflicts) == 1);
  CHECK(lab.booked(Quality::duplicate_bytes) == 4);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("an equal overlap is no conflict", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(4, "efgh", 0);
  c.client_says(0, "abcdefghij", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdefghij");
  CHECK(StreamRecorder::session(lab.flow()).overlap_conflicts == 0);
}

TEST_CASE("a retransmission is told and counted but not handed on again", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abcdef", 0);
  c.client_says(2, "cdefgh", 0);  // half new
  c.client_says(0, "abcdefgh", 0);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "abcdefgh");
  REQUIRE(f.events.size() == 4);
  CHECK(f.events[1].kind == Kind::retransmission);
  CHECK(f.events[1].offset == 2);
  CHECK(f.events[1].bytes == 4);
  CHECK(f.events[3].kind == Kind::retransmission);
  CHECK(f.events[3].bytes == 8);
  CHECK(StreamRecorder::session(f).client_stats.retransmissions == 1);
  CHECK(StreamRecorder::session(f).client_stats.duplicate_bytes == 12);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("a copy of several stretches that wait is told stretch by stretch", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(2, "cd", 0);
  c.client_says(6, "gh", 0);
  c.client_says(1, "bcdefghi", 0);
  c.client_says(0, "a", 0);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "abcdefghi");
  REQUIRE(f.events.size() >= 2);
  CHECK(f.events[0].kind == Kind::retransmission);
  CHECK(f.events[0].offset == 2);
  CHECK(f.events[0].bytes == 2);
  CHECK(f.events[1].kind == Kind::retransmission);
  CHECK(f.events[1].offset == 6);
  CHECK(f.events[1].bytes == 2);
  CHECK(lab.booked(Quality::duplicate_bytes) == 4);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("every packet captured twice gives each byte once", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  for (int i = 0; i < 2; ++i) c.syn();
  for (int i = 0; i < 2; ++i) c.syn_ack();
  for (int i = 0; i < 2; ++i) c.client_acks(0);
  for (int i = 0; i < 2; ++i) c.client_says(0, "question", 0);
  for (int i = 0; i < 2; ++i) c.server_says(0, "answer", 8);
  for (int i = 0; i < 2; ++i) c.client_fin(8, 6);
  for (int i = 0; i < 2; ++i) c.server_fin(6, 9);
  for (int i = 0; i < 2; ++i) c.client_acks(7, 9);
  lab.table.finish();
  REQUIRE(lab.sink.flows.size() == 1);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
  CHECK(StreamRecorder::server(lab.flow()) == "answer");
  CHECK(lab.flow().session.close == model::CloseReason::fin);
  CHECK(lab.booked(Quality::duplicate_bytes) == 14);
  CHECK(lab.booked(Quality::gaps) == 0);
  CHECK(lab.books_balance());
}

TEST_CASE("sequence numbers may wrap in the middle of a segment", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.server_isn = 0xFFFF'FFFA;
  c.handshake();
  c.client_says(0, "q", 0);
  c.server_says(3, "defgh", 1);  // 0xFFFFFFFE to 3
  c.server_says(0, "abc", 1);
  c.server_says(8, "ij", 1);
  CHECK(StreamRecorder::server(lab.flow()) == "abcdefghij");
}

TEST_CASE("an answer waits for the question that its sender had seen", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.server_says(0, "answer", 8);  // captured before the question
  CHECK(lab.sink.flows.empty());
  c.client_says(0, "question", 0);
  const auto& f = lab.flow();
  REQUIRE(f.events.size() == 2);
  CHECK(f.events[0].packet_number == 5);
  CHECK(f.events[1].packet_number == 4);
  CHECK(lab.booked(Quality::gaps) == 0);
}

TEST_CASE("an acknowledgement seen before its data is no gap", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.server_acks(8);
  c.client_says(0, "question", 0);
  c.server_says(0, "answer", 8);
  CHECK(StreamRecorder::client(lab.flow()) == "question");
  CHECK(StreamRecorder::server(lab.flow()) == "answer");
  lab.now.ns += 5'000'000'000;
  lab.table.advance(lab.now);
  lab.table.finish();
  CHECK(lab.booked(Quality::gaps) == 0);
}

TEST_CASE("the end of a direction comes after its last byte, and after what was seen before it",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "q", 0);
  c.server_fin(6, 1);
  c.server_says(3, "wer", 1);
  CHECK_FALSE(lab.flow().ended[1]);
  c.server_says(0, "ans", 1);
  CHECK(lab.flow().ended[1]);
  CHECK_FALSE(lab.flow().ended[0]);
  c.client_says(1, "more", 7);  // half-closed: the client may go on
  c.client_fin(5, 7);
  CHECK(StreamRecorder::client(lab.flow()) == "qmore");
  lab.table.finish();
  CHECK_FALSE(lab.flow().after_end);
  CHECK(lab.flow().session.close == model::CloseReason::fin);
  CHECK(lab.booked(Quality::gaps) == 0);
}
