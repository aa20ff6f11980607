#include "parse/meaning/origin.h"

#include <catch2/catch.hpp>

using spider::parse::meaning::forwarded_origin;
using spider::parse::meaning::x_forwarded_for_origin;

namespace {

std::string forwarded(std::string_view value) {
  std::string out = "left over";
  const bool told = forwarded_origin(value, out);
  CHECK(told == !out.empty());
  return out;
}
std::string forwarded_for(std::string_view value) {
  std::string out = "left over";
  const bool told = x_forwarded_for_origin(value, out);
  CHECK(told == !out.empty());
  return out;
}

}  // namespace

TEST_CASE("Forwarded tells the for of its first element", "[parse][meaning]") {
  // The examples of RFC 7239.
  CHECK(forwarded("for=\"_gazonk\"") == "_gazonk");
  CHECK(forwarded("For=\"[2001:db8:cafe::17]:4711\"") == "2001:db8:cafe::17");
  CHECK(forwarded("for=192.0.2.60;proto=http;by=203.0.113.43") == "192.0.2.60");
  CHECK(forwarded("for=192.0.2.43, for=198.51.100.17") == "192.0.2.43");
  CHECK(forwarded("for=_hidden, for=_SEVKISEK") == "_hidden");
  CHECK(forwarded("for=192.0.2.43, for=\"[2001:db8:cafe::17]\"") == "192.0.2.43");
  CHECK(forwarded("for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown") == "192.0.2.43");
  CHECK(forwarded("proto=https;for=\"192.0.2.1:8080\"") == "192.0.2.1");
  CHECK(forwarded("for=unknown, for=192.0.2.43") == "unknown");
  CHECK(forwarded("for=\"Unknown:_x1\"") == "unknown");
  CHECK(forwarded("by=\"a;for=198.51.100.1,\\\"\";for=192.0.2.7") == "192.0.2.7");
  CHECK(forwarded(" , ,for=192.0.2.8") == "192.0.2.8");
  CHECK(forwarded("for=\"1\\92.0.2.9\"") == "192.0.2.9");
  CHECK(forwarded("for=\"[2001:DB8:0:0::1]\"") == "2001:db8::1");
}

TEST_CASE("what Forwarded does not tell with certainty is not told", "[parse][meaning]") {
  for (const std::string_view value : {"",
                                       ",",
                                       "for=",
                                       "for",
                                       "=192.0.2.1",
                                       "for=\"192.0.2.1",
                                       "for=192.0.2.1 for=192.0.2.2",
                                       "for=192.0.2.1;for=192.0.2.2",
                                       "for=192.0.2.256",
                                       "for=192.0.2",
                                       "for=2001:db8::1",
                                       "for=\"2001:db8::1\"",
                                       "for=\"[2001:db8::1\"",
                                       "for=\"[2001:db8::1]x\"",
                                       "for=\"[]\"",
                                       "for=\"[192.0.2.1]\"",
                                       "for=192.0.2.1:99999999",
                                       "for=192.0.2.1:",
                                       "for=:80",
                                       "for=example.org",
                                       "for=_",
                                       "for=_a b",
                                       "for=\"\"",
                                       "proto=http;by=203.0.113.43",
                                       "proto=http, for=192.0.2.1",
                                       "for =192.0.2.1",
                                       "for=\"192.0.2.1\"x",
                                       "for=\"_a\\",
                                       "for=010.1.1.1"})
    CHECK(forwarded(value).empty());
  CHECK(forwarded(std::string_view("for=192.0.2.1\0", 14)).empty());
  CHECK(forwarded("for=\"_" + std::string(200, 'a') + "\"").empty());
  CHECK(forwarded("for=" + std::string(100'000, ';')).empty());
}

TEST_CASE("X-Forwarded-For tells its first entry", "[parse][meaning]") {
  CHECK(forwarded_for("203.0.113.195") == "203.0.113.195");
  CHECK(forwarded_for("203.0.113.195, 70.41.3.18, 150.172.238.178") == "203.0.113.195");
  CHECK(forwarded_for("203.0.113.195:41237") == "203.0.113.195");
  CHECK(forwarded_for("2001:db8:85a3:8d3:1319:8a2e:370:7348") ==
        "2001:db8:85a3:8d3:1319:8a2e:370:7348");
  CHECK(forwarded_for("[2001:db8::1]:443,10.0.0.1") == "2001:db8::1");
  CHECK(forwarded_for(" ,, 192.0.2.1 ,x") == "192.0.2.1");
  CHECK(forwarded_for("unknown, 192.0.2.1") == "unknown");
}

TEST_CASE("an X-Forwarded-For that does not begin with an address tells nothing",
          "[parse][meaning]") {
  // The second entry is a proxy, not the origin.
  for (const std::string_view value : {"", " , ", "localhost, 192.0.2.1", "192.0.2.1 192.0.2.2",
                                       "<script>", "fe80::1%eth0", "::ffff:300.1.1.1", "[::1"})
    CHECK(forwarded_for(value).empty());
}
