#include "parse/other_protocols.h"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "spider/parse/codes.h"

namespace spider::test {
namespace {

using namespace std::literals;

[[nodiscard]] std::string_view begins(std::string_view first) {
  const auto code = parse::begins_as(base::as_bytes(first));
  return code ? code->name() : ""sv;
}

// A record of 512 bytes with a hello of 508, of TLS 1.0 and 1.2 as clients write it.
constexpr auto kHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"sv;
constexpr auto kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv;
constexpr auto kStartup = "\x00\x00\x00\x11\x00\x03\x00\x00user\0me\0\0"sv;

TEST_CASE("other protocols are known by their first bytes", "[parse]") {
  CHECK(begins(kHello) == "begins_as_tls");
  CHECK(begins("\x16\x03\x03\x00\x7A\x02\x00\x00\x76\x03\x03 and on"sv) == "begins_as_tls");
  CHECK(begins(kPreface) == "begins_as_http2");
  CHECK(begins(std::string(kPreface) + "\x01") == "begins_as_http2");
  CHECK(begins(kStartup) == "begins_as_postgresql");
  CHECK(begins("\x00\x00\x00\x08\x04\xD2\x16\x2F"sv) == "begins_as_postgresql");
  CHECK(begins("*2\r\n$3\r\nGET\r\n$1\r\na\r\n") == "begins_as_redis");
  CHECK(begins("SSH-2.0-OpenSSH_9.2\r\n") == "begins_as_ssh");
}

TEST_CASE("what is not certain is called nothing", "[parse]") {
  CHECK(begins("").empty());
  for (const std::string_view all : {kHello, kPreface, kStartup}) {
    // PostgreSQL says what it is in eight bytes, the others in all of them.
    const std::size_t enough = all == kStartup ? 8 : all.size();
    for (std::size_t i = 0; i < enough; ++i) {
      CAPTURE(i);
      CHECK(begins(all.substr(0, i)).empty());
    }
  }
  CHECK(begins("GET / HTTP/1.1\r\n").empty());
  CHECK(begins("\x16\x03\x01\x02\x00\x0B\x00\x01\xFC\x03\x03"sv).empty());  // a certificate
  CHECK(begins("\x16\x03\x01\x7F\xFF\x01\x00\x01\xFC\x03\x03"sv).empty());  // too long
  CHECK(begins("\x17\x03\x03\x02\x00\x01\x00\x01\xFC\x03\x03"sv).empty());  // joined late
  CHECK(begins("\x00\x00\x00\x09\x00\x03\x00\x00 longer than it says"sv).empty());
  CHECK(begins("*1\r\n:1\r\n").empty());
  CHECK(begins("*\r\n$4\r\n").empty());
  CHECK(begins("*1234567890\r\n$4\r\n").empty());
  CHECK(begins("SSH-3").empty());
}

}  // namespace
}  // namespace spider::test
