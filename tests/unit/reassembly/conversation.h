#pragma once
// Conversation: a client and a server of one connection for tests; each call is one packet, 1 ms
// after the one before. Offsets count from the byte after the SYN.

#include <cstdint>
#include <string_view>

#include "spider/reassembly/flow_table.h"

#include "support/stream_recorder.h"

namespace spider::test {

inline reassembly::ReassemblyConfig small_config() {
  reassembly::ReassemblyConfig config;
  config.flows_max = 8 * 1000;
  config.buffer_mib = 8;
  config.stream_buffer_kib = 64;
  return config;
}

struct Lab {
  explicit Lab(const reassembly::ReassemblyConfig& config = small_config())
      : table(config, model::SourceId{1}, sink, quality) {}

  std::uint64_t feed(const Segment& s) {
    now.ns += step_ns;
    return table.on_packet(s.packet(now, ++number), base::as_bytes(s.payload));
  }
  [[nodiscard]] std::uint64_t booked(model::Quality q) const {
    std::uint64_t sum = 0;
    for (const model::QualityMinute& m : quality.minutes()) sum += m.counts[q];
    return sum;
  }
  [[nodiscard]] bool books_balance() const {
    using model::Quality;
    return booked(Quality::tcp_payload_bytes) == booked(Quality::delivered_bytes) +
                                                     booked(Quality::duplicate_bytes) +
                                                     booked(Quality::refused_bytes);
  }
  [[nodiscard]] const StreamRecorder::Flow& flow(std::size_t i = 0) const {
    return *sink.flows.at(i);
  }

  StreamRecorder sink;
  model::QualityLog quality;
  reassembly::FlowTable table;
  base::Time now{1'700'000'000'000'000'000};
  std::uint64_t number = 0;
  std::int64_t step_ns = 1'000'000;
};

class Conversation {
 public:
  explicit Conversation(Lab& lab, std::uint16_t port = 40000) : lab_(lab), port_(port) {}

  std::uint32_t client_isn = 1000;
  std::uint32_t server_isn = 0xFFFF'FFF0;  // wraps soon

  std::uint64_t syn() { return client(model::kSyn, client_isn, 0, {}); }
  std::uint64_t syn_ack() {
    return server(model::kSyn | model::kAck, server_isn, client_isn + 1, {});
  }
  void handshake() {
    syn();
    syn_ack();
    client_acks(0);
  }
  // Data at `offset`, having seen `seen` bytes of the other side.
  std::uint64_t client_says(std::uint32_t offset, std::string_view text, std::uint32_t seen,
                            std::uint8_t flags = model::kAck) {
    return client(flags, client_isn + 1 + offset, server_isn + 1 + seen, text);
  }
  std::uint64_t server_says(std::uint32_t offset, std::string_view text, std::uint32_t seen,
                            std::uint8_t flags = model::kAck) {
    return server(flags, server_isn + 1 + offset, client_isn + 1 + seen, text);
  }
  void client_acks(std::uint32_t seen, std::uint32_t at = 0) { client_says(at, {}, seen); }
  void server_acks(std::uint32_t seen, std::uint32_t at = 0) { server_says(at, {}, seen); }
  void client_fin(std::uint32_t at, std::uint32_t seen) {
    client_says(at, {}, seen, model::kFin | model::kAck);
  }
  void server_fin(std::uint32_t at, std::uint32_t seen) {
    server_says(at, {}, seen, model::kFin | model::kAck);
  }

  std::uint64_t client(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                       std::string_view text, std::uint32_t cut = 0) {
    return lab_.feed({0x0A000001, port_, 0x0A000002, 80, flags, seq, ack, text, cut, 65000});
  }
  std::uint64_t server(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                       std::string_view text, std::uint32_t cut = 0) {
    return lab_.feed({0x0A000002, 80, 0x0A000001, port_, flags, seq, ack, text, cut, 65000});
  }

 private:
  Lab& lab_;
  std::uint16_t port_;
};

}  // namespace spider::test
