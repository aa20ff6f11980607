#pragma once
// Packs: many bodies, or many frames, written together. A pack's bytes are cut into segments of
// kSegmentBytes, each a value of its own, so that reading one body touches little. Values of the
// families body, packet (segments) and packet_index.

#include <span>
#include <string>
#include <vector>

#include "spider/model/record_batch.h"

#include "store/format/envelope.h"
#include "store/format/fields.h"
#include "store/format/numbers.h"

namespace spider::store::format {

inline constexpr std::size_t kSegmentBytes = std::size_t{256} << 10U;

void encode_segment(base::Bytes bytes, Codec wish, Compressor& compressor, std::string& out);
// Appends to `out`.
[[nodiscard]] ValueState decode_segment(base::Bytes value, std::vector<char>& out);

// The frames of a pack, as columns.
struct PacketIndex {
  std::vector<std::int64_t> sessions;
  std::vector<std::int64_t> numbers;
  std::vector<std::int64_t> times;
  std::vector<std::int64_t> offsets;
  std::vector<std::int64_t> captured;
  std::vector<std::int64_t> wire;
  std::vector<std::int64_t> links;
  [[nodiscard]] std::size_t rows() const noexcept { return sessions.size(); }
};
struct PacketIndexHead {
  std::uint64_t rows = 0;
  base::Time first;
  base::Time last;
};

void encode_packet_index(std::span<const model::PacketEntry> packets, NumberEncoder& numbers,
                         std::string& out);
// `only_session` not 0: leaves the other columns empty (and returns ok) when the pack has no frame
// of that session.
[[nodiscard]] ValueState decode_packet_index(base::Bytes value, std::uint64_t only_session,
                                             PacketIndex& out);
[[nodiscard]] ValueState decode_packet_index_head(base::Bytes value, PacketIndexHead& out);

}  // namespace spider::store::format
