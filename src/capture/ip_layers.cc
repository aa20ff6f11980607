// IPv4, IPv6 with its extension headers, and the ports behind them.

#include <algorithm>

#include "capture/frame_walk.h"
#include "capture/tcp_fields.h"

namespace spider::capture {

using base::ByteReader;
using model::PacketKind;

namespace {

// What segmentation offload hands over at once stays below half a MiB (Linux, GSO_MAX_SIZE). A
// frame that claims more would only invent missing bytes.
constexpr std::uint64_t kOffloadMax = 524'288;

// Whether an IPv6 extension header makes the addresses of the pseudo-header others than those of
// the IP header: a route not yet at its end (RFC 8200 8.1), the home address of a mobile node
// (RFC 6275 6.3), identifiers behind locators (RFC 5533).
bool reroutes(std::uint8_t protocol, base::Bytes header) noexcept {
  constexpr std::uint8_t kHomeAddress = 201;
  if (protocol == 43) return header[3] != 0;
  if (protocol == 140) return true;
  if (protocol != 60) return false;
  ByteReader r(header.subspan(2));
  while (r.remaining() > 0) {
    const std::uint8_t kind = r.u8();
    if (kind == kHomeAddress) return true;
    if (kind == 0) continue;
    const std::uint8_t bytes = r.u8();
    r.skip(bytes);
  }
  return false;
}

std::uint64_t sum16(base::Bytes bytes) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint64_t>(bytes[i]) << 8U | bytes[i + 1];
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint64_t>(bytes.back()) << 8U;
  return sum;
}

// RFC 9293 section 3.1: over pseudo-header and segment, the ones' complement sum is all ones. Of an
// IPv4 address the last four bytes count, not the IPv6 form in which it is kept.
bool checksum_right(const Walk& w) noexcept {
  const std::size_t skipped = w.v6 ? 0 : 12;
  std::uint64_t sum = sum16(base::Bytes(w.from.bytes).subspan(skipped)) +
                      sum16(base::Bytes(w.to.bytes).subspan(skipped)) + 6 + w.left() +
                      sum16(w.rest());
  while (sum > 0xFFFFU) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return sum == 0xFFFFU;
}

}  // namespace

void Walk::set_key(std::uint16_t from_port, std::uint16_t to_port) noexcept {
  set_ends(packet, {from, from_port}, {to, to_port});
  packet.key.protocol = protocol;
}

void Walk::enter_ip(const model::IpAddress& a, const model::IpAddress& b, bool is_v6,
                    std::uint8_t carries) noexcept {
  from = a;
  to = b;
  v6 = is_v6;
  protocol = carries;
  ++ip_headers;
  rerouted = false;
  set_key(0, 0);
}

bool looks_like_ip(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t first = r.u8();
  r.skip(1);
  const std::uint16_t v4_length = r.be16();
  const std::uint16_t v6_length = r.be16();
  if (r.failed()) return false;
  const std::uint64_t wire = w.wire_end - w.at;
  if (first >> 4U == 4) {
    const unsigned header = (first & 0x0FU) * 4U;
    return header >= 20 && (v4_length == 0 || (v4_length >= header && v4_length <= wire));
  }
  return first >> 4U == 6 && wire >= 40 && v6_length + 40U <= wire;
}

Step step_ipv4(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t version_ihl = r.u8();
  r.skip(1);
  const std::uint16_t total = r.be16();
  const std::uint16_t id = r.be16();
  const std::uint16_t flags_offset = r.be16();
  r.skip(1);
  const std::uint8_t protocol = r.u8();
  r.skip(2);
  const std::uint32_t from = r.be32();
  const std::uint32_t to = r.be32();
  const std::size_t header = (version_ihl & 0x0FU) * 4U;
  if (r.failed() || version_ihl >> 4U != 4 || header < 20) return w.malformed();
  // A total length of 0 is segmentation offload: the frame was seen before the card filled it in.
  if (total != 0) {
    if (total < header) return w.malformed();
    w.narrow_ip(total);
  } else if (w.wire_end - w.at > kOffloadMax) {
    return w.malformed();
  }
  if (w.left() < header) return w.malformed();
  const base::Bytes options = w.bytes.subspan(w.at + 20, header - 20);
  w.at += header;
  w.enter_ip(model::IpAddress::v4(from), model::IpAddress::v4(to), false, protocol);
  // Loose and strict source routes (RFC 791 3.1).
  w.rerouted = has_option(options, 131) || has_option(options, 137);
  w.ip_id = id;
  w.ip_id_unique = id != 0;
  constexpr std::uint16_t kMore = 0x2000;
  constexpr std::uint16_t kOffset = 0x1FFF;
  if ((flags_offset & (kMore | kOffset)) == 0) return Step::ip_protocol;

  Fragment& f = w.fragment;
  f = Fragment{};
  f.from = w.from;
  f.to = w.to;
  f.id = id;
  f.offset = (flags_offset & kOffset) * 8U;
  f.data_offset = static_cast<std::uint32_t>(w.at);
  f.data_bytes = static_cast<std::uint32_t>(w.left());
  f.protocol = protocol;
  f.more = (flags_offset & kMore) != 0;
  f.cut = w.cut();
  f.rerouted = w.rerouted;
  return w.stop(PacketKind::fragment);
}

Step step_ipv6(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint32_t version_label = r.be32();
  const std::uint16_t length = r.be16();
  const std::uint8_t protocol = r.u8();
  r.skip(1);
  const base::Bytes from = r.bytes(16);
  const base::Bytes to = r.bytes(16);
  if (r.failed() || version_label >> 28U != 6) return w.malformed();
  w.at += 40;
  // 0 is a jumbogram (RFC 2675) or segmentation offload, unless nothing was to follow.
  if (length != 0 || protocol == 59) {
    w.narrow_ip(length);
  } else if (w.wire_end - w.at > kOffloadMax) {
    return w.malformed();
  }
  w.enter_ip(model::IpAddress::v6(from), model::IpAddress::v6(to), true, protocol);
  w.ip_id = version_label & 0xF'FFFFU;  // of the flow, not of the packet
  w.ip_id_unique = false;
  return Step::ip_protocol;
}

Step step_ip_protocol(Walk& w) noexcept {
  w.packet.key.protocol = w.protocol;
  switch (w.protocol) {
    case 6:
      return Step::tcp;
    case 17:
      return Step::udp;
    case 132:
      return Step::sctp;
    case 4:
      return Step::ipv4;
    case 41:
      return Step::ipv6;
    case 47:
      return Step::gre;
    case 51:
      return Step::authentication;
    case 97:
      return Step::ether_ip;
    case 108:
      return Step::ip_compression;
    case 137:
      return Step::mpls;
    case 0:    // hop-by-hop
    case 43:   // routing
    case 60:   // destination options
    case 135:  // mobility
    case 139:  // HIP
    case 140:  // Shim6
      return w.v6 ? Step::ipv6_options : w.stop(PacketKind::not_tcp);
    case 44:
      return w.v6 ? Step::ipv6_fragment : w.stop(PacketKind::not_tcp);
    default:
      return w.stop(PacketKind::not_tcp);
  }
}

// RFC 6564: every extension header but the fragment's begins with next header and length.
Step step_ipv6_options(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t next = r.u8();
  const std::size_t bytes = (r.u8() + std::size_t{1}) * 8;
  if (r.failed() || bytes > w.left()) return w.malformed();
  w.rerouted = w.rerouted || reroutes(w.protocol, w.bytes.subspan(w.at, bytes));
  w.at += bytes;
  return w.next_protocol(next);
}

// RFC 4302: the length counts words of four, less two.
Step step_authentication(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t next = r.u8();
  const std::size_t bytes = (r.u8() + std::size_t{2}) * 4;
  if (r.failed() || bytes > w.left()) return w.malformed();
  w.at += bytes;
  return w.next_protocol(next);
}

Step step_ipv6_fragment(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t next = r.u8();
  r.skip(1);
  const std::uint16_t offset_more = r.be16();
  const std::uint32_t id = r.be32();
  if (r.failed()) return w.malformed();
  w.at += 8;
  if ((offset_more & 0xFFF9U) == 0) return w.next_protocol(next);  // atomic (RFC 6946)

  Fragment& f = w.fragment;
  f = Fragment{};
  f.from = w.from;
  f.to = w.to;
  f.id = id;
  f.offset = offset_more & 0xFFF8U;
  f.data_offset = static_cast<std::uint32_t>(w.at);
  f.data_bytes = static_cast<std::uint32_t>(w.left());
  f.protocol = next;
  f.v6 = true;
  f.more = (offset_more & 1U) != 0;
  f.cut = w.cut();
  f.rerouted = w.rerouted;
  w.packet.key.protocol = next;
  return w.stop(PacketKind::fragment);
}

// RFC 3173: next header, flags, and an index that was agreed on beforehand; DEFLATE is the one that
// is used. The intake inflates; here the content is only described.
Step step_ip_compression(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t next = r.u8();
  r.skip(3);
  if (r.failed()) return w.malformed();
  w.at += 4;
  Fragment& f = w.fragment;
  f = Fragment{};
  f.from = w.from;
  f.to = w.to;
  f.data_offset = static_cast<std::uint32_t>(w.at);
  f.data_bytes = static_cast<std::uint32_t>(w.left());
  f.protocol = next;
  f.v6 = w.v6;
  f.cut = w.cut();
  f.compressed = true;
  return w.stop(PacketKind::fragment);
}

Step step_tcp(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t from_port = r.be16();
  const std::uint16_t to_port = r.be16();
  model::Packet& p = w.packet;
  p.seq = r.be32();
  p.ack = r.be32();
  const std::size_t header = static_cast<std::size_t>(r.u8() >> 4U) * 4;
  p.tcp_flags = r.u8();
  p.window = r.be16();
  const std::uint64_t wire = w.wire_end - w.at;
  // A header cut behind the window by the snaplen still tells everything but options and payload.
  if (r.failed() || header < 20 || (header > wire && !w.overrun)) return w.malformed();
  if (w.left() < header && !w.cut()) return w.malformed();
  // Only of the datagram's own segment: a tunnel may carry frames from before their card.
  if (w.rejoined && w.ip_headers == 1 && !w.rerouted && !w.cut()) [[unlikely]]
    w.corrupt = !checksum_right(w);
  w.set_key(from_port, to_port);
  const std::size_t captured_header = std::min(header, w.left());
  p.payload_offset = static_cast<std::uint32_t>(w.at + captured_header);
  p.payload_bytes = static_cast<std::uint32_t>(w.left() - captured_header);
  p.payload_wire_bytes = static_cast<std::uint32_t>(wire > header ? wire - header : 0);
  // Without its end a header cannot be told from another one.
  if (captured_header == header)
    set_fingerprint(p, w.bytes.subspan(w.at, header),
                    w.bytes.subspan(p.payload_offset, p.payload_bytes), w.ip_id, w.ip_id_unique);
  return w.stop(PacketKind::tcp);
}

Step step_udp(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t from_port = r.be16();
  const std::uint16_t to_port = r.be16();
  const std::uint16_t length = r.be16();
  r.skip(2);
  if (r.failed()) return w.cut() ? w.stop(PacketKind::not_tcp) : w.malformed();
  w.set_key(from_port, to_port);
  if (length != 0 && length < 8) return w.malformed();
  w.at += 8;
  if (length != 0) w.narrow(length - 8U);
  const Step tunnel = udp_tunnel(w, from_port, to_port);
  if (tunnel == Step::stop) {
    constexpr std::uint16_t kNameServer = 53;
    if (from_port == kNameServer) {
      w.packet.payload_offset = static_cast<std::uint32_t>(w.at);
      w.packet.payload_bytes = static_cast<std::uint32_t>(w.left());
      w.packet.payload_wire_bytes = w.packet.payload_bytes;  // more of it is not asked for
    }
    return w.stop(PacketKind::not_tcp);
  }
  if (w.presumed_at == 0) {
    w.presumed_at = w.ip_headers;
    w.presumed_key = w.packet.key;
    w.presumed_direction = w.packet.direction;
  }
  return tunnel;
}

Step step_sctp(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t from_port = r.be16();
  const std::uint16_t to_port = r.be16();
  if (!r.failed()) w.set_key(from_port, to_port);
  return w.stop(PacketKind::not_tcp);
}

}  // namespace spider::capture
