#pragma once
// The value of family `detail`: what only a detail view reads of a few dozen rows. Numbers go
// column by column, heads and trailers of the rows one after the other into one envelope.
//
// DetailRows is the open form of it, for either kind of record: the writer appends records, the
// reader decodes a chunk and asks for one row.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spider/model/record_batch.h"
#include "spider/store/schema.h"

#include "store/format/envelope.h"
#include "store/format/fields.h"
#include "store/format/numbers.h"

namespace spider::store::format {

inline constexpr std::size_t kDetailNumbers = 96;  // number tags are 1..95
inline constexpr std::size_t kDetailLists = 3;  // a body extent and a parse note have three parts
inline constexpr std::size_t kDetailListMax = std::size_t{1} << 22U;  // entries of a chunk's lists
inline constexpr std::size_t kDetailBytesMax = std::size_t{64}
                                               << 20U;  // of a chunk's text, decoded

struct DetailRows {
  std::array<std::vector<std::int64_t>, kDetailNumbers>
      numbers;  // by tag; empty: zero in every row. May be longer than there are rows.
  std::array<std::vector<std::int64_t>, kDetailLists> lists;  // entries of all rows
  std::vector<std::uint32_t> list_ends;                       // per row
  std::string blob;                                           // text of all rows
  std::vector<std::uint64_t> blob_ends;                       // per row

  [[nodiscard]] std::size_t rows() const noexcept { return blob_ends.size(); }
  void clear() noexcept;
  // The same of one that is appended to again: keeps its room.
  void restart() noexcept;
  // Whether any row that was appended has a number other than zero under this tag.
  [[nodiscard]] bool holds(std::size_t tag) const noexcept {
    return room_ == 0 ? !numbers[tag].empty() : any_[tag] != 0;
  }

  void append(const model::Communication& c);
  void append(const model::SessionRecord& s, std::span<const model::ParseNote> notes);

  // Errors show as false: lengths that do not fit the text.
  [[nodiscard]] bool http(std::size_t row, HttpDetail& out) const;
  // `source` is not stored.
  [[nodiscard]] bool session(std::size_t row, model::SourceId source, SessionDetail& out) const;

 private:
  [[nodiscard]] std::int64_t number(std::size_t tag, std::size_t row) const noexcept {
    return numbers[tag].empty() ? 0 : numbers[tag][row];
  }
  // Of the row that is being appended.
  void set(std::size_t tag, std::int64_t value) noexcept {
    numbers[tag][rows()] = value;
    any_[tag] |= value;
  }
  template <class Number>
  void set_unsigned(std::size_t tag, Number value) noexcept {
    set(tag, static_cast<std::int64_t>(value));
  }
  // Room for a row under each of the tags below `end`, all of which are then set.
  void begin_row(std::size_t end);
  void append_message(std::size_t base, const model::HttpMessage& m, base::Time start);
  void end_row();
  [[nodiscard]] std::string_view blob_of(std::size_t row) const noexcept;

  std::size_t room_ = 0;                            // rows that each number has room for
  std::array<std::int64_t, kDetailNumbers> any_{};  // all of a tag's numbers or-ed together
};

// Owned by one thread.
class DetailEncoder {
 public:
  // The rows named by `order`, in that order, as one chunk.
  void put(const DetailRows& from, std::span<const std::uint32_t> order, NumberEncoder& numbers,
           Compressor& compressor, std::string& out);

 private:
  std::vector<std::int64_t> run_;
  std::string text_;
  std::string payload_;
};

// Replaces `out`. corrupt unless the chunk has exactly `rows` rows.
[[nodiscard]] ValueState decode_detail(base::Bytes value, std::size_t rows, DetailRows& out);

}  // namespace spider::store::format
