#include "store/format/keys.h"

#include <bit>

namespace spider::store::format {
namespace {

constexpr std::uint64_t kBias = std::uint64_t{1} << 63U;

void put(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<char>((value >> (8U * i)) & 0xFFU));
}
void put_signed(std::string& out, std::int64_t value) {
  put(out, static_cast<std::uint64_t>(value) ^ kBias, 8);
}
std::int64_t signed64(base::ByteReader& in) { return static_cast<std::int64_t>(in.be64() ^ kBias); }
void put_source(std::string& out, model::SourceId source) {
  put(out, static_cast<std::uint32_t>(source), 4);
}

}  // namespace

std::uint8_t length_class(base::Time start, base::Time end) noexcept {
  if (end <= start) return 0;
  const std::uint64_t extent =
      static_cast<std::uint64_t>(end.ns) - static_cast<std::uint64_t>(start.ns);
  return static_cast<std::uint8_t>(std::bit_width(extent));
}

base::Time earliest_start(std::uint8_t length_class, base::Time from) noexcept {
  if (length_class >= 64) return base::Time::min();
  const std::uint64_t reach = (std::uint64_t{1} << length_class) - 1;
  const std::uint64_t above_min = static_cast<std::uint64_t>(from.ns) ^ kBias;
  if (reach >= above_min) return base::Time::min();
  return {static_cast<std::int64_t>((above_min - reach) ^ kBias)};
}

std::string block_key_from(model::SourceId source, RecordKind kind, unsigned length_class,
                           base::Time start) {
  std::string out;
  out.reserve(kBlockKeyBytes + 2);
  put_source(out, source);
  put(out, static_cast<std::uint8_t>(kind), 1);
  put(out, length_class, 1);
  put_signed(out, start.ns);
  return out;
}

std::string block_key(const BlockKey& key) {
  std::string out = block_key_from(key.source, key.kind, key.length_class, key.start);
  put(out, key.id, 8);
  return out;
}

std::optional<BlockKey> parse_block_key(std::string_view key) {
  if (key.size() != kBlockKeyBytes) return std::nullopt;
  base::ByteReader in(base::as_bytes(key));
  BlockKey out;
  out.source = model::SourceId{in.be32()};
  out.kind = static_cast<RecordKind>(in.u8());
  out.length_class = in.u8();
  if (out.kind != RecordKind::http && out.kind != RecordKind::session) return std::nullopt;
  if (out.length_class >= kLengthClasses) return std::nullopt;
  out.start = {signed64(in)};
  out.id = in.be64();
  return out;
}

BlockKey key_of(const BlockInfo& block) {
  return {block.source, block.kind, block.length_class, block.start_min, block.id};
}

std::string column_key(std::string_view block, std::uint8_t column) {
  std::string out(block);
  put(out, column, 1);
  return out;
}

std::string detail_key(std::string_view block, std::uint16_t chunk) {
  std::string out(block);
  put(out, chunk, 2);
  return out;
}

std::string pack_key(model::SourceId source, std::uint64_t pack) {
  std::string out;
  put_source(out, source);
  put(out, pack, 8);
  return out;
}

std::string segment_key(model::SourceId source, std::uint64_t pack, std::uint16_t segment) {
  std::string out = pack_key(source, pack);
  put(out, segment, 2);
  return out;
}

std::optional<PackKey> parse_pack_key(std::string_view key) {
  if (key.size() < 12) return std::nullopt;
  base::ByteReader in(base::as_bytes(key));
  PackKey out;
  out.source = model::SourceId{in.be32()};
  out.pack = in.be64();
  return out;
}

std::string rollup_key(model::SourceId source, RollupLevel level, std::int64_t bucket) {
  std::string out;
  put_source(out, source);
  put(out, static_cast<std::uint8_t>(level), 1);
  put_signed(out, bucket);
  return out;
}

std::optional<RollupKey> parse_rollup_key(std::string_view key) {
  if (key.size() != 13) return std::nullopt;
  base::ByteReader in(base::as_bytes(key));
  RollupKey out;
  out.source = model::SourceId{in.be32()};
  out.level = static_cast<RollupLevel>(in.u8());
  out.bucket = signed64(in);
  return out;
}

std::string quality_key(model::SourceId source, std::int64_t minute) {
  std::string out;
  put_source(out, source);
  put_signed(out, minute);
  return out;
}

std::optional<std::int64_t> parse_quality_key(std::string_view key) {
  if (key.size() != 12) return std::nullopt;
  base::ByteReader in(base::as_bytes(key));
  in.skip(4);
  return signed64(in);
}

std::string source_begin(model::SourceId source) {
  std::string out;
  put_source(out, source);
  return out;
}

// Ids are given out from 1 upwards; the last one stays unused (store.cc), so this cannot wrap.
std::string source_end(model::SourceId source) {
  return source_begin(model::SourceId{static_cast<std::uint32_t>(source) + 1});
}

std::string source_meta_key(model::SourceId source) {
  std::string out = "source/";
  put_source(out, source);
  return out;
}

}  // namespace spider::store::format
