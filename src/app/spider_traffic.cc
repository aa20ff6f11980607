#include "app/spider_traffic.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace spider::app {
namespace {

// As BPF writes it; empty for what is no IP address.
[[nodiscard]] std::string text_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6)
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return bytes != nullptr && inet_ntop(address->sa_family, bytes, text, sizeof text) != nullptr
             ? text
             : "";
}

[[nodiscard]] std::vector<std::string> own_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);
  std::vector<std::string> out;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    const std::string text = at->ifa_addr != nullptr ? text_of(at->ifa_addr) : "";
    if (!text.empty() && out.size() < kOwnAddressesMax) out.push_back(text);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

std::string spider_traffic(const std::string& host, std::uint16_t port) {
  if (port == 0) return {};
  std::vector<std::string> hosts{host};
  if (host == "0.0.0.0" || host == "::") hosts = own_addresses();
  if (hosts.empty()) return {};
  return fmt::format("tcp port {} and (host {})", port, fmt::join(hosts, " or host "));
}

}  // namespace spider::app
