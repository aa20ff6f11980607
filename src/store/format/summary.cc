#include "store/format/summary.h"

#include <iterator>

namespace spider::store::format {
namespace {

enum Tag : std::uint32_t {
  kRows = 1,
  kStartMax = 2,  // as distances from the key's start
  kEndMin = 3,
  kEndMax = 4,
  kBodyPackMin = 5,
  kDetailRows = 6,
  kBytes = 7,
  kGrouped = 8,
  kColumn = 9,  // one field per column
  kBodyPackMax = 10,
  kFiled = 11,
};
enum ColumnBit : std::uint8_t { kHasNone = 1, kValuesKnown = 2, kEmptyRange = 4, kFilter = 8 };

std::uint64_t distance(base::Time from, base::Time to) {
  return static_cast<std::uint64_t>(to.ns) - static_cast<std::uint64_t>(from.ns);
}
base::Time at_distance(base::Time from, std::uint64_t d) {
  return {static_cast<std::int64_t>(static_cast<std::uint64_t>(from.ns) + d)};
}

void put_column(const ColumnSummary& column, FieldWriter& out, std::string& scratch) {
  scratch.clear();
  ByteWriter w(scratch);
  w.u8(static_cast<std::uint8_t>(column.id));
  w.u8(static_cast<std::uint8_t>(
      (column.has_none ? kHasNone : 0) | (column.values_known ? kValuesKnown : 0) |
      (column.min > column.max ? kEmptyRange : 0) | (column.filter.empty() ? 0 : kFilter)));
  if (column.min <= column.max) {
    w.svarint(column.min);
    w.varint(static_cast<std::uint64_t>(column.max) - static_cast<std::uint64_t>(column.min));
  }
  w.varint(column.values.size());
  for (const std::string& v : column.values) {
    w.varint(v.size());
    w.text(v);
  }
  if (!column.filter.empty()) {
    w.varint(column.filter.size());
    w.text(column.filter);
  }
  out.field(kColumn, scratch);
}

void get_column(base::ByteReader& in, ColumnSummary& out) {
  out.id = ColumnId{in.u8()};
  const std::uint8_t bits = in.u8();
  out.has_none = (bits & kHasNone) != 0;
  out.values_known = (bits & kValuesKnown) != 0;
  if ((bits & kEmptyRange) != 0) {
    out.min = 1;
    out.max = 0;
  } else {
    out.min = in.svarint();
    out.max = static_cast<std::int64_t>(static_cast<std::uint64_t>(out.min) + in.varint());
  }
  const std::uint64_t values = in.varint();
  if (values > in.remaining()) return in.fail();  // each takes a byte at least
  out.values.reserve(values);
  for (std::uint64_t i = 0; i < values && !in.failed(); ++i)
    out.values.emplace_back(base::as_text(in.bytes(in.varint())));
  if ((bits & kFilter) != 0) out.filter = base::as_text(in.bytes(in.varint()));
}

}  // namespace

std::string encode_summary(const BlockInfo& block) {
  std::string out;
  std::string scratch;
  FieldWriter w(out);
  w.number(kRows, block.rows);
  w.number(kStartMax, distance(block.start_min, block.start_max));
  w.number(kEndMin, distance(block.start_min, block.end_min));
  w.number(kEndMax, distance(block.start_min, block.end_max));
  w.number(kBodyPackMin, block.body_pack_min);
  w.number(kBodyPackMax, block.body_pack_max);
  w.number(kDetailRows, block.detail_rows);
  w.number(kBytes, block.bytes);
  w.number(kGrouped, block.grouped ? 1 : 0);
  w.number(kFiled, block.filed ? 1 : 0);
  for (const ColumnSummary& c : block.columns) put_column(c, w, scratch);
  return out;
}

ValueState decode_summary(const BlockKey& key, base::Bytes value, BlockInfo& out) {
  base::ByteReader in(value);
  const ValueState state = open_value(in);
  if (state != ValueState::ok) return state;
  out = {};
  out.source = key.source;
  out.kind = key.kind;
  out.length_class = key.length_class;
  out.id = key.id;
  out.start_min = out.start_max = out.end_min = out.end_max = key.start;
  out.columns.reserve(std::size(kColumns));
  std::uint64_t rows = 0;
  std::uint64_t detail_rows = 0;
  std::uint64_t bytes = 0;
  const bool whole = for_each_field(in, [&](std::uint64_t tag, base::ByteReader& f) {
    switch (tag) {
      case kRows:
        rows = f.varint();
        break;
      case kStartMax:
        out.start_max = at_distance(key.start, f.varint());
        break;
      case kEndMin:
        out.end_min = at_distance(key.start, f.varint());
        break;
      case kEndMax:
        out.end_max = at_distance(key.start, f.varint());
        break;
      case kBodyPackMin:
        out.body_pack_min = f.varint();
        break;
      case kBodyPackMax:
        out.body_pack_max = f.varint();
        break;
      case kDetailRows:
        detail_rows = f.varint();
        break;
      case kBytes:
        bytes = f.varint();
        break;
      case kGrouped:
        out.grouped = f.varint() != 0;
        break;
      case kFiled:
        out.filed = f.varint() != 0;
        break;
      case kColumn:
        get_column(f, out.columns.emplace_back());
        break;
      default:
        break;
    }
  });
  if (!whole || rows == 0 || rows > kRowsMax || detail_rows == 0 || detail_rows > kRowsMax)
    return ValueState::corrupt;
  if (out.start_max < out.start_min || out.end_max < out.start_max || out.end_min < out.start_min)
    return ValueState::corrupt;
  out.rows = static_cast<std::uint32_t>(rows);
  out.detail_rows = static_cast<std::uint32_t>(detail_rows);
  out.bytes = static_cast<std::uint32_t>(bytes);
  return ValueState::ok;
}

}  // namespace spider::store::format
