#pragma once
// Reads the claims of a JSON Web Token (RFC 7519) in the compact form of a signed one (RFC 7515
// 7.1). Signatures are not checked: there are no keys here. What is told is what the client claims.

#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "parse/meaning/lists.h"

namespace spider::parse::meaning {

class JwtReader {
 public:
  // `claims`: names of claims to keep beside the subject; outlives the reader.
  explicit JwtReader(const std::vector<std::string>& claims) : wanted_(claims) {}

  // False when the token is no signed JWT: not three parts, one of them empty or not base64url,
  // header or payload no JSON object, no "alg", or the "alg" none. Otherwise `subject` is the claim
  // "sub" (empty when there is none that can be told) and `claims` gets the wanted ones. A claim
  // that stands twice is not told (RFC 7519 4: names are unique).
  [[nodiscard]] bool read(std::string_view token, std::string& subject, EntryList& claims);

 private:
  [[nodiscard]] bool parse(std::string_view part, simdjson::dom::object& object);

  const std::vector<std::string>& wanted_;
  simdjson::dom::parser parser_{kTokenBytesMax};
  std::string json_;
};

}  // namespace spider::parse::meaning
