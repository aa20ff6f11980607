#include "query/language/parser.h"

#include <utility>

#include <fmt/format.h>

namespace spider::query::language {
namespace {

constexpr std::string_view kTermExpected = "a field, a word, ( or NOT";

class Parser {
 public:
  explicit Parser(Scanner& scanner) : scan_(scanner) {}

  [[nodiscard]] Ast parse() {
    scan_.blanks();
    if (scan_.end()) return {};
    out_.root = any_of(nullptr);
    scan_.blanks();
    if (!scan_.failed() && scan_.peek() == ')')
      scan_.fail(scan_.at(), 1, "There is no ( that this ) closes.");
    if (scan_.failed()) return {};
    return std::move(out_);
  }

 private:
  using Kind = Node::Kind;

  // Counts how deep the text is nested while it lives.
  class Deeper {
   public:
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kFilterDepthMax)
        parser_.scan_.fail(
            parser_.scan_.at(), 1,
            fmt::format("More than {} brackets and negations in each other.", kFilterDepthMax));
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  std::uint32_t add(Node node) {
    out_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(out_.nodes.size() - 1);
  }

  // Groups of one are their only child, groups within groups of their kind are one.
  std::uint32_t group(Kind kind, const std::vector<std::uint32_t>& children) {
    if (children.size() == 1) return children.front();
    Node node;
    node.kind = kind;
    for (const std::uint32_t child : children) {
      const Node& inner = out_.nodes[child];
      if (inner.kind == kind) {
        node.children.insert(node.children.end(), inner.children.begin(), inner.children.end());
      } else {
        node.children.push_back(child);
      }
    }
    return add(std::move(node));
  }

  std::uint32_t negated(std::uint32_t child) {
    if (out_.nodes[child].kind == Kind::none_of) return out_.nodes[child].children.front();
    Node node;
    node.kind = Kind::none_of;
    node.children = {child};
    return add(std::move(node));
  }

  [[nodiscard]] bool group_ends() {
    scan_.blanks();
    return scan_.failed() || scan_.end() || scan_.peek() == ')';
  }

  bool take_keyword(std::string_view word) {
    scan_.blanks();
    if (scan_.keyword() != word) return false;
    const bool sign = scan_.peek() == '&' || scan_.peek() == '|';
    scan_.take(FilterTokenKind::keyword, sign ? 2 : word.size());
    return true;
  }

  // With a field: values of it, of which one must fit even when nothing stands between them.
  std::uint32_t any_of(const FieldRef* field) {
    const Deeper deeper(*this);
    std::vector<std::uint32_t> children;
    if (scan_.failed()) return 0;
    children.push_back(all_of(field));
    while (!group_ends()) {
      const bool comma = field != nullptr && scan_.peek() == ',';
      if (comma) scan_.take(FilterTokenKind::keyword, 1);
      if (!comma && !take_keyword("OR") && field == nullptr) break;
      children.push_back(all_of(field));
    }
    return scan_.failed() ? 0 : group(Kind::any_of, children);
  }

  std::uint32_t all_of(const FieldRef* field) {
    std::vector<std::uint32_t> children{not_of(field)};
    while (!group_ends()) {
      if (scan_.keyword() == "OR") break;
      if (!take_keyword("AND") && field != nullptr) break;
      children.push_back(not_of(field));
    }
    return scan_.failed() ? 0 : group(Kind::all_of, children);
  }

  std::uint32_t not_of(const FieldRef* field) {
    if (scan_.failed()) return 0;
    scan_.blanks();
    const bool sign = scan_.peek() == '-' && scan_.peek(1) != '\0';
    if (sign) scan_.take(FilterTokenKind::keyword, 1);
    if (!sign && !take_keyword("NOT")) return primary(field);
    const Deeper deeper(*this);
    const std::uint32_t child = not_of(field);
    return scan_.failed() ? 0 : negated(child);
  }

  std::uint32_t primary(const FieldRef* field) {
    scan_.blanks();
    if (scan_.end() || scan_.peek() == ')' || scan_.peek() == ',' || !scan_.keyword().empty()) {
      const std::string_view word = scan_.keyword();
      const std::size_t length = scan_.end() ? 0 : word.empty() ? 1 : word.size();
      scan_.fail(scan_.at(), length,
                 field == nullptr ? "A term is missing." : "A value is missing.",
                 std::string(field == nullptr ? kTermExpected : value_help(field->field->type)));
      return 0;
    }
    if (scan_.peek() == '(') return bracketed(field);
    if (field != nullptr) return value_of(*field);
    if (const auto named = named_field()) return *named;
    if (scan_.failed()) return 0;
    auto word = scan_.value(false, true);
    if (!word) return 0;
    if (word->text.empty()) {
      scan_.fail(word->offset, word->length, "There is nothing to search for in these quotes.",
                 "a word");
      return 0;
    }
    return term({}, std::move(*word));
  }

  std::uint32_t bracketed(const FieldRef* field) {
    const std::size_t open = scan_.at();
    scan_.take(FilterTokenKind::bracket, 1);
    const std::uint32_t inner = any_of(field);
    if (scan_.failed()) return 0;
    scan_.blanks();
    if (scan_.peek() != ')') {
      scan_.fail(open, 1, "This ( is not closed.", ")");
      return 0;
    }
    scan_.take(FilterTokenKind::bracket, 1);
    return inner;
  }

  std::uint32_t term(FieldRef field, Value value) {
    if (++terms_ > kFilterTermsMax) {
      scan_.fail(value.offset, value.length,
                 fmt::format("More than {} values to compare with.", kFilterTermsMax));
      return 0;
    }
    Node node;
    node.field = std::move(field);
    node.value = std::move(value);
    node.present = node.field.field != nullptr && !node.value.quoted && node.value.anything() &&
                   node.value.comparison == Comparison::fits;
    return add(std::move(node));
  }

  // Nothing when no field's name stands here: the word is a free one then, or failed() is true.
  std::optional<std::uint32_t> named_field() {
    const std::string_view word = scan_.identifier();
    const char next = word.empty() ? '\0' : scan_.peek(word.size());
    const bool colon = next == ':' && !scan_.rest().substr(word.size()).starts_with("://");
    const bool compared = next == '<' || next == '>' || next == '=' ||
                          (next == '!' && scan_.peek(word.size() + 1) == '=');
    if (!colon && !compared) return std::nullopt;
    auto field = find_field(word);
    if (!field && compared) return std::nullopt;
    if (!field) {
      unknown_field(word);
      return std::nullopt;
    }
    scan_.take(FilterTokenKind::field, word.size());
    if (field->field->name_needed && field->name.empty()) {
      scan_.fail(scan_.at(), 0, fmt::format("Which {}? Its name follows a point.", word),
                 std::string(field->field->example));
      return std::nullopt;
    }
    if (colon) scan_.take(FilterTokenKind::comparison, 1);
    const std::size_t before = scan_.at();
    scan_.blanks();
    if (scan_.peek() == '(') return bracketed(&*field);
    // "host: OR x" lacks a value; "host:or" has one.
    if (scan_.at() != before && !scan_.keyword().empty()) {
      missing_value(*field, scan_.keyword().size());
      return std::nullopt;
    }
    return values_of(*field);
  }

  void unknown_field(std::string_view word) {
    const std::string near = nearest_field(word);
    const std::size_t at = scan_.at();
    scan_.fail(at, word.size(),
               fmt::format("There is no field '{}'; to search for the text itself, write it in "
                           "quotes.",
                           word),
               "a field's name", near);
  }

  // "500,502" or "500, 502": values with a comma between.
  std::uint32_t values_of(const FieldRef& field) {
    std::vector<std::uint32_t> children{value_of(field)};
    while (!scan_.failed() && scan_.peek() == ',') {
      scan_.take(FilterTokenKind::keyword, 1);
      scan_.blanks();
      if (scan_.keyword().empty()) {
        children.push_back(value_of(field));
      } else {
        missing_value(field, scan_.keyword().size());
      }
    }
    return scan_.failed() ? 0 : group(Kind::any_of, children);
  }

  // ">=", "!=" and so on; true when it is the negation.
  bool comparison(Comparison& out) {
    struct Sign {
      std::string_view text;
      Comparison comparison;
      bool negated;
    };
    static constexpr Sign kSigns[] = {
        {">=", Comparison::at_least, false}, {"<=", Comparison::at_most, false},
        {"!=", Comparison::exactly, true},   {"=", Comparison::exactly, false},
        {">", Comparison::more, false},      {"<", Comparison::less, false}};
    for (const Sign& sign : kSigns) {
      if (!scan_.rest().starts_with(sign.text)) continue;
      scan_.take(FilterTokenKind::comparison, sign.text.size());
      scan_.blanks();
      out = sign.comparison;
      return sign.negated;
    }
    return false;
  }

  std::uint32_t value_of(const FieldRef& field) {
    if (scan_.failed()) return 0;
    Comparison sign = Comparison::fits;
    const bool negation = comparison(sign);
    const char next = scan_.peek();
    const bool missing = scan_.end() || blank(next) || next == ')' || next == '(' ||
                         (next == ',' && comma_lists(*field.field));
    if (missing) {
      missing_value(field, scan_.end() ? 0 : 1);
      return 0;
    }
    auto value = scan_.value(comma_lists(*field.field), false);
    if (!value) return 0;
    value->comparison = sign;
    const std::uint32_t made =
        field.field->type == FieldType::field ? present(*value) : term(field, std::move(*value));
    return negation && !scan_.failed() ? negated(made) : made;
  }

  void missing_value(const FieldRef& field, std::size_t length) {
    scan_.fail(scan_.at(), length, fmt::format("A value for {} is missing.", field.field->name),
               std::string(value_help(field.field->type)));
  }

  // "has:wait" is "wait:*".
  std::uint32_t present(const Value& value) {
    const std::string word = value.plain();
    const auto field = find_field(word);
    if (!field || field->field->type == FieldType::field) {
      scan_.fail(value.offset, value.length,
                 fmt::format("There is no field '{}'.", printable(word)), "a field's name",
                 nearest_field(word));
      return 0;
    }
    if (field->field->name_needed && field->name.empty()) {
      scan_.fail(value.offset + value.length, 0,
                 fmt::format("Which {}? Its name follows a point.", printable(word)),
                 std::string(field->field->example));
      return 0;
    }
    Value any;
    any.text = {kAnyRun};
    any.offset = value.offset;
    any.length = value.length;
    return term(*field, std::move(any));
  }

  Scanner& scan_;
  Ast out_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
};

}  // namespace

Ast parse(Scanner& scanner) { return Parser(scanner).parse(); }

}  // namespace spider::query::language
