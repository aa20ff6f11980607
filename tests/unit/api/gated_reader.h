#pragma once
// GatedReader: a store's reader whose heads and bodies are not read before the test opens the gate;
// who reads them meanwhile waits, and asks again and again whether to go on, so that what happens
// during a scan can be seen without any clock.

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "spider/store/store_reader.h"

namespace spider::test {

struct Gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0};  // scans that are at the gate now
};

class GatedSnapshot final : public store::StoreSnapshot {
 public:
  GatedSnapshot(std::unique_ptr<store::StoreSnapshot> inner, Gate& gate)
      : inner_(std::move(inner)), gate_(gate) {}

  // The first row is shown to the visitor over and over while the gate is shut.
  base::Result<void> http_details(const store::BlockInfo& block,
                                  std::span<const std::uint32_t> rows,
                                  const DetailVisit& visit) const override {
    if (rows.empty()) return {};
    ++gate_.waiting;
    base::Result<void> out;
    while (out && !gate_.open.load()) {
      out = inner_->http_details(block, rows.subspan(0, 1), visit);
      std::this_thread::yield();
    }
    --gate_.waiting;
    if (!out) return out;
    return inner_->http_details(block, rows, visit);
  }

  bool pass_over(const base::Error& error) const override { return inner_->pass_over(error); }
  store::Unreadable unreadable() const override { return inner_->unreadable(); }
  std::uint64_t version() const noexcept override { return inner_->version(); }
  model::SourceId whisperer_of(model::SourceId source) const override {
    return inner_->whisperer_of(source);
  }
  base::Result<std::vector<store::BlockPtr>> blocks(store::RecordKind kind, store::Sources sources,
                                                    base::Time from, base::Time to) const override {
    return inner_->blocks(kind, sources, from, to);
  }
  base::Result<void> numbers(const store::BlockInfo& block, store::ColumnId column,
                             std::vector<std::int64_t>& out) const override {
    return inner_->numbers(block, column, out);
  }
  base::Result<void> numbers_at(const store::BlockInfo& block, store::ColumnId column,
                                std::span<const std::uint32_t> rows,
                                std::vector<std::int64_t>& out) const override {
    return inner_->numbers_at(block, column, rows, out);
  }
  base::Result<void> text(const store::BlockInfo& block, store::ColumnId column,
                          store::TextColumn& out) const override {
    return inner_->text(block, column, out);
  }
  base::Result<void> keep_numbers(const store::BlockInfo& block, store::ColumnId column,
                                  std::int64_t low, std::int64_t high, std::uint64_t asked,
                                  std::vector<std::uint32_t>& rows) const override {
    return inner_->keep_numbers(block, column, low, high, asked, rows);
  }
  base::Result<void> keep_texts(const store::BlockInfo& block, store::ColumnId column,
                                const Judge& judge, std::uint64_t asked,
                                std::vector<std::uint32_t>& rows) const override {
    return inner_->keep_texts(block, column, judge, asked, rows);
  }
  base::Result<bool> text_if(const store::BlockInfo& block, store::ColumnId column,
                             std::span<const std::uint32_t> rows, store::TextColumn& out,
                             const Wanted& wanted) const override {
    return inner_->text_if(block, column, rows, out, wanted);
  }
  base::Result<void> pick_numbers(const store::BlockInfo& block, store::ColumnId column,
                                  std::span<const std::uint32_t> rows,
                                  std::vector<std::int64_t>& out) const override {
    return inner_->pick_numbers(block, column, rows, out);
  }
  base::Result<void> pick_texts(const store::BlockInfo& block, store::ColumnId column,
                                std::span<const std::uint32_t> rows,
                                store::TextColumn& out) const override {
    return inner_->pick_texts(block, column, rows, out);
  }
  base::Result<store::RowRef> find(const model::CommunicationId& id) const override {
    return inner_->find(id);
  }
  base::Result<store::RowRef> find(const model::SessionId& id) const override {
    return inner_->find(id);
  }
  base::Result<store::HttpDetail> http_detail(const store::BlockInfo& block,
                                              std::uint32_t row) const override {
    return inner_->http_detail(block, row);
  }
  base::Result<store::SessionDetail> session_detail(const store::BlockInfo& block,
                                                    std::uint32_t row) const override {
    return inner_->session_detail(block, row);
  }
  base::Result<void> read_body(model::SourceId source, std::span<const model::BodyExtent> extents,
                               std::uint64_t offset, std::uint64_t limit,
                               std::vector<std::uint8_t>& out) const override {
    return inner_->read_body(source, extents, offset, limit, out);
  }
  base::Result<void> session_packets(
      model::SourceId source, std::uint64_t session_number, std::uint64_t pack_first,
      std::uint64_t pack_last,
      const std::function<bool(const store::PacketView&)>& visit) const override {
    return inner_->session_packets(source, session_number, pack_first, pack_last, visit);
  }
  base::Result<std::vector<store::RollupBucket>> rollup(store::RollupLevel level,
                                                        store::Sources sources, base::Time from,
                                                        base::Time to) const override {
    return inner_->rollup(level, sources, from, to);
  }
  base::Result<std::vector<store::RollupBucket>> rollup_before(store::Sources sources,
                                                               base::Time time) const override {
    return inner_->rollup_before(sources, time);
  }
  base::Result<std::uint64_t> newest_block(store::RecordKind kind) const override {
    return inner_->newest_block(kind);
  }
  base::Result<std::uint64_t> blocks_end() const override { return inner_->blocks_end(); }
  base::Result<NewBlocks> blocks_from(store::RecordKind kind, std::uint64_t id) const override {
    return inner_->blocks_from(kind, id);
  }
  base::Result<std::vector<std::string>> methods() const override { return inner_->methods(); }
  base::Result<std::vector<store::QualityRow>> quality(store::Sources sources, base::Time from,
                                                       base::Time to) const override {
    return inner_->quality(sources, from, to);
  }
  base::Result<std::vector<store::QualityRow>> quality_sums(store::Sources sources, base::Time from,
                                                            base::Time to,
                                                            base::Duration step) const override {
    return inner_->quality_sums(sources, from, to, step);
  }
  base::Result<store::QualitySpan> quality_span(store::Sources sources, base::Time from,
                                                base::Time to) const override {
    return inner_->quality_span(sources, from, to);
  }
  base::Result<store::TimeSpan> time_span(store::RecordKind kind,
                                          store::Sources sources) const override {
    return inner_->time_span(kind, sources);
  }

 private:
  std::unique_ptr<store::StoreSnapshot> inner_;
  Gate& gate_;
};

class GatedReader final : public store::StoreReader {
 public:
  GatedReader(const store::StoreReader& inner, Gate& gate) : inner_(inner), gate_(gate) {}
  [[nodiscard]] std::unique_ptr<store::StoreSnapshot> snapshot() const override {
    return std::make_unique<GatedSnapshot>(inner_.snapshot(), gate_);
  }
  [[nodiscard]] std::uint64_t version() const noexcept override { return inner_.version(); }
  [[nodiscard]] std::vector<store::FamilySize> sizes() const override { return inner_.sizes(); }

 private:
  const store::StoreReader& inner_;
  Gate& gate_;
};

}  // namespace spider::test
