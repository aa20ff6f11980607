// The server as a client sees it, over sockets.

#include <fstream>
#include <map>
#include <thread>

#include <simdjson.h>

#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::KnownCommunication;
using test::RunningServer;

[[nodiscard]] simdjson::dom::element json(simdjson::dom::parser& parser, const HttpAnswer& answer) {
  simdjson::dom::element out;
  INFO(answer.body);
  REQUIRE(parser.parse(answer.body).get(out) == simdjson::SUCCESS);
  return out;
}

[[nodiscard]] std::string words(simdjson::dom::element element, std::string_view key) {
  std::string_view out;
  REQUIRE(element[key].get(out) == simdjson::SUCCESS);
  return std::string(out);
}

TEST_CASE("one connection carries request after request", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  for (int i = 0; i < 5; ++i) {
    const HttpAnswer answer = client.get("/api/v1/");
    REQUIRE(answer.status == 200);
    CHECK(answer.header("keep-alive") == "timeout=120");
  }
  // Pipelined: two at once, answered in order.
  REQUIRE(
      client.send("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  "GET /api/v1/counters HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(client.receive().body.find("uptime_s") != std::string::npos);
  CHECK(client.receive().body.find("ring_dropped") != std::string::npos);
}

TEST_CASE("pages of a list give every communication once, newest first", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const auto& known = running.stored.known();
  std::string target = "/api/v1/http-communications?limit=100";
  std::vector<std::string> ids;
  while (!target.empty()) {
    const HttpAnswer answer = client.get(target);
    REQUIRE(answer.status == 200);
    simdjson::dom::parser parser;
    const auto page = json(parser, answer);
    for (const auto item : page["items"].get_array()) ids.push_back(words(item, "id"));
    std::string_view next;
    const auto link = page["_links"]["next"]["href"].get(next);
    target = link == simdjson::SUCCESS ? std::string(next) : std::string{};
  }
  REQUIRE(ids.size() == known.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    CHECK(ids[i] == model::to_text(known[known.size() - 1 - i].id));
}

TEST_CASE("application/x-ndjson streams everything, one object per line", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer answer =
      client.get("/api/v1/http-communications?sort=start", "Accept: application/x-ndjson\r\n");
  REQUIRE(answer.status == 200);
  CHECK(answer.whole);
  CHECK(answer.header("content-type") == "application/x-ndjson");
  std::istringstream lines(answer.body);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    simdjson::dom::parser parser;
    simdjson::dom::element object;
    REQUIRE(parser.parse(line).get(object) == simdjson::SUCCESS);
    CHECK(words(object, "id") == model::to_text(running.stored.known()[count].id));
  }
  CHECK(count == running.stored.known().size());
  // HTTP/1.0 knows no chunks: the same bytes up to the end of the connection.
  HttpClient old(running.port());
  REQUIRE(
      old.send("GET /api/v1/http-communications?format=jsonl&limit=3 HTTP/1.0\r\n"
               "Host: localhost\r\n\r\n"));
  const HttpAnswer head = old.receive(false);
  CHECK(head.status == 200);
  CHECK(head.header("transfer-encoding").empty());
}

TEST_CASE("a saved body is served byte for byte, and no browser runs it", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  std::size_t bodies = 0;
  for (const KnownCommunication& k : running.stored.known()) {
    const HttpAnswer answer =
        client.get("/api/v1/http-communications/" + model::to_text(k.id) + "/response/body");
    if (k.response_body.empty()) {
      CHECK(answer.status == 404);
      continue;
    }
    ++bodies;
    REQUIRE(answer.status == 200);
    CHECK(answer.body == k.response_body);
    CHECK(answer.header("content-type") == "application/octet-stream");
    CHECK(answer.header("content-disposition").rfind("attachment", 0) == 0);
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.header("content-security-policy").find("sandbox") != std::string::npos);
  }
  CHECK(bodies > 100);
}

TEST_CASE("a timeline by host tells the commonest hosts first, or those that are named, and all",
          "[api]") {
  RunningServer running;
  std::map<std::string, std::uint64_t> hosts;
  for (const KnownCommunication& k : running.stored.known()) ++hosts[k.host];
  HttpClient client(running.port());
  simdjson::dom::parser parser;
  const auto series_of = [&](const std::string& values) {
    const HttpAnswer answer = client.get("/api/v1/timeline?split=host&buckets=20" + values);
    REQUIRE(answer.status == 200);
    std::vector<std::pair<std::string, std::uint64_t>> out;
    std::uint64_t total = 0;
    const simdjson::dom::element told = json(parser, answer);
    for (const simdjson::dom::element series : told["series"]) {
      const std::uint64_t count = series["communications"].get_uint64().value();
      out.emplace_back(words(series, "kind") + " " + words(series, "key"), count);
      total += count;
    }
    CHECK(total == running.stored.known().size());
    CHECK(told["missed_max"].get_uint64().value() == 0);
    return out;
  };
  const auto commonest = series_of("");
  REQUIRE(commonest.size() == 9);
  for (std::size_t i = 0; i + 1 < commonest.size(); ++i) {
    CHECK(commonest[i].second == hosts.at(commonest[i].first.substr(6)));
    if (i > 0) CHECK(commonest[i].second <= commonest[i - 1].second);
  }
  std::size_t commoner = 0;
  for (const auto& host : hosts) commoner += host.second > commonest[7].second ? 1U : 0U;
  CHECK(commoner < 8);
  CHECK(commonest.back().first == "others others");
  const std::string first = commonest[0].first.substr(6);
  const std::string last = commonest[7].first.substr(6);
  const auto named = series_of("&values=" + last + "%0A" + first + "%0Anobody");
  REQUIRE(named.size() == 3);
  CHECK(named[0] == commonest[7]);
  CHECK(named[1] == commonest[0]);
}

TEST_CASE("wrong requests get problem documents and the server goes on", "[api]") {
  RunningServer running;
  const auto problem = [&](const std::string& bytes) {
    HttpClient client(running.port());
    REQUIRE(client.send(bytes));
    HttpAnswer answer = client.receive();
    CHECK(answer.header("content-type") == "application/problem+json");
    simdjson::dom::parser parser;
    const auto body = json(parser, answer);
    CHECK(std::int64_t{body["status"].get_int64()} == answer.status);
    CHECK_FALSE(words(body, "detail").empty());
    return answer.status;
  };
  const std::string host = "Host: localhost\r\n";
  CHECK(problem("GET /api/v1/nothing HTTP/1.1\r\n" + host + "\r\n") == 404);
  CHECK(problem("GET /api/v1/timeline?bucket=0 HTTP/1.1\r\n" + host + "\r\n") == 400);
  CHECK(problem("GET /api/v1/timeline?split=host&bucket=1s&values=" + std::string(5'000, 'x') +
                " HTTP/1.1\r\n" + host + "\r\n") == 400);
  CHECK(problem("GET /api/v1/timeline?split=method&values=GET HTTP/1.1\r\n" + host + "\r\n") ==
        400);
  CHECK(problem("GET /api/v1/timeline?status=9xx HTTP/1.1\r\n" + host + "\r\n") == 400);
  CHECK(problem("GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n") == 421);
  CHECK(problem("GET /api/v1/status HTTP/1.1\r\n\r\n") == 421);
  CHECK(problem("GET /api/v1/status HTTP/1.1\r\n" + host + host + "\r\n") == 400);
  CHECK(problem("GET http://localhost/api/v1/ HTTP/1.1\r\n" + host + "\r\n") == 400);
  CHECK(problem("DELETE /api/v1/status HTTP/1.1\r\n" + host + "\r\n") == 405);
  CHECK(problem("\x16\x03\x01 not HTTP\r\n\r\n") == 400);
  CHECK(problem("GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x')) == 431);
  CHECK(problem("POST /api/v1/status HTTP/1.1\r\n" + host + "Content-Length: 9999999\r\n\r\n") ==
        413);
  HttpClient client(running.port());
  CHECK(client.get("/api/v1/status").status == 200);
}

TEST_CASE("HEAD, OPTIONS and 405 say what a resource can do", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer whole = client.get("/api/v1/codes");
  const HttpAnswer head = client.ask("HEAD", "/api/v1/codes");
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == std::to_string(whole.body.size()));
  const HttpAnswer options = client.ask("OPTIONS", "/api/v1/imports");
  CHECK(options.status == 204);
  CHECK(options.header("allow") == "POST, OPTIONS");
  CHECK(client.get("/api/v1/imports").header("allow") == "POST, OPTIONS");
  CHECK(client.get("/api/v1/status").status == 200);
}

TEST_CASE("an unchanged answer is not sent again, and a long one is compressed", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer first = client.get("/api/v1/http-communications");
  REQUIRE_FALSE(first.header("etag").empty());
  const HttpAnswer again =
      client.get("/api/v1/http-communications", "If-None-Match: " + first.header("etag") + "\r\n");
  CHECK(again.status == 304);
  const HttpAnswer small = client.get("/api/v1/http-communications", "Accept-Encoding: gzip\r\n");
  CHECK(small.header("content-encoding") == "gzip");
  CHECK(small.body.size() * 3 < first.body.size());
  running.stored.add(1);
  CHECK(client.get("/api/v1/http-communications", "If-None-Match: " + first.header("etag") + "\r\n")
            .status == 200);
}

TEST_CASE("a file that is sent arrives whole, chunked or not", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string file(3'000'000, 'p');
  const HttpAnswer plain = client.ask("POST", "/api/v1/imports?whisperer=upload&name=a.pcap",
                                      "Content-Type: application/octet-stream\r\n", file);
  REQUIRE(plain.status == 201);
  CHECK(running.control.file("a.pcap") == file);
  simdjson::dom::parser parser;
  CHECK(std::int64_t{json(parser, plain)["bytes"].get_int64()} == 3'000'000);

  REQUIRE(
      client.send("POST /api/v1/imports?whisperer=upload&name=b.pcap HTTP/1.1\r\n"
                  "Host: localhost\r\nTransfer-Encoding: chunked\r\n"
                  "Expect: 100-continue\r\n\r\n"));
  CHECK(client.receive().status == 100);
  REQUIRE(client.send("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
  CHECK(client.receive().status == 201);
  CHECK(running.control.file("b.pcap") == "hello world");
}

TEST_CASE("an import is refused with its reason before or while it comes", "[api]") {
  RunningServer running;
  const auto status = [&](const std::string& query, const std::string& headers,
                          const std::string& body = "x") {
    HttpClient client(running.port());
    return client.ask("POST", "/api/v1/imports" + query, headers, body).status;
  };
  CHECK(status("?whisperer=nobody", "") == 404);
  CHECK(status("?whisperer=upload&colour=blue", "") == 400);
  CHECK(status("?whisperer=upload", "Content-Type: multipart/form-data; boundary=x\r\n") == 415);
  CHECK(status("?whisperer=upload", "Origin: http://evil.example\r\n") == 403);
  CHECK(status("?whisperer=upload", "Sec-Fetch-Site: cross-site\r\n") == 403);
  CHECK(status("?whisperer=upload", "", "!") == 422);
  // The whisperer is free again after each.
  CHECK(status("?whisperer=upload", "") == 201);
}

TEST_CASE("as many files are read at once as may be, of whichever whisperer", "[api]") {
  api::ApiConfig config;
  config.imports_at_once = 2;
  RunningServer running(config);
  HttpClient slow[2] = {HttpClient(running.port()), HttpClient(running.port())};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(
        slow[i].send(fmt::format("POST /api/v1/imports?whisperer=upload&name=slow{} HTTP/1.1\r\n"
                                 "Host: localhost\r\nContent-Length: 10\r\n\r\n01234",
                                 i)));
    while (running.control.file(fmt::format("slow{}", i)) != "01234")
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  HttpClient third(running.port());
  CHECK(third.ask("POST", "/api/v1/imports?whisperer=upload", "", "x").status == 409);
  for (HttpClient& client : slow) {
    REQUIRE(client.send("56789"));
    CHECK(client.receive().status == 201);
  }
}

TEST_CASE("an import whose sender goes away is given up and frees its place", "[api]") {
  api::ApiConfig config;
  config.imports_at_once = 1;
  RunningServer running(config);
  {
    HttpClient client(running.port());
    REQUIRE(
        client.send("POST /api/v1/imports?whisperer=upload&name=cut HTTP/1.1\r\n"
                    "Host: localhost\r\nContent-Length: 10\r\n\r\n012"));
    while (running.control.file("cut").empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // Nobody is told when a sender that went away has been given up: until then, 409 is right.
  int status = 409;
  const auto begun = std::chrono::steady_clock::now();
  while (status == 409 && std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)) {
    HttpClient client(running.port());
    status = client.ask("POST", "/api/v1/imports?whisperer=upload", "", "x").status;
  }
  CHECK(status == 201);
  CHECK(running.control.imports_ended >= 1);
}

TEST_CASE("whoever has the answer to an import finds the whisperer free", "[api]") {
  RunningServer running;
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    HttpClient client(running.port());
    const std::string body = i % 3 == 0 ? "!" : "x";  // refused ones free it as well
    refused += client.ask("POST", "/api/v1/imports?whisperer=upload", "", body).status == 409;
  }
  CHECK(refused == 0);
}

TEST_CASE("an import that stands still holds up no other answer", "[api]") {
  ApiConfig config;
  config.threads = 1;
  RunningServer running(config);
  running.control.hold_feeds = true;
  HttpClient standing(running.port());
  REQUIRE(
      standing.send("POST /api/v1/imports?whisperer=upload HTTP/1.1\r\nHost: localhost\r\n"
                    "Content-Length: 2\r\n\r\nx"));
  while (running.control.held_feeds == 0) std::this_thread::yield();
  // Nobody lets the import go before these have been answered.
  HttpClient client(running.port());
  for (int i = 0; i < 10; ++i) CHECK(client.get("/api/v1/").status == 200);
  running.control.let_feeds_go();
  REQUIRE(standing.send("y"));
  CHECK(standing.receive().status == 201);
}

TEST_CASE("a file is read while every thread that answers is busy", "[api]") {
  ApiConfig config;
  config.threads = 1;
  RunningServer running(config);
  HttpClient sender(running.port());
  REQUIRE(
      sender.send("POST /api/v1/imports?whisperer=upload&name=fed HTTP/1.1\r\nHost: localhost\r\n"
                  "Content-Length: 4\r\n\r\na"));
  while (running.control.file("fed") != "a") std::this_thread::yield();
  running.control.hold_answers = true;
  HttpClient asker(running.port());
  REQUIRE(asker.send("GET /api/v1/config HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (running.control.held_answers == 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  REQUIRE(sender.send("bcd"));
  while (running.control.file("fed") != "abcd" && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CHECK(running.control.file("fed") == "abcd");
  running.control.hold_answers = false;
  running.control.hold_answers.notify_all();
  CHECK(asker.receive().status == 200);
  CHECK(sender.receive().status == 201);
}

TEST_CASE("as many files as may be sent at once are read at once", "[api]") {
  ApiConfig config;
  config.imports_at_once = 6;
  RunningServer running(config);
  std::vector<std::unique_ptr<HttpClient>> senders;
  for (int i = 0; i < 6; ++i) {
    senders.push_back(std::make_unique<HttpClient>(running.port()));
    REQUIRE(senders.back()->send(
        fmt::format("POST /api/v1/imports?whisperer=upload&name=f{} HTTP/1.1\r\n"
                    "Host: localhost\r\nContent-Length: 2\r\n\r\n1",
                    i)));
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int i = 0; i < 6; ++i) {
    const std::string name = fmt::format("f{}", i);
    while (running.control.file(name) != "1" && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    CHECK(running.control.file(name) == "1");
  }
  for (const auto& sender : senders) {
    REQUIRE(sender->send("2"));
    CHECK(sender->receive().status == 201);
  }
}

TEST_CASE("a sender that falls silent is given up after the idle time-out", "[api]") {
  ApiConfig config;
  config.idle_timeout_s = 1;
  RunningServer running(config);
  HttpClient sender(running.port());
  REQUIRE(
      sender.send("POST /api/v1/imports?whisperer=upload&name=cut HTTP/1.1\r\nHost: localhost\r\n"
                  "Content-Length: 4\r\n\r\na"));
  CHECK(sender.at_end());
  CHECK(running.control.file("cut") == "a");
}

TEST_CASE("a silent connection is closed after the idle time-out", "[api]") {
  ApiConfig config;
  config.idle_timeout_s = 1;
  RunningServer running(config);
  HttpClient client(running.port());
  REQUIRE(client.get("/api/v1/").status == 200);
  CHECK(client.at_end());
}

TEST_CASE("connections beyond the limit are told so", "[api]") {
  ApiConfig config;
  config.connections_max = 1;
  RunningServer running(config);
  HttpClient first(running.port());
  REQUIRE(first.get("/api/v1/").status == 200);
  HttpClient second(running.port());
  CHECK(second.receive().status == 503);
  CHECK(first.get("/api/v1/").status == 200);
}

TEST_CASE("a port that is taken is refused with its address in the words", "[api]") {
  RunningServer running;
  ApiConfig config;
  config.listen = "127.0.0.1:" + std::to_string(running.port());
  const auto second =
      ApiServer::start(config, {running.stored.store(), running.control, codes::kRows, "9.9.9"});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == codes::listen_failed);
  CHECK(second.error().detail.find(config.listen) != std::string::npos);
}

TEST_CASE("stopping closes idle connections and tells a sender that its file is cut", "[api]") {
  RunningServer running;
  HttpClient idle(running.port());
  REQUIRE(idle.get("/api/v1/").status == 200);
  HttpClient importing(running.port());
  REQUIRE(
      importing.send("POST /api/v1/imports?whisperer=upload&name=cut HTTP/1.1\r\n"
                     "Host: localhost\r\nContent-Length: 10\r\n\r\n012"));
  while (running.control.file("cut") != "012") std::this_thread::yield();
  running.server->stop();
  CHECK(idle.at_end());
  const HttpAnswer told = importing.receive();
  CHECK(told.status == 503);
  CHECK(told.body.find("API-IMPORT-004") != std::string::npos);
  CHECK(importing.at_end());
  CHECK(running.control.imports_ended == 1);
  CHECK_FALSE(HttpClient(running.port()).get("/api/v1/").status == 200);
}

TEST_CASE("a file that came whole is whole, also when a stop comes while its end is fed", "[api]") {
  RunningServer running;
  running.control.hold_feeds = true;
  HttpClient importing(running.port());
  REQUIRE(
      importing.send("POST /api/v1/imports?whisperer=upload&name=whole HTTP/1.1\r\n"
                     "Host: localhost\r\nContent-Length: 10\r\n\r\n0123456789"));
  while (running.control.held_feeds == 0) std::this_thread::yield();
  std::thread stopper([&] { running.server->stop(); });
  // The connection was told to stop when nobody is let in any more.
  while (HttpClient(running.port()).get("/api/v1/").status == 200) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  running.control.let_feeds_go();
  const HttpAnswer told = importing.receive();
  stopper.join();
  CHECK(told.status == 201);
  CHECK(running.control.file("whole") == "0123456789");
}

TEST_CASE("the page is at the root, and at no path that is none of its files", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  for (const char* path : {"/", "/communications/7", "/index.html", "/favicon.ico"}) {
    const HttpAnswer answer = client.get(path);
    const bool page = std::string_view(path) == "/" || std::string_view(path) == "/index.html";
    CHECK(answer.status == (page ? 200 : 404));
    CHECK((answer.body.find("nothing at this address") == std::string::npos) == page);
    CHECK(answer.header("content-type") == "text/html; charset=utf-8");
    CHECK(answer.header("cache-control") == "no-cache");
    CHECK(answer.header("content-security-policy").find("script-src 'self'") != std::string::npos);
  }
  CHECK(client.ask("POST", "/", "", "x").status == 405);
}

TEST_CASE("the OpenAPI document is served as it is in the repository", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  std::ifstream file(SPIDER_SOURCE_DIR "/docs/api.yaml");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const HttpAnswer answer = client.get("/api/v1/openapi.yaml");
  CHECK(answer.header("content-type") == "application/yaml");
  CHECK(answer.body == text);
}

}  // namespace
}  // namespace spider::api
