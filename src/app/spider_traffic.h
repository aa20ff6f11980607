#pragma once
// spider_traffic(): the connections of Spider's own page and API as a BPF expression, so that a
// capture does not watch those who look at it. Any thread.

#include <cstdint>
#include <string>

namespace spider::app {

// `host` and `port`: where the API listens. For the address that means all, the addresses that this
// machine has now, kOwnAddressesMax at most: another machine's service on that port is none of
// ours.
inline constexpr std::size_t kOwnAddressesMax = 64;
[[nodiscard]] std::string spider_traffic(const std::string& host, std::uint16_t port);

}  // namespace spider::app
