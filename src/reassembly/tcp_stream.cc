#include "reassembly/tcp_stream.h"

#include <algorithm>

namespace spider::reassembly {

void TcpStream::begin(std::uint32_t seq, Start how) noexcept {
  base_ = seq;
  start = how;
  origin = next = kFirstPosition;
}

void TcpStream::restart_at(Position position, Start how) noexcept {
  origin = next = position;
  start = how;
  bare_start = false;
}

bool TcpStream::acknowledge(Position ack, base::Time time, Ticks now) noexcept {
  if (ack <= acked) return true;
  if (ack > std::max(highest(), acked) + kWindow) {
    // Far beyond everything seen: true after a long loss, false in a forged or damaged segment. A
    // second, higher one from the same neighbourhood decides.
    const std::uint32_t seq = seq_of(ack);
    const std::int32_t step = seq_distance(seq, far_ack_);
    const bool confirmed = has_far_ack_ && step > 0 && step <= static_cast<std::int32_t>(kWindow);
    far_ack_ = seq;
    has_far_ack_ = true;
    if (!confirmed) return false;
  }
  acked = ack;
  acked_time = time;
  if (acked > next && (ripening_since == kNever || ripening <= next)) {
    ripening = acked;
    ripening_since = now;
    ripening_time = time;
  }
  return true;
}

Position TcpStream::ripen(Ticks now, Ticks wait) noexcept {
  if (ripening_since == kNever || now - ripening_since < wait) return 0;
  const Position ripe = ripening;
  if (acked > ripening) {
    ripening = acked;
    ripening_time = acked_time;
    ripening_since += wait;
  } else {
    ripening_since = kNever;
  }
  return ripe;
}

void TcpStream::remember_lost(Position from, Position to) noexcept {
  const LostStretch stretch{seq_of(from), seq_of(to)};
  if (lost_count_ > 0 && lost_[lost_count_ - 1U].to == stretch.from) {
    lost_[lost_count_ - 1U].to = stretch.to;
    return;
  }
  if (lost_count_ == lost_.size()) {
    std::move(lost_.begin() + 1, lost_.end(), lost_.begin());
    --lost_count_;
  }
  lost_[lost_count_++] = stretch;
}

TcpStream::Stretch TcpStream::lost_in(Position from, Position to) const noexcept {
  for (std::size_t i = 0; i < lost_count_; ++i) {
    const Position lost_from = std::max(from, position(lost_[i].from));
    const Position lost_to = std::min(to, position(lost_[i].to));
    if (lost_from < lost_to) return {lost_from, lost_to};
  }
  return {to, to};
}

unsigned TcpStream::refused_again(std::uint32_t seq, std::uint32_t bytes) noexcept {
  if (refused_ > 0 && seq_after(seq, bytes) == refused_end_) return 0;  // the same again
  const std::int32_t step = seq_distance(seq, refused_end_);
  const bool follows = refused_ > 0 && step >= 0 && step <= 1 << 20;
  refused_ = follows && refused_ < 255 ? static_cast<std::uint8_t>(refused_ + 1) : std::uint8_t{1};
  refused_end_ = seq_after(seq, bytes);
  return refused_;
}

}  // namespace spider::reassembly
