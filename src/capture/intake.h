#pragma once
// Intake: what happens to every packet, wherever it comes from: numbered, decoded, joined when it
// is a fragment, given to the sink, and booked. Owned by a PacketSource; one thread.

#include <cstdint>
#include <vector>

#include "spider/capture/frame_decoder.h"
#include "spider/model/sinks.h"

#include "capture/fragments.h"
#include "capture/ip_compression.h"

namespace spider::capture {

// One packet as its source found it; the bytes are the source's.
struct RawPacket {
  base::Time time;
  base::Bytes frame;
  std::uint32_t wire_bytes = 0;
  std::uint32_t link_type = 0;  // LINKTYPE_
};

class Intake {
 public:
  explicit Intake(const CaptureConfig& config, bool skip_empty = false)
      : fragments_(config), skip_empty_(skip_empty) {}

  void take(const RawPacket& raw, model::PacketSink& sink, model::QualityLog& quality);
  // The source's filter left the packet out; it keeps its number.
  void leave_out(const RawPacket& raw, model::QualityLog& quality);
  // The source is over: fragments that still wait are given up.
  void finish(model::QualityLog& quality) { fragments_.flush(quality); }
  // Fragments wait in packet time, also while none arrive.
  void expire(model::QualityLog& quality) { fragments_.expire(last_, quality); }

  [[nodiscard]] base::Time last_time() const noexcept { return last_; }

 private:
  // What fragments and compressed datagrams led to: the datagram when one became whole, and the
  // book of the packet's fate.
  struct Joined {
    base::Bytes datagram;
    FragmentTable::Outcome outcome = FragmentTable::Outcome::waiting;
  };
  [[nodiscard]] Joined join(const RawPacket& raw, model::Packet& packet, Fragment& fragment,
                            model::QualityLog& quality);

  // Says once for each link type that its frames are only counted.
  void tell_unsupported(std::uint32_t link_type);

  FrameDecoder decoder_;
  FragmentTable fragments_;
  IpCompression compression_;
  bool skip_empty_;
  std::uint64_t number_ = 0;
  base::Time last_ = base::Time::min();
  std::vector<std::uint32_t> told_unsupported_;
};

}  // namespace spider::capture
