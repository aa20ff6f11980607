#pragma once
// TextNumbers: numbers for texts that many blocks have in common (hosts), so that what is kept of a
// block names its texts in four bytes each, and a question compares each text once, not once for
// every block. A number is never given to another text while the process lives.
//
// Bounds: kMax texts, kBytesMax of them together; further ones get no number, and what has no
// number is kept as it is stored. Any thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/base/text_hash.h"
#include "spider/store/schema.h"

namespace spider::store {

class TextNumbers {
 public:
  static constexpr std::size_t kMax = 16'384;
  static constexpr std::size_t kBytesMax = std::size_t{1} << 20U;

  // From 0 on, in the order in which they are asked for. Nothing: there is no more room.
  [[nodiscard]] std::optional<std::uint32_t> number(std::string_view text);
  // Those of all values; empty when one has none.
  [[nodiscard]] std::vector<std::uint32_t> numbers(const TextColumn& column);
  // The texts with numbers from `first` on, in their order.
  void texts(std::size_t first, TextColumn& out) const;
  // Those with these numbers, in this order; false when one is nobody's.
  [[nodiscard]] bool texts(std::span<const std::uint32_t> numbers, TextColumn& out) const;

 private:
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) SPIDER_REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::deque<std::string> texts_ SPIDER_GUARDED_BY(mutex_);  // stay where they are
  std::unordered_map<std::string_view, std::uint32_t, base::TextHash> numbers_
      SPIDER_GUARDED_BY(mutex_);
  std::size_t bytes_ SPIDER_GUARDED_BY(mutex_) = 0;
};

}  // namespace spider::store
