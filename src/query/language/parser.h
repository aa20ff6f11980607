#pragma once
// The parser of the filter language: text to Ast, by recursive descent within the limits of
// language.h.

#include "query/language/ast.h"
#include "query/language/scanner.h"

namespace spider::query::language {

// An empty Ast when the scanner failed, or the text says nothing.
[[nodiscard]] Ast parse(Scanner& scanner);

}  // namespace spider::query::language
