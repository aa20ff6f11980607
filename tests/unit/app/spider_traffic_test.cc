#include "app/spider_traffic.h"

#include <catch2/catch.hpp>

#include "spider/capture/filter_probe.h"
#include "spider/model/whisperer.h"

namespace {

using namespace spider;

[[nodiscard]] model::Endpoint end(const char* ip, std::uint16_t port) {
  return {model::parse_ip(ip).value(), port};
}

[[nodiscard]] bool passes(const model::WhispererConfig& config, const model::Endpoint& server) {
  const auto answer = capture::try_filter(config.packet_filter(), end("127.0.0.1", 50'000), server);
  REQUIRE(answer.tried);
  return answer.any_passes;
}

}  // namespace

TEST_CASE("spider's own connections are left out, and no others", "[app]") {
  model::WhispererConfig config;
  config.spider_traffic = app::spider_traffic("127.0.0.1", 8'400);
  for (const char* filter : {"", "tcp", "tcp port 8400 or tcp port 80"}) {
    config.filter = filter;
    CHECK_FALSE(passes(config, end("127.0.0.1", 8'400)));
    CHECK(passes(config, end("127.0.0.1", 80)));
    config.exclude_spider = false;
    CHECK(passes(config, end("127.0.0.1", 8'400)));
    CHECK(config.packet_filter() == filter);
    config.exclude_spider = true;
  }
}

TEST_CASE("the same port of another machine is none of spider's", "[app]") {
  model::WhispererConfig config;
  config.spider_traffic = app::spider_traffic("0.0.0.0", 8'400);
  const auto between = [&](const char* client, const char* server) {
    return capture::try_filter(config.packet_filter(), end(client, 50'000), end(server, 8'400));
  };
  CHECK_FALSE(between("203.0.113.77", "127.0.0.1").any_passes);
  CHECK(between("203.0.113.77", "203.0.113.78").any_passes);
}

TEST_CASE("a filter's vlan does not move what is left out", "[app]") {
  model::WhispererConfig config;
  config.filter = "tcp or (vlan and tcp)";
  config.spider_traffic = app::spider_traffic("127.0.0.1", 8'400);
  CHECK_FALSE(passes(config, end("127.0.0.1", 8'400)));
  CHECK(passes(config, end("127.0.0.1", 80)));
}

TEST_CASE("what is no live capture takes all of its packets", "[app]") {
  model::WhispererConfig config;
  config.spider_traffic = app::spider_traffic("127.0.0.1", 8'400);
  config.filter = "tcp";
  config.type = "UPLOAD";
  CHECK(config.packet_filter() == "tcp");
  CHECK(app::spider_traffic("127.0.0.1", 0).empty());
}
