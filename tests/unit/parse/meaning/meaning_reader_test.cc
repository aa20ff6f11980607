#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "spider/parse/meaning.h"

#include "parse/decoders/http1/head_fields.h"
#include "support/guarded_bytes.h"

using namespace spider;
using parse::MeaningReader;
using parse::ParseConfig;

namespace {

constexpr std::string_view kRequestLine = "GET /a/b?c HTTP/1.1\r\nHost: h.example\r\n";
constexpr std::string_view kResponseLine = "HTTP/1.1 302 Found\r\n";

std::string request(std::string_view lines) {
  return std::string(kRequestLine) + std::string(lines) + "\r\n";
}
std::string response(std::string_view lines) {
  return std::string(kResponseLine) + std::string(lines) + "\r\n";
}

// Owns what was told.
struct Told {
  model::OriginHeader origin_header;
  model::IdentityKind kind;
  std::string origin, via, identity, claims, correlation, location;
  bool operator==(const Told&) const = default;
};

Told owned(const model::Meaning& m) {
  return {m.origin_header,
          m.identity_kind,
          std::string(m.origin),
          std::string(m.via),
          std::string(m.identity),
          std::string(m.claims),
          std::string(m.correlation),
          std::string(m.location)};
}
Told told(MeaningReader& reader, std::string_view request_head,
          std::string_view response_head = {}) {
  return owned(reader.read(request_head, response_head));
}
// As a connection has it: lines are marked while the heads are read for their framing.
struct Marked {
  explicit Marked(std::string_view head, const MeaningReader& reader) : message(held) {
    message.head.append(base::as_bytes(head));
    parse::http1::read_fields(message, reader.wanted());
  }
  [[nodiscard]] bool tells() const { return message.marks.tell_of(message.head.text()); }
  std::size_t held = 0;
  parse::http1::Message message;
};
Told told(MeaningReader& reader, const Marked& request, const Marked& response) {
  return owned(reader.read(request.message.head.text(), request.message.marks,
                           response.message.head.text(), response.message.marks));
}
Told told(std::string_view request_head, std::string_view response_head = {},
          const ParseConfig& config = {}) {
  MeaningReader reader(config);
  return told(reader, request_head, response_head);
}

bool nothing(const Told& t) {
  return t.origin_header == model::OriginHeader::none && t.kind == model::IdentityKind::none &&
         t.origin.empty() && t.via.empty() && t.identity.empty() && t.claims.empty() &&
         t.correlation.empty() && t.location.empty();
}

const std::string kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const std::string kTraceTold = "traceparent=0af7651916cd43dd8448eb211c80319c";

}  // namespace

TEST_CASE("heads that say nothing mean nothing", "[parse][meaning]") {
  CHECK(nothing(told("", "")));
  CHECK(nothing(told(request("Accept: */*\r\nUser-Agent: x\r\nVary: Via\r\nLast-Modified: y\r\n"),
                     response("Content-Length: 0\r\nX-Forwarded-For: 192.0.2.1\r\n"))));
  CHECK(nothing(told("\r\n\r\n")));
  CHECK(nothing(told("GET / HTTP/1.1")));
}

TEST_CASE("one reader tells each exchange anew", "[parse][meaning]") {
  MeaningReader reader(ParseConfig{});
  const Told one = told(reader,
                        request("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
                                "X-Forwarded-For: 192.0.2.1\r\nVia: 1.1 a\r\n"
                                "X-Request-ID: r1\r\n"),
                        response("Location: c\r\n"));
  CHECK(one.kind == model::IdentityKind::basic);
  CHECK(one.identity == "Aladdin");
  CHECK(one.origin == "192.0.2.1");
  CHECK(one.origin_header == model::OriginHeader::x_forwarded_for);
  CHECK(one.via == "1.1 a");
  CHECK(one.correlation == "x-request-id=r1");
  CHECK(one.location == "http://h.example/a/c");
  CHECK(nothing(told(reader, request(""), response(""))));
}

TEST_CASE("header names are read in any case and values may be folded", "[parse][meaning]") {
  CHECK(told(request("FORWARDED: proto=http;\r\n for=192.0.2.7\r\n")).origin == "192.0.2.7");
  CHECK(told(request("x-forwarded-for:\r\n\t192.0.2.7,\r\n 10.0.0.1\r\n")).origin == "192.0.2.7");
  CHECK(told(request("vIA: 1.1 a,\r\n 1.0 b\r\n")).via == "1.1 a, 1.0 b");
  CHECK(told(request("Via: 1.1 a\nVia: 1.0 b\n")).via == "1.1 a, 1.0 b");
  // A folded line is no header of its own.
  CHECK(nothing(told(request("Accept: x\r\n Via: 1.1 a\r\n"))));
  const std::string many =
      "Via: 1.1 a\r\n b\r\nX-Request-ID: c\r\n d\r\nX-Correlation-ID: e\r\n\t f\r\n";
  const Told t = told(request(many), response("Location: /x\r\n /y\r\n"));
  CHECK(t.via == "1.1 a b");
  CHECK(t.correlation == "x-request-id=c d\nx-correlation-id=e f");
  CHECK(t.location == "http://h.example/x /y");
}

TEST_CASE("Forwarded is asked before X-Forwarded-For, which is asked when it does not tell",
          "[parse][meaning]") {
  const std::string both = "X-Forwarded-For: 192.0.2.1\r\nForwarded: ";
  CHECK(told(request(both + "for=192.0.2.2\r\n")).origin == "192.0.2.2");
  CHECK(told(request(both + "for=192.0.2.2\r\n")).origin_header == model::OriginHeader::forwarded);
  CHECK(told(request(both + "by=192.0.2.2\r\n")).origin == "192.0.2.1");
  CHECK(told(request(both + "for=\"\r\n")).origin == "192.0.2.1");
  // The lines of a list are one list.
  CHECK(told(request("Forwarded: ,\r\nForwarded: for=192.0.2.3\r\nForwarded: for=192.0.2.4\r\n"))
            .origin == "192.0.2.3");
  CHECK(told(request("X-Forwarded-For: x\r\nX-Forwarded-For: 192.0.2.3\r\n")).origin.empty());
}

TEST_CASE("headers that may stand once and stand twice tell nothing unless they agree",
          "[parse][meaning]") {
  const std::string basic = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
  CHECK(told(request(basic + basic)).identity == "Aladdin");
  CHECK(told(request(basic + "Authorization: Basic YTpi\r\n")).kind == model::IdentityKind::none);
  CHECK(
      told(request("traceparent: " + kTrace + "\r\ntraceparent: " + kTrace + "\r\n")).correlation ==
      kTraceTold);
  CHECK(told(request("traceparent: " + kTrace + "\r\ntraceparent: x\r\n")).correlation.empty());
  CHECK(told(request(""), response("Location: /a\r\nLocation: /b\r\n")).location.empty());
  CHECK(told(request(""), response("Location: /a\r\nLocation: /a\r\n")).location ==
        "http://h.example/a");
  CHECK(told(request("Host: other\r\n"), response("Location: /a\r\n")).location.empty());
  CHECK(told(request("Host: h.example\r\n"), response("Location: /a\r\n")).location ==
        "http://h.example/a");
}

TEST_CASE("the last line of a head that was cut is not believed", "[parse][meaning]") {
  const std::string whole = request("X-Forwarded-For: 192.0.2.123\r\n");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    INFO(bytes);
    const Told t = told(whole.substr(0, bytes));
    // Nothing behind the line but the first byte of another one says that it does not go on.
    if (bytes < whole.size() - 1) CHECK(t.origin.empty());
    if (bytes == whole.size() - 1) CHECK(t.origin == "192.0.2.123");
  }
}

TEST_CASE("traceparent gives its trace id when it is valid", "[parse][meaning]") {
  const auto id = [](const std::string& value) {
    return told(request("traceparent: " + value + "\r\n")).correlation;
  };
  CHECK(id(kTrace) == kTraceTold);
  CHECK(id("cc" + kTrace.substr(2) + "-what-the-future-will-be-like") == kTraceTold);
  CHECK(id("cc" + kTrace.substr(2)) == kTraceTold);
  std::string upper = kTrace;
  upper[5] = 'F';
  for (const std::string& value : std::initializer_list<std::string>{
           kTrace + "-x", "ff" + kTrace.substr(2), "cc" + kTrace.substr(2) + ".x", upper,
           kTrace.substr(0, 54), std::string(55, '-'), std::string(55, '0'),
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
           "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    CHECK(id(value).empty());
  // Only a request carries one.
  CHECK(told(request(""), response("traceparent: " + kTrace + "\r\n")).correlation.empty());
}

TEST_CASE("correlation ids come from both sides, each once, within bounds", "[parse][meaning]") {
  CHECK(told(request("X-Request-ID: a\r\n"),
             response("X-Request-ID: a\r\nx-correlation-id: b\r\nx-request-id: c\r\n"))
            .correlation == "x-request-id=a\nx-correlation-id=b\nx-request-id=c");
  CHECK(told(request("X-Request-ID: a\x01z\r\nX-Correlation-ID:\r\n")).correlation.empty());
  CHECK(told(request("X-Request-ID: " + std::string(257, 'a') + "\r\n")).correlation.empty());
  CHECK(told(request("X-Request-ID: " + std::string(256, 'a') + "\r\n")).correlation.size() == 269);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-Request-ID: " + std::to_string(i) + "\r\n";
  const std::string list = told(request(many)).correlation;
  CHECK(std::count(list.begin(), list.end(), '\n') == 15);
  ParseConfig config;
  config.correlation_headers = {"X-Amzn-Trace-Id", "Request-Id"};
  CHECK(told(request("x-amzn-trace-id: Root=1-5759e988\r\nX-Request-ID: a\r\ntraceparent: " +
                     kTrace + "\r\nRequest-Id: |7e.\r\n"),
             {}, config)
            .correlation == "x-amzn-trace-id=Root=1-5759e988\nrequest-id=|7e.");
}

TEST_CASE("an API key is told when nothing names the client better", "[parse][meaning]") {
  ParseConfig config;
  config.api_key_headers = {"X-API-Key", "Ocp-Apim-Subscription-Key"};
  const std::string key = "ocp-apim-subscription-key: 0123456789abcdef0123\r\n";
  const Told t = told(request(key), {}, config);
  CHECK(t.kind == model::IdentityKind::api_key);
  CHECK(t.identity == "ocp-apim-subscription-key:f3abe25a");
  CHECK(told(request("Authorization: Bearer abc\r\n" + key), {}, config).kind ==
        model::IdentityKind::api_key);
  CHECK(told(request(key + "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), {}, config)
            .identity == "Aladdin");
  CHECK(told(request("X-API-Key: " + std::string(30, 'a') + "\r\nX-API-Key: b\r\n")).identity ==
        "x-api-key");
  CHECK(told(request("X-API-Key:\r\n")).kind == model::IdentityKind::none);
  config.api_key_headers.clear();
  CHECK(told(request("X-API-Key: abc\r\n"), {}, config).kind == model::IdentityKind::none);
}

TEST_CASE("Location becomes absolute or is not told", "[parse][meaning]") {
  const auto location = [](std::string_view request_head, std::string_view value) {
    return told(request_head, response("Location: " + std::string(value) + "\r\n")).location;
  };
  CHECK(location(request(""), "?q#f") == "http://h.example/a/b?q#f");
  CHECK(location(request(""), "//cdn.example/x") == "http://cdn.example/x");
  CHECK(location("", "https://x.example/y") == "https://x.example/y");
  CHECK(location("", "/y").empty());
  CHECK(location("GET /a HTTP/1.0\r\n\r\n", "/y").empty());
  CHECK(location("GET http://t.example/a HTTP/1.1\r\nHost: other\r\n\r\n", "y") ==
        "http://t.example/y");
  CHECK(location(request(""), "/a\x02z").empty());
  CHECK(location(request(""), "/" + std::string(5'000, 'x')).empty());
  CHECK(location(request(""), "").empty());
  // A target cut in its head is no base.
  CHECK(location("GET /very/long", "y").empty());
}

TEST_CASE("a long or binary Via is not told in part", "[parse][meaning]") {
  CHECK(told(request("Via: 1.1 " + std::string(2'000, 'a') + "\r\n")).via.empty());
  CHECK(told(request("Via: 1.1 a\r\nVia: 1.1 \x01\r\n")).via.empty());
  std::string many;
  for (int i = 0; i < 500; ++i) many += "Via: 1.1 a\r\n";
  CHECK(told(request(many)).via.empty());
}

TEST_CASE("names in the settings that no header can have are refused with the key",
          "[parse][meaning]") {
  const auto error = [](auto&& set) {
    ParseConfig config;
    set(config);
    const auto bad = parse::check_meaning(config);
    return bad ? std::string(bad->key) + ": " + bad->reason : std::string();
  };
  CHECK(error([](ParseConfig&) {}).empty());
  CHECK(error([](ParseConfig& c) { c.jwt_claims = {"https://x.example/claim y"}; }).empty());
  CHECK(error([](ParseConfig& c) {
          c.correlation_headers = {"a b"};
        }).find("correlation_headers: \"a b\"") == 0);
  CHECK_FALSE(error([](ParseConfig& c) { c.api_key_headers = {""}; }).empty());
  CHECK_FALSE(error([](ParseConfig& c) { c.api_key_headers = {std::string(65, 'a')}; }).empty());
  CHECK_FALSE(error([](ParseConfig& c) { c.jwt_claims = {"a\nb"}; }).empty());
  CHECK_FALSE(error([](ParseConfig& c) { c.jwt_claims = {"a=b"}; }).empty());
  CHECK(error([](ParseConfig& c) { c.jwt_claims.assign(17, "a"); }).find("at most 16") !=
        std::string::npos);
}

namespace {

// Words that lead deep into every branch, thrown together at random.
std::string random_head(std::mt19937& random, std::string_view start_line) {
  static const std::string kWords[] = {"\r\nForwarded: ",
                                       "\r\nX-Forwarded-For: ",
                                       "\r\nVia: ",
                                       "\r\nAuthorization: ",
                                       "\r\ntraceparent: ",
                                       "\r\nX-Request-ID: ",
                                       "\r\nX-API-Key: ",
                                       "\r\nLocation: ",
                                       "\r\nHost: ",
                                       "Basic ",
                                       "Bearer ",
                                       "Digest ",
                                       "eyJhbGciOiJIUzI1NiJ9",
                                       "eyJzdWIiOiJhIn0",
                                       "c2ln",
                                       ".",
                                       "username=",
                                       "username*=UTF-8''",
                                       "for=",
                                       "\"",
                                       "\\",
                                       "[2001:db8::1]",
                                       "192.0.2.1",
                                       "unknown",
                                       "_x",
                                       ":",
                                       ";",
                                       ",",
                                       "=",
                                       "%41",
                                       "\r\n",
                                       "\r\n ",
                                       "\n",
                                       "\r",
                                       " ",
                                       "\t",
                                       "/",
                                       "../",
                                       "./",
                                       "//",
                                       "?",
                                       "#",
                                       "http:",
                                       "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
                                       "00-0af7651916cd43dd8448eb211c80319c-",
                                       "b7ad6b7169203331-01",
                                       std::string(1, '\0'),
                                       "\xFF",
                                       "\x7F"};
  std::string out(start_line);
  const auto count = random() % 40;
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % 16 == 0) {
      out += static_cast<char>(random());
    } else {
      out += kWords[random() % std::size(kWords)];
    }
  }
  if (random() % 2 == 0) out += "\r\n\r\n";
  return out;
}

bool is_plain(std::string_view text, bool list) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || (list && c == '\n');
  });
}

void check_laws(const Told& t) {
  REQUIRE(t.origin.size() <= 128);
  REQUIRE(t.via.size() <= parse::kViaBytesMax);
  REQUIRE(t.identity.size() <= parse::kIdentityBytesMax);
  REQUIRE(t.claims.size() <= parse::kMeaningListBytesMax);
  REQUIRE(t.correlation.size() <= parse::kMeaningListBytesMax);
  REQUIRE(t.location.size() <= parse::kLocationBytesMax);
  REQUIRE(t.origin.empty() == (t.origin_header == model::OriginHeader::none));
  REQUIRE((t.identity.empty() || t.kind != model::IdentityKind::none));
  for (const std::string* text : {&t.origin, &t.via, &t.identity, &t.location})
    REQUIRE(is_plain(*text, false));
  REQUIRE(is_plain(t.claims, true));
  REQUIRE(is_plain(t.correlation, true));
  REQUIRE((t.location.empty() || t.location.find(':') != std::string::npos));
}

}  // namespace

TEST_CASE("whatever the bytes, what is told is bounded, plain and the same each time",
          "[parse][meaning]") {
  std::mt19937 random(20'261'121);
  ParseConfig config;
  config.jwt_claims = {"sub", "a"};
  MeaningReader reused(config);
  test::GuardedBytes request_bytes(16'384);
  test::GuardedBytes response_bytes(16'384);
  std::size_t spoken = 0;
  std::size_t marked = 0;
  for (int i = 0; i < 40'000; ++i) {
    const std::string asked = random_head(random, "GET /a/b?c HTTP/1.1\r\nHost: h");
    const std::string answered = random_head(random, "HTTP/1.1 302 Found");
    // The bytes end at a page that must not be read.
    const Told t = told(reused, base::as_text(request_bytes.place(base::as_bytes(asked))),
                        base::as_text(response_bytes.place(base::as_bytes(answered))));
    check_laws(t);
    if (!nothing(t)) ++spoken;
    const Marked request(asked, reused);
    const Marked response(answered, reused);
    REQUIRE(told(reused, request, response) == t);
    if (!nothing(t) && request.tells() && response.tells()) ++marked;
    if (i % 64 != 0) continue;
    const Told fresh = told(asked, answered, config);
    REQUIRE(fresh.origin == t.origin);
    REQUIRE(fresh.identity == t.identity);
    REQUIRE(fresh.correlation == t.correlation);
    REQUIRE(fresh.location == t.location);
  }
  // Otherwise the words no longer lead anywhere.
  CHECK(spoken > 10'000);
  CHECK(marked > 1'000);
}

TEST_CASE("a head whose lines are all marked is told by its marks alone", "[meaning]") {
  MeaningReader reader{ParseConfig{}};
  const Marked one(request("Accept: a\r\ntraceparent: " + kTrace + "\r\nVia: 1.1 a\r\n"), reader);
  CHECK(one.tells());
  CHECK(one.message.marks.lines().size() == 2);
  const Marked none("", reader);
  CHECK(told(reader, one, none).correlation == kTraceTold);
  CHECK(told(reader, one, none).via == "1.1 a");
  // The marks of another head are not believed.
  CHECK_FALSE(one.message.marks.tell_of(request("Via: 1.1 a\r\n")));
  CHECK_FALSE(Marked(request("Via: 1.1 a\r\n , 1.1 b\r\n"), reader).tells());
  std::string many;
  for (int i = 0; i < 9; ++i) many += "Via: 1.1 a\r\n";
  CHECK_FALSE(Marked(request(many), reader).tells());
}

TEST_CASE("a line that begins with a bare carriage return does not end the head", "[meaning]") {
  CHECK(told(request("X: 1\r\n\rY: 2\r\ntraceparent: " + kTrace + "\r\n")).correlation ==
        kTraceTold);
  // It goes on with the value before it, as a fold does.
  CHECK(told(request("Via: 1.1 a\r\n\r, 1.1 b\r\n")).via == "1.1 a , 1.1 b");
  CHECK(nothing(told(request("\r\n\r\ntraceparent: " + kTrace + "\r\n"))));
}
