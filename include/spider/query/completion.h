#pragma once
// Completion: what may stand at a place of a text of the filter language, however unfinished the
// text is. Only the text is looked at; values that are in the store come from facets(). Any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/query/language.h"
#include "spider/query/statistics.h"

namespace spider::query {

enum class CompletionKind : std::uint8_t { field, value, comparison, keyword };
[[nodiscard]] std::string_view name(CompletionKind kind) noexcept;

struct Completion {
  CompletionKind kind{};
  std::string insert;  // what takes the place of [begin, end) of the text
  std::string label;
  std::string help;
  std::optional<std::uint64_t> communications;  // that have the value
};

struct CompletionPlace {
  std::size_t begin = 0;  // bytes of the text that are completed: from here to the place asked for
  std::size_t end = 0;
  std::optional<std::size_t> term;      // where the term begins; nothing: it stands in brackets
  std::string typed;                    // what stands there, without quotes
  std::string field;                    // whose value is completed; empty for a term
  std::string value_help;               // what its values look like
  std::optional<GroupField> values_of;  // the field whose values in the store would fit
  std::vector<Completion> known;        // what the language itself knows
};

// What must hold beside the term at the place, as a text of the language: what stands before it and
// behind it. Nothing: it cannot be told apart, as in brackets.
[[nodiscard]] std::optional<std::string> other_terms(std::string_view text,
                                                     const CompletionPlace& place);

[[nodiscard]] CompletionPlace complete(std::string_view text, std::size_t at,
                                       const FilterVocabulary& vocabulary);

}  // namespace spider::query
