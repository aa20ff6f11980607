#pragma once
// URI references and their resolution (RFC 3986 section 5), and the target URI of a request
// (RFC 9112 3.3). Boost.URL came after Debian 12's Boost.

#include <string>
#include <string_view>

namespace spider::parse::meaning {

// The five components of RFC 3986 3, as they stand; views into the text taken apart.
struct UriParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
  std::string_view fragment;
  bool has_scheme = false;
  bool has_authority = false;
  bool has_query = false;
  bool has_fragment = false;
};

// RFC 3986 appendix B: any text has parts.
[[nodiscard]] UriParts split_uri(std::string_view text) noexcept;

// RFC 3986 5.2.2, strict, behind what is in `out`. `base` has a scheme. `scratch`: working memory.
void put_resolved(const UriParts& base, const UriParts& reference, std::string& out,
                  std::string& scratch);

// The target URI of a request that came over a connection without TLS. False when its parts do not
// tell it: no or odd Host, an authority-form target. `host` is the Host header.
[[nodiscard]] bool target_uri(std::string_view method, std::string_view target,
                              std::string_view host, UriParts& out) noexcept;

}  // namespace spider::parse::meaning
