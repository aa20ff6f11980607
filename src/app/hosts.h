#pragma once
// Names that are given rather than seen: [hosts] names of the configuration, /etc/hosts. Functions
// of their text; what is wrong with a line is told with its number or its text.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/store/config.h"
#include "spider/store/host_book.h"

namespace spider::app {

inline constexpr std::size_t kHostsFileBytesMax = std::size_t{1} << 20U;

// "10.0.0.7 db-1 db-1.internal": an address and its names. Names become lower case. Nothing in it:
// the reason is in `problem`.
[[nodiscard]] std::vector<store::GivenHost> hosts_of_line(std::string_view line,
                                                          std::string& problem);

// What is wrong with [hosts] names, with the entry; nothing when all is well.
[[nodiscard]] std::optional<std::string> check_hosts(const store::HostsConfig& config);

// The lines of a hosts file (hosts(5)): bad(line number, why) for each that says nothing.
[[nodiscard]] std::vector<store::GivenHost> read_hosts_file(
    std::string_view text, const std::function<void(std::size_t, const std::string&)>& bad);

// Gives the book the names of the configuration and, when asked for, of /etc/hosts. What cannot be
// read there is logged, a few lines of it.
void give_hosts(const store::HostsConfig& config, store::HostBook& book,
                const std::string& file = "/etc/hosts");

}  // namespace spider::app
