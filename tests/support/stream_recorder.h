#pragma once
// StreamRecorder: a StreamSink that writes down what it is told, for tests of reassembly. Segment:
// a TCP packet without the frame around it, by a few words.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spider/model/packet.h"
#include "spider/model/sinks.h"

namespace spider::test {

// Told things are kept in order; `text` has a '.' for each byte of a gap.
class StreamRecorder final : public model::StreamSink {
 public:
  struct Event {
    enum class Kind : std::uint8_t { chunk, gap, retransmission, end } kind = Kind::chunk;
    model::Direction direction = model::Direction::low_to_high;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::int64_t time_ns = 0;
    std::uint64_t packet_number = 0;
    friend bool operator==(const Event&, const Event&) = default;
  };
  struct Flow final : model::FlowObserver {
    explicit Flow(const model::TcpSession& s) : live(&s) {}
    void on_chunk(model::Direction d, const model::StreamChunk& c) override {
      add({Event::Kind::chunk, d, c.offset, c.bytes.size(), c.time.ns, c.packet_number});
      if (c.offset != text[index(d)].size() || c.bytes.empty()) in_order = false;
      if (ended[index(d)]) after_end = true;
      text[index(d)].append(base::as_text(c.bytes));
    }
    void on_gap(model::Direction d, const model::Gap& g) override {
      add({Event::Kind::gap, d, g.offset, g.bytes, g.time.ns, 0});
      if (ended[index(d)]) after_end = true;
      if (g.bytes == 0) in_order = false;
      if (g.bytes > (1U << 20U)) {
        far = true;  // offsets no longer count text
        return;
      }
      if (g.offset != text[index(d)].size()) in_order = false;
      text[index(d)].append(g.bytes, '.');
    }
    void on_retransmission(model::Direction d, std::uint64_t offset, std::uint64_t bytes) override {
      add({Event::Kind::retransmission, d, offset, bytes, 0, 0});
    }
    void on_end(model::Direction d, base::Time t, model::StreamEnd how) override {
      add({Event::Kind::end, d, 0, 0, t.ns, 0});
      if (ended[index(d)]) after_end = true;
      ended[index(d)] = true;
      reset[index(d)] = how == model::StreamEnd::reset;
    }
    void add(const Event& e) {
      if (keep_events) events.push_back(e);
    }

    const model::TcpSession* live;
    model::TcpSession session;  // as it was closed
    bool closed = false;
    bool keep_events = true;
    bool in_order = true;
    bool after_end = false;
    bool far = false;
    bool ended[2] = {false, false};
    bool reset[2] = {false, false};
    std::string text[2];
    std::vector<Event> events;
  };

  model::FlowObserver* open(const model::TcpSession& session) override {
    flows.push_back(std::make_unique<Flow>(session));
    return flows.back().get();
  }
  void close(model::FlowObserver* observer, model::TcpSession& session) override {
    auto* flow = static_cast<Flow*>(observer);
    flow->session = session;
    flow->closed = true;
    flow->live = nullptr;
    closed.push_back(flow);
  }
  // What the session's client or server sent.
  [[nodiscard]] static std::string_view client(const Flow& f) {
    return f.text[index(session(f).client_direction)];
  }
  [[nodiscard]] static std::string_view server(const Flow& f) {
    return f.text[index(opposite(session(f).client_direction))];
  }
  [[nodiscard]] static const model::TcpSession& session(const Flow& f) {
    return f.live != nullptr ? *f.live : f.session;
  }

  std::vector<std::unique_ptr<Flow>> flows;
  std::vector<Flow*> closed;
};

// A TCP packet between two IPv4 endpoints.
struct Segment {
  std::uint32_t from_ip = 0x0A000001;
  std::uint16_t from_port = 40000;
  std::uint32_t to_ip = 0x0A000002;
  std::uint16_t to_port = 80;
  std::uint8_t flags = model::kAck;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::string_view payload = {};
  std::uint32_t cut = 0;  // bytes more on the wire
  std::uint16_t window = 65000;
  std::uint64_t fingerprint = 0;
  model::CopyProof proof = model::CopyProof::ip_id;

  [[nodiscard]] model::Packet packet(base::Time time, std::uint64_t number) const {
    const model::Endpoint from{model::IpAddress::v4(from_ip), from_port};
    const model::Endpoint to{model::IpAddress::v4(to_ip), to_port};
    model::Packet p;
    p.time = time;
    p.number = number;
    p.kind = model::PacketKind::tcp;
    p.direction = from <= to ? model::Direction::low_to_high : model::Direction::high_to_low;
    p.key = {std::min(from, to), std::max(from, to), 6};
    p.flow_hash = model::hash(p.key, 0);
    p.lane = static_cast<std::uint8_t>(p.flow_hash % model::kLanes);
    p.tcp_flags = flags;
    p.seq = seq;
    p.ack = ack;
    p.window = window;
    p.fingerprint = fingerprint;
    p.copy_proof = proof;
    p.payload_bytes = static_cast<std::uint32_t>(payload.size());
    p.payload_wire_bytes = p.payload_bytes + cut;
    p.captured_bytes = p.payload_bytes + 54;
    p.wire_bytes = p.payload_wire_bytes + 54;
    return p;
  }
};

}  // namespace spider::test
