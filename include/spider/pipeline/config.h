#pragma once
// Options of the pipeline floor; spider.toml's [pipeline].

#include <cstdint>
#include <tuple>

#include "spider/base/config_fields.h"

namespace spider::pipeline {

struct PipelineConfig {
  std::uint32_t shards = 2;
  std::uint32_t ring_kib = 16'384;
  std::uint32_t batch_kib = 384;
  std::uint32_t folder_poll_ms = 1'000;
  std::uint32_t folder_rest_ms = 5'000;
  std::uint32_t reopen_ms = 1'000;
  std::uint32_t uploads_keep_days = 30;

  static auto fields() {
    using C = PipelineConfig;
    using base::field;
    return std::tuple{
        field("shards", &C::shards,
              "Threads that rebuild and parse what is captured live; as many do so for files.", 1U,
              8U),
        field("ring_kib", &C::ring_kib,
              "KiB of packets between one capture and one shard; full, live packets wait in the "
              "kernel until its buffer is half full, then they are dropped and counted.",
              768U, 4'194'304U),
        field("batch_kib", &C::batch_kib, "KiB of packets handed over at once.", 384U, 4'096U),
        field("folder_poll_ms", &C::folder_poll_ms, "How often a watched folder is looked at.", 50U,
              3'600'000U),
        field("folder_rest_ms", &C::folder_rest_ms,
              "A file of a watched folder is read when it has not changed for so long: it is read "
              "once, and what is written behind it then is not read.",
              50U, 3'600'000U),
        field("reopen_ms", &C::reopen_ms,
              "How long to wait before an interface that vanished or is down is opened again.", 50U,
              3'600'000U),
        field("uploads_keep_days", &C::uploads_keep_days,
              "Days after its end for which an upload is kept, by a clock that nobody sets; then "
              "everything of it is removed. 0 keeps all.",
              0U, 36'500U),
    };
  }
};

}  // namespace spider::pipeline
