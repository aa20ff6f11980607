#pragma once
// Selections: which rows of a block answer a question about one of its columns, packed to be kept
// by ColumnCache: a fraction of the column, and nothing of it needs to be looked at again. Only
// blocks of at most kSelectionRowsMax rows have any. And QuestionBook: the numbers of questions.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/base/mutex.h"

namespace spider::store {

inline constexpr std::uint32_t kSelectionRowsMax = 65'536;

// Of a block of so many rows.
[[nodiscard]] constexpr std::size_t selection_bytes_max(std::uint32_t rows) noexcept {
  return 1 + (std::size_t{rows} + 63) / 64 * 8;
}

// `matches` ascending, below `count`, which is at most kSelectionRowsMax.
[[nodiscard]] std::string pack_selection(const std::vector<std::uint32_t>& matches,
                                         std::uint32_t count);
// Keeps those of `rows` (ascending, below `count`) that are in it.
void keep_selected(std::string_view selection, std::uint32_t count,
                   std::vector<std::uint32_t>& rows);

// Gives numbers to questions, which are texts, and remembers who asked them. Bounded: when it is
// full all are forgotten, and have other numbers when they come again. Any thread.
class QuestionBook {
 public:
  static constexpr std::size_t kQuestionsMax = 1'024;
  static constexpr std::size_t kTextBytesMax = 1'024;  // longer ones have no number

  // Never given out twice.
  [[nodiscard]] std::uint64_t new_asker();
  // The question's number, above 0, when another asker asked it before; otherwise 0.
  [[nodiscard]] std::uint64_t asked_before(std::string_view question, std::uint64_t asker);

 private:
  struct Known {
    std::uint64_t number = 0;
    std::uint64_t asker = 0;
  };
  base::Mutex mutex_;
  std::unordered_map<std::string, Known> known_ SPIDER_GUARDED_BY(mutex_);
  std::uint64_t numbers_ SPIDER_GUARDED_BY(mutex_) = 0;
  std::uint64_t askers_ SPIDER_GUARDED_BY(mutex_) = 0;
};

}  // namespace spider::store
