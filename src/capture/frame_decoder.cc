#include "spider/capture/frame_decoder.h"

#include <array>

#include "capture/frame_walk.h"
#include "capture/plain_tcp.h"
#include "capture/tcp_fields.h"

namespace spider::capture {
namespace {

using StepFunction = Step (*)(Walk&) noexcept;
using model::PacketKind;

constexpr std::size_t kSteps = static_cast<std::size_t>(Step::count_);

struct Table {
  std::array<StepFunction, kSteps> functions{};
  // Beside the pointers, since under UBSan comparing one with null is no constant expression.
  std::array<bool, kSteps> filled{};
};

constexpr Table make_table() {
  Table t;
  const auto set = [&t](Step s, StepFunction f) {
    t.functions[static_cast<std::size_t>(s)] = f;
    t.filled[static_cast<std::size_t>(s)] = true;
  };
  set(Step::ethernet, step_ethernet);
  set(Step::null_family, step_null_family);
  set(Step::sll, step_sll);
  set(Step::sll2, step_sll2);
  set(Step::raw_ip, step_raw_ip);
  set(Step::ppp_hdlc, step_ppp_hdlc);
  set(Step::ppp_with_direction, step_ppp_with_direction);
  set(Step::cisco_hdlc, step_cisco_hdlc);
  set(Step::frame_relay, step_frame_relay);
  set(Step::fddi, step_fddi);
  set(Step::slip, step_slip);
  set(Step::arcnet, step_arcnet);
  set(Step::arcnet_linux, step_arcnet_linux);
  set(Step::ip_over_infiniband, step_ip_over_infiniband);
  set(Step::nflog, step_nflog);
  set(Step::wlan, step_wlan);
  set(Step::wlan_prism, step_wlan_prism);
  set(Step::wlan_avs, step_wlan_avs);
  set(Step::radiotap, step_radiotap);
  set(Step::ppi, step_ppi);
  set(Step::ether_type, step_ether_type);
  set(Step::llc, step_llc);
  set(Step::snap, step_snap);
  set(Step::vlan, step_vlan);
  set(Step::vn_tag, step_vn_tag);
  set(Step::fabric_path, step_fabric_path);
  set(Step::provider_backbone, step_provider_backbone);
  set(Step::mpls, step_mpls);
  set(Step::pppoe, step_pppoe);
  set(Step::ppp, step_ppp);
  set(Step::nsh, step_nsh);
  set(Step::ipv4, step_ipv4);
  set(Step::ipv6, step_ipv6);
  set(Step::ip_protocol, step_ip_protocol);
  set(Step::ipv6_options, step_ipv6_options);
  set(Step::ipv6_fragment, step_ipv6_fragment);
  set(Step::authentication, step_authentication);
  set(Step::tcp, step_tcp);
  set(Step::udp, step_udp);
  set(Step::sctp, step_sctp);
  set(Step::gre, step_gre);
  set(Step::ip_compression, step_ip_compression);
  set(Step::ether_ip, step_ether_ip);
  set(Step::erspan2, step_erspan2);
  set(Step::erspan3, step_erspan3);
  set(Step::wccp, step_wccp);
  set(Step::vxlan, step_vxlan);
  set(Step::vxlan_gpe, step_vxlan_gpe);
  set(Step::geneve, step_geneve);
  set(Step::gtp_u, step_gtp_u);
  set(Step::gtp_prime, step_gtp_prime);
  set(Step::teredo, step_teredo);
  set(Step::ayiya, step_ayiya);
  set(Step::l2tp, step_l2tp);
  return t;
}

constexpr Table kTable = make_table();

// Steps that put something around the packet that its session should tell of. A second IP header
// does as well.
constexpr bool wraps(Step step) noexcept {
  switch (step) {
    case Step::vlan:
    case Step::vn_tag:
    case Step::fabric_path:
    case Step::provider_backbone:
    case Step::mpls:
    case Step::pppoe:
    case Step::nsh:
      return true;
    default:
      return false;
  }
}

constexpr bool complete() {
  for (std::size_t i = 1; i < kSteps; ++i)
    if (!kTable.filled[i]) return false;
  return true;
}
static_assert(complete(), "every step but stop has its function");

// Headers of one frame, tunnels in tunnels included. Real stacks stay below twenty.
constexpr unsigned kStepsMax = 64;

void walk(Walk& w, Step step) noexcept {
  unsigned steps = 0;
  bool wrapped = false;
  for (; step != Step::stop && steps < kStepsMax; ++steps) {
    wrapped |= wraps(step);
    step = take_step(w, step);
  }
  if (step != Step::stop) w.packet.kind = PacketKind::malformed;

  model::Packet& p = w.packet;
  const bool nonsense =
      w.ip_headers == w.presumed_at || (p.kind == PacketKind::malformed && !w.cut());
  if (w.presumed_at != 0 && nonsense) {
    p.key = w.presumed_key;
    p.direction = w.presumed_direction;
    p.kind = PacketKind::not_tcp;
  }
  if (w.ip_headers == 0) return;
  p.wrapped = p.wrapped || wrapped || w.ip_headers > 1;
  // Inside an IP packet, "no IP" only means that what it carries is not for us.
  if (p.kind == PacketKind::not_ip) p.kind = PacketKind::not_tcp;
  set_lane(p);
}

}  // namespace

Step take_step(Walk& w, Step step) noexcept {
  return kTable.functions[static_cast<std::size_t>(step)](w);
}

Step first_step(std::uint32_t link_type) noexcept {
  switch (link_type) {
    case 1:
      return Step::ethernet;
    case 0:
    case 108:
      return Step::null_family;
    case 12:
    case 14:
    case 101:
      return Step::raw_ip;
    case 228:
      return Step::ipv4;
    case 229:
      return Step::ipv6;
    case 113:
      return Step::sll;
    case 276:
      return Step::sll2;
    case 9:
    case 50:
      return Step::ppp_hdlc;
    case 51:
      return Step::pppoe;
    case 104:
      return Step::cisco_hdlc;
    case 204:
      return Step::ppp_with_direction;
    case 107:
      return Step::frame_relay;
    case 10:
      return Step::fddi;
    case 8:
      return Step::slip;
    case 7:
      return Step::arcnet;
    case 129:
      return Step::arcnet_linux;
    case 100:
      return Step::llc;  // RFC 2684
    case 242:
      return Step::ip_over_infiniband;
    case 239:
      return Step::nflog;
    case 105:
      return Step::wlan;
    case 119:
      return Step::wlan_prism;
    case 163:
      return Step::wlan_avs;
    case 127:
      return Step::radiotap;
    case 192:
      return Step::ppi;
    default:
      return Step::stop;
  }
}

bool FrameDecoder::knows(std::uint32_t link_type) noexcept {
  return first_step(link_type) != Step::stop;
}

void FrameDecoder::decode(base::Bytes frame, model::Packet& packet,
                          Fragment& fragment) const noexcept {
  if (!decode_plain_tcp(frame, packet)) decode_by_steps(frame, packet, fragment);
}

void FrameDecoder::decode_by_steps(base::Bytes frame, model::Packet& packet,
                                   Fragment& fragment) const noexcept {
  const Step first = first_step(packet.link_type);
  if (first == Step::stop) {
    packet.kind = PacketKind::link_unsupported;
    return;
  }
  Walk w{.bytes = frame,
         .end = frame.size(),
         .wire_end = std::max<std::uint64_t>(packet.wire_bytes, frame.size()),
         .packet = packet,
         .fragment = fragment};
  walk(w, first);
}

bool FrameDecoder::decode_datagram(const Fragment& of, base::Bytes datagram, model::Packet& packet,
                                   Fragment& nested) const noexcept {
  Walk w{.bytes = datagram,
         .end = datagram.size(),
         .wire_end = datagram.size(),
         .packet = packet,
         .fragment = nested,
         .from = of.from,
         .to = of.to,
         .ip_id = of.id,
         .ip_id_unique = of.id != 0,
         .protocol = of.protocol,
         .v6 = of.v6,
         .vlan_seen = true,
         .rejoined = !of.compressed,
         .rerouted = of.rerouted,
         .ip_headers = 1};
  w.set_key(0, 0);
  walk(w, Step::ip_protocol);
  return !w.corrupt || packet.kind != PacketKind::tcp;
}

}  // namespace spider::capture
