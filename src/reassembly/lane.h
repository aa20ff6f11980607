#pragma once
// Lane: what all flows of one FlowTable share: the way out, the books, the memory of early bytes,
// the limits and the clock.

#include <cstdint>
#include <limits>

#include "spider/base/code.h"
#include "spider/model/quality.h"
#include "spider/model/sinks.h"

#include "reassembly/segment_pool.h"

namespace spider::reassembly {

// Nanoseconds of packet time since the table began; never goes back, whatever the packets' stamps
// do (see PacketClock).
using Ticks = std::int64_t;
inline constexpr Ticks kNever = std::numeric_limits<Ticks>::max();

struct Limits {
  std::size_t flows_max = 0;
  std::uint32_t stream_blocks_max = 0;
  Ticks idle = 0;
  Ticks syn = 0;
  Ticks linger = 0;
  Ticks wait = 0;  // for bytes that the peer has acknowledged
};

// Frees early bytes of flows other than `except`, least patient first; false when none hold any.
class Reclaimer {
 public:
  virtual bool reclaim(const class TcpFlow& except) = 0;

 protected:
  ~Reclaimer() = default;
};

// An option's limit was reached: said in the log, seldom.
void tell_limit(base::Code code, model::SourceId source);

struct Lane {
  model::SourceId source{};
  model::StreamSink& sink;
  model::QualityLog& quality;
  Reclaimer& others;
  SegmentPool pool;
  Limits limits;
  Ticks now = 0;
  std::uint32_t run = 0;
  bool differs = false;  // the packet under way: its stretch was seen before with other bytes
};

// Makes Ticks of packet times. A stamp that is a little late changes nothing. One that lies far
// back (files joined in the wrong order, a clock that was set) starts a new count from there:
// otherwise one stamp from the future would keep every time-out from firing again.
class PacketClock {
 public:
  [[nodiscard]] Ticks at(base::Time t) noexcept {
    if (t > newest_) {
      if (newest_ == base::Time::min()) {
        newest_ = t;
        return ticks_;
      }
      ticks_ += (t - newest_).ns < kNever / 2 - ticks_ ? (t - newest_).ns : 0;
      newest_ = t;
    } else if ((newest_ - t).ns > kFarBack) {
      newest_ = t;
    }
    return ticks_;
  }
  // A promise that time has come so far; never sets the clock back.
  [[nodiscard]] Ticks advance(base::Time t) noexcept { return t > newest_ ? at(t) : ticks_; }

 private:
  static constexpr std::int64_t kFarBack = 60'000'000'000;
  base::Time newest_ = base::Time::min();
  Ticks ticks_ = 0;
};

}  // namespace spider::reassembly
