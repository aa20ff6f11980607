#pragma once
// What the tests of the capture floor share: a sink that keeps everything, a file read to its end,
// and the law of the books.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/log.h"
#include "spider/capture/packet_source.h"

#include "support/packet_builder.h"

namespace spider::test {

struct Collected {
  model::Packet packet;
  Buffer frame;
  Buffer datagram;

  // The TCP payload, wherever it lies.
  [[nodiscard]] std::string payload() const {
    const Buffer& in = packet.rejoined ? datagram : frame;
    return std::string(
        base::as_text(base::Bytes(in)).substr(packet.payload_offset, packet.payload_bytes));
  }
};

class CollectSink final : public model::PacketSink {
 public:
  bool on_packet(const model::Packet& packet, base::Bytes frame, base::Bytes datagram) override {
    if (refuse) return false;
    packets.push_back(
        {packet, Buffer(frame.begin(), frame.end()), Buffer(datagram.begin(), datagram.end())});
    return true;
  }
  [[nodiscard]] std::vector<std::string> payloads() const {
    std::vector<std::string> out;
    for (const Collected& c : packets)
      if (c.packet.kind == model::PacketKind::tcp) out.push_back(c.payload());
    return out;
  }

  std::vector<Collected> packets;
  bool refuse = false;
};

[[nodiscard]] inline model::QualityCounts sum(const model::QualityLog& log) {
  model::QualityCounts out;
  for (const model::QualityMinute& m : log.minutes()) out += m.counts;
  return out;
}

// packets_received less every fate; 0 when the books balance. TCP packets are booked by whoever
// follows the flow, here the test.
[[nodiscard]] inline std::int64_t unaccounted(const model::QualityCounts& c,
                                              const CollectSink& sink) {
  using model::Quality;
  std::uint64_t fates = 0;
  for (const Quality q : {Quality::ring_dropped, Quality::not_ip, Quality::not_tcp,
                          Quality::malformed, Quality::link_unsupported, Quality::fragment_joined,
                          Quality::fragment_dropped, Quality::filtered, Quality::skipped_empty})
    fates += c[q];
  for (const Collected& p : sink.packets)
    fates += p.packet.kind == model::PacketKind::tcp ? 1U : 0U;
  return static_cast<std::int64_t>(c[Quality::packets_received] - fates);
}

struct FileRead {
  CollectSink sink;
  model::QualityCounts books;
  std::vector<std::int64_t> minutes;  // that the books are about
  std::optional<base::Error> error;   // of open_file() or poll()
  bool opened = false;
};

[[nodiscard]] inline FileRead read_file(const std::string& path, std::string_view filter = {},
                                        const capture::CaptureConfig& config = {}) {
  // Files made up from random bytes have link types without end.
  static const bool quiet = (base::log_setup(base::LogFormat::json, "error"), true);
  static_cast<void>(quiet);
  FileRead out;
  auto source = capture::open_file(path, filter, config);
  if (!source) {
    out.error = source.error();
    return out;
  }
  out.opened = true;
  model::QualityLog quality;
  for (;;) {
    const auto outcome = (*source)->poll(out.sink, quality);
    if (!outcome) out.error = outcome.error();
    if (!outcome || *outcome == capture::PollOutcome::end) break;
  }
  out.books = sum(quality);
  for (const model::QualityMinute& m : quality.minutes()) out.minutes.push_back(m.minute);
  return out;
}

}  // namespace spider::test
