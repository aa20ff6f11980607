// Snapshot: one record's detail, bodies, packets.
#include <algorithm>

#include <fmt/format.h>

#include "spider/store/codes.h"

#include "store/format/detail.h"
#include "store/format/packs.h"
#include "store/reader.h"

namespace spider::store {

namespace {

[[nodiscard]] std::string detail_chunk_key(const BlockInfo& block, std::uint32_t chunk) {
  return block.filed ? format::segment_key(block.source, block.id,
                                           static_cast<std::uint16_t>(format::kChunkPart + chunk))
                     : format::detail_key(format::block_key(format::key_of(block)),
                                          static_cast<std::uint16_t>(chunk));
}

[[nodiscard]] Family detail_family(const BlockInfo& block) {
  return block.filed ? Family::block_file : Family::detail;
}

}  // namespace

base::Result<void> Snapshot::detail_chunk(const BlockInfo& block, std::uint32_t chunk,
                                          format::DetailRows& out) const {
  const Family family = detail_family(block);
  const std::string key = detail_chunk_key(block, chunk);
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, database_.get(family, key, snapshot_, value));
  if (!found) return corrupt(family, key, "the details are missing");
  const std::size_t rows = std::min(block.detail_rows, block.rows - chunk * block.detail_rows);
  if (format::decode_detail(base::as_bytes(value.ToStringView()), rows, out) !=
      format::ValueState::ok)
    return corrupt(family, key, "the details cannot be decoded");
  return {};
}

template <class Take>
base::Result<void> Snapshot::with_detail(const BlockInfo& block, std::uint32_t row,
                                         Take&& take) const {
  if (row >= block.rows) return base::fail(codes::not_found, "The block has no such row.");
  const std::uint32_t chunk = row / block.detail_rows;
  format::DetailRows details;
  SPIDER_TRY(detail_chunk(block, chunk, details));
  if (!take(details, row % block.detail_rows))
    return corrupt(detail_family(block), detail_chunk_key(block, chunk),
                   "the details cannot be decoded");
  return {};
}

base::Result<void> Snapshot::http_details(const BlockInfo& block,
                                          std::span<const std::uint32_t> rows,
                                          const DetailVisit& visit) const {
  format::DetailRows details;
  HttpDetail detail;
  for (std::size_t i = 0; i < rows.size();) {
    const std::uint32_t chunk = rows[i] / block.detail_rows;
    auto read = detail_chunk(block, chunk, details);
    const bool readable = read.has_value();
    if (!readable && !pass_over(read.error())) return read;
    for (; i < rows.size() && rows[i] / block.detail_rows == chunk; ++i) {
      if (!readable) continue;
      if (details.http(rows[i] % block.detail_rows, detail)) {
        SPIDER_TRY(visit(rows[i], detail));
        continue;
      }
      const base::Result<void> damage = corrupt(
          detail_family(block), detail_chunk_key(block, chunk), "the details cannot be decoded");
      if (!pass_over(damage.error())) return damage;
    }
  }
  return {};
}

base::Result<HttpDetail> Snapshot::http_detail(const BlockInfo& block, std::uint32_t row) const {
  HttpDetail out;
  SPIDER_TRY(with_detail(
      block, row, [&](const format::DetailRows& d, std::size_t r) { return d.http(r, out); }));
  return out;
}

base::Result<SessionDetail> Snapshot::session_detail(const BlockInfo& block,
                                                     std::uint32_t row) const {
  SessionDetail out;
  SPIDER_TRY(with_detail(block, row, [&](const format::DetailRows& d, std::size_t r) {
    return d.session(r, block.source, out);
  }));
  return out;
}

// Of bodies that a record refers to, removal alone takes bytes away; what lay below its mark went.
tl::unexpected<base::Error> Snapshot::missing_segment(Family f, model::SourceId source,
                                                      std::uint64_t pack) const {
  const auto known = sources_.find(source);
  if (f != Family::body || !known || pack >= known->bodies_below)
    return base::fail(codes::not_found, "The bytes are not in the store any more.");
  const base::Time before =
      known->removed_before[static_cast<std::size_t>(model::KeptKind::bodies)];
  if (before == base::Time::min())
    return base::fail(codes::removed, "The body was removed while its exchange was under way.");
  return base::fail(codes::removed,
                    fmt::format("The body, or a part of it, was removed: bodies of exchanges that "
                                "ended before {} are not kept any more.",
                                base::to_iso(before)));
}

base::Result<void> Snapshot::segment(Family f, model::SourceId source, std::uint64_t pack,
                                     std::uint16_t number, std::vector<char>& out) const {
  const std::string key = format::segment_key(source, pack, number);
  rocksdb::PinnableSlice value;
  out.clear();
  SPIDER_TRY_LET(found, database_.get(f, key, snapshot_, value));
  if (!found) {
    const Family filed = f == Family::body ? Family::body_file : Family::packet_file;
    SPIDER_TRY_LET(found_there, database_.get(filed, key, snapshot_, value));
    if (!found_there) return missing_segment(f, source, pack);
  }
  if (format::decode_segment(base::as_bytes(value.ToStringView()), out) != format::ValueState::ok)
    return corrupt(f, key, "the bytes cannot be decoded");
  return {};
}

base::Result<void> Snapshot::read_body(model::SourceId source,
                                       std::span<const model::BodyExtent> extents,
                                       std::uint64_t offset, std::uint64_t limit,
                                       std::vector<std::uint8_t>& out) const {
  std::vector<char> bytes;  // of the segment read last
  std::uint64_t loaded_pack = 0;
  std::uint64_t loaded_segment = 0;
  bool loaded = false;
  for (const model::BodyExtent& e : extents) {
    if (limit == 0) break;
    if (offset >= e.bytes) {
      offset -= e.bytes;
      continue;
    }
    std::uint64_t at = std::uint64_t{e.offset} + offset;
    std::uint64_t left = std::min<std::uint64_t>(e.bytes - offset, limit);
    offset = 0;
    limit -= left;
    while (left > 0) {
      const std::uint64_t number = at / format::kSegmentBytes;
      const std::uint64_t within = at % format::kSegmentBytes;
      if (!loaded || loaded_pack != e.pack || loaded_segment != number) {
        SPIDER_TRY(
            segment(Family::body, source, e.pack, static_cast<std::uint16_t>(number), bytes));
        loaded = true;
        loaded_pack = e.pack;
        loaded_segment = number;
      }
      if (within >= bytes.size())
        return corrupt(Family::body,
                       format::segment_key(source, e.pack, static_cast<std::uint16_t>(number)),
                       "the segment is shorter than a body in it");
      const std::uint64_t n = std::min<std::uint64_t>(left, bytes.size() - within);
      const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data()) + within;
      out.insert(out.end(), from, from + n);
      at += n;
      left -= n;
    }
  }
  return {};
}

// Segments [first, end) of the pack read last, as far as they were needed.
struct Snapshot::PackBytes {
  std::vector<char> bytes;
  std::vector<char> part;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  format::PacketIndex index;
};

base::Result<bool> Snapshot::pack_packets(
    const format::PackKey& key, const rocksdb::Iterator& at, std::uint64_t session_number,
    PackBytes& held, const std::function<bool(const PacketView&)>& visit) const {
  const std::string_view disk_key = at.key().ToStringView();
  SPIDER_TRY_LET(value, Database::value(Family::packet_index, at));
  format::PacketIndex& index = held.index;
  if (format::decode_packet_index(value, session_number, index) != format::ValueState::ok)
    return corrupt(Family::packet_index, disk_key, "the index cannot be decoded");
  held.bytes.clear();
  held.first = held.end = 0;
  for (std::size_t row = 0; row < index.rows(); ++row) {
    if (session_number != 0 && static_cast<std::uint64_t>(index.sessions[row]) != session_number)
      continue;
    const auto offset = static_cast<std::uint64_t>(index.offsets[row]);
    const auto captured = static_cast<std::uint64_t>(index.captured[row]);
    if (offset >> 32U != 0 || captured > format::kSegmentBytes * 4)
      return corrupt(Family::packet_index, disk_key, "a frame cannot be where the index says");
    const std::uint64_t first = offset / format::kSegmentBytes;
    const std::uint64_t end =
        captured == 0 ? first : (offset + captured - 1) / format::kSegmentBytes + 1;
    if (first < held.first || end > held.end) {
      held.bytes.clear();
      held.end = held.first = first;
      for (; held.end < end; ++held.end) {
        SPIDER_TRY(segment(Family::packet, key.source, key.pack,
                           static_cast<std::uint16_t>(held.end), held.part));
        held.bytes.insert(held.bytes.end(), held.part.begin(), held.part.end());
      }
    }
    const std::uint64_t within = offset - held.first * format::kSegmentBytes;
    if (captured > 0 && within + captured > held.bytes.size())
      return corrupt(Family::packet_index, disk_key, "a frame lies outside its pack");
    PacketView packet;
    packet.number = static_cast<std::uint64_t>(index.numbers[row]);
    packet.session_number = static_cast<std::uint64_t>(index.sessions[row]);
    packet.time = {index.times[row]};
    packet.wire_bytes = static_cast<std::uint32_t>(index.wire[row]);
    packet.link_type = static_cast<std::uint16_t>(index.links[row]);
    if (captured > 0)
      packet.frame = {reinterpret_cast<const std::uint8_t*>(held.bytes.data()) + within, captured};
    if (!visit(packet)) return false;
  }
  return true;
}

base::Result<void> Snapshot::session_packets(
    model::SourceId source, std::uint64_t session_number, std::uint64_t pack_first,
    std::uint64_t pack_last, const std::function<bool(const PacketView&)>& visit) const {
  const auto it = database_.iterate(Family::packet_index, snapshot_);
  PackBytes held;
  for (it->Seek(format::pack_key(source, pack_first)); it->Valid(); it->Next()) {
    const auto key = format::parse_pack_key(it->key().ToStringView());
    if (!key || key->source != source || key->pack > pack_last) break;
    const auto more = pack_packets(*key, *it, session_number, held, visit);
    if (more && !*more) return {};
    // The frames of this pack from the damaged place on are lost; the next pack stands alone.
    if (!more && !pass_over(more.error())) return tl::unexpected(more.error());
  }
  if (!it->status().ok()) return read_error(it->status());
  return {};
}

}  // namespace spider::store
