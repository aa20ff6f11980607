#pragma once
// RunningServer: an ApiServer on a free port over a known store and a fake capture.

#include <memory>

#include <catch2/catch.hpp>

#include "spider/api/api_server.h"
#include "spider/api/codes.h"
#include "spider/base/log.h"

#include "unit/api/fake_control.h"
#include "unit/api/http_client.h"
#include "unit/query/known_store.h"

namespace spider::test {

struct RunningServer {
  KnownStore stored{11, 3};
  FakeControl control;
  std::unique_ptr<api::ApiServer> server;

  explicit RunningServer(api::ApiConfig config = {}) {
    base::log_setup(base::LogFormat::json, "error");
    config.listen = "127.0.0.1:0";
    auto started =
        api::ApiServer::start(config, {stored.store(), control, api::codes::kRows, "9.9.9"});
    REQUIRE(started);
    server = std::move(*started);
  }
  [[nodiscard]] std::uint16_t port() const { return server->port(); }
};

}  // namespace spider::test
