#pragma once
// IpAddress, Endpoint and FlowKey: who talks to whom.
//
// IPv4 addresses are kept in their IPv6-mapped form (::ffff:a.b.c.d), so one type serves both. An
// IPv6 header that itself says ::ffff:a.b.c.d is another flow than the IPv4 one, and is printed as
// the wire had it: such an address is kept under ff00::ffff:0:0/96. ff00::/16 is multicast of the
// reserved scope 0, which no packet may carry (RFC 4291 2.7).

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "spider/base/byte_reader.h"
#include "spider/base/result.h"

namespace spider::model {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] static IpAddress v4(std::uint32_t host_order) noexcept {
    const std::uint64_t low = __builtin_bswap64(std::uint64_t{0xFFFF} << 32U | host_order);
    IpAddress a;
    // All sixteen bytes at once: a copy reads them at once, and one that reads what was stored in
    // pieces waits until every store before them has reached the cache.
#ifdef __SSE2__
    _mm_storeu_si128(reinterpret_cast<__m128i*>(a.bytes.data()),
                     _mm_set_epi64x(static_cast<long long>(low), 0));
#else
    std::memcpy(a.bytes.data() + 8, &low, sizeof(low));
#endif
    return a;
  }
  // As kept, such as the store gives it back.
  [[nodiscard]] static IpAddress kept(base::Bytes sixteen) noexcept {
    IpAddress a;
    if (sixteen.size() >= 16) std::memcpy(a.bytes.data(), sixteen.data(), 16);
    return a;
  }
  // As an IPv6 header or a text has it.
  [[nodiscard]] static IpAddress v6(base::Bytes sixteen) noexcept {
    IpAddress a = kept(sixteen);
    if (a.is_v4()) a.bytes[0] = 0xFF;
    return a;
  }
  [[nodiscard]] bool is_v4() const noexcept { return bytes[0] == 0 && mapped(); }
  // An IPv6 address of the mapped form ::ffff:a.b.c.d.
  [[nodiscard]] bool is_mapped_v6() const noexcept { return bytes[0] == 0xFF && mapped(); }
  [[nodiscard]] bool mapped() const noexcept {
    static constexpr std::uint8_t kPrefix[11] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::memcmp(bytes.data() + 1, kPrefix, sizeof(kPrefix)) == 0;
  }
  friend auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;
};

// "192.0.2.1" or "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string to_text(const IpAddress& address);
[[nodiscard]] base::Result<IpAddress> parse_ip(std::string_view text);
// Each machine's own: 127.0.0.0/8 (RFC 1122 3.2.1.3), ::1 (RFC 4291 2.5.3).
[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;

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

// Symmetric by construction (the key is canonical), and the same in every process: it chooses
// lanes, and which flows share one decides what limits hit. Whoever chooses addresses can work out
// collisions, so nothing is searched by it: tables have a TableHash.
[[nodiscard]] std::uint64_t hash(const FlowKey& key, std::uint64_t seed) noexcept;

}  // namespace spider::model
