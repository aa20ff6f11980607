// Columns of blocks: read, or searched without reading them whole.

#include <algorithm>

#include "store/format/fields.h"
#include "store/format/matches.h"
#include "store/format/texts.h"
#include "store/reader.h"

namespace spider::store {
namespace {

constexpr std::size_t kFew = 4;  // reading one row in so many is cheaper than reading all

// Those of `rows` that are in `matches`; both ascend.
void intersect(std::vector<std::uint32_t>& rows, std::vector<std::uint32_t>& matches,
               std::size_t block_rows) {
  if (rows.size() == block_rows) {
    rows.swap(matches);
    return;
  }
  std::size_t kept = 0;
  auto at = matches.begin();
  for (const std::uint32_t row : rows) {
    while (at != matches.end() && *at < row) ++at;
    if (at == matches.end()) break;
    if (*at == row) rows[kept++] = row;
  }
  rows.resize(kept);
}

// The only value with a verdict of 1.
[[nodiscard]] std::optional<std::size_t> only_one(const std::vector<char>& verdicts) {
  const auto first = std::find(verdicts.begin(), verdicts.end(), 1);
  if (first == verdicts.end() || std::find(first + 1, verdicts.end(), 1) != verdicts.end())
    return std::nullopt;
  return static_cast<std::size_t>(first - verdicts.begin());
}

// Rows that do not hold are dropped, without a branch per row: which way it would go is anybody's
// guess.
template <class Hold>
void keep_rows(std::vector<std::uint32_t>& rows, Hold&& hold) {
  std::size_t kept = 0;
  for (const std::uint32_t row : rows) {
    rows[kept] = row;
    kept += hold(row) ? 1U : 0U;
  }
  rows.resize(kept);
}

}  // namespace

template <class Decode>
base::Result<bool> Snapshot::with_column(const BlockInfo& block, ColumnId column,
                                         Decode&& decode) const {
  if (block.column(column) == nullptr) return false;
  const auto tag = static_cast<std::uint8_t>(column);
  const std::uint8_t part = block.grouped ? format::kGroupColumn : tag;
  const Family family = block.filed ? Family::block_file : Family::column;
  const std::string key = block.filed
                              ? format::segment_key(block.source, block.id, part)
                              : format::column_key(format::block_key(format::key_of(block)), part);
  rocksdb::PinnableSlice value;
  SPIDER_TRY_LET(found, database_.get(family, key, snapshot_, value));
  if (!found) return corrupt(family, key, "the column is missing");
  base::ByteReader in(base::as_bytes(value.ToStringView()));
  if (format::open_value(in) != format::ValueState::ok)
    return corrupt(family, key, "the column has an unknown version");
  bool good = false;
  if (block.grouped) {
    bool whole = format::for_each_field(in, [&](std::uint64_t t, base::ByteReader& f) {
      if (t == tag) good = decode(f);
    });
    good = good && whole;
  } else {
    good = decode(in);
  }
  if (!good) return corrupt(family, key, "the column cannot be decoded");
  return true;
}

base::Result<void> Snapshot::numbers(const BlockInfo& block, ColumnId column,
                                     std::vector<std::int64_t>& out) const {
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_numbers(in, block.rows, out);
                 }));
  if (!found) out.assign(block.rows, kNone);
  return {};
}

base::Result<void> Snapshot::numbers_at(const BlockInfo& block, ColumnId column,
                                        std::span<const std::uint32_t> rows,
                                        std::vector<std::int64_t>& out) const {
  if (rows.size() * kFew >= block.rows) return numbers(block, column, out);
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_numbers_at(in, block.rows, rows, out);
                 }));
  if (!found) out.assign(block.rows, kNone);
  return {};
}

base::Result<void> Snapshot::text(const BlockInfo& block, ColumnId column, TextColumn& out) const {
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_texts(in, block.rows, out);
                 }));
  if (!found) {
    out.clear();
    out.offsets = {0, 0};
    out.codes.assign(block.rows, 0);
  }
  return {};
}

base::Result<bool> Snapshot::text_if(const BlockInfo& block, ColumnId column,
                                     std::span<const std::uint32_t> rows, TextColumn& out,
                                     const Wanted& wanted) const {
  bool asked = false;
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   format::TextRun run;
                   if (!format::decode_values(in, block.rows, run, out)) return false;
                   asked = wanted(out);
                   if (!asked) return true;
                   return rows.size() * kFew < block.rows
                              ? format::decode_codes_at(in, block.rows, rows, run, out)
                              : format::decode_codes(in, block.rows, run, out);
                 }));
  if (found) return asked;
  out.clear();
  out.offsets = {0, 0};
  asked = wanted(out);
  if (asked) out.codes.assign(block.rows, 0);
  return asked;
}

base::Result<void> Snapshot::keep_numbers(const BlockInfo& block, ColumnId column, std::int64_t low,
                                          std::int64_t high,
                                          std::vector<std::uint32_t>& rows) const {
  if (rows.size() * kFew < block.rows) {
    std::vector<std::int64_t> values;
    SPIDER_TRY(numbers_at(block, column, rows, values));
    keep_rows(rows, [&](std::uint32_t row) {
      return values[row] != kNone && values[row] >= low && values[row] <= high;
    });
    return {};
  }
  std::vector<std::uint32_t> matches;
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::match_numbers(in, block.rows, low, high, matches);
                 }));
  static_cast<void>(found);  // without the column every row has kNone
  intersect(rows, matches, block.rows);
  return {};
}

base::Result<void> Snapshot::keep_texts(const BlockInfo& block, ColumnId column, const Judge& judge,
                                        std::vector<std::uint32_t>& rows) const {
  TextColumn values;
  std::vector<char> verdicts;
  std::vector<std::uint32_t> matches;
  bool some = false;
  bool matched = false;  // `matches` holds what matches among all rows
  const auto ask = [&] {
    verdicts.assign(values.values(), 0);
    judge(values, verdicts);
    some = std::find(verdicts.begin(), verdicts.end(), 1) != verdicts.end();
  };
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   format::TextRun run;
                   if (!format::decode_values(in, block.rows, run, values)) return false;
                   ask();
                   if (!some || !run.dictionary) return true;
                   if (rows.size() * kFew < block.rows)
                     return format::decode_codes_at(in, block.rows, rows, run, values);
                   const auto only = only_one(verdicts);
                   if (!only) return format::decode_codes(in, block.rows, run, values);
                   matched = true;
                   const auto code = static_cast<std::int64_t>(*only);
                   return format::match_numbers(in, block.rows, code, code, matches);
                 }));
  if (!found) {  // every row has the empty text
    values.offsets = {0, 0};
    ask();
    if (!some) rows.clear();
    return {};
  }
  if (!some) {
    rows.clear();
  } else if (matched) {
    intersect(rows, matches, block.rows);
  } else if (values.codes.empty()) {
    keep_rows(rows, [&](std::uint32_t row) { return verdicts[row] != 0; });
  } else {
    keep_rows(rows, [&](std::uint32_t row) { return verdicts[values.codes[row]] != 0; });
  }
  return {};
}

}  // namespace spider::store
