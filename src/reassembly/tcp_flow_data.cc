// TcpFlow: what becomes of a packet's payload.

#include <algorithm>

#include "spider/reassembly/codes.h"

#include "reassembly/tcp_flow.h"

namespace spider::reassembly {
namespace {

using model::Quality;
using Start = TcpStream::Start;

constexpr Position kLateStart = 64U << 10U;
// Retransmissions this far back are none: the number is wrong, or we missed half a circle.
constexpr Position kOldMax = Position{64} << 20U;
// So many impossible segments in a row, each continuing the one before, are believed.
constexpr unsigned kJumpSegments = 3;
constexpr unsigned kJumpSegmentsUnconfirmed = 8;

std::uint32_t first_seq(const model::Packet& p) noexcept {
  return (p.tcp_flags & model::kSyn) != 0 ? seq_after(p.seq, 1) : p.seq;
}
std::uint32_t wire_bytes(const model::Packet& p, base::Bytes payload) noexcept {
  return std::max(p.payload_wire_bytes, static_cast<std::uint32_t>(payload.size()));
}
// The one byte of a keep-alive probe is zero, where a system sends one at all.
bool is_garbage(base::Bytes payload) noexcept { return payload.size() == 1 && payload[0] == 0; }
bool is_fin(const model::Packet& p) noexcept { return (p.tcp_flags & model::kFin) != 0; }

}  // namespace

void TcpFlow::take(Lane& lane, const Packet& p, base::Bytes payload, Position ack) {
  TcpStream& s = stream(p.direction);
  if (!s.known()) {
    take_first(lane, p, payload, ack);
    return;
  }
  if (keep_alive(lane, p, payload)) return;
  forget_start(p);
  const Position at = s.position(first_seq(p));
  const Position wire_end = at + wire_bytes(p, payload);
  if (s.start == Start::held) {
    if (s.fin != kNowhere && wire_end > s.fin) s.fin = kNowhere;
    if (!payload.empty()) {
      s.seen_end = std::max(s.seen_end, at + payload.size());
      hold(lane, p, payload, at, ack);
    }
  } else if (wire_end > at) {
    take_running(lane, p, payload, at, ack);
  }
  if (is_fin(p)) note_fin(p, wire_end, ack);
}

// Nothing is known of this direction: neither a SYN nor an acknowledgement of the peer.
void TcpFlow::take_first(Lane& lane, const Packet& p, base::Bytes payload, Position ack) {
  TcpStream& s = stream(p.direction);
  const std::uint32_t wire = wire_bytes(p, payload);
  if (payload.empty()) {
    s.begin(p.seq, Start::learned);
    s.bare_start = wire == 0;
    if (wire > 0) s.cut_end = s.next + wire;  // else a SYN-ACK that comes late would leave a gap
  } else if (wire == 1 && is_garbage(payload) && !is_fin(p)) {
    // A keep-alive probe: the stream stands one further.
    s.begin(seq_after(p.seq, 1), Start::learned);
    ++stats(p.direction).keep_alives;
    book_duplicate(lane, p.direction, kNowhere, 1, p.time);
    return;
  } else {
    s.begin(p.seq, Start::held);
    s.seen_end = kFirstPosition + payload.size();
    hold(lane, p, payload, kFirstPosition, ack);
  }
  if (is_fin(p)) note_fin(p, kFirstPosition + wire, ack);
}

// RFC 9293 section 3.8.4: a probe repeats the last number, with one byte or none. Zero-window
// probes of some systems look the same. Where no byte was seen before, that byte is news.
bool TcpFlow::keep_alive(Lane& lane, const Packet& p, base::Bytes payload) {
  const TcpStream& s = stream(p.direction);
  if ((p.tcp_flags & (model::kSyn | model::kFin)) != 0 || p.payload_wire_bytes > 1 ||
      payload.size() > 1 || !s.running() || s.position(p.seq) + 1 != s.highest())
    return false;
  const Position at = s.highest() - 1;
  const bool seen = s.touched && s.lost_in(at, at + 1).from > at;
  if (!payload.empty() && !seen && !is_garbage(payload)) return false;
  ++stats(p.direction).keep_alives;
  if (!payload.empty()) book_duplicate(lane, p.direction, kNowhere, 1, p.time);
  return true;
}

void TcpFlow::take_running(Lane& lane, const Packet& p, base::Bytes payload, Position at,
                           Position ack) {
  TcpStream& s = stream(p.direction);
  const std::uint32_t wire = wire_bytes(p, payload);
  if (at > std::max(s.highest(), s.acked) + kWindowMax || at + kOldMax < s.next) {
    const bool unconfirmed = stream(model::opposite(p.direction)).captured;
    const unsigned needed = unconfirmed ? kJumpSegmentsUnconfirmed : kJumpSegments;
    if (s.ended || s.refused_again(first_seq(p), wire) < needed) {
      refuse(lane, Quality::refused_stray_bytes, payload.size(), p.time);
      return;
    }
    jump(lane, p, first_seq(p));
    at = s.position(first_seq(p));
  }
  find_start(lane, p, at, at + wire);

  const Position end = at + payload.size();
  if (s.cut_end > s.next && at >= s.cut_end && s.early.empty() && !s.ended)
    declare_gap(lane, p.direction, s.cut_end, p.time);
  if (end > s.next) {
    take_fresh(lane, p, payload, at, ack);
  } else if (!payload.empty()) {
    if (lane.differs && at >= s.origin && s.lost_in(at, end).from == end)
      note_conflicts(lane, 1, p.time);
    seen_again(lane, p.direction, at, end, p.time);
    ++stats(p.direction).retransmissions;
  }
  // The tail that the snaplen cut, when everything before is there.
  const Position wire_end = at + wire;
  if (wire_end > end && end <= s.next && wire_end > s.next && at <= s.next)
    s.cut_end = std::max(s.cut_end, wire_end);
  if (!payload.empty()) s.seen_end = std::max(s.seen_end, end);
}

// Nothing but an acknowledgement told of this direction, and its own first data lie elsewhere: the
// acknowledgement was wrong.
void TcpFlow::forget_start(const Packet& p) {
  TcpStream& s = stream(p.direction);
  if (s.start != Start::learned || s.touched || !s.early.empty() || p.payload_wire_bytes == 0)
    return;
  const Position at = s.position(p.seq);
  if (at + kWindow >= s.next && at <= std::max(s.highest(), s.acked) + kWindow) return;
  s = TcpStream{};
  s.captured = true;
  s.begin(first_seq(p), Start::learned);
}

// The start that was learned from a number alone may prove a little wrong while nothing has been
// handed on.
void TcpFlow::find_start(Lane& lane, const Packet& p, Position at, Position wire_end) {
  TcpStream& s = stream(p.direction);
  if (s.start == Start::learned && !s.touched) {
    const bool soon = (p.time - session_.start).ns <= lane.limits.wait;
    if (at < s.origin && soon && wire_end + kLateStart >= s.origin)
      s.restart_at(at, Start::learned);  // captured in another order than sent
  }
}

// The stream has gone on where it could not be: everything between was missed.
void TcpFlow::jump(Lane& lane, const Packet& p, std::uint32_t seq) {
  TcpStream& s = stream(p.direction);
  while (!s.early.empty()) give_up(lane, p.direction);
  const Position to = s.position_ahead_of_next(seq);
  if (to > s.next && s.next != s.fin) {
    s.fin = kNowhere;
    declare_gap(lane, p.direction, to, p.time);
  }
}

// At least the last byte is beyond what has been handed on.
void TcpFlow::take_fresh(Lane& lane, const Packet& p, base::Bytes payload, Position at,
                         Position ack) {
  TcpStream& s = stream(p.direction);
  const Position end = at + payload.size();
  if (at < s.next) {
    seen_again(lane, p.direction, at, s.next, p.time);
    payload = payload.subspan(static_cast<std::size_t>(s.next - at));
    at = s.next;
  }
  if (s.fin != kNowhere && end > s.fin) {
    if (s.ended) {
      refuse(lane, Quality::refused_stray_bytes, payload.size(), p.time);
      return;
    }
    s.fin = kNowhere;  // it was no end, then
  }
  if (reset_ && session_.reset_by == p.direction && end > reset_at_) forget_reset();
  if (at < s.seen_end) ++stats(p.direction).out_of_order;
  if (at == s.next && s.early.empty() && !waits(p.direction, ack) && !start_is_open(lane, s))
    deliver(lane, p.direction, payload, p.time, p.number, ack);
  else
    hold(lane, p, payload, at, ack);
}

// A budget of early bytes is used up, and this flow gives some up for it.
void TcpFlow::note_full(const Lane& lane) {
  session_.note(codes::buffer_limit);
  tell_limit(codes::buffer_limit, lane.source);
}

// Keeps bytes for later. When there is no room, what is in their way is given up, theirs first.
void TcpFlow::hold(Lane& lane, const Packet& p, base::Bytes payload, Position at, Position ack) {
  const Direction d = p.direction;
  TcpStream& s = stream(d);
  while (!payload.empty()) {
    const std::uint32_t blocks = SegmentBuffer::blocks_for(payload.size());
    const bool stream_full = s.early.blocks() + blocks > lane.limits.stream_blocks_max;
    const bool lane_full = blocks > lane.pool.blocks_left();
    if (!stream_full && !lane_full) {
      keep(lane, p, payload, at, ack);
      return;
    }
    const bool greedy = s.early.blocks() > lane.pool.blocks_max() / 8;
    if (!stream_full && !greedy && lane.others.reclaim(*this)) continue;
    note_full(lane);
    if (s.start == Start::held && s.early.empty()) s.restart_at(at, Start::learned);
    if (s.running() && (s.early.empty() || at < s.early.front(lane.pool).position)) {
      // Nothing held comes before it: it is handed on without being kept.
      if (at > s.next) declare_gap(lane, d, at, p.time);
      const Position stop =
          s.early.empty() ? at + payload.size() : s.early.front(lane.pool).position;
      const std::size_t n = std::min(payload.size(), static_cast<std::size_t>(stop - at));
      deliver(lane, d, payload.first(n), p.time, p.number, ack);
      payload = payload.subspan(n);
      at += n;
      pump(lane);
    } else {
      give_up(lane, d);
    }
    if (at < s.next && !payload.empty()) {
      const Position to = std::min(s.next, at + payload.size());
      seen_again(lane, d, at, to, p.time);
      payload = payload.subspan(static_cast<std::size_t>(to - at));
      at = to;
    }
  }
}

void TcpFlow::keep(Lane& lane, const Packet& p, base::Bytes payload, Position at, Position ack) {
  const Direction d = p.direction;
  TcpStream& s = stream(d);
  if (s.early.empty()) s.held_since = lane.now;
  const std::uint32_t cut =
      p.payload_wire_bytes > p.payload_bytes ? p.payload_wire_bytes - p.payload_bytes : 0;
  struct Booked final : SegmentBuffer::SeenAgain {
    Booked(TcpFlow& f, Lane& l, const Packet& packet) : flow(f), in(l), p(packet) {}
    void seen(Position from, Position to) override {
      flow.book_duplicate(in, p.direction, from, to - from, p.time);
    }
    TcpFlow& flow;
    Lane& in;
    const Packet& p;
  } booked(*this, lane, p);
  const SegmentBuffer::Outcome out = s.early.insert(
      lane.pool, at, payload, cut, {p.time, p.number, ack}, lane.limits.stream_blocks_max, booked);
  if (out.refused > 0) refuse(lane, Quality::refused_limit_bytes, out.refused, p.time);
  if (out.conflicts > 0) note_conflicts(lane, out.conflicts, p.time);
  if (out.kept == 0 && out.refused == 0) ++stats(d).retransmissions;
}

void TcpFlow::note_conflicts(Lane& lane, std::uint64_t count, base::Time time) {
  session_.overlap_conflicts += count;
  session_.note(codes::overlap_conflict);
  lane.quality.add(time, Quality::overlap_conflicts, count);
}

// [from, to) lies before what has been handed on: bytes seen before, bytes that come too late, or
// bytes from before the stream's start.
void TcpFlow::seen_again(Lane& lane, Direction d, Position from, Position to, base::Time time) {
  const TcpStream& s = stream(d);
  if (from < s.origin) {
    const Position stop = std::min(to, s.origin);
    refuse(lane, Quality::refused_late_bytes, stop - from, time);
    from = stop;
  }
  while (from < to) {
    const TcpStream::Stretch lost = s.lost_in(from, to);
    if (lost.from > from) book_duplicate(lane, d, from, lost.from - from, time);
    if (lost.to > lost.from) refuse(lane, Quality::refused_late_bytes, lost.to - lost.from, time);
    from = lost.to;
  }
}

// `from` is kNowhere when the observer need not know.
void TcpFlow::book_duplicate(Lane& lane, Direction d, Position from, std::uint64_t bytes,
                             base::Time time) {
  stats(d).duplicate_bytes += bytes;
  lane.quality.add(time, Quality::duplicate_bytes, bytes);
  const TcpStream& s = stream(d);
  if (from == kNowhere || !s.running()) return;
  if (model::FlowObserver* const to = observer(lane))
    to->on_retransmission(d, s.offset(from), bytes);
}

void TcpFlow::refuse(Lane& lane, Quality cause, std::uint64_t bytes, base::Time time) {
  model::QualityCounts& books = lane.quality.at(time);
  books[Quality::refused_bytes] += bytes;
  books[cause] += bytes;
}

}  // namespace spider::reassembly
