#include "reassembly/tcp_flow.h"

#include <algorithm>

namespace spider::reassembly {
namespace {

using model::Direction;
using Start = TcpStream::Start;

// How far before the bytes seen first a late SYN or a late first segment may lie.
constexpr Position kLateStart = 64U << 10U;
// A SYN in the middle of a live flow that nobody answers so long was forged or refused.
constexpr std::int64_t kSynAnswer = 3'000'000'000;

bool is_syn(const model::Packet& p) noexcept { return (p.tcp_flags & model::kSyn) != 0; }
bool has_ack(const model::Packet& p) noexcept { return (p.tcp_flags & model::kAck) != 0; }

}  // namespace

void TcpFlow::open(const Lane& lane, const Packet& first) {
  session_.id = {lane.source, first.time, model::session_number(lane.run, first.number)};
  session_.start = session_.end = first.time;
  session_.syn_time = session_.syn_ack_time = session_.handshake_time = base::Time::min();
  session_.vlan = first.vlan;
  session_.mid_stream = !is_syn(first);
  last_time_ = first.time;
  opened_at_ = lane.now;

  Direction client = first.direction;
  if (is_syn(first)) {
    if (has_ack(first)) client = model::opposite(client);
  } else if (first.key.low.port != first.key.high.port) {
    client =
        first.key.low.port > first.key.high.port ? Direction::low_to_high : Direction::high_to_low;
  }
  set_client(first.key, client);
}

void TcpFlow::set_client(const model::FlowKey& key, Direction client) noexcept {
  session_.client_direction = client;
  session_.client = client == Direction::low_to_high ? key.low : key.high;
  session_.server = client == Direction::low_to_high ? key.high : key.low;
}

TcpFlow::Phase TcpFlow::phase() const noexcept {
  if (reset_) return Phase::closed;
  if (streams_[0].fin != kNowhere && streams_[1].fin != kNowhere) {
    // While a FIN is not acknowledged its sender will repeat it, with the data before it.
    const bool settled = streams_[0].acked > streams_[0].fin && streams_[1].acked > streams_[1].fin;
    return settled ? Phase::closed : Phase::closing;
  }
  if (syn_only_) return Phase::syn;
  return streams_[0].captured && streams_[1].captured ? Phase::two_sided : Phase::one_sided;
}

bool TcpFlow::begins_anew(const Lane& lane, const Packet& p) {
  const TcpStream& s = stream(p.direction);
  const TcpStream& o = stream(model::opposite(p.direction));
  const std::uint32_t start = seq_after(p.seq, 1);
  if (!is_syn(p)) {
    // The segment that completes the pending SYN's handshake, and is of no place in the old stream.
    return pending_.present && pending_.direction == p.direction && p.seq == pending_.start &&
           has_ack(p) && (p.tcp_flags & model::kRst) == 0 &&
           s.position(p.seq) + kLateStart - s.next > 2 * kLateStart;
  }
  if (has_ack(p) && pending_.present && pending_.direction != p.direction &&
      p.ack == pending_.start)
    return true;
  if (!s.known()) return false;
  if (s.start == Start::handshake) {
    if (s.seq_of(s.origin) == start) return false;  // the same SYN again
  } else {
    const Position first =
        s.start == Start::held && !s.early.empty() ? s.early.front(lane.pool).position : s.origin;
    if (first + 1 - s.position(start) <= kLateStart) return false;  // it comes late
  }
  // The SYN-ACK of a handshake that somebody answered before it with forged segments.
  if (has_ack(p) && o.start == Start::handshake && p.ack == o.seq_of(o.origin) && !s.touched)
    return false;
  const bool over = reset_ || s.fin != kNowhere;
  if (over || syn_only_ || !o.captured) return true;
  // Its own copy (a mirror port, a retransmission) changes nothing.
  if (!has_ack(p) && !(pending_.present && pending_.start == start))
    pending_ = {p.time, p.number, start, p.direction, true};
  return false;
}

bool TcpFlow::open_from_pending(const Lane& lane, const Packet& packet, TcpFlow& fresh) const {
  const bool answered = is_syn(packet) ? pending_.direction != packet.direction &&
                                             packet.ack == pending_.start && has_ack(packet)
                                       : true;
  if (!pending_.present || !answered) return false;
  Packet syn = packet;
  syn.time = pending_.time;
  syn.number = pending_.number;
  syn.direction = pending_.direction;
  syn.tcp_flags = model::kSyn;
  fresh.open(lane, syn);
  fresh.session_.syn_time = syn.time;
  TcpStream& s = fresh.stream(pending_.direction);
  s.begin(pending_.start, Start::handshake);
  s.captured = true;
  return true;
}

bool TcpFlow::on_packet(Lane& lane, const Packet& p, base::Bytes payload) {
  session_.end = std::max(session_.end, p.time);
  last_time_ = p.time;
  model::StreamStats& st = stats(p.direction);
  ++st.packets;
  if (!payload.empty()) {
    ++st.payload_packets;
    st.payload_bytes += payload.size();
  }
  if (p.window == 0 && (p.tcp_flags & (model::kSyn | model::kFin | model::kRst)) == 0)
    ++st.zero_windows;
  if (plain_ && fast(lane, p, payload)) return true;

  stream(p.direction).captured = true;
  if ((p.tcp_flags & model::kRst) != 0) {
    // What a RST carries is a diagnosis (RFC 9293 section 3.5.3), no byte of the stream.
    if (!payload.empty()) refuse(lane, model::Quality::refused_stray_bytes, payload.size(), p.time);
    note_reset(p);
    syn_only_ = false;
    plain_ = false;
    return false;
  }
  if (pending_.present && is_syn(p) && p.direction == pending_.direction &&
      seq_after(p.seq, 1) == pending_.start) {
    if (!payload.empty()) refuse(lane, model::Quality::refused_stray_bytes, payload.size(), p.time);
    plain_ = false;
    return false;
  }
  if (pending_.present && (p.time - pending_.time).ns > kSynAnswer) pending_.present = false;
  if (is_syn(p))
    note_syn(lane, p);
  else
    syn_only_ = false;
  const Position ack = has_ack(p) ? note_ack(lane, p) : 0;
  note_handshake(p);
  take(lane, p, payload, ack);
  pump(lane);

  const TcpStream& a = streams_[0];
  const TcpStream& b = streams_[1];
  plain_ = a.running() && b.running() && !reset_ && !pending_.present &&
           (session_.syn_time == base::Time::min() || answered_);
  return false;
}

// The case of nearly every packet: next in order, nothing held, nothing new about the peer.
bool TcpFlow::fast(Lane& lane, const Packet& p, base::Bytes payload) {
  TcpStream& s = stream(p.direction);
  TcpStream& o = stream(model::opposite(p.direction));
  if ((p.tcp_flags & (model::kSyn | model::kFin | model::kRst)) != 0 || !has_ack(p) ||
      p.seq != s.next_seq() || !s.captured || !s.early.empty() || !o.early.empty() ||
      s.fin != kNowhere || s.cut_end > s.next || p.payload_wire_bytes != payload.size())
    return false;
  const Position ack = o.position(p.ack);
  if (ack > o.next || o.cut_end > o.next) return false;
  if (ack > o.acked) o.acked = ack;
  if (payload.empty()) return true;
  if (s.seen_end > s.next) return false;
  deliver(lane, p.direction, payload, p.time, p.number, ack);
  s.seen_end = s.next;
  return true;
}

void TcpFlow::note_syn(Lane& lane, const Packet& p) {
  TcpStream& s = stream(p.direction);
  const std::uint32_t start = seq_after(p.seq, 1);
  if (!has_ack(p) && session_.syn_time == base::Time::min()) {
    session_.syn_time = p.time;
    if (session_.mid_stream && session_.client_direction != p.direction) {
      // The guess by ports was wrong.
      std::swap(session_.client, session_.server);
      std::swap(session_.client_stats, session_.server_stats);
      session_.client_direction = p.direction;
    }
    session_.mid_stream = false;
  }
  if (has_ack(p) && session_.syn_ack_time == base::Time::min()) session_.syn_ack_time = p.time;

  if (!s.known()) {
    s.begin(start, Start::handshake);
    return;
  }
  if (s.start == Start::handshake && s.seq_of(s.origin) == start) return;
  if (s.touched) return;
  if (s.start == Start::held) {
    const Position at = s.position(start);
    const Position front = s.early.front(lane.pool).position;
    if (at <= front && front - at <= kLateStart) s.restart_at(at, Start::handshake);
    return;
  }
  if (!s.early.empty()) {
    const Position at = s.position(start);
    const Position front = s.early.front(lane.pool).position;
    // Far before what is held it is another connection's, or forged.
    if (at <= front && front - at <= kLateStart) s.restart_at(at, Start::handshake);
    return;
  }
  // Nothing but forged segments or bare acknowledgements so far; unless the peer has already
  // answered to the start that is known, the new one is as good and the only one with a SYN.
  if (s.start == Start::handshake && (!has_ack(p) || s.acked != 0)) return;
  const Position at = s.position(start);
  if (at + kLateStart - s.origin <= 2 * kLateStart) {
    // Near it: what the peer's segments have acknowledged keeps its meaning.
    if (s.fin != kNowhere && s.fin < at) s.fin = kNowhere;
    s.restart_at(at, Start::handshake);
    forget_reset();
    return;
  }
  const bool captured = s.captured;
  s = TcpStream{};
  s.captured = captured;
  s.begin(start, Start::handshake);
  forget_reset();
}

void TcpFlow::note_handshake(const Packet& p) {
  if (session_.syn_time == base::Time::min() || answered_) return;
  if (p.direction != session_.client_direction || is_syn(p) || !has_ack(p)) return;
  answered_ = true;
  // With a payload or a FIN it says when the client had something to send; the ACK that ended the
  // handshake was left out or lost, and its time is not known.
  const bool pure = p.payload_wire_bytes == 0 && (p.tcp_flags & (model::kFin | model::kRst)) == 0;
  if (pure) session_.handshake_time = p.time;
}

// Learns from the acknowledgement; returns how far the sender had seen the peer, 0 when that is not
// believed.
Position TcpFlow::note_ack(Lane& lane, const Packet& p) {
  const Direction od = model::opposite(p.direction);
  TcpStream& o = stream(od);
  if (!o.known()) {
    o.begin(p.ack, is_syn(p) ? Start::handshake : Start::learned);
    o.acked = o.next;
    return o.next;
  }
  if (!plausible(stream(p.direction), p)) return 0;
  const Position ack = o.position(p.ack);
  if (o.start == Start::handshake && !o.touched && o.acked == 0 && o.early.empty() &&
      ack + kWindow - o.origin > 2 * kWindow) {
    // The first answer to a SYN-ACK tells which of several was the true one.
    o.begin(p.ack, Start::learned);
    o.acked = o.next;
    return o.next;
  }
  if (o.start == Start::held) {
    const Position front = o.early.front(lane.pool).position;
    if (is_syn(p) && ack <= front && front - ack <= kLateStart)
      o.restart_at(ack, Start::handshake);
    else
      settle(lane, od, ack);
  } else if (is_syn(p) && o.start == Start::learned && !o.touched &&
             (o.early.empty() || (ack <= o.early.front(lane.pool).position &&
                                  o.early.front(lane.pool).position - ack <= kLateStart))) {
    o.restart_at(ack, Start::handshake);
  }
  if (ack < o.origin) return 0;
  if (!o.acknowledge(ack, p.time, lane.now)) return 0;
  // Who sent a RST acknowledges what was sent after it: then it was forged.
  if (reset_ && session_.reset_by == p.direction && ack > reset_ack_ + 1) forget_reset();
  return ack;
}

// Whether a segment lies where the sender can be: only then its other fields mean anything.
bool TcpFlow::plausible(const TcpStream& s, const Packet& p) const noexcept {
  if (!s.running() || is_syn(p)) return true;
  const Position at = s.position(p.seq);
  return at + kWindow >= s.next && at <= std::max(s.highest(), s.acked) + kWindow;
}

void TcpFlow::note_fin(const Packet& p, Position end, Position ack) {
  TcpStream& s = stream(p.direction);
  const TcpStream& o = stream(model::opposite(p.direction));
  if (s.fin != kNowhere || s.ended) return;
  if (s.running() && (end < s.next || end > std::max(s.highest(), s.acked) + kWindow)) return;
  if (s.seen_end > end) return;  // bytes beyond were seen: it is no end
  // Before the handshake is answered nobody has anything to finish: it is forged.
  if (o.start == Start::handshake && s.start != Start::handshake && s.acked <= kFirstPosition &&
      !s.touched && session_.syn_time != base::Time::min() && !session_.mid_stream && !answered_)
    return;
  s.fin = end;
  s.fin_ack = ack;
  s.fin_time = p.time;
}

// A RST counts when it lies where its sender can be (RFC 5961 section 3). Even then the flow only
// lingers: if the same sender goes on beyond it, it was forged.
void TcpFlow::note_reset(const Packet& p) {
  const TcpStream& s = stream(p.direction);
  const TcpStream& o = stream(model::opposite(p.direction));
  if (reset_ || (s.fin != kNowhere && o.fin != kNowhere)) return;
  if (s.running()) {
    const bool refuses_syn = s.start == Start::learned && !s.touched;
    const Position at = s.position(p.seq);
    const Position low = o.captured && s.acked != 0 ? std::min(s.acked, s.next) : s.origin;
    const bool inside = at + 1 >= low && at <= s.highest() + (Position{1} << 20U);
    if (!inside && !refuses_syn) return;
  } else if (!s.known() && has_ack(p) && o.start == Start::handshake && !o.touched &&
             o.position(p.ack) != o.origin && o.position(p.ack) > o.highest() + 1) {
    return;  // answers a SYN that was not sent
  }
  reset_ = true;
  session_.reset_by = p.direction;
  reset_at_ = s.known() ? std::max(s.position(p.seq), s.highest()) : 0;
  reset_ack_ = o.highest();
  session_.reset_time = p.time;
}

}  // namespace spider::reassembly
