#pragma once
// Walk: where a FrameDecoder stands in a frame, and the steps it can take.
//
// A step reads one header at `at`, moves on, narrows `end` when the header says how long its
// content is, and returns the next step. A new tunnel is a new step: a line in Step, a function in
// one of the
// *_layers.cc, and a line in the table of frame_decoder.cc.

#include <algorithm>
#include <cstdint>

#include "spider/base/byte_reader.h"
#include "spider/capture/frame_decoder.h"
#include "spider/model/packet.h"

namespace spider::capture {

enum class Step : std::uint8_t {
  stop,  // packet.kind says what it was
  // Link layers.
  ethernet,
  null_family,  // BSD and OpenBSD loopback
  sll,
  sll2,
  raw_ip,
  ppp_hdlc,  // PPP with or without address and control, or Cisco HDLC
  ppp_with_direction,
  cisco_hdlc,
  frame_relay,
  fddi,
  slip,
  arcnet,
  arcnet_linux,
  ip_over_infiniband,
  nflog,
  wlan,
  wlan_prism,
  wlan_avs,
  radiotap,
  ppi,
  // Between link and network.
  ether_type,  // Walk::type says which
  llc,
  snap,
  vlan,
  vn_tag,
  fabric_path,
  provider_backbone,
  mpls,
  pppoe,
  ppp,  // protocol field first
  nsh,
  // Network and transport.
  ipv4,
  ipv6,
  ip_protocol,  // Walk::protocol says which
  ipv6_options,
  ipv6_fragment,
  authentication,
  tcp,
  udp,
  sctp,
  // Tunnels.
  gre,
  ether_ip,
  ip_compression,
  erspan2,
  erspan3,
  wccp,
  vxlan,
  vxlan_gpe,
  geneve,
  gtp_u,
  gtp_prime,
  teredo,
  ayiya,
  l2tp,
  count_
};

struct Walk {
  base::Bytes bytes;           // the frame, or a rejoined datagram
  std::size_t at = 0;          // the next header
  std::size_t end = 0;         // end of the captured content, by the headers so far
  std::uint64_t wire_end = 0;  // the same as it was on the wire; more than `end` when cut
  model::Packet& packet;
  Fragment& fragment;
  model::IpAddress from{};  // of the latest IP header
  model::IpAddress to{};
  std::uint32_t ip_id = 0;    // IPv4's identification, IPv6's flow label or fragment identification
  bool ip_id_unique = false;  // the sender gives a new one to every packet
  std::uint16_t type = 0;     // EtherType
  std::uint8_t protocol = 0;  // IP protocol
  bool v6 = false;            // the latest IP header
  bool vlan_seen = false;
  bool rejoined = false;  // `bytes` was made of fragments: its TCP checksum counts
  bool rerouted = false;  // the latest IP header does not name the ends; see Fragment
  bool corrupt = false;   // the checksum was looked at and is wrong
  bool overrun = false;   // an IP header claimed more than there was around it
  unsigned ip_headers = 0;
  // The outermost UDP packet in which a tunnel was presumed, and the IP headers up to it (0 for
  // none). It stands when the content makes no sense.
  unsigned presumed_at = 0;
  model::FlowKey presumed_key{};
  model::Direction presumed_direction = model::Direction::low_to_high;

  [[nodiscard]] base::Bytes rest() const noexcept { return bytes.subspan(at, end - at); }
  [[nodiscard]] std::size_t left() const noexcept { return end - at; }
  // Bytes that the headers tell of were not captured: the snaplen took them, or a tool that then
  // wrote down the shorter length as the one on the wire.
  [[nodiscard]] bool cut() const noexcept { return wire_end > end || overrun; }
  [[nodiscard]] std::uint8_t peek() const noexcept {
    return at < end ? bytes[at] : std::uint8_t{0};
  }
  void skip(std::size_t count) noexcept { at += std::min(count, left()); }
  // The content of the current layer is `length` bytes on the wire, from `at` on. A header is never
  // believed to hold more than what is around it.
  void narrow(std::uint64_t length) noexcept {
    wire_end = std::min(wire_end, at + length);
    end = static_cast<std::size_t>(std::min<std::uint64_t>(end, wire_end));
  }
  // The same for an IP header: what it claims beyond its surroundings is remembered.
  void narrow_ip(std::uint64_t length) noexcept {
    overrun = overrun || at + length > wire_end;
    narrow(length);
  }
  Step stop(model::PacketKind kind) noexcept {
    packet.kind = kind;
    return Step::stop;
  }
  Step malformed() noexcept { return stop(model::PacketKind::malformed); }
  Step not_ip() noexcept { return stop(model::PacketKind::not_ip); }
  Step next_ether_type(std::uint16_t t) noexcept {
    type = t;
    return Step::ether_type;
  }
  Step next_protocol(std::uint8_t p) noexcept {
    protocol = p;
    return Step::ip_protocol;
  }
  // Takes over the addresses of an IP header.
  void enter_ip(const model::IpAddress& a, const model::IpAddress& b, bool is_v6,
                std::uint8_t carries) noexcept;
  // Sets key and direction from `from`, `to`, `protocol` and the ports.
  void set_key(std::uint16_t from_port, std::uint16_t to_port) noexcept;
};

// Whether the bytes at `offset` behind `at` look like an Ethernet header with a known type.
[[nodiscard]] bool looks_like_ethernet(const Walk& w, std::size_t offset) noexcept;
// Whether an IP header with possible lengths begins at `at`.
[[nodiscard]] bool looks_like_ip(const Walk& w) noexcept;
// Step::ipv4 or Step::ipv6 by the version in the first byte.
[[nodiscard]] Step step_by_ip_version(Walk& w) noexcept;

// link_layers.cc
Step step_ethernet(Walk& w) noexcept;
Step step_null_family(Walk& w) noexcept;
Step step_sll(Walk& w) noexcept;
Step step_sll2(Walk& w) noexcept;
Step step_raw_ip(Walk& w) noexcept;
Step step_ether_type(Walk& w) noexcept;
Step step_llc(Walk& w) noexcept;
Step step_snap(Walk& w) noexcept;
Step step_vlan(Walk& w) noexcept;
Step step_vn_tag(Walk& w) noexcept;
Step step_fabric_path(Walk& w) noexcept;
Step step_provider_backbone(Walk& w) noexcept;
// rare_link_layers.cc
Step step_frame_relay(Walk& w) noexcept;
Step step_fddi(Walk& w) noexcept;
Step step_slip(Walk& w) noexcept;
Step step_arcnet(Walk& w) noexcept;
Step step_arcnet_linux(Walk& w) noexcept;
Step step_ip_over_infiniband(Walk& w) noexcept;
Step step_nflog(Walk& w) noexcept;
// wlan_layers.cc
Step step_wlan(Walk& w) noexcept;
Step step_wlan_prism(Walk& w) noexcept;
Step step_wlan_avs(Walk& w) noexcept;
Step step_radiotap(Walk& w) noexcept;
Step step_ppi(Walk& w) noexcept;
// ppp_layers.cc
Step step_ppp_hdlc(Walk& w) noexcept;
Step step_ppp_with_direction(Walk& w) noexcept;
Step step_cisco_hdlc(Walk& w) noexcept;
Step step_pppoe(Walk& w) noexcept;
Step step_ppp(Walk& w) noexcept;
Step step_l2tp(Walk& w) noexcept;
// ip_layers.cc
Step step_ipv4(Walk& w) noexcept;
Step step_ipv6(Walk& w) noexcept;
Step step_ip_protocol(Walk& w) noexcept;
Step step_ipv6_options(Walk& w) noexcept;
Step step_ipv6_fragment(Walk& w) noexcept;
Step step_authentication(Walk& w) noexcept;
Step step_ip_compression(Walk& w) noexcept;
Step step_tcp(Walk& w) noexcept;
Step step_udp(Walk& w) noexcept;
Step step_sctp(Walk& w) noexcept;
// tunnel_layers.cc and udp_tunnels.cc
Step step_mpls(Walk& w) noexcept;
Step step_nsh(Walk& w) noexcept;
Step step_gre(Walk& w) noexcept;
Step step_ether_ip(Walk& w) noexcept;
Step step_erspan2(Walk& w) noexcept;
Step step_erspan3(Walk& w) noexcept;
Step step_wccp(Walk& w) noexcept;
[[nodiscard]] Step udp_tunnel(const Walk& w, std::uint16_t from_port,
                              std::uint16_t to_port) noexcept;
Step step_vxlan(Walk& w) noexcept;
Step step_vxlan_gpe(Walk& w) noexcept;
Step step_geneve(Walk& w) noexcept;
Step step_gtp_u(Walk& w) noexcept;
Step step_gtp_prime(Walk& w) noexcept;
Step step_teredo(Walk& w) noexcept;
Step step_ayiya(Walk& w) noexcept;

// Takes a step, which is not stop; returns the next.
[[nodiscard]] Step take_step(Walk& w, Step step) noexcept;
// The first step for a LINKTYPE_, Step::stop when it is not known. PPI nests link types.
[[nodiscard]] Step first_step(std::uint32_t link_type) noexcept;

}  // namespace spider::capture
