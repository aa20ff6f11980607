#pragma once
// judge_parts: which distinct values of a text column hold a text. They lie one behind the other,
// so one search goes through all of them; what it finds across the end of one is of none. Any
// thread.

#include <cstddef>
#include <string_view>
#include <vector>

#include "spider/store/schema.h"

namespace spider::query {

// find(from, end, part): where `part` first occurs, or null. `part` is not empty.
template <class Find>
void judge_parts(const store::TextColumn& values, std::string_view part, Find find,
                 std::vector<char>& verdicts) {
  const char* const begin = values.bytes.data();
  const char* const end = begin + values.bytes.size();
  std::size_t value = 0;
  for (const char* at = begin; (at = find(at, end, part)) != nullptr;) {
    const auto offset = static_cast<std::size_t>(at - begin);
    while (values.offsets[value + 1] <= offset) ++value;
    const bool whole = offset + part.size() <= values.offsets[value + 1];
    if (whole) verdicts[value] = 1;
    at = whole ? begin + values.offsets[value + 1] : at + 1;
  }
}

}  // namespace spider::query
