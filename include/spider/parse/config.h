#pragma once
// Options of the parse floor; spider.toml's [parse].

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "spider/base/config_fields.h"

namespace spider::parse {

struct ParseConfig {
  std::uint32_t head_max_kib = 64;
  std::uint32_t pipeline_max = 1'024;
  std::uint32_t notes_max = 64;
  std::uint32_t memory_mib = 256;
  std::vector<std::string> correlation_headers{"traceparent", "X-Request-ID", "X-Correlation-ID"};
  std::vector<std::string> api_key_headers{"X-API-Key"};
  std::vector<std::string> jwt_claims;

  static auto fields() {
    using C = ParseConfig;
    using base::field;
    return std::tuple{
        field("head_max_kib", &C::head_max_kib,
              "KiB of one message's start line and headers; a longer head is cut and marked.", 4U,
              1'024U),
        field("pipeline_max", &C::pipeline_max,
              "Requests waiting for their response on one connection.", 1U, 65'536U),
        field("notes_max", &C::notes_max, "Lines of a session's parse log.", 0U, 65'536U),
        field("memory_mib", &C::memory_mib,
              "MiB of unfinished messages of one whisperer; beyond, connections are given up, the "
              "longest silent first.",
              8U, 65'536U),
        field("correlation_headers", &C::correlation_headers,
              "Headers that carry an id which joins communications, at most 16; traceparent gives "
              "its trace id."),
        field("api_key_headers", &C::api_key_headers,
              "Headers that carry an API key, at most 16. A key of 16 bytes or more is told by a "
              "fingerprint, never itself."),
        field("jwt_claims", &C::jwt_claims,
              "Claims of a bearer token to keep beside its subject, at most 16."),
    };
  }
};

}  // namespace spider::parse
