#pragma once
// Sequence numbers (RFC 9293 section 3.4): the only place that does arithmetic with them.
// Everything else counts in Positions, which never wrap.

#include <cstdint>
#include <limits>

namespace spider::reassembly {

// A place in one direction of a flow: 64 bits, so 4 GiB of stream more than once is no matter. A
// stream's first position is not 0: bytes from before its start need a place as well.
using Position = std::uint64_t;
inline constexpr Position kFirstPosition = Position{1} << 32U;
inline constexpr Position kNowhere = std::numeric_limits<Position>::max();

// How far `a` lies after `b` on the circle; negative when it lies before.
[[nodiscard]] constexpr std::int32_t seq_distance(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b);
}
[[nodiscard]] constexpr std::uint32_t seq_after(std::uint32_t seq, std::uint32_t count) noexcept {
  return seq + count;
}
// `base` is the sequence number of kFirstPosition.
[[nodiscard]] constexpr std::uint32_t seq_at(std::uint32_t base, Position position) noexcept {
  return base + static_cast<std::uint32_t>(position - kFirstPosition);
}
// The position with sequence number `seq` that lies nearest to `near`.
[[nodiscard]] constexpr Position position_of(std::uint32_t base, std::uint32_t seq,
                                             Position near) noexcept {
  const std::int64_t distance = seq_distance(seq, seq_at(base, near));
  return near + static_cast<Position>(distance);
}

// The first position at or after `from` with sequence number `seq`: how far a stream has gone on,
// when nothing but that number is known.
[[nodiscard]] constexpr Position position_ahead(std::uint32_t base, std::uint32_t seq,
                                                Position from) noexcept {
  return from + (seq - seq_at(base, from));
}

// Bounds of what is believed at once. TCP's window can reach 1 GiB (RFC 7323 section 2.3), in
// practice a few MiB; what lies further ahead than kWindow needs a second witness.
inline constexpr Position kWindow = Position{16} << 20U;
inline constexpr Position kWindowMax = Position{1} << 30U;

}  // namespace spider::reassembly
