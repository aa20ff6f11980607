#pragma once
// The filter of skip_empty_packets: leaves out TCP segments that carry nothing and change nothing,
// which are most acknowledgements.
//
// What an empty segment is says is_empty_segment(), of a decoded packet, wherever it comes from. In
// front of it a program of classic BPF spares the kernel the copy and Spider the packet. It is a
// hand-made one, since pcap-filter's language reads `tcp[...]` of IPv4 only, and its `vlan` shifts
// whatever follows it: IPv4 with options, IPv6 with extension headers (RFC 8200 section 4), up to
// two VLAN tags. The program drops only what is_empty_segment() would: what it cannot read to the
// end, a tunnel or a fragment or a header that does not fit its frame, passes.

#include <optional>
#include <span>
#include <vector>

#include <linux/filter.h>

#include "spider/base/result.h"
#include "spider/model/packet.h"

namespace spider::capture {

// No payload by the length of its IP header, and neither SYN, FIN nor RST.
[[nodiscard]] inline bool is_empty_segment(const model::Packet& p) noexcept {
  return p.kind == model::PacketKind::tcp && p.payload_wire_bytes == 0 &&
         (p.tcp_flags & (model::kSyn | model::kFin | model::kRst)) == 0;
}

// What a packet socket's frames begin with.
enum class FrameStart {
  ethernet,
  ip,      // no link header
  cooked,  // none either, the kernel tells the protocol: libpcap's `any` and other link types
};

// `first`, and behind it what drops empty segments; empty when `first` ends in a way that cannot be
// followed (its accumulator), or both are too long for the kernel.
[[nodiscard]] std::vector<sock_filter> without_empty_segments(std::span<const sock_filter> first,
                                                              FrameStart start);

// Puts the program behind the filter that the packet socket has. `dlt`: libpcap's number; nothing
// is done for link types whose frames begin otherwise. False when the kernel keeps what it had.
[[nodiscard]] bool drop_empty_segments(int packet_socket, int dlt);

}  // namespace spider::capture
