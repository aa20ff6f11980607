#pragma once
// BlockFilter: which rows of a block answer a Filter. Asks the block's summary first, then reads
// one column after the other, only those the filter names. Reuses its vectors from block to block;
// owned by one query.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/filter.h"
#include "spider/store/store_reader.h"

#include "query/tree_scan.h"

namespace spider::query {

class BlockFilter {
 public:
  BlockFilter(const store::StoreSnapshot& snapshot, const Filter& filter,
              const Executor& executor = caller_alone());

  // False: no row of the block can match, known without reading it.
  [[nodiscard]] bool may_match(const store::BlockInfo& block) const;
  // The matching rows, ascending. Communications: every part of the filter; sessions: the window,
  // endpoints, duration, session_number, codes, with_communications and the tree, which asks for
  // columns of sessions alone (check_of_sessions()).
  [[nodiscard]] base::Result<void> rows(const store::BlockInfo& block,
                                        std::vector<std::uint32_t>& out);
  // A text for all that rows() asks of communications besides the window, for asked_before(); empty
  // when that is nothing, or when nothing short stands for it.
  [[nodiscard]] std::string name() const;
  // The same, but only empty when nothing short stands for it.
  [[nodiscard]] std::string name_or_all() const;
  // When the filter asks besides its window for one text of a column alone, hosts say: the column,
  // and the judge of its values, which is good while this is.
  [[nodiscard]] std::optional<TreeScan::OnlyText> only_text();
  // A column of the block that rows() was asked about last, read once: the places `rows` of it,
  // which are among those that were asked for before. Good until rows() is asked again.
  [[nodiscard]] base::Result<const std::int64_t*> numbers(const store::BlockInfo& block,
                                                          store::ColumnId column,
                                                          const std::vector<std::uint32_t>& rows);

 private:
  void name_questions();
  [[nodiscard]] store::StoreSnapshot::Judge judge_of_hosts() const;
  // The same, with the number of questions in it.
  [[nodiscard]] std::string name_of_all(std::size_t& questions) const;
  // Of communications, the rows that answer all of the filter but its window.
  [[nodiscard]] base::Result<void> besides_window(const store::BlockInfo& block,
                                                  std::vector<std::uint32_t>& rows);
  [[nodiscard]] bool may_hold_exact(const store::BlockInfo& block) const;
  template <class Keep>
  [[nodiscard]] base::Result<void> keep_numbers(const store::BlockInfo& block,
                                                store::ColumnId column,
                                                std::vector<std::uint32_t>& rows, Keep&& keep);
  // The verdict on each distinct value decides for all rows that have it.
  template <class Keep>
  [[nodiscard]] base::Result<void> keep_text(const store::BlockInfo& block, store::ColumnId column,
                                             std::vector<std::uint32_t>& rows, Keep&& keep);
  [[nodiscard]] base::Result<void> uri_part(const store::BlockInfo& block,
                                            std::vector<std::uint32_t>& rows);
  [[nodiscard]] base::Result<void> window(const store::BlockInfo& block,
                                          std::vector<std::uint32_t>& rows);
  [[nodiscard]] base::Result<void> endpoints(const store::BlockInfo& block,
                                             std::vector<std::uint32_t>& rows);
  [[nodiscard]] base::Result<void> meaning(const store::BlockInfo& block,
                                           std::vector<std::uint32_t>& rows);
  [[nodiscard]] base::Result<void> codes(const store::BlockInfo& block,
                                         std::vector<std::uint32_t>& rows);
  [[nodiscard]] base::Result<void> http(const store::BlockInfo& block,
                                        std::vector<std::uint32_t>& rows);
  [[nodiscard]] base::Result<void> session(const store::BlockInfo& block,
                                           std::vector<std::uint32_t>& rows);

  const store::StoreSnapshot& snapshot_;
  const Filter& filter_;
  // Whole values of which a row must have one: what the filters of summaries are asked.
  struct Exact {
    store::ColumnId column{};
    std::vector<std::uint64_t> marks;
  };
  std::vector<Exact> exact_;
  // By column: what the store calls the one question about it that is not part of tree_.
  std::array<std::uint64_t, 256> asked_{};
  std::uint64_t asked_all_ = 0;  // of all but the window, when that is more than one question
  TreeScan tree_;
  struct Held {
    store::ColumnId column{};
    std::vector<std::int64_t> values;
  };
  // Columns of this block: as many as can be named at once, eight by a filter, two more by sums,
  // and http_minor by groups. Were there more, the last would be read anew and pointers to it be
  // wrong.
  std::array<Held, 11> held_;
  std::size_t held_count_ = 0;
  std::vector<std::uint32_t> all_;  // 0, 1, 2 ...: copied faster than counted
};

}  // namespace spider::query
