#pragma once
// What reassembly tells about one TCP flow: bytes in order, gaps, ends. Offsets count the stream's
// bytes from 0 at the first byte after the SYN (or at the first byte seen, mid-stream).

#include <array>
#include <cstdint>

#include "spider/base/byte_reader.h"
#include "spider/base/code.h"
#include "spider/base/time.h"
#include "spider/model/address.h"
#include "spider/model/ids.h"

namespace spider::model {

// An offset that is not known.
inline constexpr std::uint64_t kNoOffset = UINT64_MAX;

// Bytes of one packet, delivered once and in stream order. The span is valid during the call only.
struct StreamChunk {
  std::uint64_t offset = 0;
  base::Bytes bytes;
  base::Time time;                  // of the packet that brought them
  std::uint64_t packet_number = 0;  // of that packet
  // How far its sender had the other direction's stream when it sent the packet, by its
  // acknowledgement; of a retransmission perhaps further than when the bytes were sent first.
  std::uint64_t peer_offset = kNoOffset;
};

// How a direction ended. After a reset nobody knows whether its sender had more to say. It ends
// both directions, that of who sent it first.
enum class StreamEnd : std::uint8_t { fin, reset };

// Bytes that were sent (later bytes or the peer's acknowledgement show it) but never captured. A
// gap is never bytes.
struct Gap {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  base::Time time;  // of the packet that made it certain
};

enum class CloseReason : std::uint8_t {
  open = 0,     // not closed yet
  fin = 1,      // both sides finished
  reset = 2,    // RST
  idle = 3,     // no packet for the time-out, in packet time
  evicted = 4,  // the flow table was full
  end_of_input = 5,
  port_reuse = 6,  // a new connection with the same 5-tuple began
};

// One direction's sums.
struct StreamStats {
  std::uint64_t packets = 0;
  std::uint64_t payload_packets = 0;
  std::uint64_t payload_bytes = 0;    // captured, duplicates included
  std::uint64_t delivered_bytes = 0;  // once, in order
  std::uint64_t duplicate_bytes = 0;
  std::uint64_t retransmissions = 0;  // packets that brought nothing new, keep-alive probes aside
  std::uint64_t out_of_order = 0;
  std::uint64_t gap_bytes = 0;
  std::uint64_t gaps = 0;
  std::uint64_t keep_alives = 0;
  std::uint64_t zero_windows = 0;
  std::uint64_t mirror_duplicates = 0;  // packets seen a second time; counted nowhere else
};

// Kinds of oddities that one session can have; further ones are dropped.
inline constexpr std::size_t kSessionCodesMax = 4;

// A finished flow, or the present state of a live one.
struct TcpSession {
  SessionId id;
  Endpoint client;  // who sent the SYN; mid-stream: the parser's finding, else the higher port
  Endpoint server;
  base::Time start;           // first packet
  base::Time end;             // last packet
  base::Time syn_time;        // Time::min() when not seen
  base::Time syn_ack_time;    // Time::min() when not seen
  base::Time handshake_time;  // the ACK that completed it; Time::min() when not seen
  Direction client_direction = Direction::low_to_high;
  bool mid_stream = false;
  CloseReason close = CloseReason::open;
  // The RST that ends it, unless what comes behind shows that it was forged; both directions are
  // told of it when the flow is closed. Time::max(): none.
  base::Time reset_time = base::Time::max();
  Direction reset_by = Direction::low_to_high;
  StreamStats client_stats;  // bytes sent by the client
  StreamStats server_stats;
  std::uint64_t overlap_conflicts = 0;
  std::uint16_t vlan = 0;
  std::array<std::uint16_t, kSessionCodesMax> codes{};  // code numbers, 0 ends the list

  // Notes an oddity once.
  void note(base::Code code) noexcept { base::add_once(codes, code); }
};

}  // namespace spider::model
