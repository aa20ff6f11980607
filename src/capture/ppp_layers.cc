// PPP in its framings: HDLC-like (RFC 1662), over Ethernet (RFC 2516), in L2TP (RFC 2661), and
// Cisco's HDLC, which shares link types with it.

#include "capture/frame_walk.h"

namespace spider::capture {

using base::ByteReader;

// The protocol field is one byte when its lowest bit is set (RFC 1661 section 2, RFC 1662
// section 5.2).
Step step_ppp(Walk& w) noexcept {
  ByteReader r(w.rest());
  std::uint16_t protocol = r.u8();
  if ((protocol & 1U) == 0) protocol = static_cast<std::uint16_t>(protocol << 8U | r.u8());
  if (r.failed()) return w.malformed();
  w.at += r.position();
  switch (protocol) {
    case 0x0021:
      return Step::ipv4;
    case 0x0057:
      return Step::ipv6;
    case 0x0281:
    case 0x0283:
      return Step::mpls;
    case 0x0031: {  // bridged: flags, MAC type, then the frame (RFC 3518)
      w.skip(2);
      return Step::ethernet;
    }
    default:
      return w.not_ip();
  }
}

Step step_ppp_hdlc(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t address = r.u8();
  const std::uint8_t control = r.u8();
  if (r.failed()) return w.malformed();
  if (address == 0xFF && control == 0x03) {
    w.at += 2;
    return Step::ppp;
  }
  if ((address == 0x0F || address == 0x8F) && control == 0) return Step::cisco_hdlc;
  return Step::ppp;  // address and control compressed away
}

Step step_ppp_with_direction(Walk& w) noexcept {
  if (w.left() < 1) return w.malformed();
  w.at += 1;
  return Step::ppp_hdlc;
}

Step step_cisco_hdlc(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(2);
  const std::uint16_t type = r.be16();
  if (r.failed()) return w.malformed();
  w.at += 4;
  return w.next_ether_type(type);
}

Step step_pppoe(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t version_type = r.u8();
  const std::uint8_t code = r.u8();
  r.skip(2);
  const std::uint16_t length = r.be16();
  if (r.failed() || version_type != 0x11) return w.malformed();
  if (code != 0) return w.not_ip();  // discovery
  w.at += 6;
  w.narrow(length);
  return Step::ppp;
}

// Data messages of version 2 on UDP; udp_tunnel() has looked at the flags.
Step step_l2tp(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t flags = r.be16();
  if ((flags & 0x4000U) != 0) r.skip(2);  // length
  r.skip(4);                              // tunnel and session
  if ((flags & 0x0800U) != 0) r.skip(4);  // Ns, Nr
  if ((flags & 0x0200U) != 0) r.skip(r.be16());
  if (r.failed()) return w.malformed();
  w.at += r.position();
  return Step::ppp_hdlc;
}

}  // namespace spider::capture
