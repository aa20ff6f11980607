#pragma once
// TreeScan: which rows of a block answer a Tree. Asks the block's summary first; then one column
// after the other, the cheap ones first, each only of the rows that are still open; heads and
// bodies last. Reuses its memory from block to block; owned by one query.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/query/tree.h"
#include "spider/store/store_reader.h"

namespace spider::query {

// What is known without looking at the rows: of three-valued logic (Kleene).
enum class Coverage : std::uint8_t { no, some, all };

class TreeScan {
 public:
  using Rows = std::vector<std::uint32_t>;

  // `executor` may end the reading of heads and bodies: keep() then fails with `cancelled` or
  // `out_of_time`.
  TreeScan(const store::StoreSnapshot& snapshot, const Tree& tree,
           const Executor& executor = caller_alone())
      : snapshot_(snapshot), tree_(tree), executor_(executor) {
    name_questions();
  }

  // Appends what tells the tree from every other one; false when nothing that short does.
  [[nodiscard]] bool append_name(std::string& out) const;
  // When the tree is one question about a text: the column, and the judge of its values, which is
  // good while this is.
  struct OnlyText {
    store::ColumnId column{};
    store::StoreSnapshot::Judge judge;
  };
  [[nodiscard]] std::optional<OnlyText> only_text();
  // No: no row of the block can match; all: every row does.
  [[nodiscard]] Coverage verdict(const store::BlockInfo& block) const;
  // Keeps the rows (ascending) that match.
  [[nodiscard]] base::Result<void> keep(const store::BlockInfo& block,
                                        std::vector<std::uint32_t>& rows);

  // Rows of which a body was asked about: with saved bytes of one, and with one that none is saved
  // of; and with one of which only a part could be searched, and in that nothing was found. A row
  // may be in all, and in each as often as there are questions about bodies.
  struct Bodies {
    Rows saved;
    Rows unsaved;
    Rows partial;
  };
  // Where keep() notes them from here on; null: nowhere.
  void note_bodies(Bodies* bodies) noexcept { bodies_ = bodies; }

 private:
  void name_questions();
  [[nodiscard]] Coverage verdict(const store::BlockInfo& block, std::uint32_t index,
                                 std::vector<Coverage>* all) const;
  [[nodiscard]] base::Result<void> keep(const store::BlockInfo& block, std::uint32_t index,
                                        Rows& rows);
  [[nodiscard]] base::Result<void> any_of(const store::BlockInfo& block, const Tree::Node& node,
                                          Rows& rows);
  // `asked`: what the store knows the question by.
  [[nodiscard]] base::Result<void> answer(const store::BlockInfo& block, const Question& question,
                                          std::uint64_t asked, Rows& rows);
  [[nodiscard]] base::Result<void> numbers(const store::BlockInfo& block, const Question& question,
                                           std::uint64_t asked, Rows& rows);
  [[nodiscard]] base::Result<void> texts(const store::BlockInfo& block, const Question& question,
                                         std::uint64_t asked, Rows& rows);
  [[nodiscard]] store::StoreSnapshot::Judge judge_of(const Question& question);
  [[nodiscard]] base::Result<void> messages(const store::BlockInfo& block, const Question& question,
                                            Rows& rows);
  void note_bodies_of(std::uint32_t row, const Question& question, const store::HttpDetail& detail);
  struct Found {
    bool holds = false;
    bool whole = true;  // all that was sent of the body was searched
  };
  [[nodiscard]] base::Result<Found> body_holds(const store::BlockInfo& block,
                                               const Question& question,
                                               const store::MessageDetail& message);

  const store::StoreSnapshot& snapshot_;
  const Tree& tree_;
  const Executor& executor_;
  std::vector<std::uint64_t> asked_;  // of each node: see StoreSnapshot::asked_before()
  std::vector<Coverage> verdicts_;    // of each node, for the block at hand
  std::vector<std::int64_t> numbers_;
  std::vector<std::int64_t> second_;
  std::vector<std::uint8_t> body_;
  std::string scratch_;
  Bodies* bodies_ = nullptr;
};

// The same of a cell of the roll-ups, for trees that are counted_only(): statuses from `first` to
// `last` with a method; null for a method that is not known.
[[nodiscard]] Coverage verdict_of_cell(const Tree& tree, std::int64_t first, std::int64_t last,
                                       const std::string_view* method);

}  // namespace spider::query
