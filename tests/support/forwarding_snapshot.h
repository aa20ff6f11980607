#pragma once
// ForwardingSnapshot: a snapshot of a store that hands every question on. A test derives from it
// and stands between those who ask and the store.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spider/store/store_reader.h"

namespace spider::test {

class ForwardingSnapshot : public store::StoreSnapshot {
 public:
  explicit ForwardingSnapshot(std::unique_ptr<store::StoreSnapshot> inner)
      : inner_(std::move(inner)) {}

  base::Result<void> http_details(const store::BlockInfo& block,
                                  std::span<const std::uint32_t> rows,
                                  const DetailVisit& visit) const override {
    return inner().http_details(block, rows, visit);
  }
  std::uint64_t asked_before(std::string_view question) const override {
    return inner().asked_before(question);
  }
  base::Result<void> keep_asked(const store::BlockInfo& block, std::uint64_t asked,
                                const Keep& keep, std::vector<std::uint32_t>& rows) const override {
    return inner().keep_asked(block, asked, keep, rows);
  }
  KeptAnswer kept_answer(std::string_view name) const override { return inner().kept_answer(name); }
  bool wants_answer(std::string_view name) const override { return inner().wants_answer(name); }
  bool has_room_for_answers() const override { return inner().has_room_for_answers(); }
  void keep_answer(std::string_view name, std::string answer) const override {
    inner().keep_answer(name, std::move(answer));
  }
  base::Result<bool> count_texts(const store::BlockInfo& block, store::ColumnId column,
                                 const Judge& judge, std::uint64_t asked,
                                 std::vector<char>& verdicts,
                                 store::ClassCounts& out) const override {
    return inner().count_texts(block, column, judge, asked, verdicts, out);
  }
  base::Result<bool> texts_by_class(const store::BlockInfo& block, store::ColumnId column,
                                    std::uint64_t asked, store::TextColumn& values,
                                    std::vector<store::ClassCounts>& out) const override {
    return inner().texts_by_class(block, column, asked, values, out);
  }
  bool pass_over(const base::Error& error) const override { return inner().pass_over(error); }
  store::Unreadable unreadable() const override { return inner().unreadable(); }
  std::uint64_t version() const noexcept override { return inner().version(); }
  model::SourceId whisperer_of(model::SourceId source) const override {
    return inner().whisperer_of(source);
  }
  base::Result<std::vector<store::BlockPtr>> blocks(store::RecordKind kind, store::Sources sources,
                                                    base::Time from, base::Time to) const override {
    return inner().blocks(kind, sources, from, to);
  }
  base::Result<void> numbers(const store::BlockInfo& block, store::ColumnId column,
                             std::vector<std::int64_t>& out) const override {
    return inner().numbers(block, column, out);
  }
  base::Result<void> numbers_at(const store::BlockInfo& block, store::ColumnId column,
                                std::span<const std::uint32_t> rows,
                                std::vector<std::int64_t>& out) const override {
    return inner().numbers_at(block, column, rows, out);
  }
  base::Result<void> text(const store::BlockInfo& block, store::ColumnId column,
                          store::TextColumn& out) const override {
    return inner().text(block, column, out);
  }
  base::Result<void> keep_numbers(const store::BlockInfo& block, store::ColumnId column,
                                  std::int64_t low, std::int64_t high, std::uint64_t asked,
                                  std::vector<std::uint32_t>& rows) const override {
    return inner().keep_numbers(block, column, low, high, asked, rows);
  }
  base::Result<void> keep_texts(const store::BlockInfo& block, store::ColumnId column,
                                const Judge& judge, std::uint64_t asked,
                                std::vector<std::uint32_t>& rows) const override {
    return inner().keep_texts(block, column, judge, asked, rows);
  }
  base::Result<bool> text_if(const store::BlockInfo& block, store::ColumnId column,
                             std::span<const std::uint32_t> rows, store::TextColumn& out,
                             const Wanted& wanted) const override {
    return inner().text_if(block, column, rows, out, wanted);
  }
  base::Result<void> pick_numbers(const store::BlockInfo& block, store::ColumnId column,
                                  std::span<const std::uint32_t> rows,
                                  std::vector<std::int64_t>& out) const override {
    return inner().pick_numbers(block, column, rows, out);
  }
  base::Result<void> pick_texts(const store::BlockInfo& block, store::ColumnId column,
                                std::span<const std::uint32_t> rows,
                                store::TextColumn& out) const override {
    return inner().pick_texts(block, column, rows, out);
  }
  base::Result<store::RowRef> find(const model::CommunicationId& id) const override {
    return inner().find(id);
  }
  base::Result<store::RowRef> find(const model::SessionId& id) const override {
    return inner().find(id);
  }
  base::Result<store::HttpDetail> http_detail(const store::BlockInfo& block,
                                              std::uint32_t row) const override {
    return inner().http_detail(block, row);
  }
  base::Result<store::SessionDetail> session_detail(const store::BlockInfo& block,
                                                    std::uint32_t row) const override {
    return inner().session_detail(block, row);
  }
  base::Result<void> read_body(model::SourceId source, std::span<const model::BodyExtent> extents,
                               std::uint64_t offset, std::uint64_t limit,
                               std::vector<std::uint8_t>& out) const override {
    return inner().read_body(source, extents, offset, limit, out);
  }
  base::Result<void> session_packets(
      model::SourceId source, std::uint64_t session_number, std::uint64_t pack_first,
      std::uint64_t pack_last,
      const std::function<bool(const store::PacketView&)>& visit) const override {
    return inner().session_packets(source, session_number, pack_first, pack_last, visit);
  }
  base::Result<std::vector<store::RollupBucket>> rollup(store::RollupLevel level,
                                                        store::Sources sources, base::Time from,
                                                        base::Time to) const override {
    return inner().rollup(level, sources, from, to);
  }
  base::Result<std::vector<store::RollupBucket>> rollup_before(store::Sources sources,
                                                               base::Time time) const override {
    return inner().rollup_before(sources, time);
  }
  base::Result<std::uint64_t> newest_block(store::RecordKind kind) const override {
    return inner().newest_block(kind);
  }
  base::Result<std::uint64_t> blocks_end() const override { return inner().blocks_end(); }
  base::Result<NewBlocks> blocks_from(store::RecordKind kind, std::uint64_t id) const override {
    return inner().blocks_from(kind, id);
  }
  base::Result<std::vector<std::string>> methods() const override { return inner().methods(); }
  base::Result<std::vector<store::QualityRow>> quality(store::Sources sources, base::Time from,
                                                       base::Time to) const override {
    return inner().quality(sources, from, to);
  }
  base::Result<std::vector<store::QualityRow>> quality_sums(store::Sources sources, base::Time from,
                                                            base::Time to,
                                                            base::Duration step) const override {
    return inner().quality_sums(sources, from, to, step);
  }
  base::Result<store::QualitySpan> quality_span(store::Sources sources, base::Time from,
                                                base::Time to) const override {
    return inner().quality_span(sources, from, to);
  }
  base::Result<store::TimeSpan> time_span(store::RecordKind kind,
                                          store::Sources sources) const override {
    return inner().time_span(kind, sources);
  }

 protected:
  [[nodiscard]] const store::StoreSnapshot& inner() const { return *inner_; }

 private:
  std::unique_ptr<store::StoreSnapshot> inner_;
};

}  // namespace spider::test
