#include "parse/meaning/jwt.h"

#include "parse/meaning/base64.h"

namespace spider::parse::meaning {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

// Calls use(text) for a text, a number, true or false. Numbers that are not whole are left out: two
// ways of writing one are not the same text.
template <class Use>
void with_scalar(const element& value, Use&& use) {
  switch (value.type()) {
    case element_type::STRING:
      use(std::string_view(value.get_string().value_unsafe()));
      return;
    case element_type::INT64:
      use(std::string_view(std::to_string(value.get_int64().value_unsafe())));
      return;
    case element_type::UINT64:
      use(std::string_view(std::to_string(value.get_uint64().value_unsafe())));
      return;
    case element_type::BOOL:
      use(std::string_view(value.get_bool().value_unsafe() ? "true" : "false"));
      return;
    default:
      return;
  }
}

// The only value of that name; false when there is none, or several.
[[nodiscard]] bool only_value(const object& from, std::string_view name, element& value) {
  int found = 0;
  for (const auto field : from) {
    if (field.key != name) continue;
    value = field.value;
    ++found;
  }
  return found == 1;
}

[[nodiscard]] bool is_signed(const object& header) {
  element alg;
  if (!only_value(header, "alg", alg) || alg.type() != element_type::STRING) return false;
  const std::string_view name = alg.get_string().value_unsafe();
  return !name.empty() && !same_header_name(name, "none");
}

}  // namespace

bool JwtReader::parse(std::string_view part, object& out) {
  if (part.empty() || !decode_base64(part, Base64::url, json_) || json_.empty()) return false;
  const std::size_t bytes = json_.size();
  json_.append(simdjson::SIMDJSON_PADDING, '\0');
  element root;
  return parser_.parse(json_.data(), bytes, false).get(root) == simdjson::SUCCESS &&
         root.get(out) == simdjson::SUCCESS;
}

bool JwtReader::read(std::string_view token, std::string& subject, EntryList& claims) {
  if (token.size() > kTokenBytesMax) return false;
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return false;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || second + 1 == token.size() ||
      token.find('.', second + 1) != std::string_view::npos)
    return false;
  if (!decode_base64(token.substr(second + 1), Base64::url, json_) || json_.empty()) return false;
  object fields;
  if (!parse(token.substr(0, first), fields) || !is_signed(fields)) return false;
  if (!parse(token.substr(first + 1, second - first - 1), fields)) return false;
  element value;
  if (only_value(fields, "sub", value))
    with_scalar(value, [&](std::string_view text) {
      if (text.size() <= kIdentityBytesMax && is_plain(text)) subject = text;
    });
  for (const std::string& name : wanted_) {
    if (!only_value(fields, name, value)) continue;
    if (value.type() != element_type::ARRAY) {
      with_scalar(value, [&](std::string_view text) { claims.add(name, text); });
      continue;
    }
    const simdjson::dom::array items = value.get_array().value_unsafe();
    for (const element item : items)
      with_scalar(item, [&](std::string_view text) { claims.add(name, text); });
  }
  return true;
}

}  // namespace spider::parse::meaning
