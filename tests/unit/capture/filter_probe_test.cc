// Filters tried on made packets say what they would do on the wire.
#include "spider/capture/filter_probe.h"

#include <catch2/catch.hpp>

namespace spider::capture {
namespace {

const model::Endpoint kClient{*model::parse_ip("192.0.2.1"), 40'000};
const model::Endpoint kServer{*model::parse_ip("198.51.100.2"), 8'080};
const model::Endpoint kClient6{*model::parse_ip("2001:db8::1"), 40'000};
const model::Endpoint kServer6{*model::parse_ip("2001:db8::2"), 8'080};

}  // namespace

TEST_CASE("a filter on either port lets both sides through", "[capture][filter]") {
  for (const auto& [client, server] :
       {std::pair{kClient, kServer}, std::pair{kClient6, kServer6}}) {
    const model::FilterAnswer a = try_filter("tcp port 8080", client, server);
    CHECK(a.tried);
    CHECK(a.client_passes);
    CHECK(a.server_passes);
    CHECK_FALSE(a.tagged_passes);  // the well-known trap of VLAN tags
    CHECK_FALSE(try_filter("tcp port 80", client, server).any_passes);
    CHECK_FALSE(try_filter("udp", client, server).any_passes);
  }
}

TEST_CASE("addresses of the question are those of the packets", "[capture][filter]") {
  CHECK(try_filter("host 192.0.2.1 and host 198.51.100.2", kClient, kServer).client_passes);
  CHECK_FALSE(try_filter("host 192.0.2.9", kClient, kServer).any_passes);
  CHECK(try_filter("ip6 host 2001:db8::2", kClient6, kServer6).server_passes);
  CHECK_FALSE(try_filter("ip6", kClient, kServer).any_passes);
}

TEST_CASE("a filter on one direction lets half of it through", "[capture][filter]") {
  const model::FilterAnswer a = try_filter("tcp dst port 8080", kClient, kServer);
  CHECK(a.client_passes);
  CHECK_FALSE(a.server_passes);
}

TEST_CASE("a filter on SYNs lets only a part of a side through", "[capture][filter]") {
  const model::FilterAnswer a = try_filter("tcp[tcpflags] & tcp-syn != 0", kClient, kServer);
  CHECK(a.any_passes);
  CHECK_FALSE(a.client_passes);
  CHECK_FALSE(a.server_passes);
}

TEST_CASE("a filter that knows of VLAN tags lets tagged frames through", "[capture][filter]") {
  CHECK(try_filter("tcp port 8080 or (vlan and tcp port 8080)", kClient, kServer).tagged_passes);
}

TEST_CASE("what does not compile is told, what is empty lets everything through",
          "[capture][filter]") {
  const model::FilterAnswer bad = try_filter("tcp prot 80", kClient, kServer);
  CHECK_FALSE(bad.tried);
  CHECK(bad.trouble.find("tcp prot 80") != std::string::npos);
  CHECK(try_filter("", kClient, kServer).tagged_passes);
}

}  // namespace spider::capture
