#pragma once
// KernelBuffer: whether the kernel's capture buffer can take what comes while a capture thread
// waits. libpcap tells only what was dropped, so the fill is estimated: the bytes that came per
// second of late, times how long the packet at hand has lain there. Owned by a capture thread.

#include <algorithm>
#include <cstdint>

#include "spider/base/time.h"

namespace spider::pipeline {

class KernelBuffer {
 public:
  explicit KernelBuffer(std::uint64_t bytes) : bytes_(static_cast<double>(bytes)) {}

  // A packet came out of it.
  void took(base::Time packet, std::size_t frame_bytes) noexcept {
    window_bytes_ += static_cast<double>(frame_bytes + kPerPacket);
    const base::Duration elapsed = packet - window_began_;
    // Several queues bring packets a little out of order: only a clock that was set goes far back.
    if (elapsed >= kWindow || elapsed < base::Duration{-kWindow.ns}) [[unlikely]] {
      per_ns_ = window_bytes_ / ns_of(elapsed);
      window_began_ = packet;
      window_bytes_ = 0;
    }
  }

  // At most half of it is filled, as far as can be told; `packet` is the time of the one at hand. A
  // clock that was set, or a line so slow that it would let us wait for ever: no.
  [[nodiscard]] bool has_room(base::Time packet, base::Time now) const noexcept {
    const base::Duration late = now - packet;
    if (late < base::Duration{} || late > kLatest) return false;
    const double present = window_bytes_ / ns_of(packet - window_began_);
    return std::max(per_ns_, present) * static_cast<double>(late.ns) < bytes_ / 2;
  }

 private:
  static constexpr std::size_t kPerPacket = 96;  // tpacket3_hdr, sockaddr_ll, alignment
  static constexpr base::Duration kWindow = base::Duration::from_ms(100);
  static constexpr base::Duration kLeast = base::Duration::from_ms(10);
  static constexpr base::Duration kLatest = base::Duration::from_s(1);

  [[nodiscard]] static double ns_of(base::Duration d) noexcept {
    return static_cast<double>(std::max(d, kLeast).ns);
  }

  double bytes_;
  double per_ns_ = 0;  // of the last whole window
  base::Time window_began_ = base::Time::min();
  double window_bytes_ = 0;
};

}  // namespace spider::pipeline
