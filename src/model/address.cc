#include "spider/model/address.h"

#include <algorithm>
#include <array>
#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "spider/base/codes.h"

namespace spider::model {
namespace {
__extension__ using Wide = unsigned __int128;
}

std::string to_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.is_v4()) {
    inet_ntop(AF_INET, address.bytes.data() + 12, text, sizeof(text));
  } else {
    std::array<std::uint8_t, 16> wire = address.bytes;
    if (address.is_mapped_v6()) wire[0] = 0;
    inet_ntop(AF_INET6, wire.data(), text, sizeof(text));
  }
  return text;
}

base::Result<IpAddress> parse_ip(std::string_view text) {
  const std::string owned(text);
  if (std::uint32_t v4 = 0; inet_pton(AF_INET, owned.c_str(), &v4) == 1)
    return IpAddress::v4(ntohl(v4));
  if (std::array<std::uint8_t, 16> v6{}; inet_pton(AF_INET6, owned.c_str(), v6.data()) == 1)
    return IpAddress::v6(v6);
  return base::fail(base::codes::config_invalid, fmt::format("\"{}\" is not an IP address.", text));
}

std::uint64_t hash(const FlowKey& key, std::uint64_t seed) noexcept {
  // Multiply-and-fold over the 37 bytes of the key (two addresses, two ports, the protocol).
  const auto load = [](const std::uint8_t* at) {
    std::uint64_t v;
    std::memcpy(&v, at, sizeof(v));
    return v;
  };
  const auto fold = [](std::uint64_t a, std::uint64_t b) {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  };
  constexpr std::uint64_t k0 = 0x9E3779B97F4A7C15U;
  constexpr std::uint64_t k1 = 0xD6E8FEB86659FD93U;
  constexpr std::uint64_t k2 = 0xA0761D6478BD642FU;
  std::uint64_t h = seed ^ k2;
  h = fold(load(key.low.ip.bytes.data()) ^ h ^ k0, load(key.low.ip.bytes.data() + 8) ^ k1);
  h = fold(load(key.high.ip.bytes.data()) ^ h ^ k1, load(key.high.ip.bytes.data() + 8) ^ k2);
  const std::uint64_t tail = static_cast<std::uint64_t>(key.low.port) << 32U |
                             static_cast<std::uint64_t>(key.high.port) << 16U | key.protocol;
  return fold(tail ^ h ^ k0, h ^ k1);
}

bool is_loopback(const IpAddress& address) noexcept {
  if (address.is_v4()) return address.bytes[12] == 127;
  return std::all_of(address.bytes.begin(), address.bytes.end() - 1,
                     [](std::uint8_t b) { return b == 0; }) &&
         address.bytes.back() == 1;
}

}  // namespace spider::model
