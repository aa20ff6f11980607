#pragma once
// Who the client says it is, from its Authorization header (RFC 9110 11.6.2) or an API key.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spider/model/meaning.h"

#include "parse/meaning/jwt.h"

struct evp_md_ctx_st;
struct evp_md_st;

namespace spider::parse::meaning {

class CredentialReader {
 public:
  explicit CredentialReader(const std::vector<std::string>& jwt_claims);
  ~CredentialReader();
  CredentialReader(const CredentialReader&) = delete;
  CredentialReader& operator=(const CredentialReader&) = delete;

  // `identity` and `claims` are empty before; what cannot be told leaves them so.
  [[nodiscard]] model::IdentityKind authorization(std::string_view value, std::string& identity,
                                                  EntryList& claims);
  // "x-api-key", and ":" with eight hexadecimal digits for a key that nobody guesses
  // (docs/decisions: fingerprints of API keys).
  void api_key(std::string_view header, std::string_view key, std::string& identity);

 private:
  void basic(std::string_view credentials, std::string& identity);
  void digest(std::string_view parameters, std::string& identity);

  JwtReader jwt_;
  std::string scratch_;
  evp_md_ctx_st* hash_;
  evp_md_st* sha256_;
};

}  // namespace spider::parse::meaning
