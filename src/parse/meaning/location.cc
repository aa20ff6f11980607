#include "parse/meaning/location.h"

#include <algorithm>

#include "parse/meaning/text.h"

namespace spider::parse::meaning {
namespace {

[[nodiscard]] bool is_scheme(std::string_view text) noexcept {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

// RFC 3986 5.2.4, behind what is in `out`; never takes away what was there before.
void put_without_dots(std::string_view in, std::string& out) {
  const std::size_t begin = out.size();
  const auto drop_last = [&] {
    const std::size_t slash = out.rfind('/');
    out.resize(slash == std::string::npos || slash < begin ? begin : slash);
  };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_last();
    } else if (in == "/..") {
      in = "/";
      drop_last();
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const std::size_t end = std::min(in.find('/', 1), in.size());
      out += in.substr(0, end);
      in.remove_prefix(end);
    }
  }
}

// Host of RFC 9110 7.2, as far as its characters go.
[[nodiscard]] bool is_host(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
           std::string_view("/?#@\\,\"<>").find(c) == std::string_view::npos;
  });
}

}  // namespace

UriParts split_uri(std::string_view text) noexcept {
  UriParts out;
  if (const std::size_t at = text.find('#'); at != std::string_view::npos) {
    out.fragment = text.substr(at + 1);
    out.has_fragment = true;
    text = text.substr(0, at);
  }
  if (const std::size_t at = text.find('?'); at != std::string_view::npos) {
    out.query = text.substr(at + 1);
    out.has_query = true;
    text = text.substr(0, at);
  }
  if (const std::size_t at = text.find_first_of(":/");
      at != std::string_view::npos && text[at] == ':' && is_scheme(text.substr(0, at))) {
    out.scheme = text.substr(0, at);
    out.has_scheme = true;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with("//")) {
    const std::size_t end = std::min(text.find('/', 2), text.size());
    out.authority = text.substr(2, end - 2);
    out.has_authority = true;
    text.remove_prefix(end);
  }
  out.path = text;
  return out;
}

void put_resolved(const UriParts& base, const UriParts& r, std::string& out, std::string& scratch) {
  const bool own_authority = r.has_scheme || r.has_authority;
  const UriParts& host = own_authority ? r : base;
  out.append(r.has_scheme ? r.scheme : base.scheme).append(1, ':');
  if (host.has_authority) out.append("//").append(host.authority);
  bool has_query = r.has_query;
  std::string_view query = r.query;
  if (own_authority || r.path.starts_with('/')) {
    put_without_dots(r.path, out);
  } else if (r.path.empty()) {
    out += base.path;
    if (!r.has_query) {
      has_query = base.has_query;
      query = base.query;
    }
  } else {
    // 5.2.3: the base's path up to its last slash, then the reference's.
    scratch.assign(base.has_authority && base.path.empty()
                       ? std::string_view("/")
                       : base.path.substr(0, base.path.rfind('/') + 1));
    scratch += r.path;
    put_without_dots(scratch, out);
  }
  if (has_query) out.append(1, '?').append(query);
  if (r.has_fragment) out.append(1, '#').append(r.fragment);
}

bool target_uri(std::string_view method, std::string_view target, std::string_view host,
                UriParts& out) noexcept {
  if (method.empty() || method == "CONNECT" || target.empty()) return false;
  out = split_uri(target);
  if (out.has_scheme && out.has_authority) {
    // A password in the target is nobody's location.
    const std::size_t at = out.authority.rfind('@');
    if (at != std::string_view::npos) out.authority.remove_prefix(at + 1);
    return is_host(out.authority);
  }
  if ((target.front() != '/' && target != "*") || !is_host(host)) return false;
  // origin-form: a path of its own, even when it begins with two slashes.
  const std::string_view path = target.substr(0, target.find('#'));
  const std::size_t question = path.find('?');
  out = {};
  out.scheme = "http";
  out.has_scheme = true;
  out.authority = host;
  out.has_authority = true;
  out.path = target == "*" ? std::string_view{} : path.substr(0, question);
  out.has_query = question != std::string_view::npos;
  if (out.has_query) out.query = path.substr(question + 1);
  return true;
}

}  // namespace spider::parse::meaning
