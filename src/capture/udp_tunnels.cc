// Tunnels over UDP. A port alone proves nothing: each one's header must be possible too, and when
// the content makes no sense after all, the packet stays the UDP packet it was (Walk::presumed).

#include "capture/frame_walk.h"

namespace spider::capture {
namespace {

using base::ByteReader;

bool is_vxlan(const Walk& w) noexcept {
  // Bit I must be set; the reserved ones are ignored on receipt (RFC 7348 section 5).
  return w.left() >= 8 + 14 && (w.peek() & 0x08U) != 0 && looks_like_ethernet(w, 8);
}

bool is_vxlan_gpe(const Walk& w) noexcept {
  return w.left() >= 8 && (w.peek() & 0xCCU) == 0x0C;  // bits I and P, version 0
}

bool is_geneve(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t version_options = r.u8();
  const std::uint8_t flags = r.u8();
  const std::uint16_t type = r.be16();
  r.skip(4);
  return !r.failed() && version_options >> 6U == 0 && (flags & 0x3FU) == 0 && type >= 0x600;
}

bool is_gtp_u(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t flags = r.u8();
  const std::uint8_t message = r.u8();
  return !r.failed() && flags >> 4U == 3 && message == 0xFF;  // version 1, GTP, a user's packet
}

bool is_gtp_0(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t flags = r.u8();
  const std::uint8_t message = r.u8();
  return !r.failed() && flags >> 4U == 1 && message == 0xFF;
}

bool is_l2tp_data(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t flags = r.be16();
  return !r.failed() && (flags & 0x8000U) == 0 && (flags & 0x000FU) == 2;
}

bool is_gre(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t flags = r.be16();
  const std::uint16_t type = r.be16();
  return !r.failed() && (flags & 0x4FFFU) == 0 && type >= 0x600;
}

bool is_teredo(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t first = r.u8();
  const std::uint8_t second = r.u8();
  if (r.failed()) return false;
  return looks_like_ip(w) ? first >> 4U == 6 : first == 0 && second <= 1;
}

bool is_ayiya(const Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t identity = r.u8();
  r.skip(1);
  const std::uint8_t operation = r.u8();
  const std::uint8_t next = r.u8();
  return !r.failed() && (identity & 0x0FU) <= 3 && (operation & 0x0FU) == 1 &&
         (next == 41 || next == 4);
}

bool is_mpls(const Walk& w) noexcept { return w.left() >= 4 + 20; }

struct UdpTunnel {
  std::uint16_t port;
  bool (*plausible)(const Walk&) noexcept;
  Step step;
};

constexpr UdpTunnel kTunnels[] = {
    {4789, is_vxlan, Step::vxlan},         {8472, is_vxlan, Step::vxlan},
    {4790, is_vxlan_gpe, Step::vxlan_gpe}, {6081, is_geneve, Step::geneve},
    {2152, is_gtp_u, Step::gtp_u},         {3386, is_gtp_0, Step::gtp_prime},
    {3544, is_teredo, Step::teredo},       {4754, is_gre, Step::gre},
    {1701, is_l2tp_data, Step::l2tp},      {5072, is_ayiya, Step::ayiya},
    {6635, is_mpls, Step::mpls},
};

}  // namespace

Step udp_tunnel(const Walk& w, std::uint16_t from_port, std::uint16_t to_port) noexcept {
  for (const UdpTunnel& t : kTunnels)
    if (to_port == t.port && t.plausible(w)) return t.step;
  for (const UdpTunnel& t : kTunnels)
    if (from_port == t.port && t.plausible(w)) return t.step;
  return Step::stop;
}

Step step_vxlan(Walk& w) noexcept {
  if (w.left() < 8) return w.malformed();
  w.at += 8;
  return Step::ethernet;
}

Step step_vxlan_gpe(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(3);
  const std::uint8_t next = r.u8();
  r.skip(4);
  if (r.failed()) return w.malformed();
  w.at += 8;
  switch (next) {
    case 1:
      return Step::ipv4;
    case 2:
      return Step::ipv6;
    case 3:
      return Step::ethernet;
    case 4:
      return Step::nsh;
    case 5:
      return Step::mpls;
    default:
      return w.not_ip();
  }
}

// RFC 8926: options are counted in words.
Step step_geneve(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::size_t options = (r.u8() & 0x3FU) * 4U;
  r.skip(1);
  const std::uint16_t type = r.be16();
  r.skip(4 + options);
  if (r.failed()) return w.malformed();
  w.at += 8 + options;
  return w.next_ether_type(type);
}

// 3GPP TS 29.281 section 5: four more bytes when any of E, S, PN is set, then extension headers.
Step step_gtp_u(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t flags = r.u8();
  r.skip(1);
  const std::uint16_t length = r.be16();
  r.skip(4);
  std::uint8_t extension = 0;
  if ((flags & 7U) != 0) {
    r.skip(3);
    extension = r.u8();
    if ((flags & 4U) == 0) extension = 0;
  }
  for (unsigned i = 0; extension != 0 && i < 16; ++i) {
    const std::uint8_t words = r.u8();
    if (words == 0) return w.malformed();
    r.skip(words * 4U - 2U);
    extension = r.u8();
  }
  if (r.failed() || extension != 0) return w.malformed();
  if (length + 8U <= w.wire_end - w.at) {
    const std::size_t header = r.position();
    if (length + 8U < header) return w.malformed();
    w.narrow(length + 8U);
    w.at += std::min(header, w.left());
  } else {
    w.at += r.position();
  }
  return looks_like_ip(w) || w.cut() ? step_by_ip_version(w) : w.not_ip();
}

// GTP version 0: a header of twenty bytes.
Step step_gtp_prime(Walk& w) noexcept {
  if (w.left() < 20) return w.malformed();
  w.at += 20;
  return step_by_ip_version(w);
}

// RFC 4380 section 5.1.1: authentication and origin indications may precede the IPv6 header.
Step step_teredo(Walk& w) noexcept {
  for (unsigned i = 0; i < 2 && w.peek() == 0; ++i) {
    ByteReader r(w.rest());
    const std::uint16_t indication = r.be16();
    if (indication == 1) {
      const std::uint8_t client = r.u8();
      const std::uint8_t authentication = r.u8();
      r.skip(std::size_t{client} + authentication + 9);
    } else {
      r.skip(6);
    }
    if (r.failed() || indication > 1) return w.malformed();
    w.at += r.position();
  }
  return looks_like_ip(w) ? Step::ipv6 : w.not_ip();
}

// Anything In Anything: lengths of identity (a power of two) and signature (words), then an epoch.
Step step_ayiya(Walk& w) noexcept {
  ByteReader r(w.rest());
  const unsigned identity = 1U << (r.u8() >> 4U);
  const unsigned signature = (r.u8() >> 4U) * 4U;
  r.skip(1);
  const std::uint8_t next = r.u8();
  r.skip(std::size_t{4} + identity + signature);
  if (r.failed()) return w.malformed();
  w.at += r.position();
  return next == 4 ? Step::ipv4 : Step::ipv6;
}

}  // namespace spider::capture
