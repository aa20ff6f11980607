#include "capture/interfaces.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <unistd.h>

#include "spider/capture/codes.h"
#include "spider/capture/packet_source.h"

#include "capture/filter.h"

namespace spider::capture {

std::vector<std::string> interface_names() {
  std::vector<std::string> out;
  struct if_nameindex* all = if_nameindex();
  if (all == nullptr) return out;
  for (const struct if_nameindex* i = all; i->if_index != 0; ++i) out.emplace_back(i->if_name);
  if_freenameindex(all);
  return out;
}

base::Error no_such_interface(const std::string& name) {
  constexpr std::size_t kShownMax = 32;
  std::vector<std::string> names = interface_names();
  const std::size_t more = names.size() > kShownMax ? names.size() - kShownMax : 0;
  names.resize(names.size() - more);
  return {
      codes::interface_not_found,
      fmt::format("There is no interface {}; there are any, {}{}.", name, fmt::join(names, ", "),
                  more > 0 ? fmt::format(" and {} more", more) : std::string())};
}

base::Result<void> check_filter(const std::string& expression) {
  SPIDER_TRY(Filter::make(expression));
  return {};
}

base::Result<void> check_whisperer(const model::WhispererConfig& whisperer) {
  SPIDER_TRY(check_filter(whisperer.filter));
  if (whisperer.type == "INTERFACE") {
    if (whisperer.interface != "any" && if_nametoindex(whisperer.interface.c_str()) == 0)
      return tl::unexpected(no_such_interface(whisperer.interface));
    if (whisperer.direction != "in" && whisperer.direction != "out" &&
        whisperer.direction != "both")
      return base::fail(
          codes::capture_failed,
          fmt::format("direction is \"{}\"; it can be in, out or both.", whisperer.direction));
  }
  if (whisperer.type == "FILE" && whisperer.path != "-" &&
      access(whisperer.path.c_str(), R_OK) != 0)
    return base::fail(codes::file_unreadable, fmt::format("{} cannot be read: {}.", whisperer.path,
                                                          std::generic_category().message(errno)));
  return {};
}

}  // namespace spider::capture
