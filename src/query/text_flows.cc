#include "query/text_flows.h"

#include <algorithm>

#include "query/varint.h"

namespace spider::query {

using store::ColumnId;

base::Result<bool> TextFlows::add(const store::BlockInfo& block, const ColumnTimeline& part) {
  constexpr std::size_t kRowsOfText = 8;  // of fewer, a table would be as long as the columns
  constexpr std::size_t kFew = 64;        // that a small block may have all the same
  if (block.column(column_) == nullptr) return false;
  const auto bucket = part.only_bucket(block);
  if (bucket) {
    SPIDER_TRY_LET(told, snapshot_.texts_by_class(block, column_, asked_, texts_, counts_));
    if (told) {
      find_flows();
      for (std::size_t i = 0; i < found_.size(); ++i)
        for (std::uint8_t c = 0; c < store::kStatusClasses; ++c) {
          if (counts_[i][c] == 0) continue;
          found_[i]->open(*bucket, c, counts_[i][c]);
          found_[i]->close(*bucket, c, counts_[i][c]);
        }
      count_cells();
      return true;
    }
  }
  SPIDER_TRY(snapshot_.text(block, column_, texts_));
  if (texts_.values() > std::max<std::size_t>(kFew, block.rows / kRowsOfText)) return false;
  SPIDER_TRY(snapshot_.numbers(block, ColumnId::status, status_));
  if (!bucket) {
    SPIDER_TRY(snapshot_.numbers(block, ColumnId::start, starts_));
    SPIDER_TRY(snapshot_.numbers(block, ColumnId::duration, durations_));
  }
  find_flows();
  for (std::uint32_t row = 0; row < block.rows; ++row) {
    ClassFlow& flow = *found_[texts_.code(row)];
    const std::uint8_t of_class = store::status_class(static_cast<std::uint16_t>(status_[row]));
    if (bucket) {
      flow.open(*bucket, of_class, 1);
      flow.close(*bucket, of_class, 1);
      continue;
    }
    const base::Time start{starts_[row]};
    flow.open(part.bucket_of(start), of_class, 1);
    flow.close(part.bucket_of(start + base::Duration{durations_[row]}), of_class, 1);
  }
  count_cells();
  return true;
}

void TextFlows::find_flows() {
  found_.clear();
  for (std::size_t i = 0; i < texts_.values(); ++i) {
    found_.push_back(&of(texts_.value(i)));
    cells_ -= found_.back()->size();
  }
}

void TextFlows::count_cells() {
  for (const ClassFlow* flow : found_) cells_ += flow->size();
}

ClassFlow& TextFlows::of(std::string_view text) {
  const auto at = flows_.find(text);
  if (at != flows_.end()) return at->second;
  bytes_ += text.size();
  return flows_.emplace(text, ClassFlow()).first->second;
}

bool TextFlows::add_saved(const std::string& table) {
  return read(table, [this](const store::TextColumn& texts, const std::vector<base::Bytes>& flows) {
    for (std::size_t i = 0; i < flows.size(); ++i) {
      ClassFlow& flow = of(texts.value(i));
      cells_ -= flow.size();
      if (!flow.add_saved(flows[i])) return false;
      cells_ += flow.size();
    }
    return true;
  });
}

std::string TextFlows::save() const {
  std::string heads;
  std::string texts;
  std::string flows;
  append_varint(heads, flows_.size());
  for (const auto& [text, flow] : flows_) {
    const std::size_t before = flows.size();
    flow.save(flows);
    append_varint(heads, text.size());
    append_varint(heads, flows.size() - before);
    texts += text;
  }
  return heads + texts + flows;
}

bool TextFlows::take_apart(const std::string& table, store::TextColumn& texts,
                           std::vector<base::Bytes>& flows) {
  base::ByteReader in(base::as_bytes(table));
  std::vector<std::size_t> lengths;
  texts.offsets = {0};
  for (std::uint64_t left = in.varint(); left > 0 && !in.failed(); --left) {
    texts.offsets.push_back(texts.offsets.back() + static_cast<std::uint32_t>(in.varint()));
    lengths.push_back(static_cast<std::size_t>(in.varint()));
  }
  const std::string_view all = base::as_text(in.bytes(texts.offsets.back()));
  texts.bytes.assign(all.begin(), all.end());
  for (const std::size_t length : lengths) flows.push_back(in.bytes(length));
  return !in.failed() && in.remaining() == 0;
}

}  // namespace spider::query
