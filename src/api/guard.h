#pragma once
// Guard: who may ask. There are no users yet, so the server answers this machine alone, and a
// browser on it only when the page that asks is our own.
//
// - DNS rebinding: a site can make its own name resolve to 127.0.0.1 and read us under its origin.
//   So the Host that a request names must be loopback or configured.
// - Cross-site requests: a browser says where a state-changing request comes from (Origin,
//   Sec-Fetch-Site); programs say nothing.

#include <string>
#include <string_view>
#include <vector>

#include "spider/api/config.h"

namespace spider::api {

class Guard {
 public:
  Guard(const ApiConfig& config, const ListenAddress& listen);

  // `host`: the Host header's value.
  [[nodiscard]] base::Result<void> check_host(std::string_view host) const;
  // Values of the headers Host, Origin and Sec-Fetch-Site; empty for absent.
  [[nodiscard]] static base::Result<void> check_origin(std::string_view host,
                                                       std::string_view origin,
                                                       std::string_view fetch_site);

 private:
  std::vector<std::string> hosts_;  // lower case, without port
};

// The name in "name:port", "[::1]:port" or either alone, lower case, without brackets and port;
// empty when it is none of these.
[[nodiscard]] std::string host_name(std::string_view host);
[[nodiscard]] bool is_loopback(std::string_view name);

}  // namespace spider::api
