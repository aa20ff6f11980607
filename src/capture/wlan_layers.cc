// IEEE 802.11 and the headers that capture drivers put before it.

#include "capture/frame_walk.h"

namespace spider::capture {

using base::ByteReader;

// Unencrypted data frames only; an aggregate (A-MSDU) is read up to its first frame.
Step step_wlan(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t control = r.u8();
  const std::uint8_t flags = r.u8();
  if (r.failed()) return w.malformed();
  const unsigned type = (control >> 2U) & 3U;
  const unsigned subtype = control >> 4U;
  constexpr unsigned kData = 2;
  if (type != kData || (subtype & 4U) != 0) return w.not_ip();  // 4: no data
  constexpr std::uint8_t kProtected = 0x40;
  if ((flags & kProtected) != 0) return w.not_ip();
  std::size_t header = 24;
  if ((flags & 3U) == 3U) header += 6;  // from one access point to another: a fourth address
  bool aggregate = false;
  if ((subtype & 8U) != 0) {  // QoS control; with the order flag also HT control
    r.skip(header - 2);
    aggregate = (r.u8() & 0x80U) != 0;
    header += (flags & 0x80U) != 0 ? 6 : 2;
  }
  if (w.left() < header) return w.malformed();
  w.at += header;
  // Drivers that align the payload leave two bytes; LLC begins with AA AA 03.
  if (header % 4 != 0 && w.left() > 5 && w.peek() != 0xAA && w.rest()[2] == 0xAA) w.at += 2;
  if (aggregate) {
    if (w.left() < 14) return w.malformed();
    w.at += 14;
  }
  return Step::llc;
}

// Prism: message code and length, in the writer's byte order; or AVS under the same link type.
Step step_wlan_prism(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint32_t magic = r.be32();
  std::uint32_t length = r.le32();
  if (r.failed()) return w.malformed();
  if ((magic & 0xFFFFF000U) == 0x80211000U) return Step::wlan_avs;
  if (length > 0xFFFF) length = __builtin_bswap32(length);
  if (length < 8 || length > w.left()) return w.malformed();
  w.at += length;
  return Step::wlan;
}

Step step_wlan_avs(Walk& w) noexcept {
  ByteReader r(w.rest());
  r.skip(4);
  const std::uint32_t length = r.be32();
  if (r.failed() || length < 8 || length > w.left()) return w.malformed();
  w.at += length;
  return Step::wlan;
}

Step step_radiotap(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t version = r.u8();
  r.skip(1);
  const std::uint16_t length = r.le16();
  if (r.failed() || version != 0 || length < 8 || length > w.left()) return w.malformed();
  w.at += length;
  return Step::wlan;
}

// Per-Packet Information: a length and the link type of what follows.
Step step_ppi(Walk& w) noexcept {
  ByteReader r(w.rest());
  const std::uint8_t version = r.u8();
  r.skip(1);
  const std::uint16_t length = r.le16();
  const std::uint32_t link_type = r.le32();
  if (r.failed() || version != 0 || length < 8 || length > w.left()) return w.malformed();
  w.at += length;
  const Step next = first_step(link_type);
  return next == Step::stop || next == Step::ppi ? w.not_ip() : next;
}

}  // namespace spider::capture
