#include "spider/capture/outer_layers.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "capture/frame_walk.h"

namespace spider::capture {
namespace {

using base::ByteReader;
using model::PacketKind;

constexpr unsigned kStepsMax = 64;

class Description {
 public:
  // `header` begins where the step began; `w` stands behind it.
  void step(Step step, base::Bytes header, const Walk& w);
  [[nodiscard]] std::string take() { return std::move(text_); }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void add(std::string_view layer);
  void add(std::string_view kind, std::uint64_t number) { add(fmt::format("{} {}", kind, number)); }
  void add_from(std::string_view kind, base::Bytes header, std::size_t offset, unsigned bytes);
  void ip(std::string_view kind, const Walk& w);
  void gre(base::Bytes header);
  void labels(base::Bytes header);
  void l2tp(base::Bytes header);

  std::string text_;
  std::string ip_;  // of the latest IP header: not told until something lies inside it
  std::size_t layers_ = 0;
};

void Description::add(std::string_view layer) {
  if (!ip_.empty()) {
    const std::string around = std::move(ip_);
    ip_.clear();
    add(around);
  }
  if (++layers_ > kOuterLayersMax + 1) return;
  if (!text_.empty()) text_ += " / ";
  text_ += layers_ > kOuterLayersMax ? std::string_view("more") : layer;
}

// A number of two to four bytes inside the header.
void Description::add_from(std::string_view kind, base::Bytes header, std::size_t offset,
                           unsigned bytes) {
  ByteReader r(header);
  r.skip(offset);
  std::uint64_t number = 0;
  for (unsigned i = 0; i < bytes; ++i) number = number << 8U | r.u8();
  r.failed() ? add(kind) : add(kind, number);
}

void Description::ip(std::string_view kind, const Walk& w) {
  std::string next = fmt::format("{} {} > {}", kind, model::to_text(w.from), model::to_text(w.to));
  if (!ip_.empty()) {
    const std::string around = std::move(ip_);
    ip_.clear();
    add(around);
  }
  ip_ = std::move(next);
}

// RFC 2890: the key, behind checksum or routes. PPTP (RFC 2637): the call, behind the length.
// ERSPAN I has no header of its own (GRE type 0x88BE without a sequence number).
void Description::gre(base::Bytes header) {
  ByteReader r(header);
  const std::uint16_t flags = r.be16();
  const std::uint16_t type = r.be16();
  if ((flags & 7U) == 1) {
    add_from("pptp", header, 6, 2);
    return;
  }
  const bool key = (flags & 0x2000U) != 0;
  if (key)
    add_from("gre", header, (flags & 0xC000U) != 0 ? 8 : 4, 4);
  else
    add("gre");
  if (type == 0x88BE && (flags & 0x1000U) == 0) add("erspan");
}

void Description::labels(base::Bytes header) {
  ByteReader r(header);
  for (bool last = false; !last;) {
    const std::uint32_t entry = r.be32();
    if (r.failed()) return;
    add("mpls", entry >> 12U);
    last = (entry & 0x100U) != 0;
  }
}

// RFC 2661 section 3.1: tunnel and session, behind a length that is optional.
void Description::l2tp(base::Bytes header) {
  ByteReader r(header);
  const bool length = (r.u8() & 0x40U) != 0;
  add_from("l2tp", header, length ? 4 : 2, 4);
}

void Description::step(Step step, base::Bytes header, const Walk& w) {
  switch (step) {
    case Step::vlan: {
      ByteReader r(header);
      const std::uint16_t tag = r.be16();
      return add("vlan", tag & 0x0FFFU);
    }
    case Step::vn_tag:
      return add("vn-tag");
    case Step::fabric_path:
      return add("fabricpath");
    case Step::provider_backbone:
      return add_from("pbb", header, 1, 3);
    case Step::mpls:
      return labels(header);
    case Step::pppoe:
      return add_from("pppoe", header, 2, 2);
    case Step::nsh:
      return add_from("nsh", header, 4, 3);
    case Step::ipv4:
      return ip("ipv4", w);
    case Step::ipv6:
      return ip("ipv6", w);
    case Step::gre:
      return gre(header);
    case Step::ether_ip:
      return add("etherip");
    case Step::erspan2:
    case Step::erspan3: {
      ByteReader r(header);
      r.skip(2);
      const std::uint16_t word = r.be16();
      return add("erspan", word & 0x03FFU);
    }
    case Step::wccp:
      return add("wccp");
    case Step::vxlan:
      return add_from("vxlan", header, 4, 3);
    case Step::vxlan_gpe:
      return add_from("vxlan-gpe", header, 4, 3);
    case Step::geneve:
      return add_from("geneve", header, 4, 3);
    case Step::gtp_u:
      return add_from("gtp-u", header, 4, 4);
    case Step::gtp_prime:
      return add("gtp");
    case Step::teredo:
      return add("teredo");
    case Step::ayiya:
      return add("ayiya");
    case Step::l2tp:
      return l2tp(header);
    default:
      return;
  }
}

void walk(Walk& w, Step step, Description& out) {
  for (unsigned steps = 0; step != Step::stop && steps < kStepsMax; ++steps) {
    const base::Bytes header = w.rest();
    const Step next = take_step(w, step);
    if (w.packet.kind == PacketKind::malformed) return;
    out.step(step, header, w);
    step = next;
  }
}

}  // namespace

std::string outer_layers(const model::Packet& packet, base::Bytes frame, base::Bytes datagram) {
  const Step first = first_step(packet.link_type);
  if (first == Step::stop) return {};
  Description out;
  model::Packet seen;
  seen.link_type = packet.link_type;
  Fragment fragment;
  Walk w{.bytes = frame,
         .end = frame.size(),
         .wire_end = std::max<std::uint64_t>(packet.wire_bytes, frame.size()),
         .packet = seen,
         .fragment = fragment};
  walk(w, first, out);
  if (seen.kind != PacketKind::fragment || datagram.empty()) return out.take();

  // The rest lies in the datagram, unless fragments lay inside fragments: then it is another one.
  Description inside = out;
  Fragment nested;
  Walk rest{.bytes = datagram,
            .end = datagram.size(),
            .wire_end = datagram.size(),
            .packet = seen,
            .fragment = nested,
            .from = fragment.from,
            .to = fragment.to,
            .protocol = fragment.protocol,
            .v6 = fragment.v6,
            .vlan_seen = true,
            .ip_headers = 1};
  seen.kind = PacketKind::not_ip;
  walk(rest, Step::ip_protocol, inside);
  const bool arrived = seen.kind == PacketKind::tcp && seen.key == packet.key;
  return arrived ? inside.take() : out.take();
}

}  // namespace spider::capture
