#include "query/language/scanner.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spider::query::language {
namespace {

[[nodiscard]] bool letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] bool in_identifier(char c) noexcept {
  return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

[[nodiscard]] int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void put_utf8(std::uint32_t point, PatternText& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char16_t>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | point >> 6U);
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xE0U | point >> 12U);
    put(0x80U | (point >> 6U & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

}  // namespace

void Scanner::blanks() noexcept {
  while (!end() && blank(text_[at_])) ++at_;
}

void Scanner::take(FilterTokenKind kind, std::size_t length) {
  if (length > 0) tokens_.push_back({kind, at_, length});
  at_ += length;
}

std::string_view Scanner::keyword() const noexcept {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"and", "AND"}, {"or", "OR"}, {"not", "NOT"}, {"&&", "AND"}, {"||", "OR"}};
  const std::string_view here = rest();
  for (const auto& [word, meaning] : kWords) {
    if (here.size() < word.size()) continue;
    const bool same = std::equal(word.begin(), word.end(), here.begin(), [](char a, char b) {
      return a == b || (letter(b) && a == static_cast<char>(b | 0x20));
    });
    if (!same) continue;
    const char next = here.size() > word.size() ? here[word.size()] : ' ';
    if (blank(next) || next == '(' || next == ')') return meaning;
  }
  return {};
}

std::string_view Scanner::identifier() const noexcept {
  const std::string_view here = rest();
  if (here.empty() || !letter(here.front())) return {};
  std::size_t length = 1;
  while (length < here.size() && in_identifier(here[length])) ++length;
  return here.substr(0, length);
}

void Scanner::fail(std::size_t offset, std::size_t length, std::string message,
                   std::string expected, std::string suggestion) {
  if (problem_) return;
  problem_ =
      FilterProblem{offset, length, std::move(message), std::move(expected), std::move(suggestion)};
}

bool Scanner::hex_escape(std::size_t digits, PatternText& out) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_digit(peek(2 + i));
    if (digit < 0) {
      fail(at_, std::min<std::size_t>(2 + i, text_.size() - at_),
           fmt::format("\\{} needs {} hexadecimal digits.", peek(1), digits),
           "a hexadecimal digit");
      return false;
    }
    value = value << 4U | static_cast<std::uint32_t>(digit);
  }
  if (digits == 2) {
    out.push_back(static_cast<char16_t>(value));
  } else {
    put_utf8(value, out);
  }
  at_ += 2 + digits;
  return true;
}

// A backslash and what follows it.
bool Scanner::escape(PatternText& out) {
  switch (peek(1)) {
    case 'n':
      out.push_back(u'\n');
      break;
    case 'r':
      out.push_back(u'\r');
      break;
    case 't':
      out.push_back(u'\t');
      break;
    case 'x':
      return hex_escape(2, out);
    case 'u':
      return hex_escape(4, out);
    default:
      if (at_ + 1 >= text_.size() || letter(peek(1)) || (peek(1) >= '0' && peek(1) <= '9')) {
        fail(at_, std::min<std::size_t>(2, text_.size() - at_),
             "A backslash stands before \", \\, *, ?, n, r, t, xHH, uHHHH or punctuation.",
             "\\\\ for a backslash");
        return false;
      }
      out.push_back(static_cast<unsigned char>(peek(1)));
  }
  at_ += 2;
  return true;
}

std::optional<Value> Scanner::quoted() {
  Value out;
  out.quoted = true;
  out.offset = at_;
  for (++at_; peek() != '"';) {
    if (end()) {
      fail(out.offset, text_.size() - out.offset, "The quotes are not closed.", "\"");
      return std::nullopt;
    }
    if (peek() == '\\') {
      if (!escape(out.text)) return std::nullopt;
      continue;
    }
    out.text.push_back(static_cast<unsigned char>(text_[at_++]));
  }
  ++at_;
  out.length = at_ - out.offset;
  return out;
}

std::optional<Value> Scanner::value(bool comma, bool word) {
  const std::size_t begin = at_;
  std::optional<Value> out;
  if (peek() == '"') {
    out = quoted();
    if (!out) return std::nullopt;
    tokens_.push_back({FilterTokenKind::text, begin, at_ - begin});
  } else {
    out.emplace();
    out->offset = begin;
    while (!end()) {
      const char c = text_[at_];
      if (blank(c) || c == '(' || c == ')' || c == '"' || (comma && c == ',')) break;
      if (c == '\\') {
        if (!escape(out->text)) return std::nullopt;
        continue;
      }
      out->text.push_back(c == '*'   ? kAnyRun
                          : c == '?' ? kAnyByte
                                     : static_cast<char16_t>(static_cast<unsigned char>(c)));
      ++at_;
    }
    out->length = at_ - begin;
    tokens_.push_back({word ? FilterTokenKind::word : FilterTokenKind::value, begin, at_ - begin});
  }
  const char next = end() ? ' ' : peek();
  if (!blank(next) && next != ')' && !(comma && next == ',')) {
    fail(at_, 1,
         "Text with blanks, brackets or quotes in it is written in quotes, with \\\" for a quote.",
         "a blank");
    return std::nullopt;
  }
  return out;
}

void Scanner::give(ParsedFilter& out) {
  out.tokens = std::move(tokens_);
  out.problem = std::move(problem_);
  if (!out.problem) return;
  // What was not walked over, or is the problem itself.
  std::size_t from = out.tokens.empty() ? 0 : out.tokens.back().offset + out.tokens.back().length;
  while (from < text_.size() && blank(text_[from])) ++from;
  if (from < text_.size())
    out.tokens.push_back({FilterTokenKind::unread, from, text_.size() - from});
}

}  // namespace spider::query::language
