#pragma once
// Packet and PacketBatch: frames on their way from a capture thread to a shard.
//
// A frame is copied once, from libpcap's or the file reader's buffer into the batch's slab, and
// read in place from there. The headers are decoded once, by the capture thread; a Packet says
// where they lie. A batch belongs to whoever holds it, is filled by one thread and read by another,
// and goes back to the first to be reused: no allocation per packet.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/base/hash.h"
#include "spider/base/pages.h"
#include "spider/base/prefetch.h"
#include "spider/base/time.h"
#include "spider/model/address.h"
#include "spider/model/ids.h"
#include "spider/model/quality.h"

namespace spider::model {

// What the frame decoder made of a frame.
enum class PacketKind : std::uint8_t {
  tcp,               // seq, ack, flags, payload are valid
  not_tcp,           // IP, another protocol (UDP ports are in the key)
  not_ip,            // no IP inside
  fragment,          // part of a datagram that is not whole yet; kept for saving only
  malformed,         // headers that cannot be right
  link_unsupported,  // link type that is not decoded
};

enum TcpFlag : std::uint8_t {
  kFin = 0x01,
  kSyn = 0x02,
  kRst = 0x04,
  kPsh = 0x08,
  kAck = 0x10,
  kUrg = 0x20
};

// How far two packets with the same fingerprint are known to be one packet, seen twice.
enum class CopyProof : std::uint8_t {
  header,     // the TCP header alone: a sender may repeat it to the bit
  timestamp,  // TCP timestamps (RFC 7323): the same tick of the sender's clock
  ip_id,      // an IP identification: a new one for every packet sent (RFC 6864 section 4.1)
};

struct Packet {
  base::Time time;
  std::uint64_t number = 0;  // nth packet of its source, from 1, dropped ones included
  FlowKey key;               // IP kinds only
  std::uint64_t flow_hash = 0;
  // Of what a switch, a router or a mirror port leaves as it is: IP identification or flow label,
  // the whole TCP header, the payload's length. 0: not known. TCP only.
  std::uint64_t fingerprint = 0;
  // Hash of the captured payload and of its length on the wire, made where its bytes are still in
  // the cache (content_of()). 0: not known, or no payload.
  std::uint64_t content = 0;
  std::uint32_t frame_offset = 0;    // in the batch's slab
  std::uint32_t captured_bytes = 0;  // of the frame
  std::uint32_t wire_bytes = 0;      // of the frame when it was sent
  std::uint16_t link_type = 0;       // LINKTYPE_ value (tcpdump.org/linktypes.html)
  PacketKind kind = PacketKind::not_ip;
  Direction direction = Direction::low_to_high;
  // TCP only, but for the payload's place: see from_name_server().
  std::uint8_t tcp_flags = 0;
  CopyProof copy_proof = CopyProof::header;
  bool wrapped = false;   // tags, labels or tunnels lie around it; see capture/outer_layers.h
  bool rejoined = false;  // payload lies in a rejoined datagram appended behind the frame
  std::uint16_t window = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t payload_offset = 0;  // in the slab
  std::uint32_t payload_bytes = 0;   // captured
  std::uint32_t payload_wire_bytes =
      0;                   // by the IP length; more than captured when the snaplen cut
  std::uint16_t vlan = 0;  // outermost VLAN id, 0 for none
  // Of the payload: a guess at what is worth fetching before it is read.
  std::uint8_t first_byte = 0;
  std::uint8_t lane = 0;  // flow_hash % kLanes; see pipeline

  friend bool operator==(const Packet&, const Packet&) noexcept = default;
};

// Sent from the port of name servers (RFC 1035 4.2.1). The payload of these is told, of no other
// packet that is not TCP; they are all in lane 0, so that one shard sees them in their order.
[[nodiscard]] inline bool from_name_server(const Packet& p) noexcept {
  constexpr std::uint8_t kUdp = 17;
  constexpr std::uint16_t kPort = 53;
  return p.kind == PacketKind::not_tcp && p.payload_bytes != 0 && p.key.protocol == kUdp &&
         (p.direction == Direction::low_to_high ? p.key.low : p.key.high).port == kPort;
}

[[nodiscard]] inline std::uint64_t content_of(base::Bytes payload,
                                              std::uint32_t payload_wire_bytes) noexcept {
  return payload.empty() ? 0 : base::hash_payload(payload, payload_wire_bytes);
}

// Flows of a source are spread over this many lanes, always, whatever the number of threads. A lane
// has its own flow table and budgets, so limits hit the same flows on every machine: an import is
// deterministic even when it runs into them.
inline constexpr std::size_t kLanes = 8;

class PacketBatch {
 public:
  PacketBatch(std::size_t slab_bytes, std::size_t packets_max)
      : slab_(std::make_unique_for_overwrite<std::uint8_t[]>(slab_bytes)),
        slab_bytes_(slab_bytes),
        packets_max_(packets_max) {
    packets_.reserve(packets_max);
  }

  [[nodiscard]] bool fits(std::size_t bytes) const noexcept {
    return packets_.size() < packets_max_ && bytes <= slab_bytes_ - used_;
  }
  // Copies a frame in; `packet.frame_offset` is set, payload_offset is moved from
  // "within the frame" to "within the slab". The caller asked fits() before.
  Packet& append(const Packet& packet, base::Bytes frame) {
    Packet& p = packets_.emplace_back(packet);
    p.frame_offset = static_cast<std::uint32_t>(used_);
    p.payload_offset += p.frame_offset;
    if (!frame.empty()) std::memcpy(slab_.get() + used_, frame.data(), frame.size());
    used_ += frame.size();
    base::prefetch_to_write(slab_.get() + used_, std::min(kAhead, slab_bytes_ - used_));
    if (packets_.size() < packets_max_)
      base::prefetch_to_write(packets_.data() + packets_.size(), sizeof(Packet));
    return p;
  }
  // The same for a rejoined datagram: `datagram` goes behind the frame, payload_offset is within
  // it.
  Packet& append_rejoined(const Packet& packet, base::Bytes frame, base::Bytes datagram) {
    Packet& p = packets_.emplace_back(packet);
    p.frame_offset = static_cast<std::uint32_t>(used_);
    if (!frame.empty()) std::memcpy(slab_.get() + used_, frame.data(), frame.size());
    used_ += frame.size();
    p.payload_offset += static_cast<std::uint32_t>(used_);
    p.rejoined = true;
    if (!datagram.empty()) std::memcpy(slab_.get() + used_, datagram.data(), datagram.size());
    used_ += datagram.size();
    return p;
  }

  [[nodiscard]] std::span<const Packet> packets() const noexcept { return packets_; }
  [[nodiscard]] base::Bytes frame(const Packet& p) const noexcept {
    return {slab_.get() + p.frame_offset, p.captured_bytes};
  }
  [[nodiscard]] base::Bytes payload(const Packet& p) const noexcept {
    return {slab_.get() + p.payload_offset, p.payload_bytes};
  }
  // What a rejoined packet's payload lies in, up to the payload's end; empty for others.
  [[nodiscard]] base::Bytes datagram(const Packet& p) const noexcept {
    if (!p.rejoined) return {};
    const std::size_t at = std::size_t{p.frame_offset} + p.captured_bytes;
    return {slab_.get() + at, p.payload_offset + std::size_t{p.payload_bytes} - at};
  }
  [[nodiscard]] bool empty() const noexcept { return packets_.empty(); }
  [[nodiscard]] std::size_t bytes_used() const noexcept { return used_; }

  void clear() noexcept {
    touched_ = std::max(touched_, used_);
    packets_touched_ = std::max(packets_touched_, packets_.size());
    packets_.clear();
    used_ = 0;
    quality.clear();
    clock = base::Time::min();
    end_of_source = false;
  }
  // Of an empty one that is not needed for a while: its pages go back to the system, its room
  // stays.
  void forget() noexcept {
    if (!packets_.empty() || used_ != 0) return;
    if (touched_ != 0) base::forget_pages(slab_.get(), touched_);
    if (packets_touched_ != 0)
      base::forget_pages(packets_.data(), packets_touched_ * sizeof(Packet));
    touched_ = packets_touched_ = 0;
  }

  SourceId source{};
  // No later packet of this source is older than `clock`, as far as the source can tell: for files
  // the last packet's time, for live capture also the wall clock while the line is silent.
  base::Time clock = base::Time::min();
  bool end_of_source = false;  // the last batch of a source for this shard
  QualityLog quality;          // what the capture thread booked since its previous batch

 private:
  static constexpr std::size_t kAhead = 640;  // bytes of the next frame; the processor guesses on

  std::unique_ptr<std::uint8_t[]> slab_;
  std::size_t slab_bytes_;
  std::size_t packets_max_;
  std::size_t used_ = 0;
  std::size_t touched_ = 0;  // bytes, and packets, that were used since the last forget()
  std::size_t packets_touched_ = 0;
  std::vector<Packet> packets_;
};

}  // namespace spider::model
