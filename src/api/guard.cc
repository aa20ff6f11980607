#include "api/guard.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "spider/api/codes.h"
#include "spider/model/address.h"

namespace spider::api {
namespace {

[[nodiscard]] std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

[[nodiscard]] bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Splits "host:port" and "[v6]:port"; port is empty when there is none.
struct HostPort {
  std::string_view host;
  std::string_view port;
  bool valid = false;
};
[[nodiscard]] HostPort split(std::string_view text) {
  HostPort out;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return out;
    out.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return out;
    if (!text.empty()) out.port = text.substr(1);
  } else {
    const std::size_t colon = text.rfind(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) out.port = text.substr(colon + 1);
    if (out.host.find(':') != std::string_view::npos) return out;
  }
  out.valid = !out.host.empty() && all_digits(out.port);
  return out;
}

}  // namespace

std::string host_name(std::string_view host) {
  const HostPort parts = split(host);
  if (!parts.valid) return {};
  std::string name = lower(parts.host);
  if (name.ends_with('.')) name.pop_back();
  return name;
}

bool is_loopback(std::string_view name) {
  if (name == "localhost" || name == "::1") return true;
  // 127.0.0.0/8, and only as an address: "127.evil.example" is a name.
  const auto ip = model::parse_ip(name);
  return ip && ip->is_v4() && ip->bytes[12] == 127;
}

Guard::Guard(const ApiConfig& config, const ListenAddress& listen) {
  for (const std::string& host : config.hosts) {
    const std::string name = host_name(host);
    hosts_.push_back(name.empty() ? lower(host) : name);
  }
  hosts_.push_back(lower(listen.host));
}

base::Result<void> Guard::check_host(std::string_view host) const {
  const std::string name = host_name(host);
  if (!name.empty() &&
      (is_loopback(name) || std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end()))
    return {};
  return base::fail(codes::host_refused,
                    fmt::format("This server does not answer under the name '{}'.", host));
}

base::Result<void> Guard::check_origin(std::string_view host, std::string_view origin,
                                       std::string_view fetch_site) {
  if (!fetch_site.empty() && fetch_site != "same-origin" && fetch_site != "none")
    return base::fail(
        codes::origin_refused,
        fmt::format("The request comes from another site (Sec-Fetch-Site: {}).", fetch_site));
  if (!origin.empty() && lower(origin) != "http://" + lower(host))
    return base::fail(codes::origin_refused,
                      fmt::format("The request comes from another origin ({}).", origin));
  return {};
}

std::optional<std::string> check_hosts(const ApiConfig& config) {
  // RFC 9110 4.2.1 has more characters for names; those of real ones are these.
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  for (const std::string& host : config.hosts) {
    const std::string name = host_name(host);
    if (model::parse_ip(host) || model::parse_ip(name) ||
        (!name.empty() && std::all_of(name.begin(), name.end(), plain)))
      continue;
    return fmt::format(
        "\"{}\" is no host; write names or addresses, such as \"captures.example.org\".", host);
  }
  return std::nullopt;
}

base::Result<ListenAddress> check_listen(const ApiConfig& config) {
  const HostPort parts = split(config.listen);
  ListenAddress out;
  std::uint32_t port = 0;
  const char* const end = parts.port.data() + parts.port.size();
  const auto [at, error] = std::from_chars(parts.port.data(), end, port);
  const std::string host = lower(parts.host) == "localhost" ? "127.0.0.1" : std::string(parts.host);
  if (!parts.valid || parts.port.empty() || error != std::errc{} || at != end || port > 65'535 ||
      !model::parse_ip(host))
    return base::fail(
        codes::listen_unreadable,
        fmt::format("[api] listen = \"{}\" is not an address and a port.", config.listen));
  out.host = host;
  out.port = static_cast<std::uint16_t>(port);
  out.loopback = is_loopback(out.host);
  if (!out.loopback && !config.allow_unauthenticated)
    return base::fail(
        codes::listen_open,
        fmt::format("[api] listen = \"{}\" can be reached from other machines, without a password.",
                    config.listen));
  return out;
}

}  // namespace spider::api
