#pragma once
// What nearly every frame of nearly every capture is: Ethernet II without tags, one IP header
// without options or extension headers, a TCP segment, nothing cut.
//
// Each field of such a frame lies at a place known beforehand, so it is read in one go instead of
// step by step; for a file a tenth of the capture thread's time. Anything else is left to the walk
// (frame_walk.h), which must say the same of these frames: tests and the frame fuzzer compare.
//
// Stateless, any thread.

#include "spider/base/byte_reader.h"
#include "spider/model/packet.h"

namespace spider::capture {

// False, with `packet` as it was, when the frame is anything else.
[[nodiscard]] bool decode_plain_tcp(base::Bytes frame, model::Packet& packet) noexcept;

}  // namespace spider::capture
