// Packets of a few flows made of the fuzzer's bytes; the laws of tests/property hold for them.

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "property/reassembly_laws.h"

namespace {

using namespace spider;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t bytes) : at_(data), end_(data + bytes) {}
  [[nodiscard]] bool empty() const { return at_ == end_; }
  [[nodiscard]] std::uint8_t one() { return at_ == end_ ? std::uint8_t{0} : *at_++; }
  [[nodiscard]] std::uint32_t number(unsigned bytes) {
    std::uint32_t out = 0;
    for (unsigned i = 0; i < bytes; ++i) out = out << 8U | one();
    return out;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// A number near those seen before, so that segments meet; now and then any number.
std::uint32_t near(Bytes& in, std::uint32_t around) {
  const std::uint8_t how = in.one();
  if (how < 200) return around + how % 64U - 16U;
  if (how < 240) return around + in.number(2);
  if (how < 250) return around - in.number(3);
  return in.number(4);
}

std::vector<test::StormPacket> packets_of(Bytes in) {
  std::vector<test::StormPacket> out;
  std::uint32_t around[2] = {in.number(4), in.number(4)};
  std::int64_t now = 1'700'000'000'000'000'000;
  while (!in.empty() && out.size() < 2'000) {
    const std::uint8_t what = in.one();
    test::StormPacket s;
    model::Packet& p = s.packet;
    const std::size_t d = what & 1U;
    p.kind = model::PacketKind::tcp;
    p.direction = static_cast<model::Direction>(d);
    const auto port = static_cast<std::uint16_t>(1000 + (what >> 1U & 1U));
    p.key = {{model::IpAddress::v4(1), port}, {model::IpAddress::v4(2), 80}, 6};
    p.flow_hash = model::hash(p.key, 0);
    p.tcp_flags = (what & 0x80U) != 0 ? in.one() & 0x3FU : std::uint8_t{model::kAck};
    p.seq = near(in, around[d]);
    p.ack = near(in, around[1 - d]);
    if ((what & 0x10U) != 0) {
      s.payload.assign(in.one() % 40U * ((what & 0x20U) != 0 ? 100U : 1U),
                       static_cast<char>(in.one()));
      around[d] = p.seq + static_cast<std::uint32_t>(s.payload.size());
    }
    p.payload_bytes = static_cast<std::uint32_t>(s.payload.size());
    p.payload_wire_bytes = p.payload_bytes + ((what & 0x40U) != 0 ? in.one() % 16U : 0U);
    p.window = in.one();
    const std::uint8_t step = in.one();
    now += step < 250 ? step * 100'000 : (std::int64_t{step} - 252) * 40'000'000'000;
    p.time.ns = now;
    p.number = out.size() + 1;
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 10) return 0;
  reassembly::ReassemblyConfig config;
  config.flows_max = 8 * (1 + data[0] % 3U);
  config.buffer_mib = 1;
  config.stream_buffer_kib = 1 + data[0] / 16U;
  config.gap_wait_ms = data[1] % 4U * 5U;
  config.closed_linger_ms = data[1] / 64U * 100U;
  config.idle_timeout_s = 1 + data[1] / 16U % 4U;
  config.syn_timeout_s = 1;
  try {
    test::run_storm(config, packets_of(Bytes(data + 2, bytes - 2)), 0, 4U << 20U);
  } catch (const test::Broken& broken) {
    std::fprintf(stderr, "a law was broken: %s\n", broken.what());
    std::abort();
  }
  return 0;
}
