#include "spider/capture/filter_probe.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "spider/model/packet.h"

#include "capture/filter.h"

namespace spider::capture {
namespace {

constexpr std::uint32_t kEthernet = 1;
constexpr std::uint32_t kRawIp = 101;
constexpr std::string_view kData = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

using Frame = std::vector<std::uint8_t>;

void put16(Frame& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U & 0xFFU));
  out.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}

void put_ip(Frame& out, const model::IpAddress& ip, bool v4) {
  // A mapped address of an IPv6 header is kept under another prefix (model/address.h).
  std::vector<std::uint8_t> bytes(ip.bytes.begin(), ip.bytes.end());
  if (ip.is_mapped_v6()) bytes[0] = 0;
  out.insert(out.end(), bytes.begin() + (v4 ? 12 : 0), bytes.end());
}

void put_ethernet(Frame& out, bool v4, bool tagged) {
  out.insert(out.end(), {0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1});
  if (tagged) out.insert(out.end(), {0x81, 0, 0, 1});  // 802.1Q, VLAN 1
  put16(out, v4 ? 0x0800 : 0x86DD);
}

// One TCP packet from `from` to `to`. Checksums stay zero: BPF does not look at them.
[[nodiscard]] Frame packet(const model::Endpoint& from, const model::Endpoint& to,
                           std::uint8_t flags, std::string_view payload, bool ethernet,
                           bool tagged) {
  const bool v4 = from.ip.is_v4() && to.ip.is_v4();
  const std::size_t tcp_bytes = 20 + payload.size();
  Frame out;
  if (ethernet) put_ethernet(out, v4, tagged);
  if (v4) {
    out.insert(out.end(), {0x45, 0});
    put16(out, 20 + tcp_bytes);
    out.insert(out.end(), {0, 1, 0x40, 0, 64, 6, 0, 0});  // don't fragment, TTL 64, TCP
  } else {
    out.insert(out.end(), {0x60, 0, 0, 0});
    put16(out, tcp_bytes);
    out.insert(out.end(), {6, 64});
  }
  put_ip(out, from.ip, v4);
  put_ip(out, to.ip, v4);
  put16(out, from.port);
  put16(out, to.port);
  const bool first = (flags & model::kSyn) != 0 && (flags & model::kAck) == 0;
  out.insert(out.end(), {0, 0, 0, 1, 0, 0, 0, static_cast<std::uint8_t>(first ? 0 : 1)});
  out.insert(out.end(), {0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0});
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

struct Trial {
  bool all = true;
  bool any = false;
};

// SYN and data of one side.
[[nodiscard]] Trial side(Filter& filter, const model::Endpoint& from, const model::Endpoint& to,
                         std::uint8_t syn_flags, std::uint32_t link_type, bool tagged) {
  constexpr std::uint8_t kDataFlags = model::kAck | model::kPsh;
  Trial out;
  for (const bool data : {false, true}) {
    const Frame frame = packet(from, to, data ? kDataFlags : syn_flags, data ? kData : "",
                               link_type == kEthernet, tagged);
    RawPacket raw;
    raw.frame = frame;
    raw.link_type = static_cast<decltype(raw.link_type)>(link_type);
    raw.wire_bytes = static_cast<decltype(raw.wire_bytes)>(frame.size());
    const bool passes = filter.matches(raw);
    out.all = out.all && passes;
    out.any = out.any || passes;
  }
  return out;
}

}  // namespace

model::FilterAnswer try_filter(const std::string& expression, const model::Endpoint& client,
                               const model::Endpoint& server) {
  model::FilterAnswer out;
  auto filter = Filter::make(expression);
  if (!filter) {
    out.trouble = filter.error().detail;
    return out;
  }
  out.tried = true;
  const std::uint32_t link_type = filter->usable_on(kEthernet) ? kEthernet : kRawIp;
  const std::uint8_t answer = model::kSyn | model::kAck;
  const Trial asking = side(*filter, client, server, model::kSyn, link_type, false);
  const Trial answering = side(*filter, server, client, answer, link_type, false);
  out.client_passes = asking.all;
  out.server_passes = answering.all;
  out.any_passes = asking.any || answering.any;
  out.tagged_passes = link_type == kEthernet &&
                      side(*filter, client, server, model::kSyn, link_type, true).all &&
                      side(*filter, server, client, answer, link_type, true).all;
  return out;
}

}  // namespace spider::capture
