#include "spider/query/language.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "spider/query/codes.h"

#include "query/language/parser.h"
#include "query/language/resolve.h"

namespace spider::query {
namespace {

// UTF-8 characters before `offset`.
[[nodiscard]] std::size_t characters(std::string_view text, std::size_t offset) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < std::min(offset, text.size()); ++count)
    at += std::max<std::size_t>(1, language::utf8_length(text, at));
  return count;
}

[[nodiscard]] bool take_sources(Filter& filter, const Question& q) {
  if (q.present) return true;
  std::vector<model::SourceId> both;
  std::sort(filter.sources.begin(), filter.sources.end());  // a whisperer may have thousands
  for (const model::SourceId source : q.sources)
    if (filter.sources.empty() ||
        std::binary_search(filter.sources.begin(), filter.sources.end(), source))
      both.push_back(source);
  if (both.empty()) return false;  // would mean all of them
  filter.sources = std::move(both);
  return true;
}

[[nodiscard]] bool take_status(Filter& filter, const Question& q) {
  if (!filter.status.empty()) return false;
  const auto bound = [](std::int64_t v) {
    return static_cast<std::uint16_t>(std::clamp<std::int64_t>(v, 0, 65'535));
  };
  for (const NumberSpan& span : q.spans) {
    if (span.high < span.low || span.high < 0 || span.low > 65'535) continue;
    filter.status.push_back({bound(span.low), bound(span.high)});
  }
  return !filter.status.empty();
}

[[nodiscard]] bool take_duration(Filter& filter, const Question& q) {
  if (q.spans.size() != 1) return false;
  const base::Duration low{q.spans.front().low};
  const base::Duration high{q.spans.front().high};
  if (high.ns < std::numeric_limits<std::int64_t>::max() &&
      (!filter.duration_max || high.ns < filter.duration_max->ns))
    filter.duration_max = high;
  if (low.ns > 0 && (!filter.duration_min || low.ns > filter.duration_min->ns))
    filter.duration_min = low;
  return true;
}

// True when the filter's own lists now say what the question asks.
[[nodiscard]] bool take(Filter& filter, const Question& q) {
  if (q.kind == Question::Kind::source) return take_sources(filter, q);
  if (q.kind != Question::Kind::number || q.sum) return false;
  if (q.column == store::ColumnId::status) return take_status(filter, q);
  return q.column == store::ColumnId::duration && take_duration(filter, q);
}

// In quotes, or behind an equals sign, the whole was meant.
[[nodiscard]] bool may_mean_part(const language::Node& term) {
  const language::Value& value = term.value;
  return term.field.field != nullptr && term.field.field->type == language::FieldType::text &&
         !term.present && !value.quoted && value.comparison == language::Comparison::fits &&
         !value.text.empty() && std::none_of(value.text.begin(), value.text.end(), [](char16_t c) {
           return c == kAnyRun || c == kAnyByte;
         });
}

[[nodiscard]] std::vector<FilterWholeText> whole_texts(const language::Ast& ast,
                                                       std::string_view text) {
  std::vector<FilterWholeText> out;
  std::vector<std::uint32_t> left;
  if (!ast.empty()) left.push_back(ast.root);
  while (!left.empty()) {
    const language::Node& node = ast.nodes[left.back()];
    left.pop_back();
    if (node.kind == language::Node::Kind::none_of) continue;  // narrower asks for more there
    left.insert(left.end(), node.children.begin(), node.children.end());
    if (node.kind != language::Node::Kind::term || !may_mean_part(node)) continue;
    std::string field(node.field.field->name);
    if (!node.field.name.empty()) field += "." + node.field.name;
    const auto [offset, length] = std::pair(node.value.offset, node.value.length);
    out.push_back(
        {offset, length, std::move(field), fmt::format("*{}*", text.substr(offset, length))});
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  return out;
}

}  // namespace

std::string_view name(FilterTokenKind kind) noexcept {
  switch (kind) {
    case FilterTokenKind::field:
      return "field";
    case FilterTokenKind::comparison:
      return "comparison";
    case FilterTokenKind::value:
      return "value";
    case FilterTokenKind::text:
      return "text";
    case FilterTokenKind::word:
      return "word";
    case FilterTokenKind::keyword:
      return "keyword";
    case FilterTokenKind::bracket:
      return "bracket";
    case FilterTokenKind::unread:
      break;
  }
  return "unread";
}

ParsedFilter parse_filter(std::string_view text, const FilterVocabulary& vocabulary) {
  ParsedFilter out;
  if (text.size() > kFilterBytesMax) {
    out.problem = FilterProblem{kFilterBytesMax,
                                text.size() - kFilterBytesMax,
                                fmt::format("A filter is at most {} bytes long.", kFilterBytesMax),
                                {},
                                {}};
    out.tokens = {{FilterTokenKind::unread, 0, text.size()}};
    return out;
  }
  language::Scanner scanner(text);
  const language::Ast ast = language::parse(scanner);
  Tree tree = language::resolve(ast, vocabulary, scanner);
  if (!scanner.failed()) {
    out.normal = language::normal_form(ast);
    out.whole_texts = whole_texts(ast, text);
    out.tree = std::move(tree);
  }
  scanner.give(out);
  return out;
}

void narrow(Filter& filter, Tree tree) {
  if (tree.empty()) return;
  const Tree::Node& root = tree.node(tree.root());
  std::vector<std::uint32_t> parts;
  if (root.kind == Tree::Kind::all_of) {
    parts = root.children;
  } else {
    parts.push_back(tree.root());
  }
  Tree rest;
  std::vector<std::uint32_t> kept;
  if (!filter.tree.empty()) kept.push_back(rest.add_copy(filter.tree, filter.tree.root()));
  for (const std::uint32_t part : parts) {
    const Tree::Node& node = tree.node(part);
    if (node.kind == Tree::Kind::question && take(filter, node.question)) continue;
    kept.push_back(rest.add_copy(tree, part));
  }
  if (!kept.empty()) rest.add(Tree::Kind::all_of, std::move(kept));
  filter.tree = std::move(rest);
}

base::Result<void> narrow(Filter& filter, std::string_view text,
                          const FilterVocabulary& vocabulary) {
  ParsedFilter parsed = parse_filter(text, vocabulary);
  if (parsed.problem) return base::fail(codes::bad_filter, problem_text(*parsed.problem, text));
  narrow(filter, std::move(parsed.tree));
  return {};
}

std::vector<FilterField> filter_fields() {
  std::vector<FilterField> out;
  for (const language::Field& field : language::fields()) {
    std::string name(field.name);
    if (field.named) name += field.name_needed ? ".NAME" : "[.NAME]";
    std::string values(language::value_help(field.type));
    if (const auto words = language::words_of(field); !words.empty()) {
      values.clear();
      for (const language::Word& word : words)
        values += (values.empty() ? "" : ", ") + std::string(word.word);
    }
    out.push_back({std::move(name), std::string(field.alias), std::string(field.help),
                   std::move(values), std::string(field.example)});
  }
  return out;
}

std::string problem_text(const FilterProblem& problem, std::string_view text) {
  std::string out =
      fmt::format("At character {}: {}", characters(text, problem.offset) + 1, problem.message);
  if (!problem.expected.empty()) out += fmt::format(" Expected: {}.", problem.expected);
  if (!problem.suggestion.empty()) out += fmt::format(" Did you mean {}?", problem.suggestion);
  return out;
}

std::string problem_caret(const FilterProblem& problem, std::string_view text) {
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  const std::size_t before = characters(text, problem.offset);
  const std::size_t within =
      characters(text.substr(std::min(problem.offset, text.size())), problem.length);
  return fmt::format("  {}\n  {}{}", line, std::string(before, ' '),
                     std::string(std::max<std::size_t>(1, within), '^'));
}

}  // namespace spider::query
