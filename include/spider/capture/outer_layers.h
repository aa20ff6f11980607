#pragma once
// What lies around the innermost IP packet of a frame, as a text: tags, labels and tunnels,
// outermost first, for instance
//
//   vlan 100 / ipv4 203.0.113.1 > 203.0.113.2 / vxlan 5000 / vlan 7
//
// A layer is its kind, then its number if it has one, or for an IP header its two addresses. The
// text is what the store keeps of a session (columns.def, `outer`).
//
// Walks the headers a second time, so it is meant for the first packet of a session, not for every
// packet. Any thread; any bytes.

#include <string>

#include "spider/base/byte_reader.h"
#include "spider/model/packet.h"

namespace spider::capture {

inline constexpr std::size_t kOuterLayersMax = 12;  // further ones are told as " / more"

// `packet` as it was decoded from `frame`; `datagram` is what a rejoined packet's payload lies in.
// Empty when nothing lies around the packet but its link layer.
[[nodiscard]] std::string outer_layers(const model::Packet& packet, base::Bytes frame,
                                       base::Bytes datagram);

}  // namespace spider::capture
