#pragma once
// ClassFlow: how many communications of each class of status begin and end in which bucket of an
// endless row of buckets, of which few are touched. What a timeline needs of many blocks, in a few
// bytes. Saved form: number of buckets; of each its distance to the one before (zigzag), a bit for
// each class that occurs, and for those what begins and what ends: varints but for the bits. Owned
// by one thread.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "spider/base/byte_reader.h"
#include "spider/store/schema.h"

namespace spider::query {

class ClassFlow {
 public:
  // So many begin or end in the bucket.
  void open(std::int64_t bucket, std::uint8_t of_class, std::uint64_t count) {
    cell_of(bucket, last_opened_).opened[of_class] += count;
  }
  void close(std::int64_t bucket, std::uint8_t of_class, std::uint64_t count) {
    cell_of(bucket, last_closed_).closed[of_class] += count;
  }
  // What was saved; false as of read().
  [[nodiscard]] bool add_saved(base::Bytes saved) {
    return read(saved, [this](std::int64_t bucket, std::uint8_t c, std::uint64_t opened,
                              std::uint64_t closed) {
      open(bucket, c, opened);
      close(bucket, c, closed);
    });
  }
  // Of buckets that are touched.
  [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }
  void save(std::string& out) const;
  // visit(bucket, class, how many begin, how many end) for what was saved; false when it cannot be
  // read to its end.
  template <class Visit>
  [[nodiscard]] static bool read(base::Bytes saved, Visit&& visit) {
    base::ByteReader in(saved);
    std::int64_t bucket = 0;
    for (std::uint64_t left = in.varint(); left > 0 && !in.failed(); --left) {
      bucket += in.svarint();
      const std::uint8_t classes = in.u8();
      for (std::uint8_t c = 0; c < store::kStatusClasses; ++c) {
        if ((classes >> c & 1U) == 0) continue;
        const std::uint64_t opened = in.varint();
        const std::uint64_t closed = in.varint();
        if (!in.failed()) visit(bucket, c, opened, closed);
      }
    }
    return !in.failed() && in.remaining() == 0;
  }

 private:
  struct Cell {
    std::array<std::uint64_t, store::kStatusClasses> opened{};
    std::array<std::uint64_t, store::kStatusClasses> closed{};
  };
  using Last = std::pair<std::int64_t, Cell*>;
  // Rows lie in the order of their starts, so most touch the bucket of the one before.
  [[nodiscard]] Cell& cell_of(std::int64_t bucket, Last& last) {
    if (last.second == nullptr || last.first != bucket) last = {bucket, &cells_[bucket]};
    return *last.second;
  }

  std::map<std::int64_t, Cell> cells_;
  Last last_opened_{0, nullptr};
  Last last_closed_{0, nullptr};
};

}  // namespace spider::query
