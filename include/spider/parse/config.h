#pragma once
// Options of the parse floor; spider.toml's [parse].

#include <cstdint>
#include <tuple>

#include "spider/base/config_fields.h"

namespace spider::parse {

struct ParseConfig {
  std::uint32_t head_max_kib = 64;
  std::uint32_t pipeline_max = 1'024;
  std::uint32_t notes_max = 64;
  std::uint32_t memory_mib = 256;

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
              "MiB of unfinished messages of one whisperer; beyond, connections are given up.", 8U,
              65'536U),
    };
  }
};

}  // namespace spider::parse
