#pragma once
// FrameDecoder: the headers of one frame, from the link layer to the innermost TCP segment.
//
// The frame is walked by steps: each step reads one header and names the next (src/capture/
// frame_walk.h). Tunnels are steps like any other, so they nest; the innermost IP header gives the
// flow. Nothing is copied, nothing is allocated, no checksum of a frame is looked at (network cards
// compute them after the capture; decode_datagram() does look). Any bytes are allowed: what cannot
// be right is PacketKind::malformed.
//
// Stateless: any thread, any number of instances. Fragments are only described here; joining them
// is FragmentTable's work, and what they become comes back through decode_datagram().

#include <cstdint>

#include "spider/base/byte_reader.h"
#include "spider/model/packet.h"

namespace spider::capture {

// A piece of an IP datagram, or one that is compressed, when Packet::kind is fragment.
struct Fragment {
  model::IpAddress from;
  model::IpAddress to;
  std::uint32_t id = 0;
  std::uint32_t offset = 0;       // of the piece, in the datagram's payload
  std::uint32_t data_offset = 0;  // of the piece, in the bytes that were decoded
  std::uint32_t data_bytes = 0;
  std::uint8_t protocol =
      0;  // what the whole datagram carries; only the first piece's counts in IPv6
  bool v6 = false;
  bool more = false;
  bool cut = false;  // captured shorter than it was
  bool compressed =
      false;  // IPComp (RFC 3173): the datagram is whole, but has to be inflated first
  // Its IP header does not name the ends of the way (source routing, mobility), which are what a
  // TCP checksum is about.
  bool rerouted = false;
};

class FrameDecoder {
 public:
  // `packet` comes with time, number, link_type, captured_bytes and wire_bytes; everything else is
  // filled in. payload_offset is within `frame`. `fragment` is written when kind is fragment.
  void decode(base::Bytes frame, model::Packet& packet, Fragment& fragment) const noexcept;
  // The same without the shorter way for plain frames (src/capture/plain_tcp.h): what that one is
  // compared with.
  void decode_by_steps(base::Bytes frame, model::Packet& packet, Fragment& fragment) const noexcept;

  // The same for the payload of the datagram that `of` completed; payload_offset is then within
  // `datagram`. `nested` is another object than `of`: a tunnel's content may be fragmented as well.
  // False when a datagram that was rejoined is a TCP segment whose checksum is wrong
  // (RFC 9293 3.1): no receiver took it, and its pieces may be of different datagrams. Whoever cut
  // it had to compute the checksum before, so here, unlike in a frame, it says something; of what
  // a tunnel inside carries it does not, and is not looked at.
  [[nodiscard]] bool decode_datagram(const Fragment& of, base::Bytes datagram,
                                     model::Packet& packet, Fragment& nested) const noexcept;

  // Whether frames of this LINKTYPE_ are decoded at all.
  [[nodiscard]] static bool knows(std::uint32_t link_type) noexcept;
};

}  // namespace spider::capture
