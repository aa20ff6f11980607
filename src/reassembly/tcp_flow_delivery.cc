// TcpFlow: handing on in order, gaps, giving up, the end.

#include <algorithm>

#include "reassembly/tcp_flow.h"

namespace spider::reassembly {
namespace {

using model::Direction;
using model::Quality;
using Start = TcpStream::Start;

// A hole that the peer does not acknowledge will be filled, if the flow goes on at all: nothing is
// given up, but the flow is looked at so often.
constexpr Ticks kUnacknowledged = 60'000'000'000;
// Without the peer's side nothing can be acknowledged: so many times longer than usual is enough.
constexpr Ticks kOneSidedFactor = 10;
// How far before the bytes seen first the start may be told to lie.
constexpr Position kLateStart = 64U << 10U;

}  // namespace

model::FlowObserver* TcpFlow::observer(Lane& lane) {
  if (!opened_) {
    opened_ = true;
    observer_ = lane.sink.open(session_);
  }
  return observer_;
}

// The stream begins with the lowest byte held, or shortly before when the peer still expects bytes
// from before (`lowest`).
void TcpFlow::settle(const Lane& lane, Direction d, Position lowest) noexcept {
  TcpStream& s = stream(d);
  const Position front = s.early.front(lane.pool).position;
  const bool before = lowest < front && front - lowest <= kLateStart;
  s.restart_at(before ? lowest : front, Start::learned);
}

// One side's SYN was seen, so the other side's first bytes cannot be far: until the wait is over, a
// start that no SYN-ACK confirms may still prove too high.
bool TcpFlow::start_is_open(const Lane& lane, const TcpStream& s) const noexcept {
  return s.start == Start::learned && !s.touched && !session_.mid_stream &&
         lane.now - opened_at_ < lane.limits.wait;
}

void TcpFlow::deliver(Lane& lane, Direction d, base::Bytes bytes, base::Time time,
                      std::uint64_t number, Position ack) {
  TcpStream& s = stream(d);
  const TcpStream& o = stream(model::opposite(d));
  stats(d).delivered_bytes += bytes.size();
  lane.quality.add(time, Quality::delivered_bytes, bytes.size());
  const std::uint64_t offset = s.offset(s.next);
  s.next += bytes.size();
  s.touched = true;
  if (model::FlowObserver* const to = observer(lane))
    to->on_chunk(d, {offset, bytes, time, number,
                     o.running() && ack >= o.origin ? o.offset(ack) : model::kNoOffset});
}

void TcpFlow::declare_gap(Lane& lane, Direction d, Position to, base::Time time) {
  TcpStream& s = stream(d);
  if (s.bare_start && !s.touched && to == s.next + 1) {
    s.restart_at(to, Start::learned);  // the bare segment was a keep-alive: its number is one lower
    return;
  }
  const model::Gap gap{s.offset(s.next), to - s.next, time};
  model::StreamStats& st = stats(d);
  st.gap_bytes += gap.bytes;
  ++st.gaps;
  model::QualityCounts& books = lane.quality.at(time);
  books[Quality::gap_bytes] += gap.bytes;
  ++books[Quality::gaps];
  s.remember_lost(s.next, to);
  s.next = to;
  s.touched = true;
  if (model::FlowObserver* const watcher = observer(lane)) watcher->on_gap(d, gap);
}

// A segment waits while its sender had seen bytes of the other direction that we have not handed
// on: otherwise an answer could come before its question. Not for a direction that is never seen.
bool TcpFlow::waits(Direction d, Position ack) const noexcept {
  const TcpStream& o = stream(model::opposite(d));
  return ack > o.next && ack > o.conceded && o.captured;
}

void TcpFlow::pump(Lane& lane) {
  bool moved = true;
  while (moved) {
    moved = drain(lane, Direction::low_to_high);
    moved = drain(lane, Direction::high_to_low) || moved || untie(lane);
  }
}

// Two segments that are next in order and wait for each other: one of them is a retransmission,
// which carries a newer acknowledgement than its bytes had when they were sent first. The later
// packet is that one; it goes ahead.
bool TcpFlow::untie(Lane& lane) {
  if (streams_[0].early.empty() || streams_[1].early.empty()) return false;
  const Segment& low = streams_[0].early.front(lane.pool);
  const Segment& high = streams_[1].early.front(lane.pool);
  if (low.position != streams_[0].next || high.position != streams_[1].next) return false;
  if (!waits(Direction::low_to_high, low.facts.ack) ||
      !waits(Direction::high_to_low, high.facts.ack))
    return false;
  const bool second = std::pair(high.facts.time, high.facts.packet_number) >
                      std::pair(low.facts.time, low.facts.packet_number);
  streams_[second ? 1 : 0].early.excuse_front(lane.pool);
  return true;
}

bool TcpFlow::drain(Lane& lane, Direction d) {
  TcpStream& s = stream(d);
  if (!s.running() || s.ended || (start_is_open(lane, s) && !closing_)) return false;
  bool moved = false;
  for (;;) {
    if (s.cut_end > s.next && (s.acked > s.next || !s.early.empty())) {
      // Cut by the snaplen, and nobody will send it again.
      const Position to =
          s.early.empty() ? s.cut_end : std::min(s.cut_end, s.early.front(lane.pool).position);
      if (to > s.next) {
        declare_gap(lane, d, to, last_time_);
        moved = true;
      }
    }
    if (s.early.empty()) break;
    const Segment& front = s.early.front(lane.pool);
    if (front.position != s.next || waits(d, front.facts.ack)) break;
    const SegmentFacts facts = front.facts;
    const Position cut = front.cut;
    s.early.visit_front(lane.pool, [&](base::Bytes part) {
      deliver(lane, d, part, facts.time, facts.packet_number, facts.ack);
    });
    s.early.pop_front(lane.pool);
    if (cut > 0) s.cut_end = std::max(s.cut_end, s.next + cut);
    moved = true;
  }
  if (s.fin == s.next && s.early.empty() && !waits(d, s.fin_ack)) {
    s.ended = s.touched = true;
    s.conceded = std::max(s.conceded, s.fin + 1);  // the FIN has a number of its own
    if (model::FlowObserver* const to = observer(lane))
      to->on_end(d, s.fin_time, model::StreamEnd::fin);
    moved = true;
  }
  return moved;
}

// The front segment is refused after all.
void TcpFlow::drop_front(Lane& lane, Direction d) {
  TcpStream& s = stream(d);
  const Segment& front = s.early.front(lane.pool);
  refuse(lane, Quality::refused_stray_bytes, front.bytes, front.facts.time);
  s.early.pop_front(lane.pool);
}

// Removes what keeps the front segment of `d` from being handed on, one obstacle at a time.
void TcpFlow::give_up(Lane& lane, Direction d) {
  const Direction od = model::opposite(d);
  TcpStream& s = stream(d);
  TcpStream& o = stream(od);
  if (s.early.empty()) return;
  if (start_is_open(lane, s) || start_is_open(lane, o)) {
    opened_at_ = lane.now - lane.limits.wait;
    pump(lane);
    return;
  }
  const Segment& front = s.early.front(lane.pool);
  if (s.start == Start::held) {
    settle(lane, d);
  } else if (front.position > s.next) {
    // One segment alone, far from everything that either side has confirmed, is no evidence.
    if (front.position > std::max(s.next, s.acked) + kWindow &&
        !s.early.front_is_continued(lane.pool))
      drop_front(lane, d);
    else
      declare_gap(lane, d, front.position, last_time_);
  } else if (o.start == Start::held) {
    settle(lane, od);
  } else if (o.early.empty() || o.early.front(lane.pool).position > o.next) {
    give_up_ripe(lane, od, front.facts.ack, last_time_);
  } else {
    s.early.excuse_front(lane.pool);  // what it waits for waits in its turn
  }
  pump(lane);
}

// Everything before `ripe` was acknowledged and is not waited for any longer.
void TcpFlow::give_up_ripe(Lane& lane, Direction d, Position ripe, base::Time time) {
  TcpStream& s = stream(d);
  while (s.next < ripe && s.next < s.fin && s.running()) {
    Position to = std::min(ripe, s.fin);
    if (!s.early.empty()) {
      const Position front = s.early.front(lane.pool).position;
      if (front == s.next) return;  // not missing: it waits for the other direction
      to = std::min(to, front);
    } else if (to - s.next == 1 && s.fin == kNowhere) {
      break;  // one number: as well a FIN that was not captured as a byte
    }
    declare_gap(lane, d, to, time);
    pump(lane);
  }
  s.conceded = std::max(s.conceded, ripe);
  pump(lane);
}

Ticks TcpFlow::patience(const Lane& lane, Direction d) const noexcept {
  return stream(model::opposite(d)).captured ? kUnacknowledged : kOneSidedFactor * lane.limits.wait;
}

Ticks TcpFlow::due(const Lane& lane) const noexcept {
  Ticks at = kNever;
  for (const Direction d : {Direction::low_to_high, Direction::high_to_low}) {
    const TcpStream& s = stream(d);
    if (s.start == Start::held) at = std::min(at, s.held_since + lane.limits.wait);
    if (!s.early.empty() && start_is_open(lane, s))
      at = std::min(at, opened_at_ + lane.limits.wait);
    if (s.running() && s.owes() && s.ripening_since != kNever)
      at = std::min(at, s.ripening_since + lane.limits.wait);
    if (!s.early.empty()) at = std::min(at, s.held_since + patience(lane, d));
  }
  return at;
}

void TcpFlow::on_due(Lane& lane) {
  for (const Direction d : {Direction::low_to_high, Direction::high_to_low}) {
    TcpStream& s = stream(d);
    if (s.start == Start::held && lane.now - s.held_since >= lane.limits.wait) give_up(lane, d);
    const base::Time time = s.ripening_time;
    if (const Position ripe = s.ripen(lane.now, lane.limits.wait); ripe != 0)
      give_up_ripe(lane, d, ripe, time);
    const Ticks patient = patience(lane, d);
    if (!s.early.empty() && lane.now - s.held_since >= patient) {
      s.held_since += patient;
      if (!stream(model::opposite(d)).captured) give_up(lane, d);
    }
  }
  pump(lane);
  plain_ = plain_ && streams_[0].running() && streams_[1].running();
}

bool TcpFlow::release(Lane& lane) {
  if (!holds()) return false;
  note_full(lane);
  const bool second =
      streams_[0].early.empty() || streams_[1].early.blocks() > streams_[0].early.blocks();
  give_up(lane, second ? Direction::high_to_low : Direction::low_to_high);
  return true;
}

// Hands on whatever is held, in the order of arrival where nothing else decides.
void TcpFlow::flush(Lane& lane) {
  closing_ = true;
  pump(lane);
  while (holds()) {
    Direction d = Direction::low_to_high;
    if (streams_[0].early.empty()) {
      d = Direction::high_to_low;
    } else if (!streams_[1].early.empty() &&
               streams_[1].early.front(lane.pool).facts.packet_number <
                   streams_[0].early.front(lane.pool).facts.packet_number) {
      d = Direction::high_to_low;
    }
    if (stream(d).ended)
      drop_front(lane, d);
    else
      give_up(lane, d);
  }
  give_up_trailing(lane, Direction::low_to_high);
  give_up_trailing(lane, Direction::high_to_low);
  streams_[0].conceded = streams_[1].conceded = kNowhere;
  pump(lane);
}

// Bytes at the very end that were sent but never came.
void TcpFlow::give_up_trailing(Lane& lane, Direction d) {
  TcpStream& s = stream(d);
  if (!s.running() || s.ended) return;
  Position to = s.cut_end;
  if (s.fin != kNowhere) {
    to = s.fin;
  } else if (s.owes() && s.acked - s.next > 1) {
    to = std::max(to, s.acked);
  }
  if (to > s.next) declare_gap(lane, d, to, last_time_);
}

void TcpFlow::close(Lane& lane, model::CloseReason reason) {
  flush(lane);
  model::FlowObserver* const to = observer(lane);
  if (reset_) {
    reason = model::CloseReason::reset;
    for (const Direction d : {session_.reset_by, model::opposite(session_.reset_by)}) {
      TcpStream& s = stream(d);
      if (!s.ended && to != nullptr) to->on_end(d, session_.reset_time, model::StreamEnd::reset);
      s.ended = true;
    }
  } else if (streams_[0].fin != kNowhere && streams_[1].fin != kNowhere) {
    reason = model::CloseReason::fin;
  }
  session_.close = reason;
  lane.sink.close(to, session_);
  observer_ = nullptr;
}

}  // namespace spider::reassembly
