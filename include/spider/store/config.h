#pragma once
// Options of the store floor; spider.toml's [store] and [hosts].

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "spider/base/config_fields.h"

namespace spider::store {

struct StoreConfig {
  std::string path = "data";
  std::uint32_t commit_ms = 250;
  std::uint32_t sync_ms = 1'000;
  std::uint32_t block_rows = 4'096;
  std::uint32_t cache_mib = 64;
  std::uint32_t host_addresses = 32'768;  // [hosts] addresses_max
  // Packs and blocks of so many bytes are worth a file of their own. Not a user's setting: tests
  // make it small.
  std::size_t bulk_bytes = std::size_t{4} << 20U;

  static auto fields() {
    using C = StoreConfig;
    using base::field;
    return std::tuple{
        field("path", &C::path,
              "Folder of the store; made when it is not there, readable by its owner alone. A "
              "relative path begins in the folder of the configuration file."),
        field(
            "commit_ms", &C::commit_ms,
            "What a crash may lose at most, and what a new communication waits before it is seen.",
            10U, 60'000U),
        field("sync_ms", &C::sync_ms,
              "How often the log is forced to the disk: what a power cut may lose at most (a crash "
              "of Spider alone loses no more than commit_ms). 0 leaves it to the system.",
              0U, 600'000U),
        field("block_rows", &C::block_rows, "Communications in a full block.", 64U, 65'536U),
        field("cache_mib", &C::cache_mib, "MiB of stored data cached for queries.", 8U, 65'536U),
    };
  }
};

struct HostsConfig {
  std::vector<std::string> names;
  bool etc_hosts = true;
  bool reverse = false;
  std::uint32_t addresses_max = 32'768;

  static auto fields() {
    using C = HostsConfig;
    using base::field;
    return std::tuple{
        field("names", &C::names,
              "Names of addresses, each a text of an address and its names: [\"10.0.0.7 db-1\"]. "
              "They come before what was seen in DNS answers."),
        field("etc_hosts", &C::etc_hosts,
              "Whether /etc/hosts of this machine names the addresses that nothing else does. Read "
              "at the start."),
        field("reverse", &C::reverse,
              "Whether this machine's resolver is asked for the names of shown addresses that have "
              "none. Then name servers learn which addresses are looked at."),
        field("addresses_max", &C::addresses_max,
              "Addresses whose names in DNS answers are kept, with 512 bytes of memory for each; "
              "the least recently seen goes first. 0: none are kept.",
              0U, 1'000'000U),
    };
  }
};

}  // namespace spider::store
