// Columns of blocks: read, or searched without reading them whole.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/format/fields.h"
#include "store/format/matches.h"
#include "store/format/texts.h"
#include "store/reader.h"
#include "store/text_counts.h"

namespace spider::store {
namespace {

constexpr std::size_t kFew = 4;  // reading one row in so many is cheaper than reading all
constexpr std::uint32_t kSelectionRowsMin = 512;  // of smaller blocks looking again costs as little

[[nodiscard]] bool is_number(ColumnId column) {
  return std::any_of(std::begin(kColumns), std::end(kColumns), [&](const ColumnInfo& info) {
    return info.id == column && info.type == ColumnType::number;
  });
}

// Those of `rows` that are in `matches`; both ascend.
void intersect(std::vector<std::uint32_t>& rows, const std::vector<std::uint32_t>& matches) {
  std::size_t kept = 0;
  auto at = matches.begin();
  for (const std::uint32_t row : rows) {
    while (at != matches.end() && *at < row) ++at;
    if (at == matches.end()) break;
    if (*at == row) rows[kept++] = row;
  }
  rows.resize(kept);
}

// Whether the numbers are many bits apart but lie so close that there may be few of them
// (statuses): those mostly take half their bytes when they are narrowed.
[[nodiscard]] bool few_numbers(const BlockInfo& block, ColumnId column) {
  const ColumnSummary* c = block.column(column);
  return c != nullptr && c->min >= 0 && c->max < 1'024 && c->max - c->min >= 128;
}

// The number that every row has, when the summary tells; it lists no other.
[[nodiscard]] std::optional<std::int64_t> same_number(const BlockInfo& block, ColumnId column) {
  const ColumnSummary* c = block.column(column);
  if (c == nullptr) return kNone;
  if (c->min == c->max && !c->has_none) return c->min;
  if (c->min > c->max && c->has_none) return kNone;
  return std::nullopt;
}

// The same of a text; a block without the column has the empty one.
[[nodiscard]] std::optional<std::string_view> same_text(const BlockInfo& block, ColumnId column) {
  const ColumnSummary* c = block.column(column);
  if (c == nullptr) return std::string_view{};
  if (c->values_known && c->values.size() == 1) return c->values.front();
  return std::nullopt;
}

void set_same(std::string_view text, std::size_t rows, TextColumn& out) {
  out.clear();
  out.offsets = {0, static_cast<std::uint32_t>(text.size())};
  out.bytes.assign(text.begin(), text.end());
  out.codes.assign(rows, 0);
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

// Numbers in fewer bits where that saves much: it takes a pass over them, so only of what stays.
void Snapshot::keep_column(const BlockInfo& block, ColumnId column, std::uint8_t part,
                           base::Bytes run) const {
  const bool single = part != format::kGroupColumn && is_number(column);
  const std::size_t about = single && few_numbers(block, column) ? run.size() / 2 : run.size();
  if (!caches_.columns.admits(block, part, about)) return;
  std::string narrow;
  if (single && format::narrow_numbers(base::ByteReader(run), block.rows, narrow))
    run = base::as_bytes(narrow);
  caches_.columns.keep(block, part, ColumnCache::kColumn, run);
}

template <class KeepAll>
base::Result<void> Snapshot::select(const BlockInfo& block, std::uint8_t part, std::uint64_t asked,
                                    std::vector<std::uint32_t>& rows, KeepAll&& keep_all) const {
  if (rows.empty()) return {};
  if (asked == 0 || block.rows < kSelectionRowsMin || block.rows > kSelectionRowsMax)
    return keep_all(rows);
  if (const ColumnCache::Value known = caches_.columns.find(block, part, asked)) {
    keep_selected(base::as_text(known.bytes()), block.rows, rows);
    return {};
  }
  if (!caches_.columns.admits(block, part, selection_bytes_max(block.rows), asked))
    return keep_all(rows);
  const bool all = rows.size() == block.rows;
  std::vector<std::uint32_t> matches(block.rows);
  std::iota(matches.begin(), matches.end(), 0U);
  // Damage that the rows asked for do not meet is no matter of theirs.
  if (!keep_all(matches)) return keep_all(rows);
  caches_.columns.keep(block, part, asked, base::as_bytes(pack_selection(matches, block.rows)));
  if (all) {
    rows.swap(matches);
  } else {
    intersect(rows, matches);
  }
  return {};
}

template <class Decode>
base::Result<bool> Snapshot::with_column(const BlockInfo& block, ColumnId column,
                                         Decode&& decode) const {
  if (block.column(column) == nullptr) return false;
  const auto tag = static_cast<std::uint8_t>(column);
  const std::uint8_t part = block.grouped ? format::kGroupColumn : tag;
  const auto decoded = [&](base::ByteReader in) {
    if (!block.grouped) return static_cast<bool>(decode(in));
    bool good = false;
    const bool whole = format::for_each_field(in, [&](std::uint64_t t, base::ByteReader& f) {
      if (t == tag) good = decode(f);
    });
    return good && whole;
  };
  const Family family = block.filed ? Family::block_file : Family::column;
  const std::string key = block.filed
                              ? format::segment_key(block.source, block.id, part)
                              : format::column_key(format::block_key(format::key_of(block)), part);
  const auto damaged = [&] { return corrupt(family, key, "the column cannot be decoded"); };
  if (const ColumnCache::Value known = caches_.columns.find(block, part)) {
    if (!decoded(base::ByteReader(known.bytes()))) return damaged();
    return true;
  }
  const ColumnCache::Value fresh = caches_.fresh.find(block, part);
  rocksdb::PinnableSlice value;
  if (!fresh) {
    SPIDER_TRY_LET(found, database_.get(family, key, snapshot_, value));
    if (!found) return corrupt(family, key, "the column is missing");
  }
  base::ByteReader in(fresh ? fresh.bytes() : base::as_bytes(value.ToStringView()));
  if (format::open_value(in) != format::ValueState::ok)
    return corrupt(family, key, "the column has an unknown version");
  if (!decoded(in)) return damaged();
  keep_column(block, column, part, in.rest());
  return true;
}

base::Result<void> Snapshot::numbers(const BlockInfo& block, ColumnId column,
                                     std::vector<std::int64_t>& out) const {
  if (const auto same = same_number(block, column)) {
    out.assign(block.rows, *same);
    return {};
  }
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_numbers(in, block.rows, out);
                 }));
  static_cast<void>(found);
  return {};
}

base::Result<void> Snapshot::numbers_at(const BlockInfo& block, ColumnId column,
                                        std::span<const std::uint32_t> rows,
                                        std::vector<std::int64_t>& out) const {
  if (rows.size() * kFew >= block.rows) return numbers(block, column, out);
  if (const auto same = same_number(block, column)) {
    out.resize(block.rows);
    for (const std::uint32_t row : rows) out[row] = *same;
    return {};
  }
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_numbers_at(in, block.rows, rows, out);
                 }));
  static_cast<void>(found);
  return {};
}

base::Result<void> Snapshot::text(const BlockInfo& block, ColumnId column, TextColumn& out) const {
  if (const auto same = same_text(block, column)) {
    set_same(*same, block.rows, out);
    return {};
  }
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::decode_texts(in, block.rows, out);
                 }));
  static_cast<void>(found);
  return {};
}

base::Result<bool> Snapshot::text_if(const BlockInfo& block, ColumnId column,
                                     std::span<const std::uint32_t> rows, TextColumn& out,
                                     const Wanted& wanted) const {
  bool asked = false;
  if (const auto same = same_text(block, column)) {
    set_same(*same, 0, out);
    asked = wanted(out);
    if (asked) out.codes.assign(block.rows, 0);
    return asked;
  }
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   format::TextRun run;
                   if (!format::decode_values(in, block.rows, run, out)) return false;
                   asked = wanted(out);
                   if (!asked) return true;
                   return rows.size() * kFew < block.rows
                              ? format::decode_codes_at(in, block.rows, rows, run, out)
                              : format::decode_codes(in, block.rows, run, out);
                 }));
  static_cast<void>(found);
  return asked;
}

base::Result<void> Snapshot::pick_numbers(const BlockInfo& block, ColumnId column,
                                          std::span<const std::uint32_t> rows,
                                          std::vector<std::int64_t>& out) const {
  if (const auto same = same_number(block, column)) {
    out.assign(rows.size(), *same);
    return {};
  }
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   return format::pick_numbers(in, block.rows, rows, out);
                 }));
  static_cast<void>(found);
  return {};
}

base::Result<void> Snapshot::pick_texts(const BlockInfo& block, ColumnId column,
                                        std::span<const std::uint32_t> rows,
                                        TextColumn& out) const {
  if (const auto same = same_text(block, column)) {
    set_same(*same, rows.size(), out);
    return {};
  }
  const auto pick = [&](base::ByteReader& in) {
    format::TextRun run;
    if (!format::decode_values(in, block.rows, run, out)) return false;
    if (!run.dictionary) {  // value i is row i
      out.codes.assign(rows.begin(), rows.end());
      return true;
    }
    std::vector<std::int64_t> codes;
    if (!format::pick_numbers(in, block.rows, rows, codes)) return false;
    const std::uint64_t count = out.values();
    out.codes.resize(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (static_cast<std::uint64_t>(codes[i]) >= count) return false;
      out.codes[i] = static_cast<std::uint32_t>(codes[i]);
    }
    return true;
  };
  SPIDER_TRY_LET(found, with_column(block, column, pick));
  static_cast<void>(found);
  return {};
}

base::Result<void> Snapshot::keep_asked(const BlockInfo& block, std::uint64_t asked,
                                        const Keep& keep, std::vector<std::uint32_t>& rows) const {
  return select(block, 0, asked, rows, keep);  // no column has the number 0
}

base::Result<bool> Snapshot::answer_asked(const BlockInfo& block, std::uint64_t asked,
                                          std::size_t bytes, const Make& make,
                                          std::string& out) const {
  constexpr std::uint8_t kPart = 0;  // as above: each question has a number of its own
  if (asked == 0 || block.rows < kSelectionRowsMin) return false;
  if (const ColumnCache::Value known = caches_.columns.find(block, kPart, asked)) {
    out.assign(base::as_text(known.bytes()));
    return true;
  }
  if (!caches_.columns.admits(block, kPart, bytes, asked)) return false;
  out.clear();
  SPIDER_TRY(make(out));
  caches_.columns.keep(block, kPart, asked, base::as_bytes(out));
  return true;
}

base::Result<void> Snapshot::keep_numbers(const BlockInfo& block, ColumnId column, std::int64_t low,
                                          std::int64_t high, std::uint64_t asked,
                                          std::vector<std::uint32_t>& rows) const {
  if (const auto same = same_number(block, column)) {
    if (*same == kNone || *same < low || *same > high) rows.clear();
    return {};
  }
  return select(
      block, static_cast<std::uint8_t>(column), asked, rows,
      [&](std::vector<std::uint32_t>& of) { return match(block, column, low, high, of); });
}

base::Result<void> Snapshot::match(const BlockInfo& block, ColumnId column, std::int64_t low,
                                   std::int64_t high, std::vector<std::uint32_t>& rows) const {
  std::vector<std::uint32_t> matches;
  const bool all = rows.size() == block.rows;
  const bool few = rows.size() * kFew < block.rows;
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   if (few) return format::keep_matches(in, block.rows, low, high, rows);
                   return format::match_numbers(in, block.rows, low, high, all ? rows : matches);
                 }));
  static_cast<void>(found);
  if (!few && !all) intersect(rows, matches);
  return {};
}

base::Result<void> Snapshot::keep_texts(const BlockInfo& block, ColumnId column, const Judge& judge,
                                        std::uint64_t asked,
                                        std::vector<std::uint32_t>& rows) const {
  if (same_text(block, column)) return match(block, column, judge, rows);
  return select(block, static_cast<std::uint8_t>(column), asked, rows,
                [&](std::vector<std::uint32_t>& of) { return match(block, column, judge, of); });
}

base::Result<void> Snapshot::match(const BlockInfo& block, ColumnId column, const Judge& judge,
                                   std::vector<std::uint32_t>& rows) const {
  TextColumn values;
  std::vector<char> verdicts;
  const auto ask = [&] {
    verdicts.assign(values.values(), 0);
    judge(values, verdicts);
    return std::find(verdicts.begin(), verdicts.end(), 1) != verdicts.end();
  };
  if (const auto same = same_text(block, column)) {
    set_same(*same, 0, values);
    if (!ask()) rows.clear();
    return {};
  }
  std::vector<std::uint32_t> matches;
  bool matched = false;  // `matches` holds what matches among all rows
  const auto keep = [&](base::ByteReader& in) {
    format::TextRun run;
    if (!format::decode_values(in, block.rows, run, values)) return false;
    if (!ask()) {
      rows.clear();
      return true;
    }
    if (!run.dictionary) {
      keep_rows(rows, [&](std::uint32_t row) { return verdicts[row] != 0; });
      return true;
    }
    if (rows.size() * kFew < block.rows) return format::keep_codes(in, block.rows, verdicts, rows);
    if (const auto only = only_one(verdicts)) {
      const auto code = static_cast<std::int64_t>(*only);
      matched = rows.size() != block.rows;
      return format::match_numbers(in, block.rows, code, code, matched ? matches : rows);
    }
    if (!format::decode_codes(in, block.rows, run, values)) return false;
    keep_rows(rows, [&](std::uint32_t row) { return verdicts[values.codes[row]] != 0; });
    return true;
  };
  SPIDER_TRY_LET(found, with_column(block, column, keep));
  static_cast<void>(found);
  if (matched) intersect(rows, matches);
  return {};
}

base::Bytes Snapshot::kept_counts(const BlockInfo& block, ColumnId column, std::uint64_t asked,
                                  ColumnCache::Value& known, std::string& made) const {
  const auto part = static_cast<std::uint8_t>(column);
  if (asked == 0 || block.rows < kSelectionRowsMin || block.rows >= kSelectionRowsMax) return {};
  known = caches_.columns.find(block, part, asked);
  if (known) return known.bytes();
  if (!caches_.columns.admits(block, part, block.rows / 2, asked)) return {};
  auto counts = counts_of_texts(block, column);
  if (!counts) return {};  // damage that the rows asked for may not meet
  made.swap(*counts);
  caches_.columns.keep(block, part, asked, base::as_bytes(made));
  return base::as_bytes(made);
}

base::Result<bool> Snapshot::count_texts(const BlockInfo& block, ColumnId column,
                                         const Judge& judge, std::uint64_t asked,
                                         std::vector<char>& verdicts, ClassCounts& out) const {
  ColumnCache::Value known;
  std::string made;
  const base::Bytes kept = kept_counts(block, column, asked, known, made);
  return !kept.empty() &&
         count_wanted(kept, block.rows, judge, caches_.text_numbers, verdicts, out);
}

base::Result<bool> Snapshot::texts_by_class(const BlockInfo& block, ColumnId column,
                                            std::uint64_t asked, TextColumn& values,
                                            std::vector<ClassCounts>& out) const {
  ColumnCache::Value known;
  std::string made;
  const base::Bytes kept = kept_counts(block, column, asked, known, made);
  return !kept.empty() && all_counts(kept, block.rows, caches_.text_numbers, values, out);
}

base::Result<std::string> Snapshot::counts_of_texts(const BlockInfo& block, ColumnId column) const {
  constexpr std::size_t kRowsOfText = 8;  // of fewer, the counts would be as long as the column
  std::string texts;
  TextColumn values;
  bool few = false;
  SPIDER_TRY_LET(found, with_column(block, column, [&](base::ByteReader& in) {
                   format::TextRun run;
                   const base::Bytes begin = in.rest();
                   if (!format::decode_values(in, block.rows, run, values)) return false;
                   few = run.dictionary && values.values() <= block.rows / kRowsOfText;
                   if (!few) return true;
                   texts = base::as_text(begin.first(begin.size() - in.remaining()));
                   return format::decode_codes(in, block.rows, run, values);
                 }));
  if (!found || !few) return std::string();
  std::vector<std::int64_t> status;
  SPIDER_TRY(numbers(block, ColumnId::status, status));
  return text_counts(values, base::as_bytes(texts), status, caches_.text_numbers);
}

}  // namespace spider::store
