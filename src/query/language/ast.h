#pragma once
// What a text of the filter language says, before its values are understood.

#include <cstdint>
#include <string>
#include <vector>

#include "spider/query/text_pattern.h"

#include "query/language/fields.h"

namespace spider::query::language {

enum class Comparison : std::uint8_t { fits, exactly, less, at_most, more, at_least };

struct Value {
  Comparison comparison = Comparison::fits;
  bool quoted = false;
  PatternText text;        // escapes resolved; in quotes there are no wildcards
  std::size_t offset = 0;  // of the text, without the comparison
  std::size_t length = 0;

  // Bytes, a wildcard as the character that it was written with.
  [[nodiscard]] std::string plain() const {
    std::string out;
    for (const char16_t c : text)
      out += c == kAnyRun ? '*' : c == kAnyByte ? '?' : static_cast<char>(c);
    return out;
  }
  // "*" alone: any value.
  [[nodiscard]] bool anything() const { return text.size() == 1 && text.front() == kAnyRun; }
};

struct Node {
  enum class Kind : std::uint8_t { all_of, any_of, none_of, term };
  Kind kind = Kind::term;
  std::vector<std::uint32_t> children;
  // Of a term. Without a field: a free word.
  FieldRef field;
  bool present = false;  // asks only whether there is a value
  Value value;
};

struct Ast {
  std::vector<Node> nodes;
  std::uint32_t root = 0;

  [[nodiscard]] bool empty() const { return nodes.empty(); }
};

// The text in its one usual form: what it gives when it is read again is the same form.
[[nodiscard]] std::string normal_form(const Ast& ast);

// Bytes that are no UTF-8 (and control characters) as \xHH.
[[nodiscard]] std::string printable(std::string_view text);

// Length of the UTF-8 sequence at `at`; 0 when there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t at) noexcept;

}  // namespace spider::query::language
