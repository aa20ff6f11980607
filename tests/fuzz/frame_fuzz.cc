// Frames of any content, one after the other, through decoder and fragment table.
//
// Input: a byte choosing the link type, a byte for the fragment table's limits, then frames, each
// with a length of two bytes and a byte of what the snaplen cut off.

#include <array>
#include <memory>

#include "capture/intake.h"
#include "capture/plain_tcp.h"
#include "capture_invariants.h"

namespace {

// The short way for plain frames says what the walk says.
void compare(spider::base::Bytes frame, std::uint32_t cut, std::uint16_t link_type) {
  using namespace spider;
  model::Packet plain;
  plain.link_type = link_type;
  plain.captured_bytes = static_cast<std::uint32_t>(frame.size());
  plain.wire_bytes = plain.captured_bytes + cut;
  model::Packet walked = plain;
  if (!capture::decode_plain_tcp(frame, plain)) return;
  capture::Fragment fragment;
  capture::FrameDecoder().decode_by_steps(frame, walked, fragment);
  SPIDER_CHECK(plain == walked, "both ways say the same of a plain frame");
}

constexpr std::array<std::uint16_t, 26> kLinkTypes = {1,   0,   108, 12,  14,  101, 228, 229, 113,
                                                      276, 9,   50,  51,  104, 204, 107, 10,  8,
                                                      7,   129, 100, 242, 239, 105, 127, 192};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  using namespace spider;
  base::ByteReader in({data, bytes});
  const std::uint16_t link_type = kLinkTypes[in.u8() % kLinkTypes.size()];
  capture::CaptureConfig config;
  const std::uint8_t limits = in.u8();
  if ((limits & 1U) != 0) config.fragments_max = 2;
  if ((limits & 2U) != 0) config.fragment_timeout_ms = 100;
  config.fragment_mib = 1;

  capture::Intake intake(config);
  fuzz::CheckingSink sink;
  model::QualityLog quality;
  base::Time time{1'700'000'000'000'000'000};
  while (!in.failed() && in.remaining() > 0) {
    const std::size_t length = in.be16();
    const std::uint32_t cut = in.u8();
    const base::Bytes content = in.bytes(std::min(length, in.remaining()));
    // A block of its own, so that the sanitizer sees the first byte behind the frame.
    const auto frame = std::make_unique<std::uint8_t[]>(content.size());
    std::copy(content.begin(), content.end(), frame.get());
    const auto captured = static_cast<std::uint32_t>(content.size());
    compare({frame.get(), content.size()}, cut, link_type);
    intake.take({time, {frame.get(), content.size()}, captured + cut, link_type}, sink, quality);
    time = time + base::Duration::from_ms(cut);
  }
  intake.finish(quality);
  sink.check(quality);
  return 0;
}
