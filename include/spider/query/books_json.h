#pragma once
// The laws of the books (model/books.h) as members of an open JSON object, so that whoever reads
// them sees both sides and that they are equal.

#include <string_view>

#include "spider/model/books.h"
#include "spider/query/json_writer.h"

namespace spider::query {

// "balanced"; "under_way" when the sides differ while something of them is in hand; else
// "unbalanced": what was in memory when the process was killed, or an error of Spider.
[[nodiscard]] std::string_view books_state(std::int64_t difference, bool under_way) noexcept;

// "state", and "laws": every law with its terms by name, the sums of both sides, the difference.
void write_laws(JsonWriter& json, const model::QualityCounts& books, bool under_way);
// The same without the terms: one short object per law.
void write_law_sums(JsonWriter& json, const model::QualityCounts& books, bool under_way);

}  // namespace spider::query
