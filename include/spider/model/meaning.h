#pragma once
// Meaning: what the heads of an exchange say beyond its framing: who asked first, as whom, under
// which ids, and where the answer sends the client.
//
// Claims of the peers, read and not verified: anybody can write any X-Forwarded-For, and no
// signature is checked. A field that cannot be told with certainty is empty; nothing is cut and
// nothing is guessed. Secrets (passwords, tokens, keys) are never in here.

#include <cstdint>
#include <string_view>

namespace spider::model {

// Which header told the origin. Stored: append only.
enum class OriginHeader : std::uint8_t { none = 0, forwarded = 1, x_forwarded_for = 2 };

// How the client says who it is. Stored: append only.
enum class IdentityKind : std::uint8_t {
  none = 0,
  basic = 1,    // RFC 7617; the user
  jwt = 2,      // RFC 6750 with a signed token of RFC 7519; the subject
  bearer = 3,   // any other bearer token; nothing can be told of it
  digest = 4,   // RFC 7616; the user
  api_key = 5,  // a header of [parse] api_key_headers; its name, and a fingerprint of the key
  other = 6,    // another scheme of Authorization
};

// Views into memory of the giver, as in Communication. Lists have one "name=value" per line; no
// name and no value holds a control character.
struct Meaning {
  OriginHeader origin_header = OriginHeader::none;
  IdentityKind identity_kind = IdentityKind::none;
  std::string_view origin;       // address without port, "unknown", or a name such as "_hidden"
  std::string_view via;          // Via of the request, first proxy first (RFC 9110 7.6.3)
  std::string_view identity;     // empty when only the kind can be told
  std::string_view claims;       // list: configured claims of the token
  std::string_view correlation;  // list: configured correlation headers, names in lower case
  std::string_view location;     // Location of the response, absolute (RFC 9110 10.2.2)

  [[nodiscard]] std::size_t text_bytes() const noexcept {
    return origin.size() + via.size() + identity.size() + claims.size() + correlation.size() +
           location.size();
  }
};

}  // namespace spider::model
