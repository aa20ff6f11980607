// What a hostile or broken network can make the flow table hold, and how long it may take.
#include <chrono>
#include <cstring>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "conversation.h"

using namespace spider;
using namespace spider::test;
using model::Quality;

namespace {

// Takes note of nothing: what is measured is the table.
class DeafSink final : public model::StreamSink {
 public:
  model::FlowObserver* open(const model::TcpSession&) override { return nullptr; }
  void close(model::FlowObserver*, model::TcpSession&) override { ++closed; }
  std::uint64_t closed = 0;
};

struct Flood {
  explicit Flood(const reassembly::ReassemblyConfig& config)
      : table(config, model::SourceId{1}, sink, quality) {}
  void feed(const Segment& s) {
    now.ns += 1'000;
    table.on_packet(s.packet(now, ++number), base::as_bytes(s.payload));
    most = std::max(most, table.bytes_held());
  }
  [[nodiscard]] std::uint64_t booked(Quality q) const {
    std::uint64_t sum = 0;
    for (const model::QualityMinute& m : quality.minutes()) sum += m.counts[q];
    return sum;
  }
  DeafSink sink;
  model::QualityLog quality;
  reassembly::FlowTable table;
  base::Time now{1'700'000'000'000'000'000};
  std::uint64_t number = 0;
  std::size_t most = 0;
};

// A lane's part of the defaults: 25,000 flows and 8 MiB of early bytes. A flow is below 1 KiB.
constexpr std::size_t kLaneBytes = 25'000 * 1'024 + (8U << 20U) + (2U << 20U);

Segment stranger(std::uint32_t i) {
  Segment s;
  s.from_ip = 0x0B000000 + i / 60'000;
  s.from_port = static_cast<std::uint16_t>(i % 60'000 + 1'024);
  s.seq = i * 2'654'435'761U;
  return s;
}

}  // namespace

TEST_CASE("a flood of SYNs stays within the budget and live flows survive it",
          "[reassembly][bounds]") {
  Flood flood{reassembly::ReassemblyConfig{}};
  Segment live;
  live.from_port = 1;
  live.seq = 100;
  live.ack = 500;
  live.payload = "x";
  Segment answer = live;
  std::swap(answer.from_ip, answer.to_ip);
  std::swap(answer.from_port, answer.to_port);
  answer.payload = {};
  answer.seq = 500;
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    Segment syn = stranger(i);
    syn.flags = model::kSyn;
    flood.feed(syn);
    if (i % 10'000 == 0) {
      flood.feed(live);
      answer.ack = ++live.seq;
      flood.feed(answer);
    }
  }
  CHECK(flood.most < kLaneBytes);
  CHECK(flood.table.flows() == 25'000);
  CHECK(flood.booked(Quality::delivered_bytes) == 30);
  flood.table.finish();
  CHECK(flood.booked(Quality::sessions_opened) == 300'001);
  CHECK(flood.booked(Quality::sessions_closed) == 300'001);
}

TEST_CASE("half-open flows with one byte each stay within the budget", "[reassembly][bounds]") {
  Flood flood{reassembly::ReassemblyConfig{}};
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    Segment s = stranger(i);
    s.payload = "y";
    flood.feed(s);  // mid-stream: kept until the start is sure
    s.seq += 100;
    flood.feed(s);  // and a hole that never closes
  }
  CHECK(flood.most < kLaneBytes);
  flood.table.finish();
  CHECK(flood.booked(Quality::tcp_payload_bytes) == 200'000);
  CHECK(flood.booked(Quality::tcp_payload_bytes) == flood.booked(Quality::delivered_bytes) +
                                                        flood.booked(Quality::duplicate_bytes) +
                                                        flood.booked(Quality::refused_bytes));
}

TEST_CASE("a hole that never closes holds no more than the stream's budget",
          "[reassembly][bounds]") {
  reassembly::ReassemblyConfig config;
  config.stream_buffer_kib = 256;
  Flood flood{config};
  Segment s;
  s.flags = model::kSyn;
  flood.feed(s);
  s.flags = model::kAck;
  s.payload = "z";
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    s.seq = 10 + i * 2;  // every second byte is missing
    flood.feed(s);
  }
  CHECK(flood.most < (1U << 20U));
  flood.table.finish();
  CHECK(flood.booked(Quality::delivered_bytes) == 1'000'000);
  CHECK(flood.booked(Quality::gap_bytes) == 9 + 999'999);
}

TEST_CASE("the time for a packet does not grow with what is held", "[reassembly][bounds]") {
  // One-byte segments behind a hole, in an order that would make a list quadratic, then a storm of
  // large overlapping copies. Compared with itself at an eighth of the budget: linear work takes
  // eight times as long, quadratic work sixty-four times.
  const auto run = [](std::uint32_t kib) {
    reassembly::ReassemblyConfig config;
    config.stream_buffer_kib = kib;
    config.buffer_mib = 512;
    Flood flood{config};
    Segment s;
    s.flags = model::kSyn;
    flood.feed(s);
    s.flags = model::kAck;
    const std::uint32_t count = kib * 2 - 8;  // a block each
    const auto began = std::chrono::steady_clock::now();
    s.payload = "b";
    for (std::uint32_t i = count; i > 0; --i) {
      s.seq = 10 + i * 2;
      flood.feed(s);
    }
    for (std::uint32_t i = count; i > 0; i -= std::min(i, 7U)) {
      s.seq = 10 + i * 2;
      flood.feed(s);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  run(2'000);
  const double small = run(4'000);
  const double large = run(32'000);
  CHECK(large < small * 32 + 0.05);
}

TEST_CASE("addresses chosen to share one unkeyed hash cost no more than others",
          "[reassembly][bounds]") {
  // IPv6 addresses with one last half and a first half each; by one such last half every one has
  // the same model::hash, and a table that is searched by it is one row.
  const auto run = [](bool chosen) {
    Flood flood{reassembly::ReassemblyConfig{}};
    model::Packet p = Segment{}.packet(flood.now, 1);
    p.tcp_flags = model::kSyn;
    const std::uint64_t last = chosen ? 0xD6E8FEB86659FD93U : 1;
    std::memcpy(p.key.low.ip.bytes.data() + 8, &last, sizeof(last));
    p.key.high.ip.bytes.fill(0x3F);
    std::set<std::uint64_t> hashes;
    const auto began = std::chrono::steady_clock::now();
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
      const std::uint64_t first = i << 16U | 0x20;
      std::memcpy(p.key.low.ip.bytes.data(), &first, sizeof(first));
      p.flow_hash = model::hash(p.key, 0);
      if (i <= 100) hashes.insert(p.flow_hash);
      flood.table.on_packet(p, {});
    }
    CHECK(hashes.size() == (chosen ? 1 : 100));
    CHECK(flood.table.flows() == 20'000);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  run(false);
  const double others = run(false);
  // One row of them takes some ten thousand times as many comparisons.
  CHECK(run(true) < others * 8 + 0.05);
}

TEST_CASE("after warming up a packet costs no allocation of the table", "[reassembly][bounds]") {
  Flood flood{reassembly::ReassemblyConfig{}};
  const auto round = [&](std::uint32_t salt) {
    for (std::uint32_t i = 0; i < 5'000; ++i) {
      Segment s = stranger(i);
      s.seq = salt;
      s.flags = model::kSyn;
      flood.feed(s);
      s.flags = model::kAck;
      s.seq = salt + 5;
      s.payload = "late";
      flood.feed(s);
      s.seq = salt + 1;
      flood.feed(s);
      s.seq = salt + 9;
      s.payload = {};
      s.flags = model::kRst;
      flood.feed(s);
    }
    flood.now.ns += 10'000'000'000;
    flood.table.advance(flood.now);
    CHECK(flood.table.flows() == 0);
  };
  round(1);
  const std::size_t warm = flood.table.bytes_held();
  round(1'000'000);
  round(2'000'000);
  CHECK(flood.table.bytes_held() == warm);
}
