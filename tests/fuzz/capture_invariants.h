#pragma once
// What must hold for every packet and every book, whatever the bytes: shared by the fuzzers of the
// capture floor.

#include "spider/base/check.h"
#include "spider/model/sinks.h"

namespace spider::fuzz {

class CheckingSink final : public model::PacketSink {
 public:
  bool on_packet(const model::Packet& p, base::Bytes frame, base::Bytes datagram) override {
    SPIDER_CHECK(p.captured_bytes == frame.size(), "a packet has its frame");
    SPIDER_CHECK(p.captured_bytes <= p.wire_bytes, "no more is captured than was sent");
    SPIDER_CHECK(p.rejoined == !datagram.empty(), "a datagram comes with a rejoined packet");
    SPIDER_CHECK(p.number > latest_, "numbers rise");
    latest_ = p.number;
    ++packets_;
    const base::Bytes in = p.rejoined ? datagram : frame;
    SPIDER_CHECK(p.payload_offset <= in.size() && p.payload_bytes <= in.size() - p.payload_offset,
                 "the payload lies in its frame");
    SPIDER_CHECK(p.payload_bytes <= p.payload_wire_bytes, "no more payload than was sent");
    SPIDER_CHECK(p.payload_wire_bytes <= (p.rejoined ? in.size() : p.wire_bytes),
                 "no more payload was sent than its frame held on the wire");
    SPIDER_CHECK(p.lane < model::kLanes, "a packet has a lane");
    if (p.kind == model::PacketKind::tcp) {
      ++tcp_;
      SPIDER_CHECK(p.key.protocol == 6 && p.key.low <= p.key.high,
                   "a TCP packet has a canonical key");
      SPIDER_CHECK(p.flow_hash == model::hash(p.key, 0), "the hash is the key's");
    } else {
      SPIDER_CHECK(p.payload_bytes == 0 || model::from_name_server(p),
                   "only TCP and name servers have payload");
    }
    for (const std::uint8_t byte : in.subspan(p.payload_offset, p.payload_bytes)) touched_ += byte;
    return true;
  }

  // Every packet has exactly one fate; those that a filter left out were not given.
  void check(const model::QualityLog& log) const {
    using model::Quality;
    model::QualityCounts c;
    for (const model::QualityMinute& m : log.minutes()) c += m.counts;
    std::uint64_t fates = tcp_;
    for (const Quality q : {Quality::ring_dropped, Quality::not_ip, Quality::not_tcp,
                            Quality::malformed, Quality::link_unsupported, Quality::fragment_joined,
                            Quality::fragment_dropped, Quality::filtered, Quality::skipped_empty})
      fates += c[q];
    SPIDER_CHECK(c[Quality::packets_received] == fates, "the books balance");
    SPIDER_CHECK(c[Quality::packets_received] == packets_ + c[Quality::filtered],
                 "every packet was given");
  }

 private:
  std::uint64_t packets_ = 0;
  std::uint64_t latest_ = 0;
  std::uint64_t tcp_ = 0;
  std::uint64_t touched_ = 0;
};

}  // namespace spider::fuzz
