// Holes: when they are given up, and when not.
#include <catch2/catch.hpp>

#include "conversation.h"

using namespace spider;
using namespace spider::test;
using model::Quality;
using Kind = StreamRecorder::Event::Kind;

TEST_CASE("an acknowledged hole becomes a gap when the wait is over, and the stream goes on",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.client_says(6, "ghi", 0);
  c.server_acks(9);
  const base::Time proof = lab.now;
  CHECK(StreamRecorder::client(lab.flow()) == "abc");
  lab.now.ns += 999'000'000;
  lab.table.advance(lab.now);
  CHECK(StreamRecorder::client(lab.flow()) == "abc");
  lab.now.ns += 1'000'000;
  lab.table.advance(lab.now);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "abc...ghi");
  REQUIRE(f.events.size() == 3);
  CHECK(f.events[1].kind == Kind::gap);
  CHECK(f.events[1].offset == 3);
  CHECK(f.events[1].bytes == 3);
  CHECK(f.events[1].time_ns == proof.ns);

  c.client_says(3, "def", 0);  // too late
  c.client_says(9, "jkl", 0);
  CHECK(StreamRecorder::client(f) == "abc...ghijkl");
  CHECK(lab.booked(Quality::refused_bytes) == 3);
  CHECK(lab.booked(Quality::gap_bytes) == 3);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("a hole that nobody acknowledges waits for its retransmission", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(3, "def", 0);
  lab.now.ns += 100'000'000'000;
  c.server_acks(0);
  c.client_says(0, "abc", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdef");
  CHECK(lab.booked(Quality::gaps) == 0);
}

TEST_CASE("a lost question does not hold its answer back for ever", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.server_says(0, "answer", 100);
  c.client_acks(6, 100);
  lab.now.ns += 1'100'000'000;
  c.server_says(6, " more", 100);
  const auto& f = lab.flow();
  CHECK(StreamRecorder::server(f) == "answer more");
  CHECK(StreamRecorder::client(f) == std::string(100, '.'));
  CHECK(f.events[0].kind == Kind::gap);
  lab.table.finish();
  CHECK(lab.booked(Quality::gap_bytes) == 100);
}

TEST_CASE("later holes do not wait again for what was acknowledged long ago", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  for (std::uint32_t i = 0; i < 20; ++i) c.client_says(i * 10 + 5, "fghij", 0);
  c.server_acks(200);
  lab.now.ns += 1'100'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.booked(Quality::gaps) == 20);
  CHECK(StreamRecorder::client(lab.flow()).size() == 200);
}

TEST_CASE("a hole that never closes is given up when the stream's budget is full", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  const std::string block(1000, 'x');
  for (std::uint32_t i = 1; i < 200; ++i) c.client_says(i * 1000, block, 0);
  CHECK(lab.booked(Quality::gaps) == 1);
  CHECK(lab.booked(Quality::gap_bytes) == 1000);
  CHECK(lab.booked(Quality::delivered_bytes) == 199'000);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("what is held at the end is handed on with its gaps", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.client_says(6, "ghi", 0);
  c.server_says(4, "ver", 9);
  lab.table.finish();
  const auto& f = lab.flow();
  CHECK(StreamRecorder::client(f) == "abc...ghi");
  CHECK(StreamRecorder::server(f) == "....ver");
  CHECK(f.session.close == model::CloseReason::end_of_input);
  CHECK(f.in_order);
  CHECK(lab.books_balance());
}

TEST_CASE("one acknowledged number without a byte may have been a FIN and is no gap",
          "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "q", 0);
  c.server_says(0, "a", 2);  // acknowledges a FIN that was not captured
  lab.now.ns += 1'100'000'000;
  lab.table.advance(lab.now);
  CHECK(StreamRecorder::server(lab.flow()) == "a");
  lab.table.finish();
  CHECK(lab.booked(Quality::gaps) == 0);
}

TEST_CASE("bytes cut by the snaplen are a gap unless a fuller copy comes", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client(model::kAck, 1001, c.server_isn + 1, "abc", 5);
  c.client_says(0, "abcdefgh", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdefgh");
  c.client(model::kAck, 1009, c.server_isn + 1, "ij", 3);
  CHECK(lab.booked(Quality::gaps) == 0);
  c.client_says(13, "nop", 0);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdefghij...nop");
  c.client(model::kAck, 1017, c.server_isn + 1, "q", 2);
  c.server_acks(19);
  CHECK(StreamRecorder::client(lab.flow()) == "abcdefghij...nopq..");
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("a segment far outside any window is refused and the flow lives on", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.client(model::kAck, 1001 + 0x6000'0000U, c.server_isn + 1, "bogus");
  c.client(model::kAck, 1001U - 0x6000'0000U, c.server_isn + 1, "bogus");
  c.client_says(3, "def", 0);
  c.server_acks(6);
  lab.table.finish();
  CHECK(StreamRecorder::client(lab.flow()) == "abcdef");
  CHECK(lab.booked(Quality::refused_bytes) == 10);
  CHECK(lab.booked(Quality::gaps) == 0);
  CHECK(lab.books_balance());
}

TEST_CASE("one forged segment within 1 GiB makes no gap at the end", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.client_says(100'000'000, "bogus", 0);
  c.client_says(3, "def", 0);
  c.server_acks(6);
  lab.table.finish();
  CHECK(StreamRecorder::client(lab.flow()) == "abcdef");
  CHECK(lab.booked(Quality::refused_bytes) == 5);
  CHECK(lab.books_balance());
}

TEST_CASE("after a long loss that the peer confirms the stream goes on", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  c.client_says(100'000'003, "def", 0);
  c.server_acks(100'000'006);
  c.client_says(100'000'006, "ghi", 0);
  c.server_acks(100'000'009);
  lab.now.ns += 1'100'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.booked(Quality::gap_bytes) == 100'000'000);
  CHECK(lab.booked(Quality::delivered_bytes) == 9);
  CHECK(lab.booked(Quality::refused_bytes) == 0);
}

TEST_CASE("after a loss of more than half the numbers the stream goes on", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.handshake();
  c.client_says(0, "abc", 0);
  for (std::uint32_t i = 0; i < 20; ++i) {
    c.client_says(3'000'000'000U + i * 3, "def", 0);
    c.server_acks(3'000'000'003U + i * 3);
  }
  lab.now.ns += 1'100'000'000;
  lab.table.advance(lab.now);
  CHECK(lab.booked(Quality::gaps) == 1);
  CHECK(lab.booked(Quality::delivered_bytes) >= 3 + 12 * 3);
  lab.table.finish();
  CHECK(lab.books_balance());
}

TEST_CASE("a SYN-ACK captured behind a bare segment and data leaves no gap", "[reassembly]") {
  Lab lab;
  Conversation c(lab);
  c.syn();
  c.server_says(2, "", 0);
  c.server_says(2, "c", 0);
  c.syn_ack();
  c.server_says(0, "ab", 0);
  lab.table.finish();
  CHECK(StreamRecorder::server(lab.flow()) == "abc");
  CHECK(lab.booked(Quality::gaps) == 0);
  CHECK(lab.books_balance());
}
