// Packets seen twice are not packets sent twice.
#include <cstring>

#include <catch2/catch.hpp>

#include "conversation.h"

using namespace spider;
using namespace spider::test;
using model::CopyProof;
using model::Quality;

namespace {

constexpr std::uint32_t kClient = 0x0A000001;
constexpr std::uint32_t kServer = 0x0A000002;

// Two ends whose packets are numbered, each sent once unless a test feeds it again.
struct Line {
  explicit Line(const reassembly::ReassemblyConfig& config = small_config()) : lab(config) {
    lab.step_ns = 0;
    say(true, model::kSyn, 0, 0, {});
    say(false, model::kSyn | model::kAck, 0, 1, {});
    say(true, model::kAck, 1, 1, {});
  }
  Segment& say(bool client, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
               std::string_view text) {
    last = client ? Segment{kClient, 40000, kServer, 80, flags, seq, ack, text}
                  : Segment{kServer, 80, kClient, 40000, flags, seq, ack, text};
    last.fingerprint = ++prints;
    last.proof = proof;
    feed(last);
    return last;
  }
  std::uint64_t feed(const Segment& s, std::int64_t later_us = 100) {
    lab.now.ns += later_us * 1000;
    return lab.feed(s);
  }
  // Sent again: the same segment with another identification.
  void resend(Segment s, std::int64_t later_us) {
    s.fingerprint = ++prints;
    feed(s, later_us);
  }
  [[nodiscard]] const model::StreamStats& client() const {
    return StreamRecorder::session(lab.flow()).client_stats;
  }

  Lab lab;
  Segment last;
  CopyProof proof = CopyProof::ip_id;
  std::uint64_t prints = 0;
};

}  // namespace

TEST_CASE("the second sight of a packet is booked apart and changes nothing", "[reassembly]") {
  Line line;
  const Segment data = line.say(true, model::kAck, 1, 1, "hello");
  const std::uint64_t session = line.feed(data, 5);
  CHECK(session == 1);
  line.feed(data, 5);  // a third interface
  line.say(true, model::kAck, 6, 1, " world");
  line.lab.table.finish();

  CHECK(line.lab.booked(Quality::mirror_duplicate) == 2);
  CHECK(line.lab.booked(Quality::tcp_packets) == 5);
  CHECK(line.lab.booked(Quality::duplicate_bytes) == 0);
  CHECK(line.lab.booked(Quality::tcp_payload_bytes) == 11);
  CHECK(line.client().retransmissions == 0);
  CHECK(line.client().packets == 4);
  CHECK(line.client().mirror_duplicates == 2);
  CHECK(StreamRecorder::client(line.lab.flow()) == "hello world");
  CHECK(line.lab.books_balance());
}

TEST_CASE("a segment sent again stays a retransmission, and its own copy is one copy",
          "[reassembly]") {
  Line line;
  const Segment data = line.say(true, model::kAck, 1, 1, "hello");
  line.feed(data, 5);
  line.resend(data, 300);
  Segment again = data;
  again.fingerprint = line.prints;
  line.feed(again, 5);
  line.lab.table.finish();
  CHECK(line.client().retransmissions == 1);
  CHECK(line.lab.booked(Quality::duplicate_bytes) == 5);
  CHECK(line.lab.booked(Quality::mirror_duplicate) == 2);
  CHECK(line.lab.books_balance());
}

TEST_CASE("copies that come later than the window are retransmissions", "[reassembly]") {
  const std::int64_t us = GENERATE(9'999, 10'000, 10'001);
  Line line;
  const Segment data = line.say(true, model::kAck, 1, 1, "hello");
  line.feed(data, us);
  CHECK(line.lab.booked(Quality::mirror_duplicate) == (us <= 10'000 ? 1U : 0U));
  CHECK(line.client().retransmissions == (us <= 10'000 ? 0U : 1U));
}

TEST_CASE("a copy that is stamped before the packet is a copy too", "[reassembly]") {
  Line line;
  const Segment data = line.say(true, model::kAck, 1, 1, "hello");
  line.feed(data, -50);
  CHECK(line.lab.booked(Quality::mirror_duplicate) == 1);
}

TEST_CASE("with mirror_window_ms = 0 every copy is a retransmission", "[reassembly]") {
  reassembly::ReassemblyConfig config = small_config();
  config.mirror_window_ms = 0;
  Line line(config);
  const Segment data = line.say(true, model::kAck, 1, 1, "hello");
  line.feed(data, 0);
  CHECK(line.lab.booked(Quality::mirror_duplicate) == 0);
  CHECK(line.client().retransmissions == 1);
}

TEST_CASE("repeated acknowledgements without an identification are all counted", "[reassembly]") {
  const CopyProof proof = GENERATE(CopyProof::header, CopyProof::timestamp, CopyProof::ip_id);
  Line line;
  line.proof = proof;
  const Segment ack = line.say(true, model::kAck, 1, 1, {});
  for (int i = 0; i < 3; ++i) line.feed(ack, 1);
  line.lab.table.finish();
  CHECK(line.lab.booked(Quality::mirror_duplicate) == (proof == CopyProof::ip_id ? 3U : 0U));
  CHECK(line.client().packets == (proof == CopyProof::ip_id ? 3U : 6U));
}

TEST_CASE("data without identification and timestamp are copies within a millisecond only",
          "[reassembly]") {
  const std::int64_t us = GENERATE(999, 1'001, 5'000);
  const CopyProof proof = GENERATE(CopyProof::header, CopyProof::timestamp);
  Line line;
  line.proof = proof;
  const Segment data = line.say(true, model::kAck, 1, 1, "hello");
  line.feed(data, us);
  const bool copy = proof == CopyProof::timestamp || us < 1'000;
  CHECK(line.lab.booked(Quality::mirror_duplicate) == (copy ? 1U : 0U));
  CHECK(line.client().retransmissions == (copy ? 0U : 1U));
}

TEST_CASE("a packet without a fingerprint is never a copy", "[reassembly]") {
  Line line;
  Segment data{kClient, 40000, kServer, 80, model::kAck, 1, 1, "hello"};
  line.feed(data, 5);
  line.feed(data, 5);
  CHECK(line.lab.booked(Quality::mirror_duplicate) == 0);
  CHECK(line.client().retransmissions == 1);
}

TEST_CASE("the same headers with other bytes are no copy but a conflict", "[reassembly]") {
  Line line;
  Segment data = line.say(true, model::kAck, 1, 1, "hello");
  data.payload = "jello";
  line.feed(data, 5);
  CHECK(line.lab.booked(Quality::mirror_duplicate) == 0);
  CHECK(line.lab.booked(Quality::overlap_conflicts) == 1);
  CHECK(line.client().retransmissions == 1);
}

TEST_CASE("a copy of a closing packet opens no session of its own", "[reassembly]") {
  reassembly::ReassemblyConfig config = small_config();
  config.closed_linger_ms = 1;
  Line line(config);
  line.say(true, model::kFin | model::kAck, 1, 1, {});
  line.say(false, model::kFin | model::kAck, 1, 2, {});
  const Segment last = line.say(true, model::kAck, 2, 2, {});
  line.feed(last, 5'000);
  CHECK(line.lab.table.flows() == 0);
  line.lab.table.finish();
  CHECK(line.lab.booked(Quality::mirror_duplicate) == 1);
  CHECK(line.lab.booked(Quality::sessions_opened) == 1);
}

TEST_CASE("bytes that differ from delivered ones are a conflict as long as they are remembered",
          "[reassembly]") {
  Line line;
  const Segment first = line.say(true, model::kAck, 1, 1, "hello");
  line.say(false, model::kAck, 1, 6, "answer");
  Segment other = first;
  other.payload = "jello";
  line.resend(other, 400'000);
  CHECK(line.lab.booked(Quality::overlap_conflicts) == 1);
  CHECK(StreamRecorder::session(line.lab.flow()).overlap_conflicts == 1);
  line.resend(first, 400'000);  // what came first stays what others are compared with
  CHECK(line.lab.booked(Quality::overlap_conflicts) == 1);
  line.resend(other, 400'000);
  CHECK(line.lab.booked(Quality::overlap_conflicts) == 2);
  line.lab.table.finish();
  CHECK(StreamRecorder::client(line.lab.flow()) == "hello");
  CHECK(line.lab.books_balance());
}

TEST_CASE("a reused port with the same numbers is no conflict", "[reassembly]") {
  Line line;
  line.say(true, model::kAck, 1, 1, "hello");
  line.say(true, model::kRst | model::kAck, 6, 1, {});
  line.lab.now.ns += 1'000'000'000;
  line.say(true, model::kSyn, 100, 0, {});
  line.say(false, model::kSyn | model::kAck, 0, 101, {});
  line.say(true, model::kSyn, 0, 0, {});  // and once more, as the first
  line.say(false, model::kSyn | model::kAck, 0, 1, {});
  line.say(true, model::kAck, 1, 1, "jello");
  line.say(true, model::kAck, 1, 1, "jello");
  line.lab.table.finish();
  CHECK(line.lab.booked(Quality::overlap_conflicts) == 0);
}

TEST_CASE("packets of flows that share one unkeyed hash are not copies of each other",
          "[reassembly]") {
  Lab lab;
  Segment syn{kClient, 40000, kServer, 80, model::kSyn, 7, 0, {}};
  syn.fingerprint = 5;
  std::uint64_t hash = 0;
  for (std::uint64_t first = 1; first <= 3; ++first) {
    model::Packet p = syn.packet(lab.now, first);
    // With this last half no first half counts in model::hash.
    const std::uint64_t last = 0xD6E8FEB86659FD93U;
    std::memcpy(p.key.low.ip.bytes.data(), &first, sizeof(first));
    std::memcpy(p.key.low.ip.bytes.data() + 8, &last, sizeof(last));
    p.key.high.ip.bytes.fill(0x3F);
    p.flow_hash = model::hash(p.key, 0);
    REQUIRE((first == 1 || p.flow_hash == hash));
    hash = p.flow_hash;
    lab.table.on_packet(p, {});
  }
  CHECK(lab.booked(Quality::mirror_duplicate) == 0);
  CHECK(lab.booked(Quality::sessions_opened) == 3);
}
