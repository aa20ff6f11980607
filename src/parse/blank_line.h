#pragma once
// whole_lines(): passes over lines that are not blank, 64 bytes at a time. A head ends with a blank
// line, and looking for the end of each line by itself cost more than all of them at once.
//
// Never reads outside the text.

#include <cstddef>
#include <string_view>

#include "spider/base/wide_registers.h"

namespace spider::parse {

// `text` begins with a line. Where a line begins before which none is blank: the first blank one,
// or one of the last; at most 64 bytes and the line before them are left to be looked at. A line is
// blank when nothing, or a CR alone, stands before its LF. `wide` only where the processor has
// them; the answer is the same.
[[nodiscard]] std::size_t whole_lines(std::string_view text,
                                      bool wide = base::has_wide_registers()) noexcept;

}  // namespace spider::parse
