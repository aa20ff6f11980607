// IP fragments in any order, overlapping, repeated, contradicting: what becomes whole is made of
// bytes that fragments of that datagram brought, each at its place, and the books balance.
//
// Input: a byte of limits, then four bytes for each fragment: which datagram and which version of
// IP and whether more follow, offset, length, pause. Byte i of every fragment of datagram d of
// generation g is a function of its place, so what is rejoined can be told right from wrong.

#include <array>

#include "capture/intake.h"
#include "capture_invariants.h"
#include "support/packet_builder.h"

namespace {

using namespace spider;

std::uint8_t byte_at(unsigned datagram, std::size_t place) {
  return static_cast<std::uint8_t>(place * 7 + datagram * 31);
}

// A TCP header and payload that differ in nothing but their bytes' places.
class RejoinedSink final : public model::PacketSink {
 public:
  bool on_packet(const model::Packet& p, base::Bytes frame, base::Bytes datagram) override {
    if (p.rejoined) {
      const base::Bytes content = datagram;  // what was behind the IP headers
      SPIDER_CHECK(!content.empty(), "a rejoined datagram has content");
      unsigned datagram_number = 256;
      for (unsigned d = 0; d < 4 && datagram_number == 256; ++d)
        if (content[0] == byte_at(d, 0)) datagram_number = d;
      SPIDER_CHECK(datagram_number < 4, "it begins as one of ours does");
      for (std::size_t i = 0; i < content.size(); ++i)
        SPIDER_CHECK(content[i] == byte_at(datagram_number, i), "each byte is at its place");
    }
    return checks.on_packet(p, frame, datagram);
  }
  fuzz::CheckingSink checks;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader in({data, size});
  const std::uint8_t limits = in.u8();
  capture::CaptureConfig config;
  if ((limits & 1U) != 0) config.fragments_max = 2;
  if ((limits & 2U) != 0) config.fragment_timeout_ms = 100;
  config.fragment_mib = 1;
  capture::Intake intake(config);
  RejoinedSink sink;
  model::QualityLog quality;
  base::Time time{1'700'000'000'000'000'000};
  while (!in.failed() && in.remaining() >= 4) {
    const std::uint8_t what = in.u8();
    const std::size_t offset = std::size_t{in.u8()} * 8;
    const std::uint8_t length = in.u8();
    time = time + base::Duration::from_ms(in.u8());
    const unsigned datagram = what & 3U;
    const bool more = (what & 4U) != 0;
    const bool six = (what & 8U) != 0;
    test::Buffer content;
    for (std::size_t i = 0; i < length; ++i) content.push_back(byte_at(datagram, offset + i));
    test::PacketBuilder b;
    b.ethernet();
    if (six) {
      b.ipv6("2001:db8::1", "2001:db8::2");
    } else {
      b.ipv4("10.0.0.1", "10.0.0.2");
    }
    // As TCP nothing of this would have a right checksum, and hardly anything be rejoined.
    b.next((what & 16U) != 0 ? 6 : 253);
    b.fragment(datagram, static_cast<std::uint32_t>(offset), more);
    b.raw(content);
    const test::Buffer frame = b.build();
    intake.take({time, frame, static_cast<std::uint32_t>(frame.size()), 1}, sink, quality);
  }
  intake.finish(quality);
  sink.checks.check(quality);
  return 0;
}
