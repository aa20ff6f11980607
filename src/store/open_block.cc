#include "store/open_block.h"

#include <algorithm>

namespace spider::store {
namespace {

constexpr unsigned kPiecesPerLevel = 8;
constexpr std::size_t kTextBytesMax = std::size_t{6} << 20U;
// Classes: up to 2^30 ns (1.07 s), then steps of four bits: 17 s, 4.6 min, 73 min, 19.5 h ...
constexpr unsigned kShortest = 30;
constexpr unsigned kStep = 4;
// Records of one block begin within 2^45 ns (9.8 h) of each other, or within a few times their own
// class: a quiet source still gathers rows, a source with two files of different years is cut.
constexpr unsigned kReachMin = 45;

}  // namespace

std::uint8_t OpenBlock::duration_class(base::Time start, base::Time end) noexcept {
  const unsigned bits = format::length_class(start, end);
  if (bits <= kShortest) return kShortest;
  return static_cast<std::uint8_t>(kShortest + (bits - kShortest + kStep - 1) / kStep * kStep);
}

bool OpenBlock::suits(base::Time start, base::Time end, std::uint32_t rows_max) const noexcept {
  // A source whose times jump about may not cut blocks into crumbs.
  if (rows_.rows() < rows_max / 8) return true;
  const unsigned reach = std::max<unsigned>(kReachMin, duration_class_ + 2U);
  return format::length_class(std::min(low_, start), std::max(high_, end)) <= reach;
}

void OpenBlock::widen(base::Time start, base::Time end) noexcept {
  low_ = std::min(low_, start);
  high_ = std::max(high_, std::max(start, end));
  filled_ = true;
}

bool OpenBlock::full(std::uint32_t rows_max) const noexcept {
  return rows_.rows() >= rows_max || rows_.text_bytes() >= kTextBytesMax;
}

void OpenBlock::remove(const Database& database, const Piece& piece, RecentBlocks& recent,
                       rocksdb::WriteBatch& batch) const {
  BlockEncoder::remove(database, piece.written, kind_, batch);
  if (const auto key = format::parse_block_key(piece.written.key)) recent.note_removed(*key);
}

const EncodedBlock* OpenBlock::commit(const Database& database, IdBook& ids, BlockEncoder& encoder,
                                      RecentBlocks& recent, rocksdb::WriteBatch& batch) {
  if (rows_.rows() == committed_) return nullptr;
  Piece piece;
  piece.first = committed_;
  const auto same_level = [&] {
    return static_cast<unsigned>(std::count_if(
        pieces_.begin(), pieces_.end(), [&](const Piece& p) { return p.level == piece.level; }));
  };
  while (same_level() >= kPiecesPerLevel - 1) {
    for (; !pieces_.empty() && pieces_.back().level == piece.level; pieces_.pop_back()) {
      remove(database, pieces_.back(), recent, batch);
      piece.first = pieces_.back().first;
    }
    ++piece.level;
  }
  encoder.encode(rows_, source_, kind_, ids.next_block(), piece.first, rows_.rows() - piece.first,
                 piece_);
  piece_.put_logged(database, batch);
  piece.written = piece_.written;
  pieces_.push_back(std::move(piece));
  if (kind_ == RecordKind::http) rows_.set_first_block(committed_, piece_.info.id);
  committed_ = rows_.rows();
  return &piece_;
}

bool OpenBlock::close(const Database& database, IdBook& ids, BlockEncoder& encoder,
                      RecentBlocks& recent, rocksdb::WriteBatch& batch, EncodedBlock& out) {
  const bool one_piece = pieces_.size() == 1 && committed_ == rows_.rows();
  const bool fresh = rows_.rows() > 0 && !one_piece;
  if (fresh) {
    for (const Piece& p : pieces_) remove(database, p, recent, batch);
    encoder.encode(rows_, source_, kind_, ids.next_block(), 0, rows_.rows(), out);
  }
  discard();
  return fresh;
}

void OpenBlock::discard() noexcept {
  rows_.clear();
  pieces_.clear();
  committed_ = 0;
  low_ = base::Time::max();
  high_ = base::Time::min();
}

}  // namespace spider::store
