#include "parse/meaning/credentials.h"

#include <catch2/catch.hpp>

#include "parse/meaning/base64.h"

using namespace spider::parse::meaning;
using spider::model::IdentityKind;

namespace {

const std::vector<std::string> kClaims{"email", "roles", "n", "ok"};

struct Told {
  IdentityKind kind = IdentityKind::none;
  std::string identity;
  std::string claims;
};

Told told(std::string_view authorization) {
  CredentialReader reader(kClaims);
  Told out;
  EntryList claims;
  out.kind = reader.authorization(authorization, out.identity, claims);
  out.claims = claims.text();
  return out;
}

std::string base64url(std::string_view bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = held << 8U | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += kLetters[held >> (bits - 6) & 63U];
  }
  if (bits > 0) out += kLetters[held << (6 - bits) & 63U];
  return out;
}

std::string jwt(std::string_view payload, std::string_view header = R"({"alg":"HS256"})",
                std::string_view signature = "c2ln") {
  return "Bearer " + base64url(header) + "." + base64url(payload) + "." + std::string(signature);
}

std::string api_key(std::string_view key) {
  CredentialReader reader(kClaims);
  std::string out;
  reader.api_key("x-api-key", key, out);
  return out;
}

}  // namespace

TEST_CASE("base64 decodes the examples of RFC 4648 and refuses the rest", "[parse][meaning]") {
  constexpr std::pair<std::string_view, std::string_view> kGood[] = {{"", ""},
                                                                     {"Zg==", "f"},
                                                                     {"Zm8=", "fo"},
                                                                     {"Zm9v", "foo"},
                                                                     {"Zm9vYg==", "foob"},
                                                                     {"Zm9vYmE=", "fooba"},
                                                                     {"Zm9vYmFy", "foobar"},
                                                                     {"Zg", "f"}};
  std::string out;
  for (const auto& [text, bytes] : kGood) {
    CHECK(decode_base64(text, Base64::common, out));
    CHECK(out == bytes);
  }
  CHECK(decode_base64("-_-_", Base64::url, out));
  CHECK(out == "\xFB\xFF\xBF");
  for (const std::string_view text :
       {"Z", "Zm9vZ", "Z===", "====", "Zm 9", "Zm9v\n", "Zm=v", "-_-_"}) {
    CHECK_FALSE(decode_base64(text, Base64::common, out));
    CHECK(out.empty());
  }
  CHECK_FALSE(decode_base64("+/+/", Base64::url, out));
}

TEST_CASE("Basic tells the user and never the password", "[parse][meaning]") {
  const Told t = told("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
  CHECK(t.kind == IdentityKind::basic);
  CHECK(t.identity == "Aladdin");
  CHECK(told("bAsIc   dGVzdDoxMjPCow==").identity == "test");
  CHECK(told("Basic YTpiOmM=").identity == "a");  // a:b:c
}

TEST_CASE("Basic that cannot be told is told as its kind alone", "[parse][meaning]") {
  const std::string long_user(300, 'u');
  for (const std::string& value :
       {std::string("Basic"), std::string("Basic "), std::string("Basic !!!!"),
        std::string("Basic QWxhZGRpbg=="),  // no colon
        std::string("Basic OnB3"),          // no user
        std::string("Basic YQBiOmM="),      // a NUL in the name
        "Basic " + base64url(long_user + ":x"), "Basic " + std::string(60'000, 'A')}) {
    const Told t = told(value);
    CHECK(t.kind == IdentityKind::basic);
    CHECK(t.identity.empty());
  }
}

TEST_CASE("a signed token tells its subject and the configured claims", "[parse][meaning]") {
  // RFC 7519 3.1: header {"typ":"JWT","alg":"HS256"}, "iss":"joe" and no subject.
  const Told rfc = told(
      "Bearer eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkz"
      "ODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1"
      "gFWFOEjXk");
  CHECK(rfc.kind == IdentityKind::jwt);
  CHECK(rfc.identity.empty());
  CHECK(rfc.claims.empty());

  const Told t =
      told(jwt(R"({"sub":"alice","email":"a@example.org","roles":["admin","ops",["no"],1],)"
               R"("n":-5,"x":"y","ok":true})"));
  CHECK(t.kind == IdentityKind::jwt);
  CHECK(t.identity == "alice");
  CHECK(t.claims == "email=a@example.org\nroles=admin\nroles=ops\nroles=1\nn=-5\nok=true");
  CHECK(told(jwt(R"({"sub":1234567890123456789})")).identity == "1234567890123456789");
  CHECK(told(jwt(R"({"sub":"\u00e9ve"})")).identity == "\xC3\xA9ve");
}

TEST_CASE("a token that is not signed or not well formed is any bearer token", "[parse][meaning]") {
  const std::string good = R"({"sub":"alice"})";
  for (const std::string& value :
       {std::string("Bearer"),
        std::string("Bearer abc"),
        std::string("Bearer a.b.c"),
        std::string("Bearer ..."),
        std::string("Bearer .."),
        jwt(good, R"({"alg":"none"})", ""),
        jwt(good, R"({"alg":"None"})"),
        jwt(good, R"({})"),
        jwt(good, R"({"alg":5})"),
        jwt(good, R"({"alg":"HS256","alg":"none"})"),
        jwt(good, R"({"alg":"HS256"})", ""),
        jwt(good, R"({"alg":"HS256"})", "x!"),
        jwt(good, R"({"alg":"HS256"})", "a.b.c"),  // five parts: encrypted
        jwt(good, "[1]"),
        jwt("[1]"),
        jwt("null"),
        jwt("{"),
        jwt(good + "x"),
        jwt(""),
        jwt("{\"sub\":\"" + std::string(20'000, 'a') + "\"}")}) {
    INFO(value.substr(0, 80));
    const Told t = told(value);
    CHECK(t.kind == IdentityKind::bearer);
    CHECK(t.identity.empty());
    CHECK(t.claims.empty());
  }
}

TEST_CASE("claims that stand twice, are long or hold control characters are not told",
          "[parse][meaning]") {
  CHECK(told(jwt(R"({"sub":"alice","sub":"bob"})")).identity.empty());
  CHECK(told(jwt(R"({"sub":"a\nb"})")).identity.empty());
  CHECK(told(jwt(R"({"sub":{"a":1}})")).identity.empty());
  CHECK(told(jwt(R"({"sub":1.5})")).identity.empty());
  CHECK(told(jwt("{\"sub\":\"" + std::string(257, 'a') + "\"}")).identity.empty());
  CHECK(told(jwt("{\"sub\":\"" + std::string(256, 'a') + "\"}")).identity.size() == 256);
  CHECK(told(jwt(R"({"email":"a\u0000b","n":null,"ok":{}})")).claims.empty());
  std::string many = R"({"roles":[)";
  for (int i = 0; i < 100; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
  const std::string claims = told(jwt(many + "]}")).claims;
  CHECK(std::count(claims.begin(), claims.end(), '\n') == 15);
}

TEST_CASE("Digest tells its user unless it is hashed or given twice", "[parse][meaning]") {
  const Told t = told(
      "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "
      "algorithm=MD5, nc=00000001, qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\"");
  CHECK(t.kind == IdentityKind::digest);
  CHECK(t.identity == "Mufasa");
  CHECK(told("Digest realm=\"a, username=\\\"x\\\"\",username=\"J\\\"o\"").identity == "J\"o");
  // RFC 7616 3.9.2
  CHECK(told("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, userhash=false").identity ==
        "J\xC3\xA4s\xC3\xB8n Doe");
  for (const std::string_view value :
       {"Digest", "Digest username=\"488869477bf257147b804c45308cd62a\",userhash=true",
        "Digest username=\"a\",username=\"b\"", "Digest username=\"a\",username*=UTF-8''b",
        "Digest username=\"a", "Digest username=\"a\" x", "Digest username*=UTF-8''%4",
        "Digest username*=latin-1''x", "Digest user name=\"a\"", "Digest username=\"\"",
        "Digest username=\"a\x01\""}) {
    CHECK(told(value).kind == IdentityKind::digest);
    CHECK(told(value).identity.empty());
  }
}

TEST_CASE("another scheme is told as such, and what is no scheme not at all", "[parse][meaning]") {
  CHECK(told("Negotiate YII=").kind == IdentityKind::other);
  CHECK(told("AWS4-HMAC-SHA256 Credential=AKID/x, Signature=y").identity.empty());
  CHECK(told("{token}").kind == IdentityKind::none);
  CHECK(told("\"a\" b").kind == IdentityKind::none);
}

TEST_CASE("an API key is told by a fingerprint that keys share only by chance",
          "[parse][meaning]") {
  const std::string one = api_key("0123456789abcdef0123");
  CHECK(one.size() == std::string("x-api-key:01234567").size());
  CHECK(one.find("0123456789") == std::string::npos);
  CHECK(one == api_key("0123456789abcdef0123"));
  CHECK(one != api_key("0123456789abcdef0124"));
  // sha256("spider api key fingerprint 1\n" + key), first four bytes.
  CHECK(one == "x-api-key:f3abe25a");
  CHECK(api_key("guessable") == "x-api-key");
  CHECK(api_key("") == "x-api-key");
  CHECK(api_key(std::string(5'000, 'k')) == "x-api-key");
}
