// /api/v1/books and /api/v1/explain over a store whose books and age are known.
#include <catch2/catch.hpp>
#include <simdjson.h>

#include "spider/store/status_book.h"

#include "api/parameters.h"
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

TEST_CASE("a minute with books claims no more of itself than was captured", "[api][books]") {
  RunningServer running;
  store::Store& stored = running.stored.store();
  const model::SourceId live = stored.source("live", "INTERFACE").value();
  const model::SourceId old = stored.source("old", "INTERFACE").value();
  const base::Time first{1'700'000'000'000'000'000 / kMinuteNs * kMinuteNs};
  const auto at = [&](std::int64_t s) { return first + base::Duration::from_s(s); };
  for (const model::SourceId source : {live, old}) {
    model::RecordBatch batch(0, 0, 0);
    batch.source = source;
    for (const int minute : {0, 1})
      batch.quality.add(at(60 * minute), Quality::packets_received, 90);
    REQUIRE(stored.writer().add(batch));
    REQUIRE(stored.writer().commit());
  }
  // It captured from 16 s on, but for 33 s to 40 s.
  for (const auto& [from, to] : {std::pair{16, 33}, std::pair{40, 110}}) {
    stored.status().note_state(live, model::WhispererState::capturing, "", at(from));
    stored.status().end_state(live, at(to));
  }
  HttpClient client(running.port());
  const auto list = [&](std::string_view whisperer, std::int64_t from, std::int64_t to) {
    return Document(client.get("/api/v1/http-communications?whisperer=" + std::string(whisperer) +
                               "&from=" + std::to_string(at(from).us()) +
                               "&to=" + std::to_string(at(to).us())));
  };
  const auto us = [](const Document& d, const std::string& pointer) {
    return d.at(pointer).get_int64().value();
  };
  const Document hole = list("live", 34, 39);
  CHECK(us(hole, "/completeness/packets/seen") == 90);
  CHECK(hole.at("/completeness/captured").get_array().size() == 0);
  CHECK(hole.text("/completeness/holes/0/whisperer") == "live");
  CHECK(us(hole, "/completeness/holes/0/from_us") == at(34).us());
  CHECK(us(hole, "/completeness/holes/0/to_us") == at(39).us());
  const Document both = list("live", 0, 60);
  REQUIRE(both.at("/completeness/captured").get_array().size() == 2);
  CHECK(us(both, "/completeness/captured/0/from_us") == at(16).us());
  CHECK(us(both, "/completeness/captured/0/to_us") == at(33).us());
  CHECK(us(both, "/completeness/captured/1/from_us") == at(40).us());
  CHECK(us(both, "/completeness/captured/1/to_us") == at(60).us());
  // Before it began to listen there is no hole.
  CHECK(list("live", 0, 10).at("/completeness/holes").get_array().size() == 0);
  CHECK(list("live", 0, 10).at("/completeness/captured").get_array().size() == 0);
  // Of one without states the minute is all that is known.
  const Document whole = list("old", 34, 39);
  REQUIRE(whole.at("/completeness/captured").get_array().size() == 1);
  CHECK(us(whole, "/completeness/captured/0/from_us") == at(34).us());

  const Document quality(client.get("/api/v1/quality?whisperer=live&bucket=1m"));
  REQUIRE(quality.at("/items/0/captured").get_array().size() == 2);
  CHECK(us(quality, "/items/0/captured/0/from_us") == at(16).us());
  CHECK(us(quality, "/items/1/captured/0/to_us") == at(110).us());
}

TEST_CASE("a range says where of it nothing was captured, before, between and after",
          "[api][books]") {
  RunningServer running;
  store::Store& stored = running.stored.store();
  const base::Time first{1'700'000'000'000'000'000 / kMinuteNs * kMinuteNs};
  const auto at = [&](std::int64_t s) { return first + base::Duration::from_s(s); };
  const auto booked = [&](model::SourceId source, std::initializer_list<int> minutes) {
    model::RecordBatch batch(0, 0, 0);
    batch.source = source;
    for (const int minute : minutes)
      batch.quality.add(at(60 * minute), Quality::packets_received, 9);
    REQUIRE(stored.writer().add(batch));
    REQUIRE(stored.writer().commit());
  };
  using Parts = std::vector<std::pair<std::int64_t, std::int64_t>>;  // in seconds
  const auto capturing = [&](model::SourceId source, const Parts& parts) {
    for (const auto& [from, to] : parts) {
      stored.status().note_state(source, model::WhispererState::capturing, "", at(from));
      stored.status().end_state(source, at(to));
    }
  };
  const model::SourceId live = stored.source("live", "INTERFACE").value();
  const model::SourceId second = stored.source("second", "INTERFACE").value();
  const model::SourceId old = stored.source("old", "INTERFACE").value();
  store::UploadInfo info;
  info.first = at(20);
  info.last = at(200) - base::Duration::from_us(1);
  const model::SourceId files = stored.make_upload("files", "UPLOAD", info).value();
  booked(live, {0, 1});  // of the third minute, in which nothing passed, there are none
  capturing(live, {{16, 33}, {40, 130}});
  booked(second, {3});
  capturing(second, {{190, 230}});
  booked(old, {0, 2});
  booked(files, {0, 3});

  HttpClient client(running.port());
  const auto document = [&](const std::string& query) {
    return Document(client.get("/api/v1/http-communications?whisperer=" + query));
  };
  const auto parts_of = [&](const Document& list) {
    Parts out;
    for (const auto part : list.at("/completeness/uncaptured").get_array())
      out.emplace_back((part["from_us"].get_int64().value() - first.us()) / 1'000'000,
                       (part["to_us"].get_int64().value() - first.us()) / 1'000'000);
    return out;
  };
  const auto asked = [&](const std::string& whisperer, std::int64_t from, std::int64_t to) {
    return parts_of(document(whisperer + "&from=" + std::to_string(at(from).us()) +
                             "&to=" + std::to_string(at(to).us())));
  };
  CHECK(asked("live", -100, 30) == Parts{{-100, 16}});
  CHECK(asked("live", -100, 300) == Parts{{-100, 16}, {33, 40}, {130, 300}});
  CHECK(asked("live", 45, 130).empty());
  CHECK(asked("live", 120, 180) == Parts{{130, 180}});
  // Nothing at all: `captured` says so.
  CHECK(asked("live", 300, 400).empty());
  // What one captured is captured.
  CHECK(asked("live,second", 0, 300) == Parts{{0, 16}, {33, 40}, {130, 190}, {230, 300}});
  // Of one without states its minutes are all that is known.
  CHECK(asked("old", 0, 180) == Parts{{60, 120}});
  // A file claims no other time, also where it is silent; nor does it beside one that listened.
  CHECK(asked("files", -100, 400).empty());
  CHECK(asked("files,second", 0, 240) == Parts{{0, 20}, {60, 180}, {230, 240}});
  // An end that was not asked for claims nothing, and what is to come is not amiss.
  CHECK(parts_of(document("live")) == Parts{{33, 40}});
  const base::Time before = base::Time::now();
  const Document on = document("second&from=" + std::to_string(at(200).us()) + "&to=" +
                               std::to_string((before + base::Duration::from_s(900)).us()));
  const auto last = on.at("/completeness/uncaptured/0/to_us").get_int64().value();
  CHECK(last >= before.us());
  CHECK(last <= base::Time::now().us());
  stored.status().note_state(second, model::WhispererState::capturing, "", at(400));
  CHECK(asked("second", 200, (before - first).ns / 1'000'000'000 + 900) == Parts{{230, 400}});
}

TEST_CASE("an upload was captured from its first packet to its last", "[api][books]") {
  RunningServer running;
  store::Store& stored = running.stored.store();
  const base::Time first{1'700'000'000'000'000'000 / kMinuteNs * kMinuteNs};
  store::UploadInfo info;
  info.first = first + base::Duration::from_s(20);
  info.last = first + base::Duration::from_s(30);
  const model::SourceId source = stored.make_upload("files", "UPLOAD", info).value();
  model::RecordBatch batch(0, 0, 0);
  batch.source = source;
  batch.quality.add(info.first, Quality::packets_received, 9);
  REQUIRE(stored.writer().add(batch));
  REQUIRE(stored.writer().commit());
  HttpClient client(running.port());
  const Document quality(client.get("/api/v1/quality?whisperer=files&bucket=1m"));
  CHECK(quality.at("/items/0/captured/0/from_us").get_int64().value() == info.first.us());
  CHECK(quality.at("/items/0/captured/0/to_us").get_int64().value() == info.last.us() + 1);
}

TEST_CASE("completions count what answers the other terms, and say of what", "[api][facets]") {
  RunningServer running;
  HttpClient client(running.port());
  const auto ask = [&](const std::string& q) {
    return Document(client.get("/api/v1/complete?q=" + percent_encoded(q)));
  };
  const auto known = [&](std::string_view host, std::uint16_t status) {
    std::int64_t out = 0;
    for (const test::KnownCommunication& k : running.stored.known())
      out += (host.empty() || k.host == host) && k.status == status ? 1 : 0;
    return out;
  };
  const auto count = [](const Document& d, std::string_view label) {
    for (const simdjson::dom::element item : d.at("/items").get_array())
      if (item["label"].get_string().value() == label)
        return item["communications"].get_int64().value();
    return std::int64_t{-1};
  };
  const std::string host = running.stored.known().front().host;
  const std::uint16_t status = running.stored.known().front().status;
  const std::string label = std::to_string(status);
  REQUIRE(known(host, status) > 0);
  REQUIRE(known(host, status) < known("", status));
  for (const std::string& text : {"host:" + host + " status:", "host:" + host + " AND status:"}) {
    const Document told = ask(text + label.substr(0, 1));
    CHECK(count(told, label) == known(host, status));
    CHECK(told.at("/counted/whole").get_bool().value());
    CHECK(told.at("/counted/other_terms").get_bool().value());
  }
  // One of two: the term is no part of what all must hold.
  const Document either = ask("host:" + host + " OR status:" + label.substr(0, 1));
  CHECK(count(either, label) == known("", status));
  CHECK_FALSE(either.at("/counted/other_terms").get_bool().value());
  // What negates the term must not negate the other one.
  const std::string typed = "NOT status:" + label.substr(0, 1);
  const Document negated(client.get("/api/v1/complete?at=" + std::to_string(typed.size()) +
                                    "&q=" + percent_encoded(typed + " host:" + host)));
  CHECK(count(negated, label) == known("", status));
  CHECK_FALSE(negated.at("/counted/other_terms").get_bool().value());
  CHECK(ask("sta").at("/counted").is_null());
}

TEST_CASE("a range in which a whisperer was stopped was not captured", "[api][explain]") {
  RunningServer running;
  store::Store& stored = running.stored.store();
  const model::SourceId live = stored.source("live", "INTERFACE").value();
  const base::Time first{1'700'000'000'000'000'000 / kMinuteNs * kMinuteNs};
  const auto at = [&](std::int64_t s) { return first + base::Duration::from_s(s); };
  for (const auto& [from, to] : {std::pair{16, 33}, std::pair{40, 110}}) {
    stored.status().note_state(live, model::WhispererState::capturing, "", at(from));
    stored.status().end_state(live, at(to));
  }
  HttpClient client(running.port());
  const Document inside(
      client.get("/api/v1/explain?whisperer=live&from=" + std::to_string(at(35).us()) +
                 "&to=" + std::to_string(at(36).us())));
  CHECK(inside.text("/items/0/verdict") == "not_capturing");
  CHECK(inside.at("/items/0/certain").get_bool().value());
  CHECK(inside.text("/items/0/verdicts/0/earliest") == base::to_iso(at(33)));
  CHECK(inside.text("/items/0/verdicts/0/latest") == base::to_iso(at(40)));
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
