#pragma once
// WhispererConfig: a named capture as spider.toml's [[whisperer]] and the API describe it.

#include <cstdint>
#include <string>
#include <tuple>

#include "spider/base/config_fields.h"

namespace spider::model {

// libpcap counts the bytes of the kernel's buffer in an int (pcap_set_buffer_size(3PCAP)).
inline constexpr std::uint32_t kBufferMibMax = 2'047;

struct WhispererConfig {
  std::string name;
  std::string type = "INTERFACE";
  std::string interface = "any";
  std::string filter;
  std::string path;
  std::uint32_t snaplen = 262'144;
  std::uint32_t buffer_mib = 64;
  bool promiscuous = false;
  bool exclude_spider = true;
  bool skip_empty_packets = false;
  std::string direction = "both";
  std::uint32_t threads = 1;
  bool save_packets = false;
  bool save_sessions = true;
  bool save_parsing = true;
  bool save_bodies = true;
  std::uint64_t body_max_bytes = 1U << 20U;
  // As [retention] says when they are empty; see model/retention.h.
  std::string keep_communications;
  std::string keep_bodies;
  std::string keep_sessions;
  std::string keep_packets;
  std::string keep_quality;
  std::string max_size;

  // No setting: Spider's own page and API as a BPF expression; empty for nothing.
  std::string spider_traffic;

  // What an INTERFACE's packets pass: the filter, and exclude_spider. The latter stands first, as a
  // `vlan` in the filter shifts where all that follows it is looked for.
  [[nodiscard]] std::string packet_filter() const {
    if (type != "INTERFACE" || !exclude_spider || spider_traffic.empty()) return filter;
    return "not (" + spider_traffic + ")" + (filter.empty() ? "" : " and (" + filter + ")");
  }

  static auto fields() {
    using C = WhispererConfig;
    using base::field;
    return std::tuple{
        field("name", &C::name, "Its name, unique; letters, digits, - and _."),
        field("type", &C::type,
              "INTERFACE (live capture), FILE (a file, a folder that is watched, or - for standard "
              "input) or UPLOAD (filled by imports)."),
        field("interface", &C::interface, "INTERFACE: the network interface, or any for all."),
        field("filter", &C::filter,
              "BPF filter as in tcpdump (man pcap-filter); empty for everything."),
        field("path", &C::path,
              "FILE: what to read; a relative path begins in the folder of the configuration "
              "file."),
        field("snaplen", &C::snaplen, "Bytes kept of each packet.", 64U, 262'144U),
        field("buffer_mib", &C::buffer_mib, "MiB of the kernel's capture buffer.", 1U,
              kBufferMibMax),
        field("promiscuous", &C::promiscuous, "Also read frames for other hosts."),
        field("exclude_spider", &C::exclude_spider,
              "INTERFACE: leave out the connections of Spider's own page and API: TCP with the "
              "address and port of [api] listen; where that is 0.0.0.0 or ::, with any address "
              "that this machine has when the capture begins."),
        field("skip_empty_packets", &C::skip_empty_packets,
              "Leave out TCP segments without payload, SYN, FIN or RST: most acknowledgements. The "
              "communications are the same; the time of a handshake is not seen, and a session is "
              "told 30 s after its end, since nobody sees its last acknowledgement."),
        field("direction", &C::direction, "Packets to capture: in, out or both."),
        field("threads", &C::threads,
              "INTERFACE: capture threads, each with buffer_mib and rings of its own. The kernel "
              "gives each conversation to one of them, by the outermost addresses and ports: leave "
              "it 1 where conversations come in UDP tunnels (VXLAN, GENEVE) or IPv6 fragments.",
              1U, 16U),
        field("save_packets", &C::save_packets, "Keep the packets themselves."),
        field("save_sessions", &C::save_sessions, "Keep a record of each TCP session."),
        field("save_parsing", &C::save_parsing, "Keep each session's parse log."),
        field("save_bodies", &C::save_bodies, "Keep message bodies."),
        field("body_max_bytes", &C::body_max_bytes,
              "Bytes kept of one body; its true size is kept always.", std::uint64_t{0},
              std::uint64_t{1} << 30U),
        field(
            "keep_communications", &C::keep_communications,
            "INTERFACE and FILE: how long communications are kept, such as 30d, or forever; empty "
            "as [retention] says. Uploads have [pipeline] uploads_keep_days."),
        field("keep_bodies", &C::keep_bodies,
              "The same for bodies; they go with their communications at the latest."),
        field("keep_sessions", &C::keep_sessions, "The same for records of TCP sessions."),
        field("keep_packets", &C::keep_packets, "The same for saved packets."),
        field("keep_quality", &C::keep_quality, "The same for the books of each minute."),
        field("max_size", &C::max_size,
              "INTERFACE and FILE: bytes it may keep, such as 20GiB, or unlimited; empty as "
              "[retention] says. Beyond it the oldest goes first."),
    };
  }
};

}  // namespace spider::model
