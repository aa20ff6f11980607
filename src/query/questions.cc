#include "query/questions.h"

#include <algorithm>

#include "spider/model/http_head.h"

#include "query/find_folded.h"
#include "query/language/values.h"
#include "query/path_template.h"

namespace spider::query {
namespace {

[[nodiscard]] bool fits(const Question& q, std::string_view text) noexcept {
  return std::any_of(q.patterns.begin(), q.patterns.end(),
                     [&](const TextPattern& pattern) { return pattern.matches(text); });
}

[[nodiscard]] int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As browsers send forms: + is a blank, a stray % stays what it is.
[[nodiscard]] std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                       hex_digit(text[i + 2]) >= 0;
    if (coded) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

[[nodiscard]] std::string_view query_of(std::string_view target) noexcept {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

[[nodiscard]] bool parameter_holds(const Question& q, std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    // Most names are not the asked one, and need no decoding to tell.
    const std::string_view name = pair.substr(0, equals);
    if (name != q.name && (name.find_first_of("%+") == name.npos || decoded(name) != q.name))
      continue;
    if (q.present || fits(q, decoded(pair.substr(std::min(equals + 1, pair.size()))))) return true;
  }
  return false;
}

[[nodiscard]] bool same_name(std::string_view name, std::string_view lower) noexcept {
  return name.size() == lower.size() && same_folded(name.data(), lower);
}

// Lines "name=value": with a name, the values of that name; without, a value or a whole line.
[[nodiscard]] bool entry_holds(const Question& q, std::string_view list) {
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    const std::size_t equals = entry.find('=');
    const bool pair = equals != std::string_view::npos;
    if (!q.name.empty() && !(pair && same_name(entry.substr(0, equals), q.name))) continue;
    if (q.present) return true;
    if (pair && fits(q, entry.substr(equals + 1))) return true;
    if (q.name.empty() && fits(q, entry)) return true;
  }
  return false;
}

[[nodiscard]] bool address_holds(const Question& q, std::string_view sixteen) {
  if (q.present) return true;
  if (q.addresses != nullptr)
    return sixteen.size() == 16 &&
           std::binary_search(q.addresses->begin(), q.addresses->end(),
                              model::IpAddress::kept(base::as_bytes(sixteen)));
  if (std::any_of(q.networks.begin(), q.networks.end(),
                  [&](const Network& n) { return language::in_network(n, sixteen); }))
    return true;
  return !q.patterns.empty() && sixteen.size() == 16 &&
         fits(q, model::to_text(model::IpAddress::kept(base::as_bytes(sixteen))));
}

[[nodiscard]] bool code_holds(const Question& q, std::string_view codes) noexcept {
  if (q.present) return !codes.empty();
  for (std::size_t i = 0; i + 1 < codes.size(); i += 2) {
    const auto number = static_cast<std::uint16_t>(static_cast<unsigned char>(codes[i]) << 8U |
                                                   static_cast<unsigned char>(codes[i + 1]));
    if (std::find(q.codes.begin(), q.codes.end(), number) != q.codes.end()) return true;
  }
  return false;
}

// The value of each header line of that name, one line each: folded ones as one line.
[[nodiscard]] bool named_header_holds(const Question& q, std::string_view head) {
  model::HttpHead lines(head);
  for (model::HttpHeader line; lines.next(line);) {
    if (!line.colon || !same_name(line.name, q.name)) continue;
    if (q.present) return true;
    if (line.folded ? fits(q, model::unfold(line.value)) : fits(q, line.value)) return true;
  }
  return false;
}

// Lines as they are on the wire. A pattern that one line must hold from end to end is rare; a part
// of a line is looked for in all of them at once.
[[nodiscard]] bool lines_hold(const Question& q, std::string_view lines) {
  if (q.present) return !model::trim_blanks(lines).empty();
  const bool parts = std::all_of(q.patterns.begin(), q.patterns.end(),
                                 [](const TextPattern& p) { return !p.only_part().empty(); });
  if (parts) return fits(q, lines);
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && fits(q, line)) return true;
  }
  return false;
}

}  // namespace

bool number_holds(const Question& question, std::int64_t value) noexcept {
  return value != store::kNone &&
         std::any_of(question.spans.begin(), question.spans.end(),
                     [&](const NumberSpan& s) { return value >= s.low && value <= s.high; });
}

bool text_holds(const Question& question, std::string_view value) {
  std::string scratch;
  return text_holds(question, value, scratch);
}

bool text_holds(const Question& question, std::string_view value, std::string& scratch) {
  if (question.kind == Question::Kind::address) return address_holds(question, value);
  if (question.kind == Question::Kind::code) return code_holds(question, value);
  switch (question.part) {
    case TextPart::whole:
      break;
    case TextPart::path:
      value = value.substr(0, value.find('?'));
      break;
    case TextPart::path_template:
      value = template_of(value, scratch);
      break;
    case TextPart::query:
      value = query_of(value);
      break;
    case TextPart::parameter:
      return parameter_holds(question, query_of(value));
    case TextPart::entries:
      return entry_holds(question, value);
  }
  if (question.present) return !value.empty();
  if (!value.empty()) return fits(question, value);
  // What is not there fits the empty text alone: stars ask for a value as well.
  return std::any_of(question.patterns.begin(), question.patterns.end(),
                     [](const TextPattern& p) { return p.whole_text() && p.matches({}); });
}

bool head_holds(const Question& question, std::string_view head, std::string_view trailers) {
  if (!question.name.empty()) {
    if (named_header_holds(question, head)) return true;
    // HttpHead takes the first line for the start line; trailers have none.
    return !trailers.empty() && named_header_holds(question, "-\r\n" + std::string(trailers));
  }
  const std::size_t line = head.find('\n');
  return (line != std::string_view::npos && lines_hold(question, head.substr(line + 1))) ||
         lines_hold(question, trailers);
}

bool bytes_hold(const Question& question, std::string_view bytes) {
  return question.present ? !bytes.empty() : fits(question, bytes);
}

}  // namespace spider::query
