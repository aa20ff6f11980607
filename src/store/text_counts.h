#pragma once
// TextCounts: what is kept of a block for questions that differ in one text of a column alone: how
// many rows with each text have a status of each class. Form: classes that occur u8, form u8, the
// texts (as numbers: the highest u32, then one u32 each; else as the column has them), and for each
// text and class a u16. In memory alone, so in the machine's order. No state of its own.

#include <cstdint>
#include <string>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/store/store_reader.h"

#include "store/text_numbers.h"

namespace spider::store {

// `column`: read whole; `stored`: the part of its run that holds the texts; `status`: of each row,
// fewer than 65,536.
[[nodiscard]] std::string text_counts(const TextColumn& column, base::Bytes stored,
                                      const std::vector<std::int64_t>& status,
                                      TextNumbers& numbers);

// What of it is wanted. `verdicts`: by number, what `judge` said of the texts that have one; grows.
// False: it cannot be read.
[[nodiscard]] bool count_wanted(base::Bytes counts, std::uint32_t rows,
                                const StoreSnapshot::Judge& judge, const TextNumbers& numbers,
                                std::vector<char>& verdicts, ClassCounts& out);

// All of it: the texts, and the counts of each.
[[nodiscard]] bool all_counts(base::Bytes counts, std::uint32_t rows, const TextNumbers& numbers,
                              TextColumn& values, std::vector<ClassCounts>& out);

}  // namespace spider::store
