#include "api/guard.h"

#include <catch2/catch.hpp>

#include "spider/api/codes.h"

namespace spider::api {
namespace {

[[nodiscard]] base::Result<ListenAddress> listening(const std::string& listen,
                                                    bool allowed = false) {
  ApiConfig config;
  config.listen = listen;
  config.allow_unauthenticated = allowed;
  return check_listen(config);
}

TEST_CASE("loopback addresses are listened on without a word", "[api]") {
  CHECK(listening("127.0.0.1:8400")->port == 8400);
  CHECK(listening("127.8.9.10:1")->loopback);
  CHECK(listening("[::1]:0")->host == "::1");
  CHECK(listening("localhost:8400")->host == "127.0.0.1");
}

TEST_CASE("an address beyond loopback is refused until allow_unauthenticated says so", "[api]") {
  for (const char* listen : {"0.0.0.0:8400", "192.0.2.1:80", "[::]:8400", "[2001:db8::1]:80"}) {
    INFO(listen);
    const auto refused = listening(listen);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == codes::listen_open);
    CHECK(std::string(refused.error().code.help()).find("allow_unauthenticated = true") !=
          std::string::npos);
    CHECK(listening(listen, true));
  }
}

TEST_CASE("what is no address and port is refused, whatever is allowed", "[api]") {
  for (const char* listen :
       {"", "8400", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:80", "example.org:80",
        "[::1]", "[::1]80", "127.0.0.1:80:90", "127.0.0.1:+1"}) {
    INFO(listen);
    const auto refused = listening(listen, true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == codes::listen_unreadable);
  }
}

TEST_CASE("only loopback names and configured hosts are answered", "[api]") {
  ApiConfig config;
  config.hosts = {"Spider.Example", "box:9000"};
  const Guard guard(config, {"127.0.0.1", 8400, true});
  for (const char* host : {"127.0.0.1:8400", "localhost", "LOCALHOST:1", "[::1]:8400",
                           "spider.example:8400", "SPIDER.example.", "box"}) {
    INFO(host);
    CHECK(guard.check_host(host));
  }
  for (const char* host :
       {"", "evil.example", "127.evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
        "10.0.0.1", "[::2]", "localhost:x", "[::1", "evil@localhost"}) {
    INFO(host);
    const auto refused = guard.check_host(host);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == codes::host_refused);
  }
}

TEST_CASE("what changes state comes from the same origin or from no browser", "[api]") {
  CHECK(Guard::check_origin("localhost:8400", "", ""));
  CHECK(Guard::check_origin("localhost:8400", "http://localhost:8400", "same-origin"));
  CHECK(Guard::check_origin("localhost:8400", "", "none"));
  CHECK_FALSE(Guard::check_origin("localhost:8400", "http://evil.example", ""));
  CHECK_FALSE(Guard::check_origin("localhost:8400", "null", ""));
  CHECK_FALSE(Guard::check_origin("localhost:8400", "http://localhost:9999", ""));
  CHECK_FALSE(Guard::check_origin("localhost:8400", "https://localhost:8400", ""));
  CHECK_FALSE(Guard::check_origin("localhost:8400", "", "cross-site"));
  CHECK_FALSE(Guard::check_origin("localhost:8400", "http://localhost:8400", "same-site"));
}

}  // namespace
}  // namespace spider::api
