#pragma once
// IpAddress, Endpoint and FlowKey: who talks to whom.
//
// IPv4 addresses are kept in their IPv6-mapped form (::ffff:a.b.c.d), so one type serves both. A
// real IPv4-mapped IPv6 address on the wire is indistinguishable from IPv4 here, on purpose: it is
// the same host.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "spider/base/byte_reader.h"
#include "spider/base/result.h"

namespace spider::model {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] static IpAddress v4(std::uint32_t host_order) noexcept {
    IpAddress a;
    a.bytes[10] = a.bytes[11] = 0xFF;
    for (unsigned i = 0; i < 4; ++i)
      a.bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24U - 8U * i));
    return a;
  }
  [[nodiscard]] static IpAddress v6(base::Bytes sixteen) noexcept {
    IpAddress a;
    if (sixteen.size() >= 16) std::memcpy(a.bytes.data(), sixteen.data(), 16);
    return a;
  }
  [[nodiscard]] bool is_v4() const noexcept {
    static constexpr std::uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::memcmp(bytes.data(), kPrefix, 12) == 0;
  }
  friend auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;
};

// "192.0.2.1" or "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string to_text(const IpAddress& address);
[[nodiscard]] base::Result<IpAddress> parse_ip(std::string_view text);

struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) noexcept = default;
};

// The canonical 5-tuple: `low` <= `high`, whichever sent. VLAN tags and tunnels are attributes of a
// packet, not part of the key: the two directions of a conversation may carry different tags, and a
// mirror port may show it with and without (docs/decisions/0010).
struct FlowKey {
  Endpoint low;
  Endpoint high;
  std::uint8_t protocol = 0;  // IP protocol number
  friend auto operator<=>(const FlowKey&, const FlowKey&) noexcept = default;
};

// Which endpoint of the key sent a packet.
enum class Direction : std::uint8_t { low_to_high = 0, high_to_low = 1 };

[[nodiscard]] constexpr Direction opposite(Direction d) noexcept {
  return d == Direction::low_to_high ? Direction::high_to_low : Direction::low_to_high;
}
[[nodiscard]] constexpr std::size_t index(Direction d) noexcept {
  return static_cast<std::size_t>(d);
}

// Symmetric by construction (the key is canonical); seeded per process start would break
// determinism across runs only in bucket order, which nothing observes.
[[nodiscard]] std::uint64_t hash(const FlowKey& key, std::uint64_t seed) noexcept;

}  // namespace spider::model
