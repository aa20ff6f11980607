// GET and POST /api/v1/export over a known store: what is in the files, and what is refused.

#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include "api/export_follow.h"
#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::KnownCommunication;
using test::RunningServer;

const std::string kAddress = "/api/v1/export";
const std::string kForm = "Content-Type: application/x-www-form-urlencoded\r\n";

[[nodiscard]] std::vector<std::string> lines_of(const std::string& text, const std::string& end) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = text.find(end, at);
    REQUIRE(stop != std::string::npos);
    out.push_back(text.substr(at, stop - at));
    at = stop + end.size();
  }
  return out;
}

[[nodiscard]] std::string id_in(const std::string& line) {
  const std::size_t at = line.find("\"id\":\"") + 6;
  return line.substr(at, line.find('"', at) - at);
}

TEST_CASE("an export of lines has what the list has, oldest first, and says how many", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer answer = client.get(kAddress + "?format=ndjson");
  REQUIRE(answer.status == 200);
  REQUIRE(answer.whole);
  CHECK(answer.header("content-type") == "application/x-ndjson");
  CHECK(answer.header("content-disposition").find("attachment; filename=\"spider-") == 0);
  const auto& known = running.stored.known();
  CHECK(answer.header("x-spider-total") == std::to_string(known.size()));
  const auto lines = lines_of(answer.body, "\n");
  REQUIRE(lines.size() == known.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(id_in(lines[i]) == model::to_text(known[i].id));
}

TEST_CASE("an export asks with the filter and range of the list", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const auto& known = running.stored.known();
  const base::Time from = known[known.size() / 4].start;
  const base::Time to = known[known.size() / 2].start;
  const std::string range = fmt::format("&from={}&to={}&status=2xx", from.us(), to.us());
  std::set<std::string> expected;
  for (const KnownCommunication& k : known)
    if (k.status / 100 == 2 && k.start.us() < to.us() && k.end >= base::Time::from_us(from.us()))
      expected.insert(model::to_text(k.id));
  const HttpAnswer answer = client.get(kAddress + "?format=jsonl" + range);
  std::set<std::string> found;
  for (const std::string& line : lines_of(answer.body, "\n")) found.insert(id_in(line));
  CHECK(found == expected);
  REQUIRE_FALSE(expected.empty());
  CHECK(answer.header("x-spider-total") == std::to_string(expected.size()));
  const HttpAnswer head = client.ask("HEAD", kAddress + "?format=har" + range);
  CHECK(head.status == 200);
  CHECK(head.header("x-spider-total") == std::to_string(expected.size()));
  CHECK(client.get(kAddress + "?format=csv&count=false" + range).header("x-spider-total").empty());
}

TEST_CASE("a list of ids gives exactly those, each once, whichever way it is sent", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const auto& known = running.stored.known();
  const std::string one = model::to_text(known[7].id);
  const std::string two = model::to_text(known[3].id);
  const std::string gone = model::to_text(model::CommunicationId{known[3].id.source, {5}, 9, 9});
  const std::string list = one + "," + two + "," + gone + "," + one;
  const HttpAnswer got = client.get(kAddress + "?format=ndjson&ids=" + list);
  const HttpAnswer posted = client.ask("POST", kAddress, kForm, "format=ndjson&ids=" + list);
  for (const HttpAnswer& answer : {got, posted}) {
    REQUIRE(answer.status == 200);
    const auto lines = lines_of(answer.body, "\n");
    REQUIRE(lines.size() == 2);
    CHECK(id_in(lines[0]) == two);
    CHECK(id_in(lines[1]) == one);
    CHECK(answer.header("x-spider-total") == "2");
    CHECK(answer.header("x-spider-missing") == "1");
  }
  CHECK(client.get(kAddress + "?format=ndjson&ids=" + gone).status == 404);
}

TEST_CASE("an export that cannot be is refused in words", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  for (const char* query :
       {"", "?format=xml", "?format=ndjson&colour=red", "?format=ndjson&from=soon",
        "?format=csv&columns=id,nothing", "?format=har&columns=id", "?format=ndjson&ids=",
        "?format=ndjson&ids=nonsense", "?format=ndjson&ids=1-1-1-1&status=200"}) {
    INFO(query);
    const HttpAnswer answer = client.get(kAddress + query);
    CHECK(answer.status == 400);
    CHECK(answer.header("content-type") == "application/problem+json");
  }
  std::string many = "format=ndjson&ids=";
  for (int i = 0; i < 10'001; ++i) many += "1-1-1-1,";
  CHECK(client.ask("POST", kAddress, kForm, many).status == 400);
  CHECK(client.ask("POST", kAddress, "Content-Type: application/json\r\n", "{}").status == 415);
  CHECK(client.ask("POST", kAddress, kForm + "Origin: http://evil.example\r\n", "format=csv")
            .status == 403);
}

// One communication with this target.
void store_target(RunningServer& running, std::string_view target) {
  const auto source = running.stored.store().source("odd", "UPLOAD");
  REQUIRE(source);
  model::RecordBatch batch(1U << 20U, 1U << 20U, 1U << 10U);
  batch.source = *source;
  model::Communication c;
  c.start = c.end = base::Time::from_us(1'790'000'000'000'000);
  c.session = {*source, c.start, 1};
  c.method = "GET";
  c.target = target;
  c.status = 200;
  c.request.present = c.response.present = true;
  c.request.first_byte = c.request.last_byte = c.start;
  c.response.first_byte = c.response.last_byte = c.start;
  const std::string head = "GET " + std::string(target) + " HTTP/1.1\r\n\r\n";
  c.request.head = head;
  c.response.head = "HTTP/1.1 200 OK\r\n\r\n";
  batch.communications.push_back(c);
  REQUIRE(running.stored.store().writer().add(batch));
  REQUIRE(running.stored.store().writer().commit());
}

[[nodiscard]] std::string cell_of(std::string_view target) {
  RunningServer running;
  store_target(running, target);
  HttpClient client(running.port());
  const HttpAnswer answer = client.get(kAddress + "?format=csv&columns=path&whisperer=odd");
  REQUIRE(answer.status == 200);
  REQUIRE(answer.body.starts_with("path\r\n"));
  return answer.body.substr(6);
}

TEST_CASE("a CSV cell holds any bytes, and none that a spreadsheet would run", "[api]") {
  CHECK(cell_of("/plain") == "/plain\r\n");
  CHECK(cell_of("/a,b") == "\"/a,b\"\r\n");
  CHECK(cell_of("/say\"so\"") == "\"/say\"\"so\"\"\"\r\n");
  CHECK(cell_of("=cmd|' /C calc'!A0") == "'=cmd|' /C calc'!A0\r\n");
  CHECK(cell_of("+1") == "'+1\r\n");
  CHECK(cell_of("-2,3") == "\"'-2,3\"\r\n");
  CHECK(cell_of("@SUM(A1)") == "'@SUM(A1)\r\n");
  CHECK(cell_of("\tx") == "'\tx\r\n");
  CHECK(cell_of("/\xE9") == "/\xC3\xA9\r\n");
  CHECK(cell_of("/\xC3\xA9") == "/\xC3\x83\xC2\xA9\r\n");  // UTF-8 too, byte by byte
  CHECK(cell_of("'plain'") == "'plain'\r\n");
}

TEST_CASE("the bytes of the wire can be had back from a CSV cell", "[api]") {
  // As docs/export.md tells it.
  const auto back = [](const std::string& cell) {
    std::string out;
    for (std::size_t i = 0; i < cell.size(); ++i) {
      const auto c = static_cast<unsigned char>(cell[i]);
      out +=
          c < 0x80
              ? cell[i]
              : static_cast<char>((c & 3U) << 6U | (static_cast<unsigned char>(cell[++i]) & 0x3FU));
    }
    const std::size_t at = out.find_first_not_of('\'');
    const bool ours = at != 0 && at != std::string::npos &&
                      std::string_view("=+-@\t\r\n").find(out[at]) != std::string_view::npos;
    return ours ? out.substr(1) : out;
  };
  for (const std::string bytes :
       {"=1", "'=1", "''=1", "'", "''", "'x=", "/\xC3\xA9", "/\xE9\xFF\x80"}) {
    const std::string line = cell_of(bytes);
    CHECK(back(line.substr(0, line.size() - 2)) == bytes);
  }
}

TEST_CASE("a HAR file is one JSON document whose entries are the communications", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const HttpAnswer answer = client.get(kAddress + "?format=har");
  REQUIRE(answer.status == 200);
  REQUIRE(answer.whole);
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  REQUIRE(parser.parse(answer.body).get(document) == simdjson::SUCCESS);
  simdjson::dom::array entries;
  REQUIRE(document["log"]["entries"].get(entries) == simdjson::SUCCESS);
  const auto& known = running.stored.known();
  REQUIRE(entries.size() == known.size());
  std::size_t i = 0;
  for (const simdjson::dom::element entry : entries) {
    const KnownCommunication& k = known[i++];
    std::string_view id;
    REQUIRE(entry["_id"].get(id) == simdjson::SUCCESS);
    CHECK(id == model::to_text(k.id));
    std::int64_t status = -1;
    REQUIRE(entry["response"]["status"].get(status) == simdjson::SUCCESS);
    CHECK(status == k.status);
    std::string_view text;
    if (entry["response"]["content"]["text"].get(text) == simdjson::SUCCESS)
      CHECK(text == k.response_body);
  }
}

TEST_CASE("an export that is followed tells how far it is, and why there is none", "[api]") {
  RunningServer running;
  HttpClient client(running.port());
  const std::string state = "/api/v1/exports/";
  CHECK(client.get(state + "nobody-knows").body.find("\"state\":\"unknown\"") == 1);
  CHECK(client.get(state + "no.word").status == 400);
  const HttpAnswer whole = client.get(kAddress + "?format=csv&follow=abcd-1234");
  REQUIRE(whole.whole);
  const std::string told = client.get(state + "abcd-1234").body;
  const std::string all = std::to_string(running.stored.known().size());
  CHECK(told.find("\"state\":\"complete\",\"communications_total\":" + all +
                  ",\"communications\":" + all) != std::string::npos);
  CHECK(told.find("\"bytes\":" + std::to_string(whole.body.size()) + ",") != std::string::npos);
  // What is refused is told to whoever follows, as it was to the asker.
  const HttpAnswer refused = client.get(kAddress + "?format=csv&columns=nose&follow=abcd-1235");
  CHECK(refused.status == 400);
  const std::string why = client.get(state + "abcd-1235").body;
  CHECK(why.find("\"state\":\"failed\"") != std::string::npos);
  CHECK(why.find("\"problem\":" + refused.body) != std::string::npos);
  // What has ended is not stopped any more; a word that is none is refused.
  CHECK(client.ask("DELETE", state + "abcd-1234").body == told);
  CHECK(client.get(kAddress + "?format=csv&follow=a/b").status == 400);
}

TEST_CASE("who follows an export can stop it, and its file is not whole", "[api]") {
  RunningServer running;
  ExportFollows follows;
  const auto follow = follows.begin("abcd-1234");
  follow->set_total(7);
  follow->wrote(3, 1'000);
  follow->wrote(5, 500);
  follow->stop();
  follow->complete();  // too late
  CHECK(follow->state() == ExportFollow::State::stopped);
  CHECK(follow->written() == 5);
  CHECK(follow->bytes() == 1'500);
}

TEST_CASE("the follows that are kept are bounded: the oldest that has ended goes first", "[api]") {
  ExportFollows follows;
  const auto running = follows.begin("running-0");
  for (std::size_t n = 1; n < ExportFollows::kMax; ++n)
    follows.begin(fmt::format("ended-{:04}", n))->complete();
  (void)follows.begin("one-more-1");
  CHECK(follows.find("running-0") == running);
  CHECK(follows.find("ended-0001") == nullptr);
  CHECK(follows.find("ended-0002") != nullptr);
  const auto again = follows.begin("running-0");
  CHECK(follows.find("running-0") == again);
}

}  // namespace
}  // namespace spider::api
