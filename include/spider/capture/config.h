#pragma once
// Options of the capture floor; spider.toml's [capture].

#include <cstdint>
#include <tuple>

#include "spider/base/config_fields.h"

namespace spider::capture {

struct CaptureConfig {
  std::uint32_t fragments_max = 4'096;
  std::uint32_t fragment_mib = 8;
  std::uint32_t fragment_timeout_ms = 30'000;

  static auto fields() {
    using C = CaptureConfig;
    using base::field;
    return std::tuple{
        field("fragments_max", &C::fragments_max, "IP datagrams being rejoined at once.", 1U,
              1'048'576U),
        field("fragment_mib", &C::fragment_mib, "MiB of fragments waiting for the others.", 1U,
              1'024U),
        field("fragment_timeout_ms", &C::fragment_timeout_ms,
              "How long a fragment waits, in packet time.", 100U, 600'000U),
    };
  }
};

}  // namespace spider::capture
