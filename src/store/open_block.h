#pragma once
// OpenBlock: rows of one source, kind and duration class that do not fill a block yet.
//
// Each commit writes the new rows as a piece: a small block of its own, so that they can be found
// at once and survive a crash. Eight pieces of a size become one of the next size, so a row is
// rewritten a few times at most and a quiet hour does not leave thousands of pieces. When the block
// is full it replaces them all, in one batch.

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/block_encoder.h"
#include "store/ids.h"
#include "store/recent_blocks.h"
#include "store/row_buffer.h"

namespace spider::store {

class OpenBlock {
 public:
  OpenBlock(model::SourceId source, RecordKind kind, std::uint8_t duration_class)
      : source_(source), kind_(kind), duration_class_(duration_class) {}

  // The class of a record that lasts from start to end. Records of one class share blocks, so that
  // a download of an hour does not stretch a block of short exchanges.
  [[nodiscard]] static std::uint8_t duration_class(base::Time start, base::Time end) noexcept;

  // False when this record would stretch a well-filled block too far; close it first.
  [[nodiscard]] bool suits(base::Time start, base::Time end, std::uint32_t rows_max) const noexcept;
  void add(const model::Communication& c) {
    widen(c.start, c.end);
    rows_.add(c);
  }
  void add(const model::SessionRecord& s, std::span<const model::ParseNote> notes) {
    widen(s.session.start, s.session.end);
    rows_.add(s, notes);
  }
  [[nodiscard]] bool full(std::uint32_t rows_max) const noexcept;

  // Puts the rows that no piece has yet; notes which pieces they replace.
  // Returns the piece, null when there is nothing new; good until the next one.
  const EncodedBlock* commit(const Database& database, IdBook& ids, BlockEncoder& encoder,
                             RecentBlocks& recent, rocksdb::WriteBatch& batch);
  // Makes one block of all rows, takes the pieces away and starts anew. False when there are none
  // or a piece is that block already.
  [[nodiscard]] bool close(const Database& database, IdBook& ids, BlockEncoder& encoder,
                           RecentBlocks& recent, rocksdb::WriteBatch& batch, EncodedBlock& out);
  // To be called now and then: gives back what rows that are gone have taken. True when nothing
  // came since the last call, and nothing is in it.
  [[nodiscard]] bool rest() noexcept {
    rows_.rest();
    return !std::exchange(filled_, false) && rows_.rows() == 0;
  }
  // Starts anew without writing: the rows were purged.
  void discard() noexcept;

  // Ids of the pieces, which go or come with the block alone.
  void add_pieces(std::unordered_set<std::uint64_t>& ids) const {
    for (const Piece& p : pieces_)
      if (const auto key = format::parse_block_key(p.written.key)) ids.insert(key->id);
  }
  // Earliest start and latest end of its rows; max() and min() when there are none.
  [[nodiscard]] base::Time low() const noexcept { return low_; }
  [[nodiscard]] base::Time high() const noexcept { return high_; }

  [[nodiscard]] const RowBuffer& rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t bytes_uncommitted() const noexcept {
    return rows_.rows() == 0 ? 0 : rows_.bytes() / rows_.rows() * (rows_.rows() - committed_);
  }
  [[nodiscard]] model::SourceId source() const noexcept { return source_; }
  [[nodiscard]] RecordKind kind() const noexcept { return kind_; }
  [[nodiscard]] std::uint8_t duration_class() const noexcept { return duration_class_; }

 private:
  struct Piece {
    WrittenBlock written;
    std::uint32_t first = 0;  // row
    unsigned level = 0;       // pieces that went into it: 8^level
  };
  void widen(base::Time start, base::Time end) noexcept;  // a row comes
  void remove(const Database& database, const Piece& piece, RecentBlocks& recent,
              rocksdb::WriteBatch& batch) const;

  const model::SourceId source_;
  const RecordKind kind_;
  const std::uint8_t duration_class_;
  RowBuffer rows_;
  EncodedBlock piece_;           // working memory
  std::uint32_t committed_ = 0;  // rows in pieces
  bool filled_ = true;           // since the last rest()
  std::vector<Piece> pieces_;    // in order of rows, levels falling
  base::Time low_ = base::Time::max();
  base::Time high_ = base::Time::min();
};

}  // namespace spider::store
