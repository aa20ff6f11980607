#include "parse/meaning/credentials.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "parse/meaning/base64.h"

namespace spider::parse::meaning {
namespace {

// Basic: a user of the greatest length and a long password. More is nobody's name.
constexpr std::size_t kBasicBytesMax = 2'048;
// Shorter keys could be guessed from their fingerprint.
constexpr std::size_t kKeyBytesMin = 16;
constexpr std::size_t kKeyBytesMax = 4'096;
constexpr std::string_view kFingerprintOf = "spider api key fingerprint 1\n";

[[nodiscard]] bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kIdentityBytesMax && is_plain(text);
}

[[nodiscard]] int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// ext-value of RFC 8187: charset'language'percent-encoded; UTF-8 is the one that all must know.
[[nodiscard]] bool put_extended(std::string_view value, std::string& out) {
  constexpr std::string_view kCharset = "utf-8'";
  if (value.size() < kCharset.size() ||
      !same_header_name(value.substr(0, kCharset.size()), kCharset))
    return false;
  const std::size_t language_end = value.find('\'', kCharset.size());
  if (language_end == std::string_view::npos) return false;
  value.remove_prefix(language_end + 1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      out += value[i];
      continue;
    }
    const int high = i + 2 < value.size() ? hex_digit(value[i + 1]) : -1;
    const int low = i + 2 < value.size() ? hex_digit(value[i + 2]) : -1;
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

// auth-param of RFC 9110 11.2: token BWS "=" BWS ( token / quoted-string ), with commas between.
// False at the end and at what is no parameter; `broken` tells which.
[[nodiscard]] bool next_parameter(std::string_view& rest, std::string_view& name,
                                  std::string_view& value, bool& broken) {
  while (!rest.empty() && (is_blank(rest.front()) || rest.front() == ',')) rest.remove_prefix(1);
  if (rest.empty()) return false;
  broken = true;
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = trim_blanks(rest.substr(0, equals));
  if (!is_token(name)) return false;
  rest.remove_prefix(equals + 1);
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  std::size_t length = quoted_length(rest);
  if (length == 0) length = std::min(rest.find_first_of(", \t\""), rest.size());
  if (length == 0) return false;
  value = rest.substr(0, length);
  rest.remove_prefix(length);
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  if (!rest.empty() && rest.front() != ',') return false;
  broken = false;
  return true;
}

}  // namespace

CredentialReader::CredentialReader(const std::vector<std::string>& jwt_claims)
    : jwt_(jwt_claims), hash_(EVP_MD_CTX_new()), sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
  // Decoding never moves the text, so no copy of a password is left behind.
  scratch_.reserve(2 * kBasicBytesMax);
}

CredentialReader::~CredentialReader() {
  EVP_MD_CTX_free(hash_);
  EVP_MD_free(sha256_);
}

// RFC 7617 2: user-id without colon, ":", password.
void CredentialReader::basic(std::string_view credentials, std::string& identity) {
  if (credentials.size() > kBasicBytesMax) return;
  if (decode_base64(credentials, Base64::common, scratch_)) {
    const std::size_t colon = scratch_.find(':');
    const std::string_view user = std::string_view(scratch_).substr(0, colon);
    if (colon != std::string::npos && is_name(user)) identity = user;
  }
  // The password does not stay in memory that is used again.
  scratch_.resize(scratch_.capacity());
  OPENSSL_cleanse(scratch_.data(), scratch_.size());
  scratch_.clear();
}

// RFC 7616 3.4: username, or username* with the extended notation, never both. With userhash=true
// it is a hash and nobody's name.
void CredentialReader::digest(std::string_view parameters, std::string& identity) {
  std::string_view name;
  std::string_view value;
  bool broken = false;
  int names = 0;
  bool good = true;
  scratch_.clear();
  while (next_parameter(parameters, name, value, broken)) {
    if (same_header_name(name, "username")) {
      ++names;
      if (value.front() == '"') {
        put_unquoted(value, scratch_);
      } else {
        scratch_ += value;
      }
    } else if (same_header_name(name, "username*")) {
      ++names;
      good = good && put_extended(value, scratch_);
    } else if (same_header_name(name, "userhash")) {
      good = good && !same_header_name(value, "true") && !same_header_name(value, "\"true\"");
    }
  }
  if (!broken && good && names == 1 && is_name(scratch_)) identity = scratch_;
}

model::IdentityKind CredentialReader::authorization(std::string_view value, std::string& identity,
                                                    EntryList& claims) {
  using model::IdentityKind;
  const std::size_t scheme_end = std::min(value.find_first_of(" \t"), value.size());
  const std::string_view scheme = value.substr(0, scheme_end);
  const std::string_view rest = trim_blanks(value.substr(scheme_end));
  if (!is_token(scheme)) return IdentityKind::none;
  if (same_header_name(scheme, "basic")) {
    basic(rest, identity);
    return IdentityKind::basic;
  }
  if (same_header_name(scheme, "digest")) {
    digest(rest, identity);
    return IdentityKind::digest;
  }
  if (same_header_name(scheme, "bearer"))
    return jwt_.read(rest, identity, claims) ? IdentityKind::jwt : IdentityKind::bearer;
  return IdentityKind::other;
}

void CredentialReader::api_key(std::string_view header, std::string_view key,
                               std::string& identity) {
  identity = header;
  if (key.size() < kKeyBytesMin || key.size() > kKeyBytesMax) return;
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int bytes = 0;
  if (hash_ == nullptr || sha256_ == nullptr || EVP_DigestInit_ex(hash_, sha256_, nullptr) != 1 ||
      EVP_DigestUpdate(hash_, kFingerprintOf.data(), kFingerprintOf.size()) != 1 ||
      EVP_DigestUpdate(hash_, key.data(), key.size()) != 1 ||
      EVP_DigestFinal_ex(hash_, sum, &bytes) != 1 || bytes < 4)
    return;
  constexpr char kHex[] = "0123456789abcdef";
  identity += ':';
  for (std::size_t i = 0; i < 4; ++i) {
    identity += kHex[sum[i] >> 4U];
    identity += kHex[sum[i] & 0xFU];
  }
}

}  // namespace spider::parse::meaning
