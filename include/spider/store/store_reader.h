#pragma once
// StoreReader: how queries see the store. Any thread; never blocks the writer.
//
// A StoreSnapshot is one unchanging state: everything a request reads through it fits together.
// Take one per request and drop it soon (an old snapshot keeps deleted data on disk). What commit()
// made durable before snapshot() is in it. A snapshot may be used by several threads at once and
// must not outlive its Store.
//
// Errors: store_corrupt for a value that is damaged (that record alone is lost), not_found,
// store_open_failed for what RocksDB cannot read. Sources: an empty span means all of them.
//
// What walks over many values goes on after a damaged one and notes it: unreadable() tells, at the
// end of a request, what its answers lack.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/store/schema.h"

namespace spider::store {

using Sources = std::span<const model::SourceId>;

// What could not be read through a snapshot. Distinct values, of which the first few are named.
struct Unreadable {
  static constexpr std::size_t kNamedMax = 16;
  static constexpr std::size_t kCountedMax = 65'536;  // further ones are not counted any more
  std::uint64_t count = 0;
  std::vector<std::string> named;  // "family key-in-hex: what is wrong"
};

// Communications by status_class().
using ClassCounts = std::array<std::uint32_t, kStatusClasses>;

class StoreSnapshot {
 public:
  virtual ~StoreSnapshot() = default;

  // True when the error means that one value is damaged: it is noted, and the caller may go on with
  // the next. Any thread.
  [[nodiscard]] virtual bool pass_over(const base::Error& error) const = 0;
  [[nodiscard]] virtual Unreadable unreadable() const = 0;

  // Grows with every commit; equal numbers mean equal contents (while the process lives).
  [[nodiscard]] virtual std::uint64_t version() const noexcept = 0;

  // The first source of the same whisperer: what to group by where whisperers are told apart.
  [[nodiscard]] virtual model::SourceId whisperer_of(model::SourceId source) const {
    return source;
  }

  // ---- blocks and columns

  // All blocks with a record that may overlap [from, to): start_min < to and end_max >= from.
  // Passes over damaged summaries.
  // Ordered by start_min. Reads keys of the window alone, however long a record lasts. Summaries
  // are cached.
  [[nodiscard]] virtual base::Result<std::vector<BlockPtr>> blocks(RecordKind kind, Sources sources,
                                                                   base::Time from,
                                                                   base::Time to) const = 0;
  // An id that no block of the kind exceeds and that every one committed later does.
  [[nodiscard]] virtual base::Result<std::uint64_t> newest_block(RecordKind kind) const = 0;
  // Above the id of every block that there ever was, also of those that retention took.
  [[nodiscard]] virtual base::Result<std::uint64_t> blocks_end() const = 0;
  // Blocks with an id of `id` or above, by id. Ids grow with the commits: what a later snapshot has
  // in addition lies in blocks above newest_block(), beside rows that were stored before and moved
  // there; ColumnId::first_block tells them apart. Costs as much as there is to tell, but an id of
  // long ago costs the keys of all blocks.
  struct NewBlocks {
    std::vector<BlockPtr> blocks;
    std::uint64_t newest = 0;  // of them, also when its summary is damaged; 0 when there are none
  };
  [[nodiscard]] virtual base::Result<NewBlocks> blocks_from(RecordKind kind,
                                                            std::uint64_t id) const = 0;
  // Decodes a column into `out`, replacing its content; out.size() == block.rows. A block older
  // than the column gives kNone (empty text) for every row.
  [[nodiscard]] virtual base::Result<void> numbers(const BlockInfo& block, ColumnId column,
                                                   std::vector<std::int64_t>& out) const = 0;
  // The same, but only the places `rows` (ascending) of `out` are sure to be set.
  [[nodiscard]] virtual base::Result<void> numbers_at(const BlockInfo& block, ColumnId column,
                                                      std::span<const std::uint32_t> rows,
                                                      std::vector<std::int64_t>& out) const = 0;
  [[nodiscard]] virtual base::Result<void> text(const BlockInfo& block, ColumnId column,
                                                TextColumn& out) const = 0;
  // What a question of keep_numbers() or keep_texts() is known by, so that its answer may be kept
  // for the next time: 0 when it is asked for the first time, by this snapshot, or not to be kept.
  // Equal texts must stand for equal questions, whoever asks.
  [[nodiscard]] virtual std::uint64_t asked_before(std::string_view /*question*/) const {
    return 0;
  }
  // Keeps those of `rows` (ascending) that answer a question which asked_before() knows, of any
  // columns: keep(rows) does, when its answer for this block is not known, and is given all of
  // them. What it keeps of a row depends on nothing but the row.
  using Keep = std::function<base::Result<void>(std::vector<std::uint32_t>& rows)>;
  [[nodiscard]] virtual base::Result<void> keep_asked(const BlockInfo& /*block*/,
                                                      std::uint64_t /*asked*/, const Keep& keep,
                                                      std::vector<std::uint32_t>& rows) const {
    return keep(rows);
  }
  // What a question that asked_before() knows comes to in a block, in bytes of the asker's own
  // making, about `bytes` of them: into `out`, as it was kept or by make(out), which then is kept.
  // It depends on nothing but the block's rows. False when it is not there and would not be kept:
  // whoever asks does without.
  using Make = std::function<base::Result<void>(std::string& out)>;
  [[nodiscard]] virtual base::Result<bool> answer_asked(const BlockInfo& /*block*/,
                                                        std::uint64_t /*asked*/,
                                                        std::size_t /*bytes*/, const Make& /*make*/,
                                                        std::string& /*out*/) const {
    return false;
  }
  // What a question comes to in a run of blocks, in bytes of the asker's own making, which may be
  // longer. `name` tells the question and, by their ids, the blocks: equal names must stand for
  // equal answers. Null when it is not kept.
  using KeptAnswer = std::shared_ptr<const std::string>;
  [[nodiscard]] virtual KeptAnswer kept_answer(std::string_view /*name*/) const { return nullptr; }
  // Whether keep_answer() would keep one that kept_answer() has just missed: there is room, and
  // another snapshot was asked for it before.
  [[nodiscard]] virtual bool wants_answer(std::string_view /*name*/) const { return false; }
  // Whether it would keep another one, whatever its name.
  [[nodiscard]] virtual bool has_room_for_answers() const { return false; }
  virtual void keep_answer(std::string_view /*name*/, std::string /*answer*/) const {}
  // Keeps those of `rows` (ascending) whose number lies in [low, high]; kNone lies in no range.
  // `asked`: what asked_before() said of the question, here and below.
  [[nodiscard]] virtual base::Result<void> keep_numbers(const BlockInfo& block, ColumnId column,
                                                        std::int64_t low, std::int64_t high,
                                                        std::uint64_t asked,
                                                        std::vector<std::uint32_t>& rows) const = 0;
  // Keeps those of `rows` (ascending) whose text is wanted: judge(values, verdicts) sets a verdict
  // (0 or 1) on each distinct value, which were 0 before. The verdict on a value depends on nothing
  // but the value.
  using Judge = std::function<void(const TextColumn& values, std::vector<char>& verdicts)>;
  [[nodiscard]] virtual base::Result<void> keep_texts(const BlockInfo& block, ColumnId column,
                                                      const Judge& judge, std::uint64_t asked,
                                                      std::vector<std::uint32_t>& rows) const = 0;
  // How many communications of the block, whose text is wanted, have a status of each class, told
  // from counts of all texts of a column, which are kept: for questions that differ in nothing but
  // the text. `asked`: what asked_before() said of counting that column. `verdicts`: what `judge`
  // said before, empty at first, handed in again with the next block. False when they are not there
  // and would not be kept.
  [[nodiscard]] virtual base::Result<bool> count_texts(const BlockInfo& /*block*/,
                                                       ColumnId /*column*/, const Judge& /*judge*/,
                                                       std::uint64_t /*asked*/,
                                                       std::vector<char>& /*verdicts*/,
                                                       ClassCounts& /*out*/) const {
    return false;
  }
  // The same counts of every text, where `asked` says that they are kept: false as above.
  [[nodiscard]] virtual base::Result<bool> texts_by_class(const BlockInfo& /*block*/,
                                                          ColumnId /*column*/,
                                                          std::uint64_t /*asked*/,
                                                          TextColumn& /*values*/,
                                                          std::vector<ClassCounts>& /*out*/) const {
    return false;
  }
  // The distinct values first; which row has which is decoded only when `wanted(out)` says so, and
  // then for certain only of `rows` (ascending). The result is what it said; without that,
  // out.codes is empty.
  using Wanted = std::function<bool(const TextColumn& values)>;
  [[nodiscard]] virtual base::Result<bool> text_if(const BlockInfo& block, ColumnId column,
                                                   std::span<const std::uint32_t> rows,
                                                   TextColumn& out, const Wanted& wanted) const = 0;

  // What some rows (ascending) hold, one behind the other: out.size() == rows.size(), out.row(i) is
  // of rows[i].
  [[nodiscard]] virtual base::Result<void> pick_numbers(const BlockInfo& block, ColumnId column,
                                                        std::span<const std::uint32_t> rows,
                                                        std::vector<std::int64_t>& out) const = 0;
  [[nodiscard]] virtual base::Result<void> pick_texts(const BlockInfo& block, ColumnId column,
                                                      std::span<const std::uint32_t> rows,
                                                      TextColumn& out) const = 0;

  // ---- one record

  [[nodiscard]] virtual base::Result<RowRef> find(const model::CommunicationId& id) const = 0;
  [[nodiscard]] virtual base::Result<RowRef> find(const model::SessionId& id) const = 0;
  [[nodiscard]] virtual base::Result<HttpDetail> http_detail(const BlockInfo& block,
                                                             std::uint32_t row) const = 0;
  [[nodiscard]] virtual base::Result<SessionDetail> session_detail(const BlockInfo& block,
                                                                   std::uint32_t row) const = 0;
  // Calls visit(row, detail) for each of `rows` (ascending) of a block of communications, reading
  // what lies together once; `detail` is good during the call. Passes over what is damaged; an
  // error of the visitor ends it.
  using DetailVisit = std::function<base::Result<void>(std::uint32_t row, const HttpDetail&)>;
  [[nodiscard]] virtual base::Result<void> http_details(const BlockInfo& block,
                                                        std::span<const std::uint32_t> rows,
                                                        const DetailVisit& visit) const = 0;

  // Appends bytes [offset, offset + limit) of a saved body to `out`, fewer at its end.
  [[nodiscard]] virtual base::Result<void> read_body(model::SourceId source,
                                                     std::span<const model::BodyExtent> extents,
                                                     std::uint64_t offset, std::uint64_t limit,
                                                     std::vector<std::uint8_t>& out) const = 0;

  // Calls visit(packet) for the session's saved packets, in the order of their numbers within a
  // pack; stops when it returns false. session_number 0: every packet of the packs. Passes over
  // damaged packs.
  [[nodiscard]] virtual base::Result<void> session_packets(
      model::SourceId source, std::uint64_t session_number, std::uint64_t pack_first,
      std::uint64_t pack_last, const std::function<bool(const PacketView&)>& visit) const = 0;

  // ---- sums

  // Buckets of the level from bucket_of(from) to the last one that begins before `to`, by source,
  // then bucket; empty ones are left out. store_corrupt when one is damaged: a sum without one of
  // its parts would be a wrong number.
  [[nodiscard]] virtual base::Result<std::vector<RollupBucket>> rollup(RollupLevel level,
                                                                       Sources sources,
                                                                       base::Time from,
                                                                       base::Time to) const = 0;
  // Sums of everything before `time` (rounded down to a second), one RollupBucket per source:
  // opened
  // - closed is what is under way at `time`. Costs a few hundred keys, whatever the store's size.
  [[nodiscard]] virtual base::Result<std::vector<RollupBucket>> rollup_before(
      Sources sources, base::Time time) const = 0;
  // Names of the method ids in roll-ups; [0] is "other".
  [[nodiscard]] virtual base::Result<std::vector<std::string>> methods() const = 0;
  // Minutes that touch [from, to), by source, then minute. Passes over damaged ones.
  [[nodiscard]] virtual base::Result<std::vector<QualityRow>> quality(Sources sources,
                                                                      base::Time from,
                                                                      base::Time to) const = 0;
  // The same counts in fewer rows: sums of whole hours and days that lie within [from, to) and
  // within a multiple of `step` (0: anywhere). A damaged sum is made up from its minutes.
  [[nodiscard]] virtual base::Result<std::vector<QualityRow>> quality_sums(
      Sources sources, base::Time from, base::Time to, base::Duration step) const = 0;
  // Of the minutes that touch [from, to).
  [[nodiscard]] virtual base::Result<QualitySpan> quality_span(Sources sources, base::Time from,
                                                               base::Time to) const = 0;
  // First start and last end of the records of a kind (from block summaries; exact). Passes over
  // damaged ones.
  [[nodiscard]] virtual base::Result<TimeSpan> time_span(RecordKind kind,
                                                         Sources sources) const = 0;
};

// True when what was asked for is not there (any more), without any damage.
[[nodiscard]] bool is_absent(const base::Error& error) noexcept;

class StoreReader {
 public:
  virtual ~StoreReader() = default;
  [[nodiscard]] virtual std::unique_ptr<StoreSnapshot> snapshot() const = 0;
  // Of the last commit; cheap (one atomic): a live feed polls it.
  [[nodiscard]] virtual std::uint64_t version() const noexcept = 0;
  [[nodiscard]] virtual std::vector<FamilySize> sizes() const = 0;
};

}  // namespace spider::store
