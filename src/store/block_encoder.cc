#include "store/block_encoder.h"

#include <algorithm>
#include <numeric>

#include "spider/store/value_filter.h"

#include "store/format/seal.h"
#include "store/format/summary.h"

namespace spider::store {
namespace {

// Blocks of fewer rows keep all their columns in one value: a key per column would cost more than
// reading them together.
constexpr std::uint32_t kGroupedRowsMax = 512;
// A detail chunk is what one detail view reads and decompresses.
constexpr std::uint32_t kChunkRows = 256;
constexpr std::size_t kChunkBytes = std::size_t{128} << 10U;

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }

// The range and, when they are few and short, the values: what lets a reader skip the block.
void summarise(const format::TextEncoder& text, ColumnSummary& summary) {
  if (!text.has_dictionary()) return;
  std::size_t bytes = 0;
  for (const std::string_view v : text.distinct()) bytes += v.size();
  if (text.distinct().size() > format::kSummaryValuesMax || bytes > format::kSummaryValueBytesMax) {
    if (has_value_filter(summary.id)) summary.filter = make_value_filter(text.distinct());
    return;
  }
  summary.values_known = true;
  for (const std::string_view v : text.distinct()) summary.values.emplace_back(v);
  std::sort(summary.values.begin(), summary.values.end());
}

}  // namespace

void BlockEncoder::sort_rows(const RowBuffer& rows, std::uint32_t first, std::uint32_t count) {
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), first);
  const auto start = rows.starts();
  const auto number = rows.numbers(ColumnId::session_number);
  const auto ordinal = rows.numbers(ColumnId::ordinal);  // empty for sessions
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    if (start[a] != start[b]) return start[a] < start[b];
    if (number[a] != number[b]) return number[a] < number[b];
    return !ordinal.empty() && ordinal[a] < ordinal[b];
  };
  if (!std::is_sorted(order_.begin(), order_.end(), before))
    std::sort(order_.begin(), order_.end(), before);
}

void BlockEncoder::describe(const RowBuffer& rows, BlockInfo& block) const {
  const auto start = rows.starts();
  const auto duration = rows.numbers(ColumnId::duration);
  block.rows = static_cast<std::uint32_t>(order_.size());
  block.start_min = {start[order_.front()]};
  block.start_max = {start[order_.back()]};
  block.end_min = base::Time::max();
  block.end_max = base::Time::min();
  for (const std::uint32_t row : order_) {
    const base::Time end = base::Time{start[row]} + base::Duration{duration[row]};
    block.end_min = std::min(block.end_min, end);
    block.end_max = std::max(block.end_max, end);
    const std::uint64_t low = rows.pack_min(row);
    if (low != 0 && (block.body_pack_min == 0 || low < block.body_pack_min))
      block.body_pack_min = low;
    block.body_pack_max = std::max(block.body_pack_max, rows.pack_max(row));
  }
  block.length_class = format::length_class(block.start_min, block.end_max);
  block.grouped = block.rows <= kGroupedRowsMax;
}

bool BlockEncoder::holds(const RowBuffer& rows, const ColumnInfo& column) const {
  if (!is_sparse(column.id)) return true;
  if (column.type == ColumnType::number)
    return !rows.numbers(column.id).empty() &&
           std::any_of(order_.begin(), order_.end(),
                       [&](std::uint32_t row) { return rows.number(column.id, row) != kNone; });
  return std::any_of(order_.begin(), order_.end(),
                     [&](std::uint32_t row) { return !rows.text(column.id, row).empty(); });
}

// The column in the order of the block. Of a sparse one the last rows may be missing.
void BlockEncoder::gather(const RowBuffer& rows, ColumnId id) {
  const std::span<const std::int64_t> run = rows.numbers(id);
  run_.resize(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i)
    run_[i] = order_[i] < run.size() ? run[order_[i]] : kNone;
}

void BlockEncoder::encode_column(const RowBuffer& rows, const ColumnInfo& column, std::string& out,
                                 ColumnSummary& summary) {
  format::ByteWriter w(out);
  summary.id = column.id;
  if (column.type == ColumnType::number) {
    gather(rows, column.id);
    const format::NumberFacts facts = numbers_.put(run_, w);
    summary.min = facts.low;
    summary.max = facts.high;
    summary.has_none = facts.none;
    return;
  }
  texts_.resize(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) texts_[i] = rows.text(column.id, order_[i]);
  text_.put(texts_, format::Codec::lz4, numbers_, compressor_, w);
  summarise(text_, summary);
}

void BlockEncoder::encode_columns(const RowBuffer& rows, EncodedBlock& out) {
  BlockInfo& block = out.info;
  std::string& bytes = out.parts.bytes;
  out.parts.ends.assign(format::kChunkPart, 0);
  group_.clear();
  format::FieldWriter group(group_);
  for (const ColumnInfo& column : kColumns) {
    if (!has_column(block.kind, column) || !holds(rows, column)) continue;
    const auto tag = static_cast<std::uint8_t>(column.id);
    pause();
    if (block.grouped) {
      payload_.clear();
      encode_column(rows, column, payload_, block.columns.emplace_back());
      group.field(tag, payload_);
      continue;
    }
    // A column on its own: version, compat, and the run without a frame around it.
    bytes.push_back(static_cast<char>(format::kVersion));
    bytes.push_back(static_cast<char>(format::kCompat));
    encode_column(rows, column, bytes, block.columns.emplace_back());
    bytes.append(format::kSealBytes, 0);
    out.parts.ends[tag] = bytes.size();
  }
  if (block.grouped) {
    bytes += group_;
    bytes.append(format::kSealBytes, 0);
    out.parts.ends[format::kGroupColumn] = bytes.size();
  }
  // What is not there ends where the one before it ends. Columns were put in the order of their
  // tags.
  std::size_t end = 0;
  for (std::size_t& e : out.parts.ends) e = end = std::max(end, e);
}

void BlockEncoder::encode_details(const RowBuffer& rows, EncodedBlock& out) {
  BlockInfo& block = out.info;
  std::string& bytes = out.parts.bytes;
  const std::size_t per_row = rows.details().blob.size() / rows.rows() + 1;
  block.detail_rows =
      static_cast<std::uint32_t>(std::clamp<std::size_t>(kChunkBytes / per_row, 1, kChunkRows));
  // A chunk number has 16 bits.
  block.detail_rows = std::max(block.detail_rows, block.rows / 65'536 + 1);
  const std::span<const std::uint32_t> order(order_);
  for (std::size_t at = 0; at < order.size(); at += block.detail_rows, ++out.written.chunks) {
    detail_.put(rows.details(),
                order.subspan(at, std::min<std::size_t>(block.detail_rows, order.size() - at)),
                numbers_, compressor_, bytes);
    bytes.append(format::kSealBytes, 0);
    out.parts.ends.push_back(bytes.size());
    pause();
  }
}

void BlockEncoder::encode(const RowBuffer& rows, model::SourceId source, RecordKind kind,
                          std::uint64_t id, std::uint32_t first, std::uint32_t count,
                          EncodedBlock& out) {
  sort_rows(rows, first, count);
  out.info = {};
  out.parts.clear();
  if (count > kGroupedRowsMax) out.parts.bytes.reserve(usual_bytes_ + usual_bytes_ / 4);
  BlockInfo& block = out.info;
  block.source = source;
  block.kind = kind;
  block.id = id;
  describe(rows, block);
  out.written = {format::block_key(format::key_of(block)), block.grouped, 0};
  encode_columns(rows, out);
  encode_details(rows, out);
  for (std::size_t i = 0; i < out.parts.ends.size(); ++i)
    block.bytes += static_cast<std::uint32_t>(out.part(i).size());
  if (count > kGroupedRowsMax) usual_bytes_ = out.parts.bytes.size();
}

std::string_view EncodedBlock::part(std::size_t i) const noexcept {
  const std::size_t begin = i == 0 ? 0 : parts.ends[i - 1];
  const std::size_t bytes = parts.ends[i] - begin;
  return bytes == 0 ? std::string_view{}
                    : std::string_view(parts.bytes).substr(begin, bytes - format::kSealBytes);
}

bool EncodedBlock::fits_file() const noexcept { return parts.ends.size() <= 65'536; }

void EncodedBlock::put_logged(const Database& database, rocksdb::WriteBatch& batch) const {
  for (std::size_t i = 0; i < parts.ends.size(); ++i) {
    const std::string_view value = part(i);
    if (value.empty()) continue;
    if (i < format::kChunkPart) {
      database.put(batch, Family::column,
                   format::column_key(written.key, static_cast<std::uint8_t>(i)), value);
    } else {
      database.put(
          batch, Family::detail,
          format::detail_key(written.key, static_cast<std::uint16_t>(i - format::kChunkPart)),
          value);
    }
  }
  database.put(batch, Family::block, written.key, format::encode_summary(info));
}

void EncodedBlock::put_filed(const Database& database, rocksdb::WriteBatch& batch) {
  for (std::size_t i = 0; i < parts.ends.size(); ++i) {
    const std::string_view value = part(i);
    if (value.empty()) continue;
    const auto seal = format::seal_of(
        sealed_as(Family::block_file),
        format::segment_key(info.source, info.id, static_cast<std::uint16_t>(i)), value);
    std::copy(
        seal.begin(), seal.end(),
        parts.bytes.begin() + static_cast<std::ptrdiff_t>(parts.ends[i] - format::kSealBytes));
  }
  info.filed = true;
  database.put(batch, Family::block, written.key, format::encode_summary(info));
}

void BlockEncoder::remove(const Database& database, const WrittenBlock& block, RecordKind kind,
                          rocksdb::WriteBatch& batch) {
  batch.Delete(database.handle(Family::block), slice(block.key));
  if (block.grouped) {
    batch.Delete(database.handle(Family::column),
                 format::column_key(block.key, format::kGroupColumn));
  } else {
    for (const ColumnInfo& column : kColumns)
      if (has_column(kind, column))
        batch.Delete(database.handle(Family::column),
                     format::column_key(block.key, static_cast<std::uint8_t>(column.id)));
  }
  for (std::uint32_t chunk = 0; chunk < block.chunks; ++chunk)
    batch.Delete(database.handle(Family::detail),
                 format::detail_key(block.key, static_cast<std::uint16_t>(chunk)));
}

}  // namespace spider::store
