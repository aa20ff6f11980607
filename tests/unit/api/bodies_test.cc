// Bodies of hostile or coded messages, as a browser would get them.

#include <array>
#include <tuple>
#include <vector>

#include "api/compress.h"
#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::RunningServer;

// What was never captured of a body; without places: as stored before they were kept.
struct Lost {
  std::uint64_t bytes = 0;
  std::vector<model::BodyHole> holes;
};

// Stores one response of this type, coding and saved body; the path of its body.
[[nodiscard]] std::string stored(RunningServer& running, const std::string& type,
                                 const std::string& coding, const std::string& body,
                                 std::uint64_t seen_bytes, const Lost& lost = {}) {
  const auto source = running.stored.store().source("bodies", "UPLOAD");
  REQUIRE(source);
  static std::uint64_t number = 0;
  model::RecordBatch batch(1U << 20U, 4U << 20U, 1U << 10U);
  batch.source = *source;
  batch.body_pack = running.stored.store().next_pack_id();
  model::Communication c;
  c.start = c.end = base::Time::from_us(1'770'000'000'000'000);
  c.session = {*source, c.start, ++number};
  c.method = "GET";
  c.target = "/x";
  c.status = 200;
  c.request.present = c.response.present = true;
  c.request.first_byte = c.request.last_byte = c.start;
  c.response.first_byte = c.response.last_byte = c.start;
  c.request.head = "GET /x HTTP/1.1\r\n\r\n";
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n" +
                           (coding.empty() ? "" : "Content-Encoding: " + coding + "\r\n") + "\r\n";
  c.response.head = head;
  c.response.body_bytes = seen_bytes;
  static_cast<void>(batch.bodies.put(std::string_view(body)));
  const std::array<model::BodyExtent, 1> extent{
      {{batch.body_pack, 0, static_cast<std::uint32_t>(body.size())}}};
  if (!body.empty()) c.response.body = extent;
  c.response.missing_bytes = lost.bytes;
  c.response.holes = lost.holes;
  batch.communications.push_back(c);
  REQUIRE(running.stored.store().writer().add(batch));
  REQUIRE(running.stored.store().writer().commit());
  return "/api/v1/http-communications/" + model::to_text(c.id()) + "/response/body";
}
[[nodiscard]] std::string stored(RunningServer& running, const std::string& type,
                                 const std::string& coding, const std::string& body) {
  return stored(running, type, coding, body, body.size());
}

TEST_CASE("what a browser would run is shown as text or offered for saving", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string script = "<script>alert(1)</script>";
  const std::pair<const char*, const char*> types[] = {
      {"text/html", "text/plain; charset=utf-8"},
      {"Text/HTML; charset=\"ISO-8859-1\"", "text/plain; charset=iso-8859-1"},
      {"text/html; charset=x\x01;evil", "text/plain; charset=x"},
      {"image/svg+xml", "text/plain; charset=utf-8"},
      {"application/xhtml+xml", "text/plain; charset=utf-8"},
      {"text/javascript", "text/plain; charset=utf-8"},
      {"application/pdf", "application/octet-stream"},
      {"image/png", "image/png"},
      {"", "application/octet-stream"},
  };
  for (const auto& row : types) {
    INFO(row.first);
    const HttpAnswer answer = client.get(stored(running, row.first, "", script));
    REQUIRE(answer.status == 200);
    CHECK(answer.body == script);
    CHECK(answer.header("content-type") == row.second);
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.header("content-security-policy").find("sandbox;") != std::string::npos);
    CHECK(answer.header("cache-control") == "no-store");
  }
}

TEST_CASE("a coded body is raw as it was sent and readable when decoded", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string text(20'000, 't');
  const std::string small = gzipped(text);
  const std::string path = stored(running, "text/plain", "gzip", small);
  const HttpAnswer raw = client.get(path, "Accept-Encoding: gzip\r\n");
  CHECK(raw.body == small);
  CHECK(raw.header("content-type") == "application/octet-stream");
  CHECK(raw.header("content-encoding").empty());
  const HttpAnswer decoded = client.get(path + "?decoded=true");
  CHECK(decoded.body == text);
  CHECK(decoded.header("content-type") == "text/plain; charset=utf-8");
  CHECK(decoded.header("x-body-state") == "whole");
  CHECK(decoded.header("x-body-decoded") == "whole");
}

TEST_CASE("a range of a body gives those bytes, raw and decoded", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ' ';
  const std::string small = gzipped(text);
  const std::string raw_path = stored(running, "text/plain", "", text);
  const std::string decoded_path = stored(running, "text/plain", "gzip", small) + "?decoded=true";
  const std::string n = std::to_string(text.size());
  const std::string last = std::to_string(text.size() - 1);
  for (const std::string& path : {raw_path, decoded_path}) {
    INFO(path);
    CHECK(client.get(path).header("accept-ranges") == "bytes");
    const auto part = [&](const std::string& range) {
      return client.get(path, "Accept-Encoding: gzip\r\nRange: " + range + "\r\n");
    };
    const HttpAnswer middle = part("bytes=1000-300999");  // more than one piece
    CHECK(middle.status == 206);
    CHECK(middle.body == text.substr(1'000, 300'000));
    CHECK(middle.header("content-range") == "bytes 1000-300999/" + n);
    CHECK(middle.header("content-encoding").empty());
    CHECK(middle.header("content-length") == "300000");
    CHECK(part("Bytes=5-").body == text.substr(5));
    CHECK(part("bytes=-7").body == text.substr(text.size() - 7));
    CHECK(part("bytes=" + last + "-99999999999999999999999").body == text.substr(text.size() - 1));
    CHECK(part("bytes=-99999999999999999999999").body == text);
    CHECK(part("bytes=0-0").header("content-range") == "bytes 0-0/" + n);
    for (const std::string& none : {"bytes=" + n + "-", std::string("bytes=-0")}) {
      const HttpAnswer answer = part(none);
      CHECK(answer.status == 416);
      CHECK(answer.header("content-range") == "bytes */" + n);
      CHECK(answer.body.find("API-BODY-004") != std::string::npos);
    }
    // As if not asked: several, another unit, what cannot be read, and a validator we do not give.
    for (const char* whole : {"bytes=0-1,5-6", "lines=0-1", "bytes=9-3", "bytes=x-", "bytes=-",
                              "bytes", "bytes=0-1\r\nIf-Range: \"a\""}) {
      INFO(whole);
      CHECK(part(whole).status == 200);
    }
  }
}

TEST_CASE("a body that was saved in part gives its part and says so", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string small = gzipped(std::string(200'000, 'p') + "the end");
  const std::string path =
      stored(running, "text/plain", "gzip", small.substr(0, small.size() / 2), small.size());
  const HttpAnswer decoded = client.get(path + "?decoded=true");
  REQUIRE(decoded.status == 200);
  CHECK(decoded.header("x-body-state") == "capped");
  CHECK(decoded.header("x-body-decoded") == "cut");
}

TEST_CASE("a body with a hole says so in its headers and its name", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string path = stored(running, "application/json", "", "before behind", 13,
                                  {1'450, {{7, 1'448}, {1'460, 2}}});
  for (const char* range : {"", "Range: bytes=3-5\r\n"}) {
    const HttpAnswer answer = client.get(path + "?download=true", range);
    CHECK(answer.header("x-body-state") == "whole");  // of what was captured
    CHECK(answer.header("x-body-missing") == "1450");
    CHECK(answer.header("x-body-holes") == "7+1448,1460+2");
    CHECK(answer.header("content-disposition").find("-response-1450-bytes-missing.txt\"") !=
          std::string::npos);
  }
  const std::string detail = client.get(path.substr(0, path.size() - 14)).body;
  CHECK(detail.find(R"("holes":[{"offset":7,"length":1448},{"offset":1460,"length":2}])") !=
        std::string::npos);
  CHECK(detail.find(R"("more_holes":0)") != std::string::npos);

  const HttpAnswer whole = client.get(stored(running, "text/plain", "", "all of it"));
  CHECK(whole.header("x-body-missing").empty());
  CHECK(whole.header("x-body-holes").empty());
  CHECK(whole.header("content-disposition").find("missing") == std::string::npos);

  // Stored before holes were.
  const std::string old = stored(running, "text/plain", "", "before behind", 13, {1'448, {}});
  CHECK(client.get(old).header("x-body-missing") == "1448");
  CHECK(client.get(old).header("x-body-holes").empty());
  CHECK(client.get(old.substr(0, old.size() - 14)).body.find(R"("holes":null)") !=
        std::string::npos);

  const HttpAnswer nothing = client.get(stored(running, "text/plain", "", "", 0, {99, {{0, 99}}}));
  CHECK(nothing.status == 404);
  CHECK(nothing.body.find("No byte of the body was captured; 99 were sent.") != std::string::npos);
}

TEST_CASE("a coded body is decoded up to its first hole, and the sender is not to blame", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7'919) + ' ';
  const std::string small = gzipped(text);
  const std::size_t at = small.size() / 2;
  const std::string there = small.substr(0, at) + small.substr(at + 100);
  const std::string path =
      stored(running, "text/plain", "gzip", there, there.size(), {100, {{at, 100}}});
  const HttpAnswer decoded = client.get(path + "?decoded=true");
  REQUIRE(decoded.status == 200);
  CHECK(decoded.header("x-body-decoded") == "cut");
  CHECK(decoded.body.size() > text.size() / 4);
  CHECK(text.starts_with(decoded.body));
  CHECK(client.get(path).body == there);

  const std::string headless =
      stored(running, "text/plain", "gzip", small.substr(9), small.size() - 9, {9, {{0, 9}}});
  const HttpAnswer beginning = client.get(headless + "?decoded=true");
  CHECK(beginning.status == 422);
  CHECK(beginning.body.find("The first 9 bytes of the body were never captured") !=
        std::string::npos);

  const std::string old = stored(running, "text/plain", "gzip", there, there.size(), {100, {}});
  const HttpAnswer unknown = client.get(old + "?decoded=true");
  CHECK(unknown.status == 422);
  CHECK(unknown.body.find("100 bytes of it were never captured") != std::string::npos);
}

TEST_CASE("a bomb, a lie and an unknown coding are problems, not memory", "[api]") {
  ApiConfig config;
  config.decoded_body_max_bytes = 1U << 20U;
  RunningServer running(config);
  HttpClient client(running.port());
  const std::string bomb = gzipped(std::string(64U << 20U, '\0'));
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"gzip", bomb, "API-BODY-003"},
      {"gzip", "this was never gzip, whatever it says", "API-BODY-002"},
      {"rot13", "uryyb", "API-BODY-002"},
  };
  for (const auto& row : cases) {
    const std::string path = stored(running, "text/html", std::get<0>(row), std::get<1>(row));
    const HttpAnswer answer = client.get(path + "?decoded=true");
    CHECK(answer.status == 422);
    CHECK(answer.body.find(std::get<2>(row)) != std::string::npos);
    CHECK(client.get(path).body == std::get<1>(row));
  }
}

}  // namespace
}  // namespace spider::api
