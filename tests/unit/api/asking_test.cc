// Questions that read heads and bodies: given up with their client, out of everybody's way, and
// told to be partial when their time is up.

#include <chrono>

#include <fmt/format.h>
#include <simdjson.h>

#include "unit/api/gated_reader.h"
#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using test::HttpAnswer;
using test::HttpClient;

// Waits for what must come; a minute is far more than it takes on any machine.
template <class Holds>
void await(Holds&& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  REQUIRE(holds());
}

// A server whose reads of heads wait at a gate.
struct GatedServer {
  test::KnownStore stored{11, 3};
  test::FakeControl control;
  test::Gate gate;
  test::GatedReader reader{stored.store().reader(), gate};
  std::unique_ptr<ApiServer> server;

  explicit GatedServer(std::uint32_t budget_ms) {
    base::log_setup(base::LogFormat::json, "error");
    ApiConfig config;
    config.listen = "127.0.0.1:0";
    config.threads = 1;
    config.scan_threads = 0;
    config.ask_threads = 1;
    config.read_budget_ms = budget_ms;
    auto started =
        ApiServer::start(config, {stored.store(), control, codes::kRows, "9.9.9", &reader});
    REQUIRE(started);
    server = std::move(*started);
  }
  // A test that failed ends all the same.
  ~GatedServer() { gate.open = true; }
  [[nodiscard]] std::uint16_t port() const { return server->port(); }

  void ask(HttpClient& client, const std::string& target) const {
    REQUIRE(client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port()) +
                        "\r\n\r\n"));
  }
  // Answered although the one thread for long questions may be taken.
  [[nodiscard]] std::uint64_t status(const char* member) const {
    HttpClient client(port());
    const HttpAnswer answer = client.get("/api/v1/status");
    REQUIRE(answer.status == 200);
    simdjson::dom::parser parser;
    return parser.parse(answer.body)["api"][member].get_uint64().value();
  }
};

// Every kind of question that heads can be part of.
const std::vector<std::string> kQuestions = {
    "http-communications?q=nothing-has-this",
    "http-communications?q=nothing-has-this&sort=-duration",
    "http-communications?q=nothing-has-this&format=jsonl",
    "timeline?q=nothing-has-this&buckets=10",
    "statistics?q=nothing-has-this&group_by=host",
    "facets?q=nothing-has-this",
    "search?q=nothing-has-this",
    "export?format=ndjson&q=nothing-has-this",
};

TEST_CASE("a question whose client is gone stops reading heads, whatever it asks", "[api]") {
  GatedServer running(3'600'000);
  std::uint64_t given_up = 0;
  for (const std::string& question : kQuestions) {
    INFO(question);
    {
      HttpClient client(running.port());
      running.ask(client, "/api/v1/" + question);
      await([&] { return running.gate.waiting.load() != 0; });
      CHECK(running.status("questions") == 1);
    }
    // The gate stays shut: only who gives up comes away from it.
    await([&] { return running.gate.waiting.load() == 0; });
    await([&] { return running.status("questions") == 0; });
    CHECK(running.status("questions_given_up") == ++given_up);
  }
}

TEST_CASE("a client that has sent its next question already is missed all the same", "[api]") {
  GatedServer running(3'600'000);
  {
    HttpClient client(running.port());
    running.ask(client, "/api/v1/facets?q=nothing-has-this");
    await([&] { return running.gate.waiting.load() != 0; });
    running.ask(client, "/api/v1/status");
  }
  await([&] { return running.gate.waiting.load() == 0; });
  await([&] { return running.status("questions") == 0; });
  CHECK(running.status("questions_given_up") == 1);
}

TEST_CASE("other questions are answered while heads are read, and that one to its end", "[api]") {
  GatedServer running(3'600'000);
  HttpClient slow(running.port());
  running.ask(slow, "/api/v1/facets?q=nothing-has-this");
  await([&] { return running.gate.waiting.load() != 0; });
  HttpClient other(running.port());
  for (const char* question :
       {"http-communications", "timeline?buckets=10", "statistics?group_by=host", "facets",
        "facets?q=status:200", "complete?q=host:", "query/parse?q=word", "tcp-sessions"}) {
    INFO(question);
    CHECK(other.get(std::string("/api/v1/") + question).status == 200);
  }
  CHECK(running.gate.waiting.load() == 1);
  running.gate.open = true;
  const HttpAnswer answer = slow.receive();
  CHECK(answer.status == 200);
  CHECK(answer.body.find("\"partial\"") == std::string::npos);
  CHECK(running.status("questions_given_up") == 0);
}

TEST_CASE("an answer whose time was up says how far it looked and what to do", "[api]") {
  GatedServer running(0);
  HttpClient client(running.port());
  for (const std::string& question : kQuestions) {
    if (question.find("jsonl") != std::string::npos || question.starts_with("search") ||
        question.starts_with("export"))
      continue;
    INFO(question);
    const HttpAnswer answer = client.get("/api/v1/" + question);
    REQUIRE(answer.status == 200);
    simdjson::dom::parser parser;
    const simdjson::dom::element json = parser.parse(answer.body);
    CHECK(json["partial"]["budget_ms"].get_uint64().value() == 0);
    // Nothing at all was looked at: the newest block begins as late as anything does.
    CHECK(json["partial"]["reached_us"].get_int64().value() ==
          running.stored.known().back().start.us());
    const std::string_view detail = json["partial"]["detail"];
    CHECK(detail.find("/api/v1/search") != std::string_view::npos);
  }
}

TEST_CASE("a whole answer is not called partial, and columns have all the time they need",
          "[api]") {
  test::RunningServer whole;
  HttpClient client(whole.port());
  CHECK(client.get("/api/v1/facets?q=test").body.find("\"partial\"") == std::string::npos);
  GatedServer running(0);
  HttpClient columns(running.port());
  CHECK(columns.get("/api/v1/facets?q=status:200").body.find("\"partial\"") == std::string::npos);
}

TEST_CASE("a server that stops waits for no scan", "[api]") {
  GatedServer running(3'600'000);
  HttpClient client(running.port());
  running.ask(client, "/api/v1/facets?q=nothing-has-this");
  await([&] { return running.gate.waiting.load() != 0; });
  running.server->stop();
  CHECK(running.gate.waiting.load() == 0);
}

}  // namespace
}  // namespace spider::api
