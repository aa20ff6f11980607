#pragma once
// What must hold of reassembly whatever the packets were, and a run of a
// FlowTable that writes down what it did. Shared by the model test and the
// fuzzer. Breaking a law throws Broken.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "spider/model/packet.h"
#include "spider/model/sinks.h"
#include "spider/reassembly/flow_table.h"

namespace spider::test {

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void law(bool holds, const char* what) {
  if (!holds) throw Broken(what);
}

struct StormPacket {
  model::Packet packet;
  std::string payload;
  bool resent = false;  // its acknowledgement is newer than its bytes
  bool probe = false;   // a keep-alive: the byte that it may carry means nothing
};

struct Told {
  enum class Kind : std::uint8_t { open, chunk, gap, retransmission, end, close };
  Kind kind = Kind::open;
  model::Direction direction = model::Direction::low_to_high;
  std::uint64_t session = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::int64_t time = 0;
  std::uint64_t packet = 0;  // that brought the bytes
  std::uint64_t during = 0;  // the packet being processed; not part of what must be the same
  std::string text;

  friend bool operator==(const Told& a, const Told& b) {
    return a.kind == b.kind && a.direction == b.direction && a.session == b.session &&
           a.offset == b.offset && a.bytes == b.bytes && a.time == b.time && a.packet == b.packet &&
           a.text == b.text;
  }
};

// Keeps the per-flow laws as it listens: bytes and gaps follow each other
// without a hole or an overlap, nothing comes after the end, sums agree with
// the session's record.
class LawfulSink final : public model::StreamSink {
 public:
  struct Flow final : model::FlowObserver {
    LawfulSink* sink = nullptr;
    const model::TcpSession* session = nullptr;
    std::uint64_t number = 0;
    std::uint64_t next[2] = {0, 0};
    std::uint64_t delivered[2] = {0, 0};
    std::uint64_t gap_bytes[2] = {0, 0};
    bool ended[2] = {false, false};
    bool closed = false;

    void on_chunk(model::Direction d, const model::StreamChunk& c) override {
      const std::size_t i = index(d);
      law(!closed && !ended[i], "bytes after the end");
      law(c.offset == next[i], "a chunk does not follow what came before");
      law(!c.bytes.empty(), "an empty chunk");
      next[i] += c.bytes.size();
      delivered[i] += c.bytes.size();
      sink->tell({Told::Kind::chunk, d, number, c.offset, c.bytes.size(), c.time.ns,
                  c.packet_number, sink->during, std::string(base::as_text(c.bytes))});
    }
    void on_gap(model::Direction d, const model::Gap& g) override {
      const std::size_t i = index(d);
      law(!closed && !ended[i], "a gap after the end");
      law(g.offset == next[i], "a gap does not follow what came before");
      law(g.bytes > 0, "an empty gap");
      next[i] += g.bytes;
      gap_bytes[i] += g.bytes;
      sink->tell({Told::Kind::gap, d, number, g.offset, g.bytes, g.time.ns, 0, sink->during, {}});
    }
    void on_retransmission(model::Direction d, std::uint64_t offset, std::uint64_t n) override {
      law(!closed && n > 0, "an empty retransmission");
      sink->tell({Told::Kind::retransmission, d, number, offset, n, 0, 0, sink->during, {}});
    }
    void on_end(model::Direction d, base::Time t, model::StreamEnd how) override {
      law(!closed && !ended[index(d)], "a second end");
      ended[index(d)] = true;
      sink->tell({Told::Kind::end,
                  d,
                  number,
                  0,
                  how == model::StreamEnd::reset ? 1U : 0U,
                  t.ns,
                  0,
                  sink->during,
                  {}});
    }
  };

  model::FlowObserver* open(const model::TcpSession& session) override {
    flows.push_back(std::make_unique<Flow>());
    Flow& f = *flows.back();
    f.sink = this;
    f.session = &session;
    f.number = session.id.number;
    law(session.id.number != 0, "a session without a number");
    return &f;
  }
  void close(model::FlowObserver* observer, model::TcpSession& session) override {
    auto& f = *static_cast<Flow*>(observer);
    law(!f.closed, "closed twice");
    law(f.session == &session, "another session's record");
    law(session.close != model::CloseReason::open, "closed without a reason");
    f.closed = true;
    const std::size_t client = index(session.client_direction);
    for (const auto& [stats, i] :
         {std::pair{&session.client_stats, client}, std::pair{&session.server_stats, 1 - client}}) {
      law(stats->delivered_bytes == f.delivered[i], "delivered_bytes is not what was delivered");
      law(stats->gap_bytes == f.gap_bytes[i], "gap_bytes is not what was declared");
    }
    tell({Told::Kind::close,
          session.client_direction,
          f.number,
          0,
          session.client_stats.packets + session.server_stats.packets,
          session.end.ns,
          static_cast<std::uint64_t>(session.close),
          during,
          {}});
    f.session = nullptr;
  }
  void tell(Told t) { told.push_back(std::move(t)); }

  std::vector<std::unique_ptr<Flow>> flows;
  std::vector<Told> told;
  std::uint64_t during = 0;
};

struct StormRun {
  std::vector<Told> told;
  model::QualityLog quality;
  model::QualityCounts all;  // of every minute
  std::uint64_t copies = 0;  // packets that were there before, to the last bit
};

// Packets that are there a second time, to the last bit.
inline std::vector<bool> copies_in(const std::vector<StormPacket>& packets) {
  std::vector<bool> copy(packets.size(), false);
  std::set<std::pair<std::uint64_t, std::string_view>> seen;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].packet.fingerprint == 0) continue;
    copy[i] = !seen.emplace(packets[i].packet.fingerprint, packets[i].payload).second;
  }
  return copy;
}

// Feeds everything and checks what must hold whatever it was. `advance_every`:
// how often the clock is told besides (0: never), which may change nothing.
inline StormRun run_storm(const reassembly::ReassemblyConfig& config,
                          const std::vector<StormPacket>& packets, std::size_t advance_every,
                          std::size_t bytes_max) {
  using model::Quality;
  StormRun run;
  LawfulSink sink;
  std::uint64_t payload = 0;
  std::uint64_t copied = 0;
  std::size_t n = 0;
  const std::vector<bool> copy = copies_in(packets);
  {
    reassembly::FlowTable table(config, model::SourceId{7}, sink, run.quality);
    for (const StormPacket& p : packets) {
      sink.during = p.packet.number;
      const bool again = copy[static_cast<std::size_t>(&p - packets.data())];
      run.copies += again ? 1U : 0U;
      copied += again ? p.payload.size() : 0U;
      payload += p.payload.size();
      table.prefetch(p.packet);
      const std::uint64_t session = table.on_packet(p.packet, base::as_bytes(p.payload));
      law(session != 0 || again, "a packet without a session");
      if (advance_every != 0 && ++n % advance_every == 0) table.advance(p.packet.time);
      law(table.bytes_held() <= bytes_max, "more memory than allowed");
      law(table.flows() <= std::max<std::size_t>(1, config.flows_max / model::kLanes),
          "more flows than allowed");
    }
    table.finish();
    law(table.flows() == 0, "flows are left after the end");
  }
  model::QualityCounts& all = run.all;
  for (const model::QualityMinute& m : run.quality.minutes()) {
    all += m.counts;
    law(m.counts[Quality::tcp_payload_bytes] == m.counts[Quality::delivered_bytes] +
                                                    m.counts[Quality::duplicate_bytes] +
                                                    m.counts[Quality::refused_bytes],
        "the books of a minute do not balance");
  }
  law(all[Quality::tcp_packets] + all[Quality::mirror_duplicate] == packets.size(), "tcp_packets");
  law(all[Quality::mirror_duplicate] <= run.copies, "a copy where there was none");
  law(all[Quality::tcp_payload_bytes] <= payload, "tcp_payload_bytes");
  law(all[Quality::tcp_payload_bytes] + copied >= payload, "tcp_payload_bytes without a cause");
  law(all[Quality::flow_refused] == 0, "a flow was refused, which never happens");
  law(all[Quality::sessions_opened] == all[Quality::sessions_closed], "sessions opened and closed");
  law(all[Quality::sessions_closed] == sink.flows.size(), "sessions told and booked");
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  for (const auto& f : sink.flows) {
    law(f->closed, "a session was never closed");
    delivered += f->delivered[0] + f->delivered[1];
    lost += f->gap_bytes[0] + f->gap_bytes[1];
  }
  law(all[Quality::delivered_bytes] == delivered, "delivered_bytes");
  law(all[Quality::gap_bytes] == lost, "gap_bytes");
  // Every chunk is part of the packet that it names.
  for (const Told& t : sink.told) {
    if (t.kind != Told::Kind::chunk) continue;
    law(t.packet >= 1 && t.packet <= packets.size(), "a chunk names no packet");
    const StormPacket& from = packets[t.packet - 1];
    law(from.packet.time.ns == t.time && from.packet.direction == t.direction,
        "a chunk names another packet");
    law(from.payload.find(t.text) != std::string::npos, "bytes that were never sent");
  }
  run.told = std::move(sink.told);
  return run;
}

// What each session was told, in order, sessions by number: the order between
// sessions may depend on when the clock was told.
inline std::vector<Told> by_session(std::vector<Told> told) {
  std::stable_sort(told.begin(), told.end(),
                   [](const Told& a, const Told& b) { return a.session < b.session; });
  return told;
}

}  // namespace spider::test
