#pragma once
// The filter language: one line of text that asks for communications, the same in the page, the API
// and the command line. Grammar and fields: docs/filter.md.
//
//   status:>=500 AND host:api.* AND NOT (method:OPTIONS OR uri:"/health") duration:>200ms
//
// Any text gives either a filter or a problem that points at its place; the work is bounded by the
// limits below. Any thread. Offsets count bytes of the text.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/code.h"
#include "spider/base/result.h"
#include "spider/query/filter.h"
#include "spider/store/host_book.h"
#include "spider/store/store.h"

namespace spider::query {

inline constexpr std::size_t kFilterBytesMax = 4'096;
inline constexpr std::size_t kFilterDepthMax = 64;   // of parentheses and negations
inline constexpr std::size_t kFilterTermsMax = 256;  // values compared with

// What is wrong, and where.
struct FilterProblem {
  std::size_t offset = 0;
  std::size_t length = 0;  // 0: something is missing there
  std::string message;     // a whole sentence
  std::string expected;    // what could stand there; may be empty
  std::string suggestion;  // a word that was perhaps meant; may be empty
};

enum class FilterTokenKind : std::uint8_t {
  field,       // "status"
  comparison,  // ":", ":>="
  value,       // "500..599"
  text,        // "\"/login\"", with its quotes
  word,        // free text
  keyword,     // AND, OR, NOT, also as - and ,
  bracket,
  unread,  // from the problem on
};
[[nodiscard]] std::string_view name(FilterTokenKind kind) noexcept;

struct FilterToken {
  FilterTokenKind kind{};
  std::size_t offset = 0;
  std::size_t length = 0;
};

// The words that values may be, besides those of the language.
struct FilterVocabulary {
  std::vector<store::SourceInfo> sources;
  base::CodeRows codes;
  bool sources_known = true;  // false: any whisperer's name will do, to look at the rest of a text
  const store::HostBook* hosts = nullptr;  // names of addresses; null: no address has one
};

// A value that is compared with the whole of a text, as `api` in `host:api`. Nothing wrong, but
// often a part was meant.
struct FilterWholeText {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string field;  // "host", "param.page"
  std::string part;   // what asks for a part, in the value's place: "*api*"
};

struct ParsedFilter {
  std::vector<FilterToken> tokens;           // in order; blanks lie between them
  std::optional<FilterProblem> problem;      // the first one; what follows is then empty
  std::string normal;                        // the same question written the one usual way
  std::vector<FilterWholeText> whole_texts;  // in order; none of negations
  Tree tree;
};

[[nodiscard]] ParsedFilter parse_filter(std::string_view text, const FilterVocabulary& vocabulary);

// Asks `filter` for the tree as well; simple parts go to the filter's own lists, where the fast
// ways are.
void narrow(Filter& filter, Tree tree);

// parse_filter() and narrow(). Error: bad_filter, whose detail is problem_text().
[[nodiscard]] base::Result<void> narrow(Filter& filter, std::string_view text,
                                        const FilterVocabulary& vocabulary);

// One sentence for a person, with the place (characters from 1) and the suggestion.
[[nodiscard]] std::string problem_text(const FilterProblem& problem, std::string_view text);
// The text on a line and a caret under the place, for a terminal.
[[nodiscard]] std::string problem_caret(const FilterProblem& problem, std::string_view text);

// A field as the language knows it, for documents.
struct FilterField {
  std::string name;   // with ".NAME" where a name may follow
  std::string alias;  // another name, or empty
  std::string help;
  std::string values;  // what they look like
  std::string example;
};
[[nodiscard]] std::vector<FilterField> filter_fields();

// `text` as a value that means exactly itself: in quotes when it must be.
[[nodiscard]] std::string quoted_value(std::string_view text);

}  // namespace spider::query
