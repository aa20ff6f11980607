#include "api/parameters.h"

#include <catch2/catch.hpp>

#include "spider/api/codes.h"

#include "api/compress.h"

namespace spider::api {
namespace {

[[nodiscard]] Parameters parsed(std::string_view query) {
  auto out = Parameters::parse(query);
  REQUIRE(out);
  return *out;
}

TEST_CASE("names and values are decoded, stray per cent signs stay", "[api]") {
  const Parameters p = parsed("uri=%2Fa+b%20c&x=100%&y=%zz&=v&&flag");
  CHECK(p.text("uri") == "/a b c");
  CHECK(p.text("x") == "100%");
  CHECK(p.text("y") == "%zz");
  CHECK(p.has("flag"));
  CHECK(*p.flag("flag"));
}

TEST_CASE("a name that comes twice is a list", "[api]") {
  const Parameters p = parsed("method=GET&method=POST,,PUT");
  CHECK(p.list("method") == std::vector<std::string>{"GET", "POST", "PUT"});
}

TEST_CASE("unknown parameters are refused with the known ones named", "[api]") {
  const auto refused = parsed("limit=1&colour=blue").only({"limit", "from"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("colour") != std::string::npos);
  CHECK(refused.error().detail.find("limit, from") != std::string::npos);
}

TEST_CASE("numbers, flags, times and choices say what is wrong with them", "[api]") {
  const Parameters p = parsed("n=12x&big=99999999999999999999&f=maybe&t=yesterday&c=d&ok=7");
  CHECK_FALSE(p.number("n", 0, 0, 100));
  CHECK_FALSE(p.number("big", 0, 0, UINT64_MAX));
  CHECK_FALSE(p.number("ok", 0, 8, 9));
  CHECK(*p.number("ok", 0, 0, 9) == 7);
  CHECK(*p.number("absent", 5, 0, 9) == 5);
  CHECK_FALSE(p.flag("f"));
  CHECK_FALSE(p.time("t"));
  CHECK_FALSE(p.choice("c", {"a", "b"}));
  CHECK(*p.choice("absent", {"a", "b"}) == 0);
}

TEST_CASE("a query is written again with some values replaced", "[api]") {
  const Parameters p = parsed("limit=2&host=a%26b&cursor=old");
  const std::string query = p.with({{"cursor", "new/1"}, {"limit", ""}});
  CHECK(query == "?cursor=new%2F1&host=a%26b");
  CHECK(parsed(query.substr(1)).text("host") == "a&b");
}

TEST_CASE("more parameters than anyone means are refused", "[api]") {
  std::string query;
  for (int i = 0; i < 100; ++i) query += "a" + std::to_string(i) + "=1&";
  CHECK_FALSE(Parameters::parse(query));
}

TEST_CASE("gzip is taken when the client says so, and not when it says q=0", "[api]") {
  CHECK(accepts_gzip("gzip, deflate, br"));
  CHECK(accepts_gzip("br;q=1.0, GZIP;q=0.5"));
  CHECK(accepts_gzip("*"));
  CHECK_FALSE(accepts_gzip(""));
  CHECK_FALSE(accepts_gzip("br, deflate"));
  CHECK_FALSE(accepts_gzip("gzip;q=0"));
  CHECK_FALSE(accepts_gzip("gzip;q=0.000"));
}

}  // namespace
}  // namespace spider::api
