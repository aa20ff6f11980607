// Changes of whisperers over HTTP: what reaches the capture, and what refusals look like.
#include <simdjson.h>

#include "spider/store/status_book.h"

#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::RunningServer;

const std::string kJson = "Content-Type: application/json\r\n";

TEST_CASE("settings reach the capture with their types, null as taken back", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer answer = client.ask(
      "PATCH", "/api/v1/whisperers/upload", kJson,
      R"({"filter": "tcp", "snaplen": 128, "save_bodies": false, "path": null, "threads": -1})");
  CHECK(answer.status == 200);
  REQUIRE(running.control.asked().size() == 1);
  const model::SettingChanges expected{{"filter", std::string("tcp")},
                                       {"snaplen", std::int64_t{128}},
                                       {"save_bodies", false},
                                       {"path", std::nullopt},
                                       {"threads", std::int64_t{-1}}};
  CHECK(running.control.asked()[0].second == expected);
}

TEST_CASE("a setting that cannot be is named with its reason, and nothing is asked", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer answer =
      client.ask("PATCH", "/api/v1/whisperers/upload", kJson, R"({"filter": "(("})");
  CHECK(answer.status == 422);
  CHECK(answer.header("content-type") == "application/problem+json");
  CHECK(answer.body.find(R"("settings":[{"name":"filter","reason":"It does not compile."}])") !=
        std::string::npos);
  CHECK(running.control.asked().empty());
}

TEST_CASE("trying changes nothing", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  CHECK(client.ask("PATCH", "/api/v1/whisperers/upload?try=true", kJson, R"({"snaplen":99})")
            .status == 200);
  CHECK(client.ask("POST", "/api/v1/whisperers?try=true", kJson, R"({"name":"x"})").status == 204);
  CHECK(running.control.asked().empty());
}

TEST_CASE("bodies that are no settings, and other sites, are refused", "[api]") {
  RunningServer running;
  const auto status = [&](const std::string& headers, const std::string& body) {
    HttpClient client(running.port());
    return client.ask("PATCH", "/api/v1/whisperers/upload", headers, body).status;
  };
  CHECK(status(kJson, "[1]") == 400);
  CHECK(status(kJson, "{\"filter\": {}}") == 400);
  CHECK(status(kJson, "{\"filter\": 1.5}") == 400);
  CHECK(status(kJson, "{") == 400);
  HttpClient client(running.port());
  for (const char* body : {"{", "[1]", "{\"filter\": {}}", "", "\xff"}) {
    const std::string said = client.ask("PATCH", "/api/v1/whisperers/upload", kJson, body).body;
    INFO(body << ": " << said);
    CHECK(said.find("API-REQUEST-009") != std::string::npos);
    CHECK(said.find("valid HTTP") == std::string::npos);
    CHECK((said.find("The body is not JSON: ") != std::string::npos) ==
          (std::string_view(body) == "{" || body[0] == '\0' || body[0] == '\xff'));
  }
  CHECK(status("Content-Type: text/plain\r\n", "{}") == 415);
  CHECK(status(kJson + "Origin: http://evil.example\r\n", "{}") == 403);
  CHECK(running.control.asked().empty());
}

TEST_CASE("whisperers are made, stopped, started and removed", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer made =
      client.ask("POST", "/api/v1/whisperers", kJson, R"({"name":"new","type":"UPLOAD"})");
  CHECK(made.status == 201);
  CHECK(made.header("location") == "/api/v1/whisperers/new");
  CHECK(client.ask("POST", "/api/v1/whisperers", kJson, R"({"name":"new"})").status == 409);
  CHECK(client.ask("POST", "/api/v1/whisperers", kJson, R"({})").status == 422);
  CHECK(client.ask("POST", "/api/v1/whisperers/new/stop").status == 200);
  CHECK(client.ask("POST", "/api/v1/whisperers/new/start").status == 200);
  CHECK(client.ask("DELETE", "/api/v1/whisperers/upload").status == 409);
  CHECK(client.ask("DELETE", "/api/v1/whisperers/new").status == 204);
  CHECK(client.ask("DELETE", "/api/v1/whisperers/new/changes").status == 200);
  std::vector<std::string> asked;
  for (const auto& question : running.control.asked()) asked.push_back(question.first);
  CHECK(asked == std::vector<std::string>{"create", "stop", "start", "remove", "forget"});
}

TEST_CASE("what is kept is told by kind, and removed only by the right method and site",
          "[api][retention]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string name = running.stored.store().sources().front().name;
  const std::string data = "/api/v1/whisperers/" + name + "/data";
  const HttpAnswer kept = client.ask("GET", data, "", "");
  CHECK(kept.status == 200);
  for (const char* kind : {"communications", "bodies", "sessions", "packets", "quality"})
    CHECK(kept.body.find(std::string(R"("kind":")") + kind) != std::string::npos);
  CHECK(kept.body.find(R"("horizon_by":"nothing")") != std::string::npos);
  // Files of whatever times have no rate.
  CHECK(running.stored.store().survey(running.stored.sources().front()).value().bytes_per_second() >
        0);
  CHECK(kept.body.find(R"("bytes_per_second":null)") != std::string::npos);
  CHECK(client.ask("GET", "/api/v1/whisperers/nobody/data", "", "").status == 404);
  CHECK(client.ask("POST", data, kJson, "{}").status == 405);
  CHECK(client.ask("DELETE", data, "Origin: http://evil.example\r\n", "").status == 403);
  CHECK(running.control.asked().empty());
  CHECK(client.ask("DELETE", data, "", "").status == 200);
  REQUIRE(running.control.asked().size() == 1);
  CHECK(running.control.asked()[0].first == "purge");
}

TEST_CASE("minutes in which Spider did not run are no part of what it spent", "[api][history]") {
  RunningServer running;
  HttpClient client(running.port());
  const store::Store& store = running.stored.store();
  const std::string name = store.sources().front().name;
  for (const std::int64_t minute : {1'000, 1'001, 1'005}) {
    model::Observation own;
    own.minute = minute;
    own.looks = 60;
    own.flows = {600, 12};
    store.status().put_observation(store.sources().front().id, own);
    model::Observation shared;
    shared.minute = minute;
    shared.looks = 50;
    shared.resident_bytes = {5'000, 700};
    store.status().put_observation({}, shared);
  }
  const auto ask = [&](const std::string& bucket) {
    const HttpAnswer answer = client.ask("GET",
                                         "/api/v1/whisperers/" + name +
                                             "/observations?time=us&from=59940000000&to="
                                             "60660000000&bucket=" +
                                             bucket,
                                         "", "");
    CHECK(answer.status == 200);
    return answer.body;
  };
  const auto count = [](const std::string& body, const std::string& words) {
    std::size_t out = 0;
    for (auto at = body.find(words); at != std::string::npos; at = body.find(words, at + 1)) ++out;
    return out;
  };
  const std::string minutes = ask("1m");
  CHECK(count(minutes, R"("looks":60,)") == 3);
  CHECK(count(minutes, R"("looks":50,)") == 3);
  CHECK(count(minutes, R"("looks":)") == 6);  // none of the minutes between them
  CHECK(count(minutes, R"("flows":{"mean":10,"max":12})") == 3);
  CHECK(count(minutes, R"("resident_bytes":{"mean":100,"max":700})") == 3);
  const std::string more = ask("5m");
  CHECK(count(more, R"("looks":120,)") == 1);
  CHECK(count(more, R"("looks":60,)") == 1);
  CHECK(count(more, R"("looks":)") == 4);
  CHECK(count(more, R"("flows":{"mean":10,"max":12})") == 2);
}

}  // namespace
}  // namespace spider::api
