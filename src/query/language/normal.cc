// The one usual form of a text of the filter language.

#include <algorithm>

#include <fmt/format.h>

#include "spider/query/language.h"

#include "query/language/ast.h"

namespace spider::query::language {
namespace {

using Kind = Node::Kind;

[[nodiscard]] bool plain_byte(char16_t c) noexcept {
  if ((c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')) return true;
  constexpr std::u16string_view kPlain = u"_./%+@~;$#&:=-'<>![]{}|^";
  return kPlain.find(c) != std::u16string_view::npos;
}

// Could these bytes stand without quotes and mean themselves?
[[nodiscard]] bool bare(const PatternText& text, bool free_word) {
  if (text.empty() || !std::all_of(text.begin(), text.end(),
                                   [](char16_t c) { return c >= 0x100 || plain_byte(c); }))
    return false;
  if (std::u16string_view(u"-=<>!").find(text.front()) != std::u16string_view::npos) return false;
  std::string word;
  for (const char16_t c : text) word += c < 0x80 ? static_cast<char>(c) : '*';
  const std::string lower = lower_case(word);
  if (lower == "and" || lower == "or" || lower == "not" || word == "&&" || word == "||")
    return false;
  return !free_word || word.find_first_of(":=<>!") == std::string::npos;
}

[[nodiscard]] bool wild(const PatternText& text) {
  return std::any_of(text.begin(), text.end(), [](char16_t c) { return c >= 0x100; });
}

void hex(std::string& out, unsigned char byte) { out += fmt::format("\\x{:02X}", byte); }

// Bytes with escapes, such as may stand in quotes.
[[nodiscard]] std::string escaped(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const char c = bytes[at];
    const std::size_t length = utf8_length(bytes, at);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      hex(out, static_cast<unsigned char>(c));
    } else {
      out += bytes.substr(at, length);
    }
    at += std::max<std::size_t>(1, length);
  }
  return out;
}

// A bare word, what is special in it behind backslashes: a free one must not look like a field and
// its value.
[[nodiscard]] std::string bare_escaped(const PatternText& text, bool free_word) {
  std::string out;
  bool first = true;
  for (const char16_t c : text) {
    const auto byte = static_cast<unsigned char>(c & 0xFFU);
    const std::u16string_view special = free_word ? u":=<>!" : u"";
    const bool marked = special.find(c) != std::u16string_view::npos ||
                        (first && std::u16string_view(u"-=<>!").find(c) != special.npos);
    first = false;
    if (c == kAnyRun) {
      out += '*';
    } else if (c == kAnyByte) {
      out += '?';
    } else if (plain_byte(c) && !marked) {
      out += static_cast<char>(byte);
    } else if (c <= 0x20 || c >= 0x7F) {
      hex(out, byte);
    } else {
      out += '\\';
      out += static_cast<char>(byte);
    }
  }
  return out;
}

[[nodiscard]] std::string value_text(const PatternText& text, bool free_word) {
  if (wild(text)) return bare_escaped(text, free_word);
  if (bare(text, free_word)) return bare_escaped(text, free_word);
  std::string bytes;
  for (const char16_t c : text) bytes += static_cast<char>(c);
  return '"' + escaped(bytes) + '"';
}

[[nodiscard]] std::string_view sign(Comparison comparison) {
  switch (comparison) {
    case Comparison::fits:
      break;
    case Comparison::exactly:
      return "=";
    case Comparison::less:
      return "<";
    case Comparison::at_most:
      return "<=";
    case Comparison::more:
      return ">";
    case Comparison::at_least:
      return ">=";
  }
  return "";
}

class Printer {
 public:
  explicit Printer(const Ast& ast) : ast_(ast) {}

  // `tight`: what stands around binds more than an OR (1), than an AND (2).
  void print(std::uint32_t index, int tight) {
    const Node& node = ast_.nodes[index];
    switch (node.kind) {
      case Kind::term:
        name(node);
        value(node);
        return;
      case Kind::none_of:
        out_ += "NOT ";
        print(node.children.front(), 2);
        return;
      case Kind::any_of:
        if (const Node* first = one_field(node)) {
          name(*first);
          list(node);
          return;
        }
        break;
      case Kind::all_of:
        break;
    }
    const int own = node.kind == Kind::any_of ? 1 : 2;
    const bool brackets = tight >= own;
    if (brackets) out_ += '(';
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0) out_ += own == 1 ? " OR " : " AND ";
      print(node.children[i], own == 1 ? 1 : 2);
    }
    if (brackets) out_ += ')';
  }

  std::string out_;

 private:
  // The first child when all of them compare one field.
  [[nodiscard]] const Node* one_field(const Node& node) const {
    const Node& first = ast_.nodes[node.children.front()];
    if (first.kind != Kind::term || first.field.field == nullptr) return nullptr;
    const bool same =
        std::all_of(node.children.begin(), node.children.end(), [&](std::uint32_t child) {
          const Node& other = ast_.nodes[child];
          return other.kind == Kind::term && other.field.field == first.field.field &&
                 lower_case(other.field.name) == lower_case(first.field.name);
        });
    return same ? &first : nullptr;
  }

  void name(const Node& node) {
    if (node.field.field == nullptr) return;
    out_ += node.field.field->name;
    if (!node.field.name.empty())
      out_ += '.' + (node.field.field->part == TextPart::parameter ? node.field.name
                                                                   : lower_case(node.field.name));
    out_ += ':';
  }

  void value(const Node& node) {
    out_ += sign(node.value.comparison);
    out_ += value_text(node.value.text, node.field.field == nullptr);
  }

  void list(const Node& node) {
    out_ += '(';
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0) out_ += " OR ";
      const Node& child = ast_.nodes[node.children[i]];
      out_ += sign(child.value.comparison);
      out_ += value_text(child.value.text, false);
    }
    out_ += ')';
  }

  const Ast& ast_;
};

}  // namespace

std::string normal_form(const Ast& ast) {
  if (ast.empty()) return {};
  Printer printer(ast);
  printer.print(ast.root, 0);
  return std::move(printer.out_);
}

std::size_t utf8_length(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0U) != 0x80) return 0;
  const unsigned char second = byte(at + 1);
  // Overlong forms, surrogates and what lies beyond the last plane (RFC 3629 section 4).
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const auto c = static_cast<unsigned char>(text[at]);
    if (length == 0 || c < 0x20 || c == 0x7F) {
      hex(out, c);
      ++at;
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  return out;
}

}  // namespace spider::query::language

namespace spider::query {

std::string quoted_value(std::string_view text) {
  const PatternText bytes = literal(text);
  // Words of the language and of other fields' values are no danger to a value, but commas and
  // spans are: they mean something to some fields.
  if (text.find(',') != std::string_view::npos || text.find("..") != std::string_view::npos)
    return '"' + language::escaped(text) + '"';
  return language::value_text(bytes, false);
}

}  // namespace spider::query
