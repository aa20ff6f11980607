// /api/v1/books and /api/v1/explain over a store whose books and age are known.
#include <catch2/catch.hpp>
#include <simdjson.h>

#include "unit/api/running_server.h"

namespace spider::api {
namespace {

using model::Quality;
using test::HttpAnswer;
using test::HttpClient;
using test::RunningServer;

constexpr std::int64_t kMinuteNs = 60'000'000'000;

struct Document {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  explicit Document(const HttpAnswer& answer) {
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    REQUIRE(parser.parse(answer.body).get(root) == simdjson::SUCCESS);
  }
  [[nodiscard]] simdjson::dom::element at(std::string_view pointer) const {
    simdjson::dom::element out;
    INFO(pointer);
    REQUIRE(root.at_pointer(pointer).get(out) == simdjson::SUCCESS);
    return out;
  }
  [[nodiscard]] std::string text(std::string_view pointer) const {
    return std::string(at(pointer).get_string().value());
  }
};

void book(RunningServer& running, base::Time at,
          std::initializer_list<std::pair<Quality, int>> of) {
  model::RecordBatch batch(0, 0, 0);
  batch.source = running.stored.sources().front();
  for (const auto& [counter, n] : of) batch.quality.add(at, counter, static_cast<std::uint64_t>(n));
  REQUIRE(running.stored.store().writer().add(batch));
  REQUIRE(running.stored.store().writer().commit());
}

}  // namespace

TEST_CASE("books that do not balance say so, by law, minute and whisperer", "[api][books]") {
  RunningServer running;
  const base::Time first{1'700'000'000'000'000'000 / kMinuteNs * kMinuteNs};
  const base::Time second = first + base::Duration{kMinuteNs};
  book(running, first, {{Quality::packets_received, 10}, {Quality::tcp_packets, 10}});
  book(running, second, {{Quality::packets_received, 10}, {Quality::tcp_packets, 7}});
  HttpClient client(running.port());
  const Document books(client.get("/api/v1/books?bucket=1m"));
  CHECK(books.text("/items/0/state") == "balanced");
  CHECK(books.text("/items/1/state") == "unbalanced");
  CHECK(books.at("/items/1/laws/0/difference").get_int64().value() == 3);
  CHECK(books.text("/total/laws/0/name") == "packets");
  CHECK(books.text("/total/laws/0/state") == "unbalanced");
  CHECK(books.at("/total/laws/0/left").get_int64().value() == 20);
  CHECK(books.at("/total/laws/0/right_terms/tcp_packets").get_int64().value() == 17);
  CHECK(books.text("/total/laws/1/state") == "balanced");
  CHECK(books.text("/whisperers/0/whisperer") == "north");
  // The minutes that are missing make it right again.
  book(running, second, {{Quality::ring_dropped, 3}});
  CHECK(Document(client.get("/api/v1/books")).text("/total/state") == "balanced");
}

TEST_CASE("what retention removed expired, and later records are still here", "[api][explain]") {
  RunningServer running;
  const auto ask = [&](base::Time time) {
    HttpClient client(running.port());
    return Document(client.get("/api/v1/explain?whisperer=north&time=" + std::to_string(time.us())))
        .text("/items/0/verdict");
  };
  const base::Time first = running.stored.first();
  CHECK(ask(first) == "here");
  const base::Time last = running.stored.last();
  const base::Time kept = last + base::Duration::from_s(3'600);
  REQUIRE(running.stored.store().writer().purge_before(running.stored.sources().front(), kept));
  CHECK(ask(first) == "expired");
  CHECK(ask(kept + base::Duration::from_s(600)) == "not_capturing");
}

}  // namespace spider::api
