#include "spider/pipeline/pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "import_capture.h"
#include "support/temp_folder.h"

using namespace spider;
using model::Quality;
using test::exported;
using test::store_at;
using test::Talk;

namespace {

base::Time at_us(std::int64_t us) { return base::Time::from_us(1'700'000'000'000'000 + us); }

// `flows` conversations of three exchanges each, side by side, with some ARP and UDP between.
test::PcapWriter many_flows(int flows) {
  test::PcapWriter out;
  std::vector<Talk> talks;
  for (int i = 0; i < flows; ++i)
    talks.emplace_back(out, fmt::format("10.1.{}.{}", i / 200, i % 200 + 1),
                       static_cast<std::uint16_t>(20'000 + i));
  for (int i = 0; i < flows; ++i) talks[static_cast<std::size_t>(i)].open(at_us(i * 10));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < flows; ++i) {
      Talk& talk = talks[static_cast<std::size_t>(i)];
      const std::int64_t t = 1'000'000 * (round + 1) + i * 200;
      talk.say(true, at_us(t),
               fmt::format("GET /flow/{}/{} HTTP/1.1\r\nHost: h{}\r\n\r\n", i, round, i % 7));
      const std::string body(static_cast<std::size_t>(i * 37 % 5'000), 'x');
      talk.say(false, at_us(t + 100),
               fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
      if (i % 10 == 0)
        out.add(at_us(t + 150), test::PacketBuilder()
                                    .ethernet()
                                    .ipv4("10.1.0.1", "10.9.0.9")
                                    .udp(53, 5353)
                                    .payload("dns")
                                    .build());
    }
  }
  for (int i = 0; i < flows; ++i) talks[static_cast<std::size_t>(i)].close(at_us(5'000'000 + i));
  return out;
}

pipeline::PipelineSettings with_shards(std::uint32_t shards) {
  pipeline::PipelineSettings settings;
  settings.pipeline.shards = shards;
  return settings;
}

model::WhispererConfig upload() {
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  return whisperer;
}

struct Imported {
  std::string records;
  model::QualityCounts books;
};

Imported import(const std::filesystem::path& capture, const pipeline::PipelineSettings& settings,
                const model::WhispererConfig& whisperer) {
  test::TempFolder folder;
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::Pipeline pipeline(settings, **store);
  pipeline.start();
  REQUIRE(pipeline.add_whisperer(whisperer));
  const auto result = pipeline.import(whisperer.name, capture.string());
  REQUIRE(result);
  CHECK_FALSE(result->trouble);
  pipeline.stop();
  return {exported(**store), result->books};
}

void check_books(const model::QualityCounts& b) {
  CHECK(b[Quality::packets_received] ==
        b[Quality::ring_dropped] + b[Quality::not_ip] + b[Quality::not_tcp] +
            b[Quality::malformed] + b[Quality::link_unsupported] + b[Quality::fragment_joined] +
            b[Quality::fragment_dropped] + b[Quality::flow_refused] + b[Quality::tcp_packets] +
            b[Quality::filtered] + b[Quality::mirror_duplicate]);
  CHECK(b[Quality::tcp_payload_bytes] ==
        b[Quality::delivered_bytes] + b[Quality::duplicate_bytes] + b[Quality::refused_bytes]);
  CHECK(b[Quality::sessions_opened] == b[Quality::sessions_closed]);
}

}  // namespace

TEST_CASE("an import gives the same records whatever the number of shards", "[pipeline]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "many.pcap";
  many_flows(300).write(capture);
  const Imported one = import(capture, with_shards(1), upload());
  CHECK(std::count(one.records.begin(), one.records.end(), '\n') == 900);
  CHECK(one.books[Quality::communications_complete] == 900);
  CHECK(one.books[Quality::not_tcp] == 90);
  check_books(one.books);
  for (const std::uint32_t shards : {2U, 3U, 8U}) {
    const Imported many = import(capture, with_shards(shards), upload());
    CHECK(many.records == one.records);
    CHECK(many.books == one.books);
  }
}

TEST_CASE("an import that runs into its limits is as deterministic and its books add up",
          "[pipeline]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "many.pcap";
  many_flows(300).write(capture);
  const auto tight = [](std::uint32_t shards) {
    pipeline::PipelineSettings settings = with_shards(shards);
    settings.reassembly.flows_max = 64;  // eight in each lane
    settings.pipeline.ring_kib = 768;
    return settings;
  };
  const Imported one = import(capture, tight(1), upload());
  CHECK(one.books[Quality::sessions_evicted] > 0);
  check_books(one.books);
  const Imported four = import(capture, tight(4), upload());
  CHECK(four.records == one.records);
  CHECK(four.books == one.books);
}

TEST_CASE("what is not saved is counted all the same", "[pipeline]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "many.pcap";
  many_flows(50).write(capture);
  model::WhispererConfig all = upload();
  all.save_packets = true;
  model::WhispererConfig none = upload();
  none.save_sessions = none.save_bodies = none.save_parsing = false;
  const Imported kept = import(capture, with_shards(2), all);
  const Imported bare = import(capture, with_shards(2), none);
  CHECK(kept.books[Quality::packets_saved] == kept.books[Quality::packets_received]);
  CHECK(bare.books[Quality::packets_saved] == 0);
  CHECK(bare.books[Quality::communications_complete] ==
        kept.books[Quality::communications_complete]);
  CHECK(bare.books[Quality::body_bytes_capped] > 0);
  check_books(bare.books);
}

TEST_CASE("an import that is stopped keeps what it read, and its books add up",
          "[pipeline][concurrency]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "many.pcap";
  many_flows(1'000).write(capture);
  for (int round = 0; round < 6; ++round) {
    test::TempFolder place;
    model::QualityCounts books;
    {
      auto store = store::Store::open(store_at(place.path() / "store"));
      REQUIRE(store);
      pipeline::Pipeline pipeline(with_shards(2), **store);
      pipeline.start();
      REQUIRE(pipeline.add_whisperer(upload()));
      int calls = 0;
      const auto result =
          pipeline.import("upload", capture.string(),
                          [&](std::uint64_t, std::uint64_t) { return ++calls <= round * 3; });
      REQUIRE(result);
      books = result->books;
    }
    check_books(books);
    auto store = store::Store::open(store_at(place.path() / "store"));
    REQUIRE(store);
    const std::string records = exported(**store);
    CHECK(static_cast<std::uint64_t>(std::count(records.begin(), records.end(), '\n')) ==
          books[Quality::communications_complete] + books[Quality::communications_partial]);
  }
}

TEST_CASE("a file that arrives in pieces gives the records of the file",
          "[pipeline][concurrency]") {
  test::TempFolder folder;
  const auto capture = folder.path() / "many.pcap";
  const test::PcapWriter writer = many_flows(100);
  writer.write(capture);
  const Imported whole = import(capture, with_shards(1), upload());

  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::Pipeline pipeline(with_shards(1), **store);
  pipeline.start();
  REQUIRE(pipeline.add_whisperer(upload()));
  auto fed = pipeline.start_import("upload", "pieces.pcap");
  REQUIRE(fed);
  const base::Bytes bytes = writer.bytes();
  for (std::size_t at = 0; at < bytes.size(); at += 4'093)
    REQUIRE((*fed)->feed(bytes.subspan(at, std::min<std::size_t>(4'093, bytes.size() - at))));
  const auto result = (*fed)->finish();
  REQUIRE(result);
  CHECK(result->books == whole.books);
  CHECK(exported(**store) == whole.records);

  auto wrong = pipeline.start_import("upload", "page.html");
  REQUIRE(wrong);
  const std::string html(100'000, '<');
  const auto fed_html = (*wrong)->feed(base::as_bytes(html));
  const auto ended = (*wrong)->finish();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().detail.find("page.html") != std::string::npos);
  CHECK_FALSE(pipeline.start_import("nobody", "x"));
}

TEST_CASE("a FILE whisperer reads a folder's captures once, also across restarts",
          "[pipeline][concurrency]") {
  test::TempFolder folder;
  std::filesystem::create_directory(folder.path() / "in");
  many_flows(20).write(folder.path() / "in" / "a.pcap");
  model::WhispererConfig whisperer;
  whisperer.name = "folder";
  whisperer.type = "FILE";
  whisperer.path = (folder.path() / "in").string();
  pipeline::PipelineSettings settings = with_shards(1);
  settings.pipeline.folder_poll_ms = settings.pipeline.folder_rest_ms = 50;
  const auto run_until = [&](std::size_t records) {
    auto store = store::Store::open(store_at(folder.path() / "store"));
    REQUIRE(store);
    pipeline::Pipeline pipeline(settings, **store);
    pipeline.start();
    REQUIRE(pipeline.add_whisperer(whisperer));
    std::string text;
    for (int i = 0; i < 200; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      text = exported(**store);
      if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= records &&
          i >= 10)
        break;
    }
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  };
  CHECK(run_until(60) == 60);
  CHECK(run_until(60) == 60);  // nothing twice
  many_flows(5).write(folder.path() / "in" / "b.pcap");
  CHECK(run_until(75) == 75);
}

TEST_CASE("a whisperer that cannot capture says why and the others go on", "[pipeline]") {
  test::TempFolder folder;
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::Pipeline pipeline(with_shards(1), **store);
  pipeline.start();
  model::WhispererConfig wrong;
  wrong.name = "wrong";
  wrong.interface = "no-such-interface0";
  REQUIRE(pipeline.add_whisperer(wrong));
  REQUIRE(pipeline.add_whisperer(upload()));
  std::string reason;
  for (int i = 0; i < 100 && reason.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reason = pipeline.whisperers()[0].reason;
  }
  CHECK(pipeline.whisperers()[0].state == model::WhispererState::wrong_configuration);
  CHECK_FALSE(reason.empty());
  const auto capture = folder.path() / "few.pcap";
  many_flows(3).write(capture);
  CHECK(pipeline.import("upload", capture.string()));
  const auto nothing = pipeline.import("upload", (folder.path() / "absent.pcap").string());
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().detail.find("absent.pcap") != std::string::npos);
}
