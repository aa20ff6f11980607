#pragma once
// Keys of all families. Big-endian, times biased so that byte order is time order; source first, so
// a whisperer's data is one range per family. docs/formats.md has the table.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spider/base/time.h"
#include "spider/model/ids.h"
#include "spider/store/schema.h"

namespace spider::store::format {

inline constexpr std::size_t kBlockKeyBytes = 22;
inline constexpr std::uint8_t kGroupColumn =
    0;                                          // the value that holds all columns of a small block
inline constexpr unsigned kLengthClasses = 65;  // bit widths 0..64

struct BlockKey {
  model::SourceId source{};
  RecordKind kind = RecordKind::http;
  std::uint8_t length_class = 0;
  base::Time start;
  std::uint64_t id = 0;
};

// The class of a block whose records lie in [start, end]: end - start < 2^class.
[[nodiscard]] std::uint8_t length_class(base::Time start, base::Time end) noexcept;
// The earliest start of a block of this class that can reach `from`.
[[nodiscard]] base::Time earliest_start(std::uint8_t length_class, base::Time from) noexcept;

[[nodiscard]] std::string block_key(const BlockKey& key);
// Lowest key of the class with a start of at least `start`.
[[nodiscard]] std::string block_key_from(model::SourceId source, RecordKind kind,
                                         unsigned length_class, base::Time start);
[[nodiscard]] std::optional<BlockKey> parse_block_key(std::string_view key);
[[nodiscard]] BlockKey key_of(const BlockInfo& block);

[[nodiscard]] std::string column_key(std::string_view block, std::uint8_t column);
[[nodiscard]] std::string detail_key(std::string_view block, std::uint16_t chunk);

// body and packet: source, pack, segment. packet_index: source, pack.
[[nodiscard]] std::string pack_key(model::SourceId source, std::uint64_t pack);
[[nodiscard]] std::string segment_key(model::SourceId source, std::uint64_t pack,
                                      std::uint16_t segment);
struct PackKey {
  model::SourceId source{};
  std::uint64_t pack = 0;
};
[[nodiscard]] std::optional<PackKey> parse_pack_key(std::string_view key);

// block_file: source, block id, part. Parts are columns by their tag, then chunks of details.
inline constexpr std::uint16_t kChunkPart = 256;

// rollup: source, level, bucket. quality: source, minute.
[[nodiscard]] std::string rollup_key(model::SourceId source, RollupLevel level,
                                     std::int64_t bucket);
struct RollupKey {
  model::SourceId source{};
  RollupLevel level{};
  std::int64_t bucket = 0;
};
[[nodiscard]] std::optional<RollupKey> parse_rollup_key(std::string_view key);
[[nodiscard]] std::string quality_key(model::SourceId source, std::int64_t minute);
[[nodiscard]] std::optional<std::int64_t> parse_quality_key(std::string_view key);

// First key of a source, and of whatever sorts behind all of the source's keys.
[[nodiscard]] std::string source_begin(model::SourceId source);
[[nodiscard]] std::string source_end(model::SourceId source);

[[nodiscard]] std::string source_meta_key(model::SourceId source);

}  // namespace spider::store::format
