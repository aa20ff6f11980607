#pragma once
// What is stored, as a reader sees it: kinds of records, their columns, and the plain structs in
// which a StoreReader answers. No RocksDB here.
//
// Records live in blocks of up to a few thousand rows of one source and one kind, column by column,
// sorted by (start, session number, ordinal). A block never changes; a bigger one may replace it,
// with the same rows. So a row's lasting name is its id (model/ids.h), not its place in a block.

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/time.h"
#include "spider/model/communication.h"
#include "spider/model/ids.h"
#include "spider/model/quality.h"
#include "spider/model/sinks.h"
#include "spider/model/stream.h"

namespace spider::store {

enum class RecordKind : std::uint8_t { http = 1, session = 2 };

enum class ColumnType : std::uint8_t {
  number,   // signed 64 bits
  text,     // bytes of any length
  address,  // text of 16 bytes: model::IpAddress
  codes,    // text: code numbers, two bytes each, big-endian
};

enum class ColumnId : std::uint8_t {
#define SPIDER_COLUMN(number, name, kinds, type, help) name = number,
#include "spider/store/columns.def"
#undef SPIDER_COLUMN
};

// A number that was never seen (say the wait of a request without response).
inline constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();

struct ColumnInfo {
  ColumnId id;
  std::string_view name;
  bool in_http;
  bool in_session;
  ColumnType type;
  std::string_view help;
};

namespace detail {
enum class Kinds : std::uint8_t { http = 1, session = 2, both = 3 };
}
inline constexpr ColumnInfo kColumns[] = {
#define SPIDER_COLUMN(number, name, kinds, type, help) \
  {ColumnId::name,                                     \
   #name,                                              \
   detail::Kinds::kinds != detail::Kinds::session,     \
   detail::Kinds::kinds != detail::Kinds::http,        \
   ColumnType::type,                                   \
   help},
#include "spider/store/columns.def"
#undef SPIDER_COLUMN
};

[[nodiscard]] constexpr bool has_column(RecordKind kind, const ColumnInfo& column) noexcept {
  return kind == RecordKind::http ? column.in_http : column.in_session;
}

// Few exchanges have a value: a block in which none has leaves the column out (its summary too),
// and a row without one holds an empty text, or kNone.
[[nodiscard]] constexpr bool is_sparse(ColumnId id) noexcept {
  return static_cast<unsigned>(id) >= 40 && static_cast<unsigned>(id) < 60;
}

// What a block says of one column without reading it.
struct ColumnSummary {
  ColumnId id{};
  std::int64_t min = 0;  // numbers, kNone aside; min > max when every row is kNone
  std::int64_t max = 0;
  bool has_none = false;
  bool values_known = false;        // text: `values` lists every value that occurs
  std::vector<std::string> values;  // sorted
  std::string filter;  // text: what value_filter.h asks, when the values are not listed; or empty
};

struct BlockInfo {
  model::SourceId source{};
  RecordKind kind = RecordKind::http;
  std::uint8_t length_class = 0;  // end_max - start_min < 2^length_class ns
  std::uint64_t id = 0;           // unique in the store, never reused
  std::uint32_t rows = 0;
  base::Time start_min;
  base::Time start_max;
  base::Time end_min;
  base::Time end_max;
  std::uint64_t body_pack_min = 0;     // lowest body pack that a row refers to; 0 for none
  std::uint64_t body_pack_max = 0;     // highest; 0 for none
  std::uint32_t detail_rows = 0;       // rows in a detail chunk
  bool grouped = false;                // a small block: all columns lie in one value
  bool filed = false;                  // columns and details lie in block_file, by the block's id
  std::uint32_t bytes = 0;             // stored size of its columns and details
  std::vector<ColumnSummary> columns;  // by id

  // Null when the block was written before the column existed, or the column is sparse and no row
  // has a value.
  [[nodiscard]] const ColumnSummary* column(ColumnId column_id) const noexcept {
    for (const ColumnSummary& c : columns)
      if (c.id == column_id) return &c;
    return nullptr;
  }
};
using BlockPtr = std::shared_ptr<const BlockInfo>;

// A text column read into memory: the distinct values (or one per row) and which row has which.
struct TextColumn {
  std::vector<std::uint32_t> offsets;  // values() + 1 of them, into bytes
  std::vector<char> bytes;
  std::vector<std::uint32_t> codes;  // value of each row; empty when value i is row i

  [[nodiscard]] std::size_t values() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  [[nodiscard]] std::string_view value(std::size_t i) const noexcept {
    return {bytes.data() + offsets[i], offsets[i + 1] - offsets[i]};
  }
  [[nodiscard]] std::size_t code(std::size_t row) const noexcept {
    return codes.empty() ? row : codes[row];
  }
  [[nodiscard]] std::string_view row(std::size_t row_index) const noexcept {
    return value(code(row_index));
  }
  [[nodiscard]] std::size_t rows() const noexcept {
    return codes.empty() ? values() : codes.size();
  }
  void clear() noexcept {
    offsets.clear();
    bytes.clear();
    codes.clear();
  }
};

// One side of a stored exchange; owns its bytes.
struct MessageDetail {
  bool present = false;
  base::Time first_byte;
  base::Time last_byte;
  std::string head;
  std::string trailers;
  std::uint16_t flags = 0;  // model::MessageFlag
  std::uint64_t wire_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t missing_bytes = 0;
  std::uint64_t retransmitted_bytes = 0;
  std::vector<model::BodyExtent> body;  // for StoreSnapshot::read_body
  // In order. None, and bytes missing: stored before holes were, so nobody knows where they are.
  std::vector<model::BodyHole> holes;
  std::uint64_t more_holes = 0;  // behind those
  std::uint64_t first_packet = 0;
  std::uint64_t last_packet = 0;

  // Body bytes that can be read.
  [[nodiscard]] std::uint64_t saved_body_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const model::BodyExtent& e : body) sum += e.bytes;
    return sum;
  }
};

struct HttpDetail {
  std::uint8_t interim_responses = 0;
  MessageDetail request;
  MessageDetail response;
};

struct SessionDetail {
  model::TcpSession session;
  std::string decoder;
  std::uint32_t communications = 0;
  std::uint64_t packet_pack_first = 0;  // 0: packets not saved
  std::uint64_t packet_pack_last = 0;
  std::vector<model::ParseNote> notes;
};

struct RowRef {
  BlockPtr block;
  std::uint32_t row = 0;
};

// A saved frame, valid during the visit.
struct PacketView {
  std::uint64_t number = 0;
  std::uint64_t session_number = 0;  // 0: of no session
  base::Time time;
  std::uint32_t wire_bytes = 0;
  std::uint16_t link_type = 0;
  base::Bytes frame;
};

// ---- roll-ups -------------------------------------------------------------------------------

enum class RollupLevel : std::uint8_t { second = 1, minute = 2, hour = 3, day = 4 };

[[nodiscard]] constexpr std::int64_t bucket_ns(RollupLevel level) noexcept {
  switch (level) {
    case RollupLevel::second:
      return 1'000'000'000;
    case RollupLevel::minute:
      return 60'000'000'000;
    case RollupLevel::hour:
      return 3'600'000'000'000;
    case RollupLevel::day:
      return 86'400'000'000'000;
  }
  return 1;
}
// Bucket index: time divided by the level's length, rounded down.
[[nodiscard]] constexpr std::int64_t bucket_of(base::Time t, RollupLevel level) noexcept {
  const std::int64_t ns = bucket_ns(level);
  return t.ns / ns - (t.ns % ns < 0 ? 1 : 0);
}

// HTTP communications only. 0: no response; 1..5: 1xx..5xx; 6: any other number.
inline constexpr std::size_t kStatusClasses = 7;
[[nodiscard]] constexpr std::uint8_t status_class(std::uint16_t status) noexcept {
  if (status == 0) return 0;
  return status >= 100 && status < 600 ? static_cast<std::uint8_t>(status / 100) : std::uint8_t{6};
}

// Ids of methods are the store's own (Snapshot::methods()); 0 is "other": the table is bounded, the
// wire may send any word.
using MethodId = std::uint16_t;

struct RollupCell {
  std::uint8_t status_class = 0;
  MethodId method = 0;
  std::uint64_t opened = 0;  // started within the bucket
  std::uint64_t closed = 0;  // ended within the bucket
};
// What overlaps [a, b), both on bucket bounds: opened before b - closed before a. A communication
// overlaps when start < b and end >= a (one of no duration lies in the bucket of its start).
struct RollupBucket {
  model::SourceId source{};
  std::int64_t bucket = 0;  // bucket_of
  std::vector<RollupCell> cells;
};

struct QualityRow {
  model::SourceId source{};
  model::QualityMinute minute;  // the first, when it is a sum of many
};
// First and last minute with counts.
struct QualitySpan {
  std::int64_t first = 0;
  std::int64_t last = -1;
  [[nodiscard]] bool empty() const noexcept { return first > last; }
};

// Bytes on disk, roughly: what RocksDB says of files and memtables.
struct FamilySize {
  std::string family;
  std::uint64_t bytes = 0;
};

struct TimeSpan {
  base::Time first = base::Time::max();  // earliest start
  base::Time last = base::Time::min();   // latest end
  [[nodiscard]] bool empty() const noexcept { return first > last; }
};

}  // namespace spider::store
