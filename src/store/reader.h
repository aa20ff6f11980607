#pragma once
// Reader and Snapshot: StoreReader over RocksDB. Any thread.

#include <list>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "spider/base/mutex.h"
#include "spider/store/store_reader.h"

#include "store/answer_cache.h"
#include "store/block_directory.h"
#include "store/column_cache.h"
#include "store/database.h"
#include "store/format/detail.h"
#include "store/format/keys.h"
#include "store/fresh_blocks.h"
#include "store/quality_spans.h"
#include "store/recent_blocks.h"
#include "store/selection.h"
#include "store/sources.h"
#include "store/text_numbers.h"

namespace spider::store {

// Summaries that were decoded lately, by block id. A block never changes, so they never go stale.
class SummaryCache {
 public:
  static constexpr std::size_t kMax = 16'384;  // some KiB each: 67 million records in full blocks

  [[nodiscard]] BlockPtr find(const format::BlockKey& key);
  void put(const BlockPtr& block);
  [[nodiscard]] std::size_t size();

 private:
  base::Mutex mutex_;
  std::list<BlockPtr> recent_ SPIDER_GUARDED_BY(mutex_);  // newest use first
  std::unordered_map<std::uint64_t, std::list<BlockPtr>::iterator> by_id_ SPIDER_GUARDED_BY(mutex_);
};

struct ReaderCaches {
  ReaderCaches(std::size_t column_bytes, const RecentBlocks& recent_blocks,
               FreshBlocks& fresh_blocks, QualitySpans* spans)
      : recent(recent_blocks),
        fresh(fresh_blocks),
        columns(column_bytes),
        answers(column_bytes / kAnswerShare),
        quality(spans) {}
  static constexpr std::size_t kAnswerShare = 3;  // of the bytes of both: at most so much
  void keep_answer(std::string_view name, std::string answer) {
    const base::Lock lock(keeping);
    columns.leave_room(answers.keep(name, std::move(answer)));
  }
  base::Mutex keeping;
  const RecentBlocks& recent;
  FreshBlocks& fresh;
  SummaryCache summaries;
  ColumnCache columns;
  AnswerCache answers;  // columns leave it the room that it takes
  QuestionBook questions;
  TextNumbers text_numbers;
  DirectoryCache directories;
  QualitySpans* quality;  // null: nobody widens them
};

class Reader final : public StoreReader {
 public:
  Reader(const Database& database, const SourceTable& sources, const RecentBlocks& recent,
         FreshBlocks& fresh, std::size_t cache_bytes, QualitySpans* spans = nullptr)
      : database_(database), sources_(sources), caches_(cache_bytes, recent, fresh, spans) {}
  [[nodiscard]] std::unique_ptr<StoreSnapshot> snapshot() const override;
  [[nodiscard]] std::uint64_t version() const noexcept override;
  [[nodiscard]] std::vector<FamilySize> sizes() const override { return database_.sizes(); }
  [[nodiscard]] std::size_t cached_bytes() const {
    return caches_.columns.bytes() + caches_.answers.bytes() + caches_.fresh.bytes();
  }

 private:
  const Database& database_;
  const SourceTable& sources_;
  mutable ReaderCaches caches_;
};

class Snapshot final : public StoreSnapshot {
 public:
  Snapshot(const Database& database, const SourceTable& sources, ReaderCaches& caches);
  ~Snapshot() override;

  [[nodiscard]] bool pass_over(const base::Error& error) const override;
  [[nodiscard]] Unreadable unreadable() const override;
  [[nodiscard]] std::uint64_t version() const noexcept override;
  [[nodiscard]] model::SourceId whisperer_of(model::SourceId source) const override {
    return sources_.head_of(source);
  }
  [[nodiscard]] base::Result<std::vector<BlockPtr>> blocks(RecordKind kind, Sources sources,
                                                           base::Time from,
                                                           base::Time to) const override;
  [[nodiscard]] base::Result<std::uint64_t> newest_block(RecordKind kind) const override;
  [[nodiscard]] base::Result<std::uint64_t> blocks_end() const override;
  [[nodiscard]] base::Result<NewBlocks> blocks_from(RecordKind kind,
                                                    std::uint64_t id) const override;
  [[nodiscard]] base::Result<void> numbers(const BlockInfo& block, ColumnId column,
                                           std::vector<std::int64_t>& out) const override;
  [[nodiscard]] base::Result<void> numbers_at(const BlockInfo& block, ColumnId column,
                                              std::span<const std::uint32_t> rows,
                                              std::vector<std::int64_t>& out) const override;
  [[nodiscard]] base::Result<void> text(const BlockInfo& block, ColumnId column,
                                        TextColumn& out) const override;
  [[nodiscard]] std::uint64_t asked_before(std::string_view question) const override {
    return caches_.questions.asked_before(question, asker_);
  }
  [[nodiscard]] base::Result<void> keep_asked(const BlockInfo& block, std::uint64_t asked,
                                              const Keep& keep,
                                              std::vector<std::uint32_t>& rows) const override;
  [[nodiscard]] base::Result<bool> answer_asked(const BlockInfo& block, std::uint64_t asked,
                                                std::size_t bytes, const Make& make,
                                                std::string& out) const override;
  [[nodiscard]] KeptAnswer kept_answer(std::string_view name) const override {
    return caches_.answers.find(name, asker_);
  }
  [[nodiscard]] bool wants_answer(std::string_view name) const override {
    return caches_.answers.wants(name, asker_);
  }
  [[nodiscard]] bool has_room_for_answers() const override { return caches_.answers.has_room(); }
  void keep_answer(std::string_view name, std::string answer) const override {
    caches_.keep_answer(name, std::move(answer));
  }
  [[nodiscard]] base::Result<void> keep_numbers(const BlockInfo& block, ColumnId column,
                                                std::int64_t low, std::int64_t high,
                                                std::uint64_t asked,
                                                std::vector<std::uint32_t>& rows) const override;
  [[nodiscard]] base::Result<void> keep_texts(const BlockInfo& block, ColumnId column,
                                              const Judge& judge, std::uint64_t asked,
                                              std::vector<std::uint32_t>& rows) const override;
  [[nodiscard]] base::Result<bool> count_texts(const BlockInfo& block, ColumnId column,
                                               const Judge& judge, std::uint64_t asked,
                                               std::vector<char>& verdicts,
                                               ClassCounts& out) const override;
  [[nodiscard]] base::Result<bool> texts_by_class(const BlockInfo& block, ColumnId column,
                                                  std::uint64_t asked, TextColumn& values,
                                                  std::vector<ClassCounts>& out) const override;
  [[nodiscard]] base::Result<bool> text_if(const BlockInfo& block, ColumnId column,
                                           std::span<const std::uint32_t> rows, TextColumn& out,
                                           const Wanted& wanted) const override;
  [[nodiscard]] base::Result<void> pick_numbers(const BlockInfo& block, ColumnId column,
                                                std::span<const std::uint32_t> rows,
                                                std::vector<std::int64_t>& out) const override;
  [[nodiscard]] base::Result<void> pick_texts(const BlockInfo& block, ColumnId column,
                                              std::span<const std::uint32_t> rows,
                                              TextColumn& out) const override;
  [[nodiscard]] base::Result<RowRef> find(const model::CommunicationId& id) const override;
  [[nodiscard]] base::Result<RowRef> find(const model::SessionId& id) const override;
  [[nodiscard]] base::Result<HttpDetail> http_detail(const BlockInfo& block,
                                                     std::uint32_t row) const override;
  [[nodiscard]] base::Result<void> http_details(const BlockInfo& block,
                                                std::span<const std::uint32_t> rows,
                                                const DetailVisit& visit) const override;
  [[nodiscard]] base::Result<SessionDetail> session_detail(const BlockInfo& block,
                                                           std::uint32_t row) const override;
  [[nodiscard]] base::Result<void> read_body(model::SourceId source,
                                             std::span<const model::BodyExtent> extents,
                                             std::uint64_t offset, std::uint64_t limit,
                                             std::vector<std::uint8_t>& out) const override;
  [[nodiscard]] base::Result<void> session_packets(
      model::SourceId source, std::uint64_t session_number, std::uint64_t pack_first,
      std::uint64_t pack_last, const std::function<bool(const PacketView&)>& visit) const override;
  [[nodiscard]] base::Result<std::vector<RollupBucket>> rollup(RollupLevel level, Sources sources,
                                                               base::Time from,
                                                               base::Time to) const override;
  [[nodiscard]] base::Result<std::vector<RollupBucket>> rollup_before(
      Sources sources, base::Time time) const override;
  [[nodiscard]] base::Result<std::vector<std::string>> methods() const override;
  [[nodiscard]] base::Result<std::vector<QualityRow>> quality(Sources sources, base::Time from,
                                                              base::Time to) const override;
  [[nodiscard]] base::Result<std::vector<QualityRow>> quality_sums(
      Sources sources, base::Time from, base::Time to, base::Duration step) const override;
  [[nodiscard]] base::Result<QualitySpan> quality_span(Sources sources, base::Time from,
                                                       base::Time to) const override;
  [[nodiscard]] base::Result<TimeSpan> time_span(RecordKind kind, Sources sources) const override;

 private:
  struct RowName {
    base::Time start;
    std::uint64_t session_number = 0;
    std::int64_t ordinal = 0;
  };
  // The block key that `it` stands on or, stepping on, comes to; damaged ones are noted.
  [[nodiscard]] std::optional<format::BlockKey> block_at(rocksdb::Iterator& it,
                                                         void (rocksdb::Iterator::*step)()) const;
  // Null when the store was written to since the last question, or some summary is damaged.
  [[nodiscard]] std::shared_ptr<const BlockDirectory> directory() const;
  // blocks() from the keys.
  [[nodiscard]] base::Result<std::vector<BlockPtr>> walk(RecordKind kind, Sources sources,
                                                         base::Time from, base::Time to) const;
  // Calls visit(first key) for each length class that has blocks; `it` walks the block family and
  // stands on that key.
  template <class Visit>
  [[nodiscard]] base::Result<void> for_each_class(rocksdb::Iterator& it, model::SourceId source,
                                                  RecordKind kind, Visit&& visit) const;
  // Null when it is damaged, which is noted.
  // reader_arrivals.cc
  template <class Visit>
  base::Result<void> each_block(RecordKind kind, Visit&& visit) const;
  // Leaves the iterator on the block.
  [[nodiscard]] static bool holds(rocksdb::Iterator& it, const format::BlockKey& key);

  [[nodiscard]] BlockPtr summary(const format::BlockKey& key, const rocksdb::Iterator& it,
                                 bool tell = true) const;
  [[nodiscard]] std::vector<model::SourceId> chosen(Sources sources) const;
  [[nodiscard]] base::Result<std::optional<std::uint32_t>> row_of(const BlockInfo& block,
                                                                  const RowName& name) const;
  [[nodiscard]] base::Result<RowRef> find_row(RecordKind kind, model::SourceId source,
                                              const RowName& name) const;
  // Calls decode(reader at the column's run); not called when the block has no such column.
  template <class Decode>
  [[nodiscard]] base::Result<bool> with_column(const BlockInfo& block, ColumnId column,
                                               Decode&& decode) const;
  void keep_column(const BlockInfo& block, ColumnId column, std::uint8_t part,
                   base::Bytes run) const;
  // What count_texts() keeps of a block, in `known` or in `made`; empty when it is not there.
  [[nodiscard]] base::Bytes kept_counts(const BlockInfo& block, ColumnId column,
                                        std::uint64_t asked, ColumnCache::Value& known,
                                        std::string& made) const;
  // The same, made (text_counts.h). Empty when there are too many texts.
  [[nodiscard]] base::Result<std::string> counts_of_texts(const BlockInfo& block,
                                                          ColumnId column) const;
  // Of the column, without what is kept of questions.
  [[nodiscard]] base::Result<void> match(const BlockInfo& block, ColumnId column, std::int64_t low,
                                         std::int64_t high, std::vector<std::uint32_t>& rows) const;
  [[nodiscard]] base::Result<void> match(const BlockInfo& block, ColumnId column,
                                         const Judge& judge,
                                         std::vector<std::uint32_t>& rows) const;
  // Keeps those of `rows` that answer the question: from what is kept of it; otherwise all of the
  // block are asked, by keep_all(rows), and what comes of it is kept.
  template <class KeepAll>
  [[nodiscard]] base::Result<void> select(const BlockInfo& block, std::uint8_t part,
                                          std::uint64_t asked, std::vector<std::uint32_t>& rows,
                                          KeepAll&& keep_all) const;
  [[nodiscard]] base::Result<void> detail_chunk(const BlockInfo& block, std::uint32_t chunk,
                                                format::DetailRows& out) const;
  template <class Take>
  [[nodiscard]] base::Result<void> with_detail(const BlockInfo& block, std::uint32_t row,
                                               Take&& take) const;
  struct PackBytes;
  // One pack's packets for session_packets(); false when visit asked to stop.
  [[nodiscard]] base::Result<bool> pack_packets(
      const format::PackKey& key, const rocksdb::Iterator& at, std::uint64_t session_number,
      PackBytes& held, const std::function<bool(const PacketView&)>& visit) const;
  [[nodiscard]] tl::unexpected<base::Error> missing_segment(Family f, model::SourceId source,
                                                            std::uint64_t pack) const;
  // The bytes of a pack's segment, decompressed.
  [[nodiscard]] base::Result<void> segment(Family f, model::SourceId source, std::uint64_t pack,
                                           std::uint16_t number, std::vector<char>& out) const;
  template <class Visit>
  [[nodiscard]] base::Result<void> for_each_rollup(rocksdb::Iterator& it, model::SourceId source,
                                                   RollupLevel level, std::int64_t first,
                                                   std::int64_t end, Visit&& visit) const;

  // One of each for all sources: making an iterator costs more than a few steps of it.
  struct Walks {
    std::unique_ptr<rocksdb::Iterator> minutes;
    std::unique_ptr<rocksdb::Iterator> sums;
  };
  [[nodiscard]] Walks walks() const {
    return {database_.iterate(Family::quality, snapshot_),
            database_.iterate(Family::quality_sum, snapshot_)};
  }
  // Whether minutes [first, end) of the source may hold anything.
  [[nodiscard]] bool may_have_books(rocksdb::Iterator& minutes, model::SourceId source,
                                    std::int64_t first, std::int64_t end) const;
  // Appends what minutes [first, end) of the source hold, in rows of `level` where that is allowed.
  [[nodiscard]] base::Result<void> add_quality(Walks& walks, model::SourceId source,
                                               std::int64_t first, std::int64_t end,
                                               RollupLevel level,
                                               std::vector<QualityRow>& out) const;
  [[nodiscard]] base::Result<void> add_minutes(rocksdb::Iterator& it, model::SourceId source,
                                               std::int64_t first, std::int64_t end,
                                               std::vector<QualityRow>& out) const;

  // What became of the last directory's blocks, as a new one; null when that is much, or not known.
  [[nodiscard]] std::shared_ptr<const BlockDirectory> brought_up(
      const DirectoryCache::Known& known) const;

  const Database& database_;
  const SourceTable& sources_;
  ReaderCaches& caches_;
  const rocksdb::Snapshot* snapshot_ = nullptr;
  std::uint64_t version_ = 0;
  const RecentBlocks::Mark mark_;
  const std::uint64_t asker_;
  mutable base::Mutex mutex_;
  mutable std::unordered_set<std::string> damage_ SPIDER_GUARDED_BY(mutex_);
  mutable Unreadable unreadable_ SPIDER_GUARDED_BY(mutex_);
};

}  // namespace spider::store
