#include "query/language/resolve.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "query/language/values.h"

namespace spider::query::language {
namespace {

using store::ColumnId;
using Kind = Question::Kind;

// Each goes through all names that are known.
constexpr std::size_t kHostTermsMax = 16;
// Files' names that are compared with one that is none.
constexpr std::size_t kUploadsNamed = 256;

constexpr NumberSpan kEverything{std::numeric_limits<std::int64_t>::min() + 1,
                                 std::numeric_limits<std::int64_t>::max()};

// Spans in order, those that touch made one.
void unite(std::vector<NumberSpan>& spans) {
  std::sort(spans.begin(), spans.end(),
            [](const NumberSpan& a, const NumberSpan& b) { return a.low < b.low; });
  std::size_t kept = 0;
  for (const NumberSpan& span : spans) {
    if (kept > 0 && (span.low <= spans[kept - 1].high || span.low - 1 == spans[kept - 1].high)) {
      spans[kept - 1].high = std::max(spans[kept - 1].high, span.high);
    } else {
      spans[kept++] = span;
    }
  }
  spans.resize(kept);
}

// Captured bytes of the message that the column counts something of. A message that was seen has at
// least one, and of one that was not the columns hold a 0 that stands for no value.
[[nodiscard]] std::optional<ColumnId> wire_bytes_of(ColumnId column) noexcept {
  switch (column) {
    case ColumnId::request_wire_bytes:
    case ColumnId::request_body_bytes:
      return ColumnId::request_wire_bytes;
    case ColumnId::response_wire_bytes:
    case ColumnId::response_body_bytes:
      return ColumnId::response_wire_bytes;
    default:
      return std::nullopt;
  }
}

// Two questions of which one must hold, as one; false when they ask about different things.
[[nodiscard]] bool unite(Question& a, const Question& b) {
  if (a.kind != b.kind || a.column != b.column || a.second != b.second || a.sum != b.sum ||
      a.addresses != b.addresses || a.present != b.present || a.part != b.part ||
      a.side != b.side || a.name != b.name)
    return false;
  a.spans.insert(a.spans.end(), b.spans.begin(), b.spans.end());
  unite(a.spans);
  a.patterns.insert(a.patterns.end(), b.patterns.begin(), b.patterns.end());
  a.networks.insert(a.networks.end(), b.networks.begin(), b.networks.end());
  a.codes.insert(a.codes.end(), b.codes.begin(), b.codes.end());
  a.sources.insert(a.sources.end(), b.sources.begin(), b.sources.end());
  a.mask |= b.mask;
  return true;
}

class Resolver {
 public:
  Resolver(const Ast& ast, const FilterVocabulary& vocabulary, Scanner& scanner)
      : ast_(ast), vocabulary_(vocabulary), scan_(scanner) {}

  [[nodiscard]] Tree resolve() {
    tree_of(ast_.root);
    return scan_.failed() ? Tree{} : std::move(out_);
  }

 private:
  // ---- the shape

  std::uint32_t tree_of(std::uint32_t index) {
    const Node& node = ast_.nodes[index];
    if (node.kind == Node::Kind::term) return is_id(node) ? id(node) : either(questions_of(node));
    if (node.kind == Node::Kind::any_of) return any_of(node);
    std::vector<std::uint32_t> children;
    for (const std::uint32_t child : node.children) children.push_back(tree_of(child));
    if (scan_.failed()) return 0;  // children may be missing then
    return out_.add(node.kind == Node::Kind::all_of ? Tree::Kind::all_of : Tree::Kind::none_of,
                    std::move(children));
  }

  // Values of one field become one question: a column is then gone through once for all of them.
  std::uint32_t any_of(const Node& node) {
    std::vector<Question> questions;
    std::vector<std::uint32_t> children;
    for (const std::uint32_t child : node.children) {
      const Node& inner = ast_.nodes[child];
      if (inner.kind != Node::Kind::term || is_id(inner)) {
        children.push_back(tree_of(child));
        continue;
      }
      for (Question& one : questions_of(inner))
        if (std::none_of(questions.begin(), questions.end(),
                         [&](Question& known) { return unite(known, one); }))
          questions.push_back(std::move(one));
    }
    for (Question& one : questions) children.push_back(add(std::move(one)));
    return scan_.failed() ? 0 : out_.add(Tree::Kind::any_of, std::move(children));
  }

  std::uint32_t either(std::vector<Question> questions) {
    std::vector<std::uint32_t> children;
    for (Question& one : questions) children.push_back(add(std::move(one)));
    return scan_.failed() ? 0 : out_.add(Tree::Kind::any_of, std::move(children));
  }

  // A size that may be 0 is asked of messages that were seen.
  std::uint32_t add(Question question) {
    const auto wire_bytes = wire_bytes_of(question.column);
    if (question.kind != Kind::number || question.sum || !wire_bytes) {
      return out_.add(std::move(question));
    }
    Question seen;
    seen.column = *wire_bytes;
    seen.spans = {{1, kEverything.high}};
    if (question.spans == std::vector{kEverything}) return out_.add(std::move(seen));
    if (question.column == *wire_bytes) {
      std::erase_if(question.spans, [](const NumberSpan& span) { return span.high < 1; });
      for (NumberSpan& span : question.spans) span.low = std::max<std::int64_t>(1, span.low);
      return out_.add(std::move(question));
    }
    const bool zero = std::any_of(question.spans.begin(), question.spans.end(),
                                  [](const NumberSpan& s) { return s.low <= 0 && s.high >= 0; });
    const std::uint32_t size = out_.add(std::move(question));
    return zero ? out_.add(Tree::Kind::all_of, {size, out_.add(std::move(seen))}) : size;
  }

  // ---- one term

  void problem(const Node& node, std::string message, std::string suggestion = {}) {
    scan_.fail(node.value.offset, node.value.length, std::move(message),
               std::string(node.field.field == nullptr ? std::string_view("a word")
                                                       : value_help(node.field.field->type)),
               std::move(suggestion));
  }

  // Questions of which one must hold; empty when there was a problem.
  [[nodiscard]] std::vector<Question> questions_of(const Node& node) {
    if (scan_.failed()) return {};
    if (node.field.field == nullptr) return free_word(node);
    const Field& field = *node.field.field;
    const Comparison sign = node.value.comparison;
    if (!ordered(field.type) && sign != Comparison::fits && sign != Comparison::exactly) {
      problem(node, fmt::format("{} is not compared by size; in quotes, < and > stand for "
                                "themselves.",
                                field.name));
      return {};
    }
    Question out;
    out.column = field.column;
    out.part = field.part;
    out.side = field.side;
    out.present = node.present;
    if (!fill(node, field, out)) return {};
    if (field.join == Join::sum) {
      out.sum = true;
      out.second = field.second;
    }
    if (field.join != Join::either) return {std::move(out)};
    Question second = out;
    second.column = field.second;
    return {std::move(out), std::move(second)};
  }

  [[nodiscard]] std::vector<Question> free_word(const Node& node) {
    Question uri;
    uri.kind = Kind::text;
    uri.column = ColumnId::target;
    uri.patterns.emplace_back(node.value.text, true);
    Question heads;
    heads.kind = Kind::heads;
    heads.patterns = uri.patterns;
    return {std::move(uri), std::move(heads)};
  }

  [[nodiscard]] bool fill(const Node& node, const Field& field, Question& out) {
    switch (field.type) {
      case FieldType::number:
      case FieldType::status:
      case FieldType::duration:
      case FieldType::size:
      case FieldType::instant:
        return numbers(node, field, out);
      case FieldType::text:
      case FieldType::part:
        return text(node, field, out);
      case FieldType::header:
      case FieldType::body:
        return message(node, field, out);
      case FieldType::address:
        return address(node, out);
      case FieldType::host:
        return host(node, out);
      case FieldType::word:
      case FieldType::mark:
        return word(node, field, out);
      case FieldType::code:
        return code(node, out);
      case FieldType::whisperer:
        return whisperer(node, out);
      case FieldType::upload:
        return upload(node, out);
      case FieldType::session:
      case FieldType::communication:
        out.spans = {kEverything};  // the others are seen to by id()
        return true;
      case FieldType::field:
        break;
    }
    return false;
  }

  [[nodiscard]] bool numbers(const Node& node, const Field& field, Question& out) {
    if (node.present) {
      // No response is a status of 0; no port is none of anything.
      out.spans = {field.type == FieldType::status ? NumberSpan{1, kEverything.high} : kEverything};
      return true;
    }
    std::string why;
    const auto span = span_of(field.type, node.value, why);
    if (!span) {
      problem(node, std::move(why));
      return false;
    }
    out.spans = {*span};
    return true;
  }

  [[nodiscard]] bool text(const Node& node, const Field& field, Question& out) {
    out.kind = Kind::text;
    out.name = field.part == TextPart::parameter ? node.field.name : lower_case(node.field.name);
    if (node.present) return true;
    const bool inside = field.type == FieldType::part && node.value.comparison == Comparison::fits;
    if (inside && node.value.text.empty()) {
      problem(node, "There is nothing to search for in these quotes.");
      return false;
    }
    out.patterns.emplace_back(node.value.text, inside);
    return true;
  }

  [[nodiscard]] bool message(const Node& node, const Field& field, Question& out) {
    out.kind = field.type == FieldType::body ? Kind::bodies : Kind::heads;
    out.name = lower_case(node.field.name);
    if (node.present) return true;
    const bool inside = node.value.comparison == Comparison::fits;
    if (inside && node.value.text.empty()) {
      problem(node, "There is nothing to search for in these quotes.");
      return false;
    }
    out.patterns.emplace_back(node.value.text, inside);
    return true;
  }

  [[nodiscard]] bool address(const Node& node, Question& out) {
    out.kind = Kind::address;
    if (node.present) return true;
    const std::string word = node.value.plain();
    if (const auto network = network_of(word)) {
      out.networks.push_back(*network);
      return true;
    }
    const bool wild = std::any_of(node.value.text.begin(), node.value.text.end(),
                                  [](char16_t c) { return c >= kAnyRun; });
    if (!wild) {
      problem(node, fmt::format("'{}' is no address and no network.", printable(word)));
      return false;
    }
    out.patterns.emplace_back(node.value.text, false);
    return true;
  }

  // The addresses that bear the name, so that no row is asked for more than its address.
  [[nodiscard]] bool host(const Node& node, Question& out) {
    out.kind = Kind::address;
    out.present = false;
    if (++hosts_asked_ > kHostTermsMax) {
      problem(node, fmt::format("At most {} names of hosts are asked for at once.", kHostTermsMax));
      return false;
    }
    const TextPattern pattern(node.value.text, false);
    out.addresses = std::make_shared<const std::vector<model::IpAddress>>(
        vocabulary_.hosts == nullptr ? std::vector<model::IpAddress>{}
                                     : vocabulary_.hosts->addresses([&](std::string_view name) {
                                         return node.present || pattern.matches(name);
                                       }));
    return true;
  }

  [[nodiscard]] bool word(const Node& node, const Field& field, Question& out) {
    const auto words = words_of(field);
    if (field.type == FieldType::mark) {
      out.kind = Kind::bits;
      out.column = ColumnId::flags;
    }
    const auto take = [&](std::int64_t number) {
      if (field.type == FieldType::mark) {
        if (field.side != Side::response) out.mask |= number;
        if (field.side != Side::request) out.mask |= number << 16U;
      } else {
        out.spans.push_back({number, number});
      }
    };
    if (node.present && field.type != FieldType::mark) {
      // A kind of identity "none" is stored as no value or as 0.
      out.spans = {field.column == ColumnId::identity_kind ? NumberSpan{1, kEverything.high}
                                                           : kEverything};
      return true;
    }
    const std::string asked = lower_case(node.value.plain());
    const TextPattern pattern(node.value.text, false);
    std::vector<std::string_view> known;
    for (const Word& one : words) {
      known.push_back(one.word);
      if (pattern.matches(one.word)) take(one.number);
    }
    if (out.mask != 0 || !out.spans.empty()) {
      unite(out.spans);
      return true;
    }
    problem(node,
            fmt::format("{}: '{}' is none of {}.", field.name, printable(asked),
                        fmt::join(known, ", ")),
            nearest(asked, known));
    return false;
  }

  [[nodiscard]] bool code(const Node& node, Question& out) {
    out.kind = Kind::code;
    if (node.present) return true;
    const TextPattern pattern(node.value.text, false);
    std::vector<std::string_view> known;
    for (const base::CodeInfo& row : vocabulary_.codes) {
      known.push_back(row.name);
      if (pattern.matches(row.name)) out.codes.push_back(row.number);
    }
    if (!out.codes.empty()) return true;
    const std::string asked = node.value.plain();
    problem(node, fmt::format("There is no code '{}'; see /api/v1/codes.", printable(asked)),
            nearest(lower_case(asked), known));
    return false;
  }

  [[nodiscard]] bool whisperer(const Node& node, Question& out) {
    out.kind = Kind::source;
    const TextPattern pattern(node.value.text, false);
    std::vector<std::string_view> known;
    for (const store::SourceInfo& source : vocabulary_.sources) {
      if (known.empty() || std::find(known.begin(), known.end(), source.name) == known.end())
        known.push_back(source.name);
      if (pattern.matches(source.name)) out.sources.push_back(source.id);
    }
    if (!out.sources.empty() || node.present || !vocabulary_.sources_known) return true;
    const std::string asked = node.value.plain();
    problem(node,
            fmt::format("There is no whisperer '{}'; known are: {}.", printable(asked),
                        fmt::join(known, ", ")),
            nearest(asked, known));
    return false;
  }

  // Digits are an id, as the list of uploads has it; whatever else names files.
  [[nodiscard]] bool upload(const Node& node, Question& out) {
    out.kind = Kind::source;
    out.present = false;  // live captures have none
    const TextPattern pattern(node.value.text, false);
    const std::string asked = node.value.plain();
    const bool number =
        !asked.empty() && asked.find_first_not_of("0123456789") == std::string::npos;
    std::vector<std::string_view> known;
    for (const store::SourceInfo& source : vocabulary_.sources) {
      if (number) {
        // Without a file of its own it is all that was read before uploads were kept apart.
        if ((source.upload || source.type == "UPLOAD") &&
            std::to_string(static_cast<std::uint32_t>(source.id)) == asked)
          out.sources.push_back(source.id);
      } else if (source.upload) {
        if (known.size() < kUploadsNamed) known.push_back(source.upload->file);
        if (node.present || pattern.matches(source.upload->file)) out.sources.push_back(source.id);
      }
    }
    if (!out.sources.empty() || node.present || !vocabulary_.sources_known) return true;
    problem(node,
            number ? fmt::format("There is no upload {}.", printable(asked))
                   : fmt::format("There is no upload of a file '{}'; /api/v1/uploads has them.",
                                 printable(asked)),
            number ? std::string() : nearest(asked, known));
    return false;
  }

  [[nodiscard]] static bool is_id(const Node& node) {
    return node.field.field != nullptr && !node.present &&
           (node.field.field->type == FieldType::session ||
            node.field.field->type == FieldType::communication);
  }

  // An id names several columns, all of which must fit.
  std::uint32_t id(const Node& node) {
    const std::string asked = node.value.plain();
    const bool of_session = node.field.field->type == FieldType::session;
    const auto session = of_session ? model::parse_session_id(asked) : std::nullopt;
    const auto communication = of_session ? std::nullopt : model::parse_communication_id(asked);
    if (!session && !communication) {
      problem(node, fmt::format("'{}' is no {}'s id.", printable(asked),
                                of_session ? "session" : "communication"));
      return 0;
    }
    std::vector<std::uint32_t> parts;
    Question source;
    source.kind = Kind::source;
    source.sources = {session ? session->source : communication->source};
    parts.push_back(out_.add(std::move(source)));
    const auto equals = [&](ColumnId column, std::int64_t low, std::int64_t high) {
      Question number;
      number.column = column;
      number.spans = {{low, high}};
      parts.push_back(out_.add(std::move(number)));
    };
    const auto number =
        static_cast<std::int64_t>(session ? session->number : communication->session_number);
    // Nothing of a session is older than its first packet.
    const std::int64_t start = session ? session->start.ns : communication->start.ns;
    equals(ColumnId::start, start, session ? kEverything.high : start);
    equals(ColumnId::session_number, number, number);
    if (communication) equals(ColumnId::ordinal, communication->ordinal, communication->ordinal);
    return out_.add(Tree::Kind::all_of, std::move(parts));
  }

  const Ast& ast_;
  const FilterVocabulary& vocabulary_;
  Scanner& scan_;
  Tree out_;
  std::size_t hosts_asked_ = 0;
};

}  // namespace

Tree resolve(const Ast& ast, const FilterVocabulary& vocabulary, Scanner& scanner) {
  if (ast.empty() || scanner.failed()) return {};
  return Resolver(ast, vocabulary, scanner).resolve();
}

}  // namespace spider::query::language
