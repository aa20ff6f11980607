#pragma once
// One value against one question of a filter's tree. Any thread.

#include <string>
#include <string_view>

#include "spider/query/tree.h"
#include "spider/store/schema.h"

namespace spider::query {

[[nodiscard]] bool number_holds(const Question& question, std::int64_t value) noexcept;
// A value of a text, address or code column as it is stored.
[[nodiscard]] bool text_holds(const Question& question, std::string_view value);
// The same for many values: `scratch` is theirs to write over.
[[nodiscard]] bool text_holds(const Question& question, std::string_view value,
                              std::string& scratch);
// The head of one message, start line first, and its trailers.
[[nodiscard]] bool head_holds(const Question& question, std::string_view head,
                              std::string_view trailers);
[[nodiscard]] bool bytes_hold(const Question& question, std::string_view bytes);

}  // namespace spider::query
