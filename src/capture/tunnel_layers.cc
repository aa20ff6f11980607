// Tunnels that sit directly on Ethernet or IP. What is inside decides the flow.

#include "capture/frame_walk.h"

namespace spider::capture {

using base::ByteReader;
using model::PacketKind;

// RFC 3032. What is under the last label is not said; as everybody does, it is guessed from the
// first nibble: 4 and 6 are IP, 0 is a pseudowire's control word (RFC 4385), anything else bare
// Ethernet.
Step step_mpls(Walk& w) noexcept {
  constexpr unsigned kLabelsMax = 16;
  bool last = false;
  for (unsigned i = 0; i < kLabelsMax && !last; ++i) {
    ByteReader r(w.rest());
    last = (r.be32() & 0x100U) != 0;
    if (r.failed()) return w.malformed();
    w.at += 4;
  }
  if (!last) return w.malformed();
  const unsigned nibble = w.peek() >> 4U;
  if ((nibble == 4 || nibble == 6) && (looks_like_ip(w) || !looks_like_ethernet(w, 0)))
    return step_by_ip_version(w);
  if (nibble == 0 && looks_like_ethernet(w, 4)) {
    w.at += 4;
    return Step::ethernet;
  }
  return looks_like_ethernet(w, 0) ? Step::ethernet : w.not_ip();
}

// RFC 8300: network service header; its length counts words.
Step step_nsh(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t first = r.be16();
  r.skip(1);
  const std::uint8_t next = r.u8();
  const std::size_t bytes = (first & 0x3FU) * 4U;
  if (r.failed() || bytes < 8 || bytes > w.left()) return w.malformed();
  w.at += bytes;
  switch (next) {
    case 1:
      return Step::ipv4;
    case 2:
      return Step::ipv6;
    case 3:
      return Step::ethernet;
    case 5:
      return Step::mpls;
    default:
      return w.not_ip();
  }
}

namespace {

constexpr std::uint16_t kGreChecksum = 0x8000;
constexpr std::uint16_t kGreRouting = 0x4000;
constexpr std::uint16_t kGreKey = 0x2000;
constexpr std::uint16_t kGreSequence = 0x1000;
constexpr std::uint16_t kGreAck = 0x0080;

// RFC 2637: PPTP's variant. The key holds the payload's length; packets without one only
// acknowledge.
Step gre_pptp(Walk& w, ByteReader r, std::uint16_t flags, std::uint16_t type) noexcept {
  const std::uint16_t length = r.be16();
  r.skip(2);
  if ((flags & kGreSequence) != 0) r.skip(4);
  if ((flags & kGreAck) != 0) r.skip(4);
  if (r.failed() || type != 0x880B) return w.malformed();
  if ((flags & kGreSequence) == 0 || length == 0) return w.stop(PacketKind::not_tcp);
  w.at += r.position();
  w.narrow(length);
  return Step::ppp_hdlc;
}

// RFC 1701's source routes, long deprecated: skipped up to the empty one.
void skip_routes(ByteReader& r) noexcept {
  for (unsigned i = 0; i < 16 && !r.failed(); ++i) {
    const std::uint16_t family = r.be16();
    r.skip(1);
    const std::uint8_t length = r.u8();
    if (family == 0 && length == 0) return;
    r.skip(length);
  }
  r.fail();
}

}  // namespace

// RFC 2784 and 2890; version 1 is PPTP's.
Step step_gre(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t flags = r.be16();
  const std::uint16_t type = r.be16();
  if (r.failed()) return w.malformed();
  const unsigned version = flags & 7U;
  if (version == 1) return gre_pptp(w, r, flags, type);
  if (version != 0) return w.malformed();
  if ((flags & (kGreChecksum | kGreRouting)) != 0) r.skip(4);
  if ((flags & kGreKey) != 0) r.skip(4);
  if ((flags & kGreSequence) != 0) r.skip(4);
  if ((flags & kGreRouting) != 0) skip_routes(r);
  if (r.failed()) return w.malformed();
  w.at += r.position();
  switch (type) {
    // ERSPAN I has no header of its own and no sequence number; II has both.
    case 0x88BE:
      return (flags & kGreSequence) != 0 ? Step::erspan2 : Step::ethernet;
    case 0x22EB:
      return Step::erspan3;
    case 0x883E:
      return Step::wccp;
    default:
      // An Aruba access point hands the frames of its stations on as they were in the air; the type
      // tells the station's tunnel: 0x8200, 0x8210 ... 0x83F0.
      if ((type & 0xFE0FU) == 0x8200) return Step::wlan;
      return w.next_ether_type(type);
  }
}

Step step_erspan2(Walk& w) noexcept {
  if (w.left() < 8) return w.malformed();
  if (w.peek() >> 4U == 1) w.at += 8;  // anything else: a type I frame with a sequence number
  return Step::ethernet;
}

Step step_erspan3(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(10);
  const std::uint16_t word = r.be16();
  if (r.failed()) return w.malformed();
  const unsigned frame_type = (word >> 10U) & 0x1FU;
  w.at += 12;
  if ((word & 1U) != 0) {  // platform specific sub-header
    if (w.left() < 8) return w.malformed();
    w.at += 8;
  }
  return frame_type == 2 ? step_by_ip_version(w) : Step::ethernet;
}

// WCCP version 2 puts four bytes before the redirected packet, version 1 none.
Step step_wccp(Walk& w) noexcept {
  if (w.peek() >> 4U != 4) w.skip(4);
  return Step::ipv4;
}

// RFC 3378: two bytes, version 3.
Step step_ether_ip(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint16_t version = r.be16();
  if (r.failed() || version >> 12U != 3) return w.stop(PacketKind::not_tcp);
  w.at += 2;
  return Step::ethernet;
}

}  // namespace spider::capture
