#include <algorithm>
#include <set>
#include <utility>

#include "spider/query/completion.h"

#include "query/language/fields.h"
#include "query/language/scanner.h"

namespace spider::query {
namespace {

using language::blank;

using language::Field;
using language::FieldType;

constexpr std::size_t kHostsMax = 50;
constexpr std::size_t kUploadsMax = 50;

[[nodiscard]] bool in_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// Walks over the text up to the place, as loosely as it takes.
struct Walk {
  std::size_t begin = 0;           // of the piece that the place is in
  std::size_t term = 0;            // of the term, with its field
  std::string field;               // that the piece is a value of
  bool quoted = false;             // the place is within quotes
  bool term_before = false;        // a whole term stands before the piece
  std::vector<std::string> lists;  // open brackets: the field of each, or ""

  explicit Walk(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (quoted) {
        if (c == '\\') ++i;
        quoted = c != '"';
        continue;
      }
      if (c == '"') {
        quoted = true;
      } else if (blank(c) && i == begin && !field.empty()) {
        begin = i + 1;  // "status: 5": a value may follow blanks
      } else if (blank(c) || c == ')') {
        end_piece(text.substr(begin, i - begin));
        if (c == ')' && !lists.empty()) lists.pop_back();
        if (c == ')') term_before = true;
        next(i);
      } else if (c == '(') {
        lists.push_back(field);
        term_before = false;
        next(i);
      } else if (c == '-' && i == begin && field.empty()) {
        begin = i + 1;
      } else if ((c == ':' || c == '>' || c == '<' || c == '=') && field.empty() && i > begin) {
        take_field(text.substr(begin, i - begin), i);
      } else if (!field.empty() && i == begin && (c == '>' || c == '<' || c == '=' || c == '!')) {
        begin = i + 1;
      } else if (c == ',' && !field.empty()) {
        begin = i + 1;
      }
    }
  }

 private:
  void take_field(std::string_view word, std::size_t at) {
    if (!std::all_of(word.begin(), word.end(), in_name) || !language::find_field(word)) return;
    field = word;
    begin = at + 1;
  }
  void end_piece(std::string_view piece) {
    if (piece.empty()) return;
    const std::string word = language::lower_case(piece);
    term_before = word != "and" && word != "or" && word != "not" && word != "&&" && word != "||";
  }
  void next(std::size_t at) {
    begin = term = at + 1;
    field = lists.empty() ? std::string{} : lists.back();
  }
};

// Fields of the store that are counted by value.
[[nodiscard]] std::optional<GroupField> group_field(const Field& field) {
  if (field.named) return std::nullopt;
  if (field.name == "uri") return GroupField::target;
  if (field.name == "encoding") return GroupField::response_encoding;
  if (field.name == "version") return GroupField::http_minor;
  if (field.name == "type") return GroupField::response_type;
  if (field.name == "ip") return GroupField::server_ip;
  if (field.name == "port") return GroupField::server_port;
  std::string name(field.name);
  std::replace(name.begin(), name.end(), '.', '_');
  return parse_group_field(name);
}

[[nodiscard]] bool fits(std::string_view word, const std::string& typed) {
  return typed.empty() || language::lower_case(word).find(typed) != std::string::npos;
}

void add_fields(CompletionPlace& place, const std::string& typed, bool alone) {
  for (const Field& field : language::fields()) {
    if (alone && field.type == FieldType::field) continue;
    if (!fits(field.name, typed) && !fits(field.alias, typed.empty() ? "\n" : typed)) continue;
    const std::string tail = alone ? "" : field.name_needed ? "." : ":";
    place.known.push_back({CompletionKind::field, std::string(field.name) + tail,
                           std::string(field.name), std::string(field.help), std::nullopt});
  }
  // What begins with the word comes before what has it inside.
  std::stable_partition(place.known.begin(), place.known.end(),
                        [&](const Completion& c) { return c.label.starts_with(typed); });
}

// Names with the address that bears them; several may bear one.
void add_hosts(CompletionPlace& place, const std::string& typed, const store::HostBook& hosts) {
  const auto named = [&](const store::HostName& one) { return fits(one.name, typed); };
  const auto found = hosts.hosts(std::nullopt, kHostsMax, [&](const store::Host& host) {
    return std::any_of(host.names.begin(), host.names.end(), named);
  });
  std::set<std::string_view> told;
  for (const store::Host& host : found)
    for (const store::HostName& one : host.names)
      if (named(one) && told.insert(one.name).second)
        place.known.push_back({CompletionKind::value, quoted_value(one.name), one.name,
                               model::to_text(host.address), std::nullopt});
}

// The newest first: their ids, with the files' names beside them.
void add_uploads(CompletionPlace& place, const std::string& typed,
                 const std::vector<store::SourceInfo>& sources) {
  std::size_t room = kUploadsMax;
  for (auto source = sources.rbegin(); source != sources.rend() && room > 0; ++source) {
    if (!source->upload) continue;
    const std::string id = std::to_string(static_cast<std::uint32_t>(source->id));
    if (!fits(id, typed) && !fits(source->upload->file, typed)) continue;
    place.known.push_back({CompletionKind::value, id, id, source->upload->file, std::nullopt});
    --room;
  }
}

void add_values(CompletionPlace& place, const Field& field, const std::string& typed,
                const FilterVocabulary& vocabulary) {
  const auto value = [&](std::string_view word, std::string_view help) {
    if (fits(word, typed))
      place.known.push_back({CompletionKind::value, quoted_value(word), std::string(word),
                             std::string(help), std::nullopt});
  };
  for (const language::Word& word : language::words_of(field)) value(word.word, "");
  if (field.type == FieldType::status)
    for (const std::string_view word : {"2xx", "3xx", "4xx", "5xx", "none"}) value(word, "");
  if (field.type == FieldType::code)
    for (const base::CodeInfo& code : vocabulary.codes) value(code.name, code.help);
  if (field.type == FieldType::whisperer)
    for (const store::SourceInfo& source : first_of_each_name(vocabulary.sources))
      value(source.name, source.type);
  if (field.type == FieldType::upload) add_uploads(place, typed, vocabulary.sources);
  if (field.type == FieldType::host && vocabulary.hosts != nullptr)
    add_hosts(place, typed, *vocabulary.hosts);
  if (typed.empty() && language::ordered(field.type))
    for (const std::string_view sign : {">=", "<=", ">", "<"})
      place.known.push_back({CompletionKind::comparison, std::string(sign), std::string(sign),
                             std::string(language::value_help(field.type)), std::nullopt});
  if (typed.empty())
    place.known.push_back({CompletionKind::value, "*", "*", "any value", std::nullopt});
}

}  // namespace

std::string_view name(CompletionKind kind) noexcept {
  switch (kind) {
    case CompletionKind::field:
      return "field";
    case CompletionKind::value:
      return "value";
    case CompletionKind::comparison:
      return "comparison";
    case CompletionKind::keyword:
      break;
  }
  return "keyword";
}

CompletionPlace complete(std::string_view text, std::size_t at,
                         const FilterVocabulary& vocabulary) {
  text = text.substr(0, std::min({at, text.size(), kFilterBytesMax}));
  const Walk walk(text);
  CompletionPlace out;
  out.begin = walk.begin;
  out.end = text.size();
  if (walk.lists.empty()) out.term = walk.term;
  std::string_view piece = text.substr(walk.begin);
  if (piece.starts_with('"')) piece.remove_prefix(1);
  out.typed = piece;
  const std::string typed = language::lower_case(piece);
  const auto field = walk.field.empty() ? std::nullopt : language::find_field(walk.field);
  if (!field) {
    if (walk.quoted) return out;
    if (walk.term_before)
      for (const std::string_view word : {"AND", "OR"})
        if (fits(word, typed))
          out.known.push_back({CompletionKind::keyword, std::string(word) + ' ', std::string(word),
                               word == "AND" ? "both" : "one of both", std::nullopt});
    std::vector<Completion> keywords = std::move(out.known);
    out.known.clear();
    add_fields(out, typed, false);
    if (fits("NOT", typed))
      keywords.push_back({CompletionKind::keyword, "NOT ", "NOT", "the opposite", std::nullopt});
    out.known.insert(typed.empty() ? out.known.begin() : out.known.end(), keywords.begin(),
                     keywords.end());
    return out;
  }
  out.field = field->field->name;
  out.value_help = language::value_help(field->field->type);
  if (field->field->type == FieldType::field) {
    add_fields(out, typed, true);
    return out;
  }
  out.values_of = group_field(*field->field);
  add_values(out, *field->field, typed, vocabulary);
  return out;
}

std::optional<std::string> other_terms(std::string_view text, const CompletionPlace& place) {
  if (!place.term) return std::nullopt;
  std::string_view before = text.substr(0, *place.term);
  std::string_view after = text.substr(std::min(place.end, text.size()));
  while (!after.empty() && !blank(after.front())) after.remove_prefix(1);
  const auto trimmed = [](std::string_view part) {
    while (!part.empty() && blank(part.front())) part.remove_prefix(1);
    while (!part.empty() && blank(part.back())) part.remove_suffix(1);
    return part;
  };
  // What negates the term would negate the next one.
  if (!before.empty() && before.back() == '-') return std::nullopt;
  before = trimmed(before);
  after = trimmed(after);
  if (before.size() >= 3 && language::lower_case(before.substr(before.size() - 3)) == "not" &&
      (before.size() == 3 || blank(before[before.size() - 4]) || before[before.size() - 4] == '('))
    return std::nullopt;
  // The AND that joined the term to the others goes with it, one of two.
  for (const std::string_view word : {"and", "&&"}) {
    const std::size_t size = word.size();
    if (before.size() > size && blank(before[before.size() - size - 1]) &&
        language::lower_case(before.substr(before.size() - size)) == word)
      before = trimmed(before.substr(0, before.size() - size));
    else if (before.empty() && after.size() > size && blank(after[size]) &&
             language::lower_case(after.substr(0, size)) == word)
      after = trimmed(after.substr(size));
  }
  return std::string(before) + (before.empty() || after.empty() ? "" : " ") + std::string(after);
}

}  // namespace spider::query
