// Proves that telling what heads mean allocates nothing once its memory has grown.

#include <string>

#include <catch2/catch.hpp>

#include "spider/parse/meaning.h"

#include "unit/parse/allocations.h"

using namespace spider;

TEST_CASE("steady traffic is told without an allocation", "[parse][meaning]") {
  const std::string asked =
      "GET /a/b?c HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n"
      "Forwarded: for=\"[2001:db8:cafe:1234:5678::17]:4711\";proto=http\r\n"
      "Via: 1.1 edge,\r\n 1.0 inner\r\nX-Request-ID: 0123456789abcdef0123456789abcdef\r\n"
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
  const std::string credentials[] = {
      "", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n",
      "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImVtYWlsIjoieEB5In0.c2ln\r\n",
      "Authorization: Digest username=\"Mufasa\", realm=\"http-auth@example.org\"\r\n",
      "X-API-Key: 0123456789abcdef0123\r\n"};
  const std::string answered =
      "HTTP/1.1 302 Found\r\nLocation: ../a/rather/long/path/to/somewhere?x#y\r\n\r\n";
  std::string heads[std::size(credentials)];
  for (std::size_t i = 0; i < std::size(credentials); ++i)
    heads[i] = asked + credentials[i] + "\r\n";
  parse::ParseConfig config;
  config.jwt_claims = {"email"};
  parse::MeaningReader reader(config);
  std::size_t told = 0;
  const auto read_all = [&] {
    for (const std::string& head : heads) told += reader.read(head, answered).text_bytes();
  };
  read_all();
  const std::size_t once = told;
  CHECK(once > 900);
  const std::uint64_t before = test::allocations;
  for (int i = 0; i < 1'000; ++i) read_all();
  const std::uint64_t after = test::allocations;
  CHECK(after == before);
  CHECK(told == 1'001 * once);
}
