#include "capture/plain_tcp.h"

#include "capture/tcp_fields.h"

namespace spider::capture {
namespace {

using base::ByteReader;

constexpr std::uint32_t kEthernet = 1;  // LINKTYPE_
constexpr std::size_t kLink = 14;
constexpr std::size_t kV4 = 20;
constexpr std::size_t kV6 = 40;
constexpr std::size_t kTcp = 20;
constexpr std::uint8_t kTcpProtocol = 6;

struct Network {
  model::IpAddress from;
  model::IpAddress to;
  std::uint32_t id = 0;  // as in Walk::ip_id
  bool id_unique = false;
  std::size_t header = 0;  // bytes; 0: not plain
  std::size_t total = 0;   // header and segment
};

// RFC 791 section 3.1: no options, no fragment.
Network plain_v4(base::Bytes header) noexcept {
  ByteReader r(header);
  const std::uint8_t version_ihl = r.u8();
  r.skip(1);
  const std::uint16_t total = r.be16();
  const std::uint16_t id = r.be16();
  const std::uint16_t flags_offset = r.be16();
  r.skip(1);
  const std::uint8_t protocol = r.u8();
  r.skip(2);
  if (version_ihl != 0x45 || protocol != kTcpProtocol || (flags_offset & 0x3FFFU) != 0) return {};
  const std::uint32_t from = r.be32();
  const std::uint32_t to = r.be32();
  return {model::IpAddress::v4(from), model::IpAddress::v4(to), id, id != 0, kV4, total};
}

// RFC 8200 section 3: the segment follows at once. A length of 0 has other meanings, and is too
// short here.
Network plain_v6(base::Bytes header) noexcept {
  ByteReader r(header);
  const std::uint32_t version_label = r.be32();
  const std::uint16_t length = r.be16();
  const std::uint8_t protocol = r.u8();
  r.skip(1);
  if (version_label >> 28U != 6 || protocol != kTcpProtocol) return {};
  const base::Bytes from = r.bytes(16);
  const base::Bytes to = r.bytes(16);
  return {model::IpAddress::v6(from),
          model::IpAddress::v6(to),
          version_label & 0xF'FFFFU,
          false,
          kV6,
          kV6 + length};
}

Network plain_network(base::Bytes frame) noexcept {
  ByteReader r(frame.subspan(kLink - 2, 2));
  switch (r.be16()) {
    case 0x0800:
      return plain_v4(frame.subspan(kLink, kV4));
    case 0x86DD:
      if (frame.size() < kLink + kV6 + kTcp) return {};
      return plain_v6(frame.subspan(kLink, kV6));
    default:
      return {};
  }
}

}  // namespace

bool decode_plain_tcp(base::Bytes frame, model::Packet& packet) noexcept {
  if (packet.link_type != kEthernet || frame.size() < kLink + kV4 + kTcp) return false;
  const Network ip = plain_network(frame);
  // Headers that claim more than there is are the walk's to judge.
  if (ip.header == 0 || ip.total < ip.header + kTcp || ip.total > frame.size() - kLink)
    return false;
  const std::size_t at = kLink + ip.header;
  ByteReader r(frame.subspan(at, kTcp));
  const std::uint16_t from_port = r.be16();
  const std::uint16_t to_port = r.be16();
  const std::uint32_t seq = r.be32();
  const std::uint32_t ack = r.be32();
  const std::size_t header = static_cast<std::size_t>(r.u8() >> 4U) * 4;
  if (header < kTcp || ip.header + header > ip.total) return false;
  packet.seq = seq;
  packet.ack = ack;
  packet.tcp_flags = r.u8();
  packet.window = r.be16();
  packet.key.protocol = kTcpProtocol;
  set_ends(packet, {ip.from, from_port}, {ip.to, to_port});
  packet.payload_offset = static_cast<std::uint32_t>(at + header);
  packet.payload_bytes = static_cast<std::uint32_t>(ip.total - ip.header - header);
  packet.payload_wire_bytes = packet.payload_bytes;
  set_fingerprint(packet, frame.subspan(at, header),
                  frame.subspan(packet.payload_offset, packet.payload_bytes), ip.id, ip.id_unique);
  packet.kind = model::PacketKind::tcp;
  set_lane(packet);
  return true;
}

}  // namespace spider::capture
