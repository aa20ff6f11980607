#include "spider/model/address.h"

#include <array>

#include <catch2/catch.hpp>

using namespace spider;
using model::IpAddress;
using model::parse_ip;
using model::to_text;

TEST_CASE("an address reads back as it was written", "[model][address]") {
  for (const char* const text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1",
                                 "2001:db8::1", "ff02::1", "::ffff:5.6.7.8", "::ffff:0:102:304"}) {
    const auto ip = parse_ip(text);
    REQUIRE(ip);
    CHECK(to_text(*ip) == text);
    // The store keeps the sixteen bytes and gives them back unread.
    CHECK(IpAddress::kept(base::as_bytes(std::string_view(
              reinterpret_cast<const char*>(ip->bytes.data()), ip->bytes.size()))) == *ip);
  }
}

TEST_CASE("an IPv4-mapped address of an IPv6 header is not the IPv4 address", "[model][address]") {
  std::array<std::uint8_t, 16> wire{};
  wire[10] = wire[11] = 0xFF;
  wire[12] = 5;
  const IpAddress mapped = IpAddress::v6(wire);
  const IpAddress plain = IpAddress::v4(0x05000000);
  CHECK(mapped != plain);
  CHECK_FALSE(mapped.is_v4());
  CHECK(plain.is_v4());
  CHECK(to_text(mapped) == "::ffff:5.0.0.0");
  CHECK(to_text(plain) == "5.0.0.0");
}

TEST_CASE("what is no address is refused with its text", "[model][address]") {
  for (const char* const text : {"", "1.2.3", "1.2.3.4.5", "::g", "localhost", "1.2.3.4 "}) {
    const auto ip = parse_ip(text);
    REQUIRE_FALSE(ip);
    CHECK(ip.error().detail.find(text) != std::string::npos);
  }
}
