#pragma once
// Texts of the filter language as the API tells of them: places are counted in UTF-16 code units,
// as the strings of a browser are.

#include <string_view>

#include "spider/query/language.h"

#include "api/answer.h"
#include "api/context.h"

namespace spider::api {

// UTF-16 code units before byte `offset`, and the byte that lies behind so many of them.
[[nodiscard]] std::size_t utf16_units(std::string_view text, std::size_t offset) noexcept;
[[nodiscard]] std::size_t byte_at(std::string_view text, std::size_t units) noexcept;

// "offset", "length", "message" and, when there are any, "expected" and "suggestion".
void write_filter_problem(query::JsonWriter& json, const query::FilterProblem& problem,
                          std::string_view text);

// The problem document of a parameter q that cannot be understood, with the place.
[[nodiscard]] Answer filter_problem(const Context& context, const Request& request,
                                    const base::Error& error);

}  // namespace spider::api
