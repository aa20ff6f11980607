#pragma once
// Options of the reassembly floor; spider.toml's [reassembly]. Budgets are per source; each of its
// lanes (model::kLanes) has an equal part.

#include <cstdint>
#include <tuple>

#include "spider/base/config_fields.h"

namespace spider::reassembly {

struct ReassemblyConfig {
  std::uint32_t flows_max = 200'000;
  std::uint32_t buffer_mib = 64;
  std::uint32_t stream_buffer_kib = 1'024;
  std::uint32_t idle_timeout_s = 300;
  std::uint32_t syn_timeout_s = 30;
  std::uint32_t closed_linger_ms = 2'000;
  std::uint32_t gap_wait_ms = 1'000;
  std::uint32_t mirror_window_ms = 10;

  static auto fields() {
    using C = ReassemblyConfig;
    using base::field;
    return std::tuple{
        field("flows_max", &C::flows_max,
              "TCP flows followed at once; beyond, the one idle longest is closed.", 8U,
              16'777'216U),
        field("buffer_mib", &C::buffer_mib, "MiB of out-of-order bytes held in all.", 1U, 65'536U),
        field("stream_buffer_kib", &C::stream_buffer_kib,
              "KiB of out-of-order bytes held per direction of a flow.", 16U, 1'048'576U),
        field("idle_timeout_s", &C::idle_timeout_s,
              "Seconds without a packet after which a flow is closed.", 1U, 86'400U),
        field("syn_timeout_s", &C::syn_timeout_s,
              "The same for a flow that never got beyond its SYN.", 1U, 86'400U),
        field("closed_linger_ms", &C::closed_linger_ms,
              "How long a finished flow waits for stragglers, in packet time.", 0U, 60'000U),
        field("gap_wait_ms", &C::gap_wait_ms,
              "How long acknowledged but unseen bytes may still arrive, in packet time.", 0U,
              60'000U),
        field("mirror_window_ms", &C::mirror_window_ms,
              "How far apart two copies of one packet may be, in packet time, as mirror ports make "
              "them; 0: every copy counts as a retransmission.",
              0U, 1'000U),
    };
  }
};

}  // namespace spider::reassembly
