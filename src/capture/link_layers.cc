// Ethernet and its relatives: what lies between the wire and the IP header on nearly every capture.

#include "capture/frame_walk.h"

namespace spider::capture {
namespace {

using base::ByteReader;

// LINKTYPE_NULL and LINKTYPE_LOOP carry the writer's AF_ value: AF_INET is 2 everywhere, AF_INET6
// differs (NetBSD and OpenBSD 24, FreeBSD 28, macOS 30, Linux 10).
Step family(Walk& w, std::uint32_t value) noexcept {
  switch (value) {
    case 2:
      return Step::ipv4;
    case 10:
    case 24:
    case 28:
    case 30:
      return Step::ipv6;
    default:
      break;
  }
  if (value >= 0x600 && value <= 0xFFFF)
    return w.next_ether_type(static_cast<std::uint16_t>(value));
  return w.not_ip();
}

// Up to 1500 the field is a length, from 1536 on a type (IEEE 802.3 clause 3.2.6).
Step type_or_length(Walk& w, std::uint16_t value) noexcept {
  if (value >= 0x600) return w.next_ether_type(value);
  if (value > 1500) return w.not_ip();
  if (value != 0 && value <= w.left()) w.narrow(value);
  return Step::llc;
}

constexpr bool is_vlan_tpid(std::uint16_t type) noexcept {
  return type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200 || type == 0x9300;
}

}  // namespace

bool looks_like_ethernet(const Walk& w, std::size_t offset) noexcept {
  ByteReader r(w.rest());
  r.skip(offset + 12);
  const std::uint16_t type = r.be16();
  if (r.failed()) return false;
  if (is_vlan_tpid(type)) return true;
  switch (type) {
    case 0x0800:
    case 0x0806:
    case 0x86DD:
    case 0x8847:
    case 0x8848:
    case 0x8863:
    case 0x8864:
    case 0x88CC:
      return true;
    default:
      return type != 0 && type <= 1500 && type <= w.left() - offset - 14;
  }
}

Step step_ethernet(Walk& w) noexcept {
  if (w.left() < 14) return w.malformed();
  ByteReader r(w.rest());
  r.skip(12);
  const std::uint16_t type = r.be16();
  w.at += 14;
  return type_or_length(w, type);
}

Step step_vlan(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t tag = r.be16();
  const std::uint16_t type = r.be16();
  if (r.failed()) return w.malformed();
  if (!w.vlan_seen) {
    w.packet.vlan = tag & 0x0FFFU;
    w.vlan_seen = true;
  }
  w.at += 4;
  return type_or_length(w, type);
}

// IEEE 802.1BR and Cisco VN-Tag: four bytes of tag behind their type, then the real type.
Step step_vn_tag(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(4);
  const std::uint16_t type = r.be16();
  if (r.failed()) return w.malformed();
  w.at += 6;
  return type_or_length(w, type);
}

// Cisco FabricPath: two bytes of tag behind its type, then the customer's whole frame.
Step step_fabric_path(Walk& w) noexcept {
  if (w.left() < 2) return w.malformed();
  w.at += 2;
  return Step::ethernet;
}

// IEEE 802.1ah: a service tag, then the customer's whole frame.
Step step_provider_backbone(Walk& w) noexcept {
  if (w.left() < 4) return w.malformed();
  w.at += 4;
  return Step::ethernet;
}

Step step_ether_type(Walk& w) noexcept {
  if (is_vlan_tpid(w.type)) return Step::vlan;
  switch (w.type) {
    case 0x0800:
      return Step::ipv4;
    case 0x86DD:
      return Step::ipv6;
    case 0x8847:
    case 0x8848:
      return Step::mpls;
    case 0x8864:
      return Step::pppoe;
    case 0x880B:
      return Step::ppp;
    case 0x6558:
      return Step::ethernet;
    case 0x8926:
      return Step::vn_tag;
    case 0x88E7:
      return Step::provider_backbone;
    case 0x8903:
      return Step::fabric_path;
    case 0x894F:
      return Step::nsh;
    default:
      return w.not_ip();
  }
}

Step step_llc(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t dsap = r.u8();
  const std::uint8_t ssap = r.u8();
  const std::uint8_t control = r.u8();
  if (r.failed()) return w.not_ip();
  w.at += 3;
  if (dsap == 0xAA && ssap == 0xAA && control == 3) return Step::snap;
  if (dsap == 0x06 && ssap == 0x06 && control == 3) return Step::ipv4;
  return w.not_ip();
}

Step step_snap(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint32_t oui = static_cast<std::uint32_t>(r.be16()) << 8U | r.u8();
  const std::uint16_t type = r.be16();
  if (r.failed()) return w.not_ip();
  w.at += 5;
  // RFC 1042, its bridge-tunnel variant (802.1H), and bridged Ethernet of RFC 2427 / 2684.
  if (oui == 0 || oui == 0x0000F8) return w.next_ether_type(type);
  if (oui == 0x0080C2 && (type == 0x0001 || type == 0x0007)) {
    w.skip(w.packet.link_type == 100 ? 2 : 0);  // ATM pads to a word
    return Step::ethernet;
  }
  return w.not_ip();
}

// LINKTYPE_NULL is in the writer's byte order, LINKTYPE_LOOP in the network's; neither can be
// relied on, and the values are small enough to tell.
Step step_null_family(Walk& w) noexcept {
  ByteReader r(w.rest());
  std::uint32_t value = r.le32();
  if (r.failed()) return w.malformed();
  if (value > 0xFFFF) value = __builtin_bswap32(value);
  w.at += 4;
  return family(w, value);
}

Step step_sll(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(2);
  const std::uint16_t hardware = r.be16();
  r.skip(10);
  const std::uint16_t protocol = r.be16();
  if (r.failed()) return w.malformed();
  w.at += 16;
  if (hardware == 824) return w.not_ip();  // netlink: the field is not an EtherType
  if (protocol == 4) return Step::llc;
  return protocol >= 0x600 ? w.next_ether_type(protocol) : w.not_ip();
}

Step step_sll2(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t protocol = r.be16();
  r.skip(6);
  const std::uint16_t hardware = r.be16();
  r.skip(10);
  if (r.failed()) return w.malformed();
  w.at += 20;
  if (hardware == 824) return w.not_ip();
  if (protocol == 4) return Step::llc;
  return protocol >= 0x600 ? w.next_ether_type(protocol) : w.not_ip();
}

Step step_by_ip_version(Walk& w) noexcept {
  if (w.left() == 0) return w.malformed();
  switch (w.peek() >> 4U) {
    case 4:
      return Step::ipv4;
    case 6:
      return Step::ipv6;
    default:
      return w.malformed();
  }
}

Step step_raw_ip(Walk& w) noexcept { return step_by_ip_version(w); }

}  // namespace spider::capture
