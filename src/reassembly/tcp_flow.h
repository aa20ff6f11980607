#pragma once
// TcpFlow: one TCP connection: two streams, the order between them, its session record, its ends.
//
// The table finds the flow and asks begins_anew() first; everything else happens in on_packet().
// due() says when on_due() wants to be called though no packet came. Parts: tcp_flow.cc (packets:
// starts, acknowledgements, ends), tcp_flow_data.cc (payload), tcp_flow_delivery.cc (handing on,
// gaps, giving up). The story is in NOTES.md.

#include <array>
#include <cstdint>

#include "spider/model/packet.h"
#include "spider/model/sinks.h"
#include "spider/model/stream.h"

#include "reassembly/lane.h"
#include "reassembly/tcp_stream.h"

namespace spider::reassembly {

class TcpFlow {
  using Direction = model::Direction;
  using Packet = model::Packet;

 public:
  // Which time-out applies.
  enum class Phase : std::uint8_t { syn, one_sided, two_sided, closing, closed };

  // Its first packet. on_packet() follows, with the same.
  void open(const Lane& lane, const model::Packet& first);
  // This packet, a SYN or the answer to one, is of a new connection with the same 5-tuple.
  [[nodiscard]] bool begins_anew(const Lane& lane, const model::Packet& packet);
  // The new connection's SYN was seen earlier, when it could still have been forged: `fresh` is
  // opened as that SYN would have opened it. False when there was none.
  [[nodiscard]] bool open_from_pending(const Lane& lane, const model::Packet& packet,
                                       TcpFlow& fresh) const;

  // True when nothing happened that could change phase() or due() (but a due time may have passed).
  bool on_packet(Lane& lane, const model::Packet& packet, base::Bytes payload);

  void note(base::Code code) noexcept { session_.note(code); }
  // A packet of this flow was seen a second time.
  void note_copy(Direction d) noexcept { ++stats(d).mirror_duplicates; }

  [[nodiscard]] Ticks due(const Lane& lane) const noexcept;
  void on_due(Lane& lane);
  // Another flow needs memory: gives up one obstacle to handing on what is held. False when
  // nothing is held.
  bool release(Lane& lane);

  // Hands on or books everything held, tells the sink. The flow is over.
  void close(Lane& lane, model::CloseReason reason);

  [[nodiscard]] Phase phase() const noexcept;
  [[nodiscard]] const model::TcpSession& session() const noexcept { return session_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return session_.id.number; }
  // Null before the sink knew of the flow, when it is not interested, and after close().
  [[nodiscard]] const model::FlowObserver* observer() const noexcept { return observer_; }
  [[nodiscard]] bool holds() const noexcept {
    return !streams_[0].early.empty() || !streams_[1].early.empty();
  }

 private:
  // A SYN that may be forged or may begin a new connection.
  struct PendingSyn {
    base::Time time;
    std::uint64_t number = 0;
    std::uint32_t start = 0;
    Direction direction = Direction::low_to_high;
    bool present = false;
  };

  [[nodiscard]] TcpStream& stream(Direction d) noexcept { return streams_[model::index(d)]; }
  [[nodiscard]] const TcpStream& stream(Direction d) const noexcept {
    return streams_[model::index(d)];
  }
  [[nodiscard]] model::StreamStats& stats(Direction d) noexcept {
    return d == session_.client_direction ? session_.client_stats : session_.server_stats;
  }
  [[nodiscard]] model::FlowObserver* observer(Lane& lane);

  // tcp_flow.cc
  void set_client(const model::FlowKey& key, Direction client) noexcept;
  [[nodiscard]] bool fast(Lane& lane, const Packet& packet, base::Bytes payload);
  void note_syn(Lane& lane, const Packet& packet);
  void note_handshake(const Packet& packet);
  [[nodiscard]] Position note_ack(Lane& lane, const Packet& packet);
  void note_fin(const Packet& packet, Position end, Position ack);
  void note_reset(const Packet& packet);
  void forget_reset() noexcept {
    reset_ = false;
    session_.reset_time = base::Time::max();
  }
  [[nodiscard]] bool plausible(const TcpStream& s, const Packet& packet) const noexcept;

  // tcp_flow_data.cc
  void take(Lane& lane, const Packet& packet, base::Bytes payload, Position ack);
  void take_first(Lane& lane, const Packet& packet, base::Bytes payload, Position ack);
  void take_running(Lane& lane, const Packet& packet, base::Bytes payload, Position at,
                    Position ack);
  void take_fresh(Lane& lane, const Packet& packet, base::Bytes payload, Position at, Position ack);
  [[nodiscard]] bool keep_alive(Lane& lane, const Packet& packet, base::Bytes payload);
  void forget_start(const Packet& packet);
  void find_start(Lane& lane, const Packet& packet, Position at, Position wire_end);
  void jump(Lane& lane, const Packet& packet, std::uint32_t seq);
  void hold(Lane& lane, const Packet& packet, base::Bytes payload, Position at, Position ack);
  void note_full(const Lane& lane);
  void keep(Lane& lane, const Packet& packet, base::Bytes payload, Position at, Position ack);
  void note_conflicts(Lane& lane, std::uint64_t count, base::Time time);
  void seen_again(Lane& lane, Direction d, Position from, Position to, base::Time time);
  void refuse(Lane& lane, model::Quality cause, std::uint64_t bytes, base::Time time);
  void book_duplicate(Lane& lane, Direction d, Position from, std::uint64_t bytes, base::Time time);

  // tcp_flow_delivery.cc
  void settle(const Lane& lane, Direction d, Position lowest = kNowhere) noexcept;
  [[nodiscard]] bool start_is_open(const Lane& lane, const TcpStream& s) const noexcept;
  void deliver(Lane& lane, Direction d, base::Bytes bytes, base::Time time, std::uint64_t number,
               Position ack);
  void declare_gap(Lane& lane, Direction d, Position to, base::Time time);
  void pump(Lane& lane);
  [[nodiscard]] bool drain(Lane& lane, Direction d);
  [[nodiscard]] bool untie(Lane& lane);
  void drop_front(Lane& lane, Direction d);
  [[nodiscard]] bool waits(Direction d, Position ack) const noexcept;
  [[nodiscard]] Ticks patience(const Lane& lane, Direction d) const noexcept;
  void give_up(Lane& lane, Direction d);
  void give_up_ripe(Lane& lane, Direction d, Position ripe, base::Time time);
  void give_up_trailing(Lane& lane, Direction d);
  void flush(Lane& lane);

  std::array<TcpStream, 2> streams_;
  model::FlowObserver* observer_ = nullptr;
  bool opened_ = false;    // the sink knows it
  bool plain_ = false;     // handshake and starts are settled: the fast path is open
  bool syn_only_ = true;   // nothing but SYNs so far
  bool closing_ = false;   // everything must go
  bool answered_ = false;  // the client acknowledged the SYN-ACK, or what followed it
  bool reset_ = false;
  Position reset_at_ = 0;   // in the stream of who sent the RST
  Position reset_ack_ = 0;  // what the other had sent by then
  base::Time last_time_;    // of the latest packet
  Ticks opened_at_ = 0;
  PendingSyn pending_;
  model::TcpSession session_;
};

}  // namespace spider::reassembly
