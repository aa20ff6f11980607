#include "parse/meaning/origin.h"

#include <arpa/inet.h>

#include "parse/meaning/text.h"

namespace spider::parse::meaning {
namespace {

constexpr std::size_t kNodeBytesMax = 128;

// obfnode and obfport of RFC 7239 6.3: "_" and a few characters.
[[nodiscard]] bool is_obfuscated(std::string_view text) {
  if (text.size() < 2 || text.front() != '_') return false;
  for (const char c : text)
    if (!is_letter(c) && !is_digit(c) && c != '.' && c != '_' && c != '-') return false;
  return true;
}

[[nodiscard]] bool is_port(std::string_view text) {
  if (is_obfuscated(text)) return true;
  if (text.empty() || text.size() > 5) return false;
  for (const char c : text)
    if (!is_digit(c)) return false;
  return true;
}

// The address in the form of inet_ntop (RFC 5952 for IPv6).
[[nodiscard]] bool put_address(std::string_view text, int family, std::string& out) {
  char word[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof(word) || !is_plain(text)) return false;
  text.copy(word, text.size());
  unsigned char bytes[16];
  if (inet_pton(family, word, bytes) != 1) return false;
  if (inet_ntop(family, bytes, word, sizeof(word)) == nullptr) return false;
  out = word;
  return true;
}

// node of RFC 7239 6: nodename [ ":" node-port ].
[[nodiscard]] bool put_node(std::string_view node, bool bare_v6, std::string& out) {
  if (node.empty() || node.size() > kNodeBytesMax) return false;
  if (bare_v6 && node.front() != '[' && put_address(node, AF_INET6, out)) return true;
  const std::size_t name_end =
      node.front() == '[' ? std::min(node.find(']'), node.size() - 1) + 1 : node.find(':');
  const std::string_view name = node.substr(0, name_end);
  if (name.size() < node.size()) {
    if (node[name.size()] != ':' || !is_port(node.substr(name.size() + 1))) return false;
  }
  if (name.empty()) return false;
  if (name.front() == '[') {
    if (name.size() < 2 || name.back() != ']') return false;
    return put_address(name.substr(1, name.size() - 2), AF_INET6, out);
  }
  if (same_header_name(name, "unknown")) {
    out = "unknown";
    return true;
  }
  if (is_obfuscated(name)) {
    out = name;
    return true;
  }
  return put_address(name, AF_INET, out);
}

// RFC 9110 5.6.1: empty elements of a list say nothing.
[[nodiscard]] std::string_view first_element(std::string_view list) {
  while (!list.empty() && (is_blank(list.front()) || list.front() == ',')) list.remove_prefix(1);
  return list;
}

// Takes `name=value` off the front of an element; false when it is none. A value without quotes
// ends at the next ";" or ",": brackets and colons are let pass, since put_node judges them.
[[nodiscard]] bool take_pair(std::string_view& rest, std::string_view& name,
                             std::string_view& value) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = rest.substr(0, equals);
  if (!is_token(name)) return false;
  rest.remove_prefix(equals + 1);
  std::size_t length = quoted_length(rest);
  if (length == 0) {
    if (!rest.empty() && rest.front() == '"') return false;
    length = std::min(rest.find_first_of(";, \t"), rest.size());
  }
  if (length == 0) return false;
  value = rest.substr(0, length);
  rest.remove_prefix(length);
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  return rest.empty() || rest.front() == ';' || rest.front() == ',';
}

}  // namespace

bool forwarded_origin(std::string_view value, std::string& out) {
  out.clear();
  std::string_view rest = first_element(value);
  std::string_view node;
  while (!rest.empty() && rest.front() != ',') {
    if (rest.front() == ';' || is_blank(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    std::string_view name;
    std::string_view said;
    if (!take_pair(rest, name, said)) return false;
    if (!same_header_name(name, "for")) continue;
    // RFC 7239 4: a parameter occurs once in an element.
    if (!node.empty() || said.size() > kNodeBytesMax) return false;
    node = said;
  }
  if (node.empty()) return false;
  if (node.front() != '"') return put_node(node, false, out);
  struct {
    char bytes[kNodeBytesMax];
    std::size_t used = 0;
    void push_back(char c) { bytes[used++] = c; }
  } plain;
  put_unquoted(node, plain);
  return put_node({plain.bytes, plain.used}, false, out);
}

bool x_forwarded_for_origin(std::string_view value, std::string& out) {
  out.clear();
  const std::string_view list = first_element(value);
  return put_node(trim_blanks(list.substr(0, list.find(','))), true, out);
}

}  // namespace spider::parse::meaning
