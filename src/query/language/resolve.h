#pragma once
// resolve(): an Ast to the Tree that blocks are asked by. What a value cannot be is a problem of
// the scanner, at the value's place.

#include "spider/query/language.h"

#include "query/language/ast.h"
#include "query/language/scanner.h"

namespace spider::query::language {

[[nodiscard]] Tree resolve(const Ast& ast, const FilterVocabulary& vocabulary, Scanner& scanner);

}  // namespace spider::query::language
