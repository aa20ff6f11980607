#pragma once
// BlockEncoder: turns rows of a RowBuffer into the keys and values of one stored block.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/write_batch.h>

#include "spider/model/record_batch.h"

#include "store/database.h"
#include "store/format/detail.h"
#include "store/format/keys.h"
#include "store/format/texts.h"
#include "store/row_buffer.h"

namespace spider::store {

// What was written for a block, enough to take it away again.
struct WrittenBlock {
  std::string key;
  bool grouped = false;
  std::uint32_t chunks = 0;
};

// A block ready to be written, in one of two ways: with a batch, each part under the block's key
// and its own, or as a pack of a file of BulkFiles, where the parts are the segments.
struct EncodedBlock {
  WrittenBlock written;
  BlockInfo info;
  // Columns by their tag, then chunks of details from kChunkPart on; empty ones are not there.
  // Behind each part is room for its seal.
  model::PackSegments parts;

  [[nodiscard]] std::string_view part(std::size_t i) const noexcept;
  // Whether the parts can be numbered as segments are.
  [[nodiscard]] bool fits_file() const noexcept;
  void put_logged(const Database& database, rocksdb::WriteBatch& batch) const;
  // The parts get their seals, the summary says where they are.
  void put_filed(const Database& database, rocksdb::WriteBatch& batch);
};

// Owned by the writer's thread; keeps its working memory.
class BlockEncoder {
 public:
  // `pause` is called between two columns, and two chunks of details; outlives the encoder.
  explicit BlockEncoder(const std::function<void()>* pause = nullptr) noexcept : pause_(pause) {}
  // Rows [first, first + count) of `rows` as block `id`. count > 0.
  void encode(const RowBuffer& rows, model::SourceId source, RecordKind kind, std::uint64_t id,
              std::uint32_t first, std::uint32_t count, EncodedBlock& out);
  static void remove(const Database& database, const WrittenBlock& block, RecordKind kind,
                     rocksdb::WriteBatch& batch);

  [[nodiscard]] format::Compressor& compressor() noexcept { return compressor_; }
  [[nodiscard]] format::NumberEncoder& numbers() noexcept { return numbers_; }

 private:
  void sort_rows(const RowBuffer& rows, std::uint32_t first, std::uint32_t count);
  void describe(const RowBuffer& rows, BlockInfo& block) const;
  // False for a sparse column without a value in any row of the block.
  [[nodiscard]] bool holds(const RowBuffer& rows, const ColumnInfo& column) const;
  void gather(const RowBuffer& rows, ColumnId id);
  void encode_column(const RowBuffer& rows, const ColumnInfo& column, std::string& out,
                     ColumnSummary& summary);
  void encode_columns(const RowBuffer& rows, EncodedBlock& out);
  void encode_details(const RowBuffer& rows, EncodedBlock& out);
  void pause() const {
    if (pause_ != nullptr) (*pause_)();
  }

  const std::function<void()>* pause_;
  std::vector<std::uint32_t> order_;
  std::vector<std::int64_t> run_;
  std::vector<std::string_view> texts_;
  format::NumberEncoder numbers_;
  format::TextEncoder text_;
  format::DetailEncoder detail_;
  format::Compressor compressor_;
  std::size_t usual_bytes_ = 0;  // of a block's parts
  std::string group_;
  std::string payload_;
};

}  // namespace spider::store
