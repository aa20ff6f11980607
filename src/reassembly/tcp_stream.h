#pragma once
// TcpStream: what is known of one direction of a flow: where it starts, how far it has been handed
// on, what is held, how far the peer has acknowledged it, where it ends.
//
// Plain state with the rules that need nothing but this direction; the two directions and the way
// out are TcpFlow's.

#include <array>
#include <cstdint>

#include "reassembly/lane.h"
#include "reassembly/segment_buffer.h"
#include "reassembly/seq.h"

namespace spider::reassembly {

// A stretch declared a gap, by sequence numbers: half the size, and old ones fade by themselves.
struct LostStretch {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

class TcpStream {
 public:
  // How the number of the first byte is known.
  enum class Start : std::uint8_t {
    unknown,    // nothing seen
    held,       // data was seen first; kept back until something tells where it begins
    learned,    // from an acknowledgement of the peer or a bare segment of its own
    handshake,  // from the SYN, or the SYN-ACK's acknowledgement
  };

  // --- numbers to positions
  [[nodiscard]] Position position(std::uint32_t seq) const noexcept {
    return position_of(base_, seq, next);
  }
  [[nodiscard]] std::uint32_t next_seq() const noexcept { return seq_at(base_, next); }
  [[nodiscard]] std::uint32_t seq_of(Position p) const noexcept { return seq_at(base_, p); }
  [[nodiscard]] Position position_ahead_of_next(std::uint32_t seq) const noexcept {
    return position_ahead(base_, seq, next);
  }
  [[nodiscard]] std::uint64_t offset(Position p) const noexcept { return p - origin; }
  [[nodiscard]] Position highest() const noexcept { return seen_end > next ? seen_end : next; }
  [[nodiscard]] bool known() const noexcept { return start != Start::unknown; }
  [[nodiscard]] bool running() const noexcept {
    return start == Start::learned || start == Start::handshake;
  }

  // The stream begins at `seq`, as far as `how` can tell; forgets any earlier belief. Only while
  // nothing has been handed on.
  void begin(std::uint32_t seq, Start how) noexcept;
  // Moves the start to `position`, nothing having been handed on.
  void restart_at(Position position, Start how) noexcept;

  // --- what the peer has acknowledged
  // Believes an acknowledgement, or not (yet); says whether `ack` is believed.
  bool acknowledge(Position ack, base::Time time, Ticks now) noexcept;
  // Something was acknowledged that has not been seen.
  [[nodiscard]] bool owes() const noexcept {
    return acked > next && acked > conceded && next != fin;
  }
  // At the end of a bucket of waiting: how far the wait is over; starts the next bucket.
  Position ripen(Ticks now, Ticks wait) noexcept;

  // --- stretches declared lost
  void remember_lost(Position from, Position to) noexcept;
  // The first stretch of [from, to) that was declared lost; empty (both `to`) when there is none.
  struct Stretch {
    Position from;
    Position to;
  };
  [[nodiscard]] Stretch lost_in(Position from, Position to) const noexcept;

  // A segment that cannot be right, by its number. Returns how many have now followed each other.
  [[nodiscard]] unsigned refused_again(std::uint32_t seq, std::uint32_t bytes) noexcept;

  // --- hot: looked at for every packet
  Position next = kFirstPosition;  // first position neither handed on nor declared lost
  Position acked = 0;              // the peer has seen everything before
  Position conceded = 0;           // nobody waits for positions below, seen or not
  Position seen_end = 0;           // one past the highest byte seen
  SegmentBuffer early;

 private:
  std::uint32_t base_ = 0;  // sequence number of kFirstPosition

 public:
  Start start = Start::unknown;
  bool captured = false;    // a packet of this direction was seen
  bool touched = false;     // something was handed on or declared lost: the origin is fixed
  bool ended = false;       // its end was told
  bool bare_start = false;  // learned from a bare segment: may have been a keep-alive, one too low

  // --- cold
  Position origin = kFirstPosition;  // of offset 0
  Position fin = kNowhere;           // one past the last byte
  Position fin_ack = 0;
  Position cut_end = 0;   // bytes up to here were sent but not captured (snaplen)
  Position ripening = 0;  // acknowledged since `ripening_since`
  Ticks ripening_since = kNever;
  Ticks held_since = 0;  // the buffer has not been empty since
  base::Time ripening_time;
  base::Time acked_time;
  base::Time fin_time;

 private:
  std::uint32_t far_ack_ = 0;  // an acknowledgement too far ahead to be believed alone
  std::uint32_t refused_end_ = 0;
  std::uint8_t refused_ = 0;
  bool has_far_ack_ = false;
  std::uint8_t lost_count_ = 0;
  std::array<LostStretch, 4> lost_{};
};

}  // namespace spider::reassembly
