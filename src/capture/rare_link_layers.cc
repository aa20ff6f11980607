// Link types met now and then: each is a fixed header in front of something known.

#include "capture/frame_walk.h"

namespace spider::capture {

using base::ByteReader;

// RFC 2427: Q.922 address of two to four bytes, control 3, then NLPID.
Step step_frame_relay(Walk& w) noexcept {
  ByteReader r(w.rest());
  std::uint8_t address = 0;
  unsigned bytes = 0;
  do {
    address = r.u8();
    ++bytes;
  } while (!r.failed() && (address & 1U) == 0 && bytes < 4);
  std::uint8_t control = r.u8();
  if (control == 3) control = r.u8();
  if (control == 0) control = r.u8();  // padding
  if (r.failed()) return w.malformed();
  w.at += r.position();
  switch (control) {
    case 0xCC:
      return Step::ipv4;
    case 0x8E:
      return Step::ipv6;
    case 0x80:
      return Step::snap;
    default:
      return w.not_ip();
  }
}

Step step_fddi(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t control = r.u8();
  r.skip(12);
  if (r.failed()) return w.malformed();
  w.at += 13;
  return (control & 0xF0U) == 0x50 ? Step::llc : w.not_ip();
}

// LINKTYPE_SLIP: direction and 15 bytes of compression state, then IP.
Step step_slip(Walk& w) noexcept {
  if (w.left() < 16) return w.malformed();
  w.at += 16;
  return looks_like_ip(w) ? step_by_ip_version(w) : w.not_ip();
}

namespace {

// RFC 1201 types 0xD4 (IP) and 0xC4 (IPv6) with flag and number of a split packet; RFC 1051 type
// 0xF0 (IP) without.
Step arcnet_type(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t type = r.u8();
  if (type == 0xF0) {
    w.at += r.position();
    return Step::ipv4;
  }
  if (type != 0xD4 && type != 0xC4) return w.not_ip();
  std::uint8_t split = r.u8();
  if (split == 0xFF) {  // exception packet: three more bytes, then the real flag
    r.skip(3);
    split = r.u8();
  }
  r.skip(2);
  if (split != 0) return w.not_ip();  // a piece of an ARCNET packet
  if (r.failed()) return w.malformed();
  w.at += r.position();
  return type == 0xD4 ? Step::ipv4 : Step::ipv6;
}

}  // namespace

Step step_arcnet(Walk& w) noexcept {
  if (w.left() < 3) return w.malformed();
  w.at += 2;
  return arcnet_type(w);
}

// The Linux driver shows two more bytes, the packet's offset in the card's memory.
Step step_arcnet_linux(Walk& w) noexcept {
  if (w.left() < 5) return w.malformed();
  w.at += 4;
  return arcnet_type(w);
}

// LINKTYPE_IPOIB: 40 bytes of Global Route Header, then EtherType and two reserved (RFC 4391).
Step step_ip_over_infiniband(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(40);
  const std::uint16_t type = r.be16();
  r.skip(2);
  if (r.failed()) return w.malformed();
  w.at += 44;
  return w.next_ether_type(type);
}

// LINKTYPE_NFLOG: address family, then type-length-values in the writer's byte order.
Step step_nflog(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t family = r.u8();
  const std::uint8_t version = r.u8();
  r.skip(2);
  if (r.failed() || version != 0) return w.malformed();
  constexpr std::uint16_t kPayload = 9;
  for (unsigned attributes = 0; attributes < 64 && r.remaining() >= 4; ++attributes) {
    const std::size_t start = r.position();
    std::uint16_t length = r.le16();
    std::uint16_t type = r.le16();
    if (type > 0xFF) {  // types are small: the file comes from a big-endian machine
      length = __builtin_bswap16(length);
      type = __builtin_bswap16(type);
    }
    if (length < 4) return w.malformed();
    if ((type & 0x7FFFU) == kPayload) {
      w.at += start + 4;
      w.narrow(length - 4U);
      if (family != 2 && family != 10) return w.not_ip();
      return family == 2 ? Step::ipv4 : Step::ipv6;
    }
    r.skip((length + 3U) / 4U * 4U - 4U);
  }
  return w.not_ip();
}

}  // namespace spider::capture
