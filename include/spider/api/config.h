#pragma once
// Options of the api floor; spider.toml's [api].

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "spider/base/config_fields.h"
#include "spider/base/result.h"

namespace spider::api {

struct ApiConfig {
  std::string listen = "127.0.0.1:8400";
  std::uint32_t threads = 2;
  std::uint32_t scan_threads = 1;
  std::uint32_t ask_threads = 4;
  std::uint32_t read_budget_ms = 3'000;
  std::uint32_t idle_timeout_s = 120;
  bool allow_unauthenticated = false;
  std::vector<std::string> hosts;
  std::uint32_t connections_max = 1'024;
  std::uint32_t live_max = 32;
  std::uint32_t request_head_max_bytes = 16'384;
  std::uint64_t request_max_bytes = 1U << 20U;
  std::uint64_t import_max_bytes = std::uint64_t{1} << 40U;
  std::uint32_t imports_at_once = 2;
  std::uint64_t decoded_body_max_bytes = 64U << 20U;

  static auto fields() {
    using C = ApiConfig;
    using base::field;
    return std::tuple{
        field("listen", &C::listen,
              "Address and port of the page and the API; port 0 takes a free one."),
        field("threads", &C::threads, "Threads that answer requests.", 1U, 64U),
        field("scan_threads", &C::scan_threads,
              "Threads that help with a question over many records, at a lower priority than the "
              "capture; 0 for none.",
              0U, 64U),
        field("ask_threads", &C::ask_threads,
              "Threads that answer what may take long, at a lower priority than the capture: "
              "questions that read heads or bodies, searches, exports, lists as lines, timelines "
              "split by and facets of hosts or paths, removals of uploads and of a whisperer's "
              "data. So many at once, the others wait.",
              1U, 64U),
        field("read_budget_ms", &C::read_budget_ms,
              "Milliseconds for which a list, a timeline, statistics or facets may read heads or "
              "bodies; then the answer is partial and says how far it looked.",
              10U, 3'600'000U),
        field(
            "idle_timeout_s", &C::idle_timeout_s,
            "Seconds an idle connection is kept; longer than a proxy's own time-out, or the proxy "
            "answers 502.",
            1U, 86'400U),
        field("allow_unauthenticated", &C::allow_unauthenticated,
              "Captures hold secrets: true lets anyone who reaches a non-loopback address read "
              "them."),
        field("hosts", &C::hosts,
              "Host names, besides the loopback ones, under which the page may be asked for."),
        field("connections_max", &C::connections_max, "Connections open at once.", 1U, 65'536U),
        field("live_max", &C::live_max,
              "Clients that listen to live events at once; connections_max counts them too.", 1U,
              65'536U),
        field("request_head_max_bytes", &C::request_head_max_bytes,
              "Bytes of a request's first line and headers.", 1'024U, 1U << 20U),
        field("request_max_bytes", &C::request_max_bytes,
              "Bytes of a request's body, imports aside.", std::uint64_t{1'024},
              std::uint64_t{1} << 30U),
        field("import_max_bytes", &C::import_max_bytes, "Bytes of an imported capture file.",
              std::uint64_t{1'024}, std::uint64_t{1} << 50U),
        field("imports_at_once", &C::imports_at_once,
              "Files that may be sent at once; each takes the memory of a whisperer that captures. "
              "Further ones are refused until one is done.",
              1U, 16U),
        field("decoded_body_max_bytes", &C::decoded_body_max_bytes,
              "Bytes that a compressed body may grow to when it is decoded.", std::uint64_t{1'024},
              std::uint64_t{1} << 32U),
    };
  }
};

// "127.0.0.1:8400", "[::1]:8400", "localhost:8400" taken apart.
struct ListenAddress {
  std::string host;  // numeric, without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};

// Understands `listen` and refuses an address beyond loopback unless allow_unauthenticated says so.
// Errors: listen_unreadable, listen_open; their words are for the person who wrote spider.toml.
[[nodiscard]] base::Result<ListenAddress> check_listen(const ApiConfig& config);

// Why one of `hosts` can never be the host of a request; nothing when all of them can.
[[nodiscard]] std::optional<std::string> check_hosts(const ApiConfig& config);

}  // namespace spider::api
