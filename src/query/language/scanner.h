#pragma once
// Scanner: walks over a text of the filter language: blanks, words with their escapes and
// wildcards, texts in quotes. Notes tokens as it goes. Owned by one parser.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/query/language.h"

#include "query/language/ast.h"

namespace spider::query::language {

[[nodiscard]] constexpr bool blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] bool end() const noexcept { return at_ >= text_.size(); }
  // 0 at the end.
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }
  void blanks() noexcept;

  // Goes on by `length` bytes, which are a token.
  void take(FilterTokenKind kind, std::size_t length);

  // The word that begins here and could be a keyword, in upper case; empty for none.
  [[nodiscard]] std::string_view keyword() const noexcept;
  // Letters, digits, "_", "-" and "." that begin with a letter; may be empty.
  [[nodiscard]] std::string_view identifier() const noexcept;

  // A word or a text in quotes that ends at a blank, a bracket or, with `comma`, a comma. Nothing
  // when there was a problem.
  [[nodiscard]] std::optional<Value> value(bool comma, bool word);

  // Only the first problem is kept.
  void fail(std::size_t offset, std::size_t length, std::string message, std::string expected = {},
            std::string suggestion = {});
  [[nodiscard]] bool failed() const noexcept { return problem_.has_value(); }

  // What was found; the rest after a problem is one token.
  void give(ParsedFilter& out);

 private:
  [[nodiscard]] std::optional<Value> quoted();
  [[nodiscard]] bool escape(PatternText& out);
  [[nodiscard]] bool hex_escape(std::size_t digits, PatternText& out);

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<FilterToken> tokens_;
  std::optional<FilterProblem> problem_;
};

}  // namespace spider::query::language
