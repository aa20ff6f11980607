// A pipeline that stops while a file is being fed to it: it ends, and so does the import, whichever
// of the two goes first.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "import_capture.h"
#include "support/temp_folder.h"

using namespace spider;
using model::Quality;
using test::exported;
using test::store_at;
using test::Talk;

namespace {

// What hangs ends the test program: a join that never returns cannot be caught otherwise.
struct Patience {
  // A pipe without a reader is told by EPIPE, as in the program.
  explicit Patience(unsigned seconds) {
    std::signal(SIGPIPE, SIG_IGN);
    ::alarm(seconds);
  }
  ~Patience() { ::alarm(0); }
};

constexpr unsigned kPatienceS = 30;

base::Time at_us(std::int64_t us) { return base::Time::from_us(1'700'000'000'000'000 + us); }

// Conversations of one exchange each, one behind the other.
test::PcapWriter conversations(int count) {
  test::PcapWriter out;
  for (int i = 0; i < count; ++i) {
    Talk talk(out, "10.1.0.1", static_cast<std::uint16_t>(20'000 + i));
    const std::int64_t at = i * 1'000;
    talk.open(at_us(at));
    talk.say(true, at_us(at + 100), fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", i));
    talk.say(false, at_us(at + 200), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    talk.close(at_us(at + 300));
  }
  return out;
}

model::WhispererConfig upload() {
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  return whisperer;
}

pipeline::PipelineSettings settings() {
  pipeline::PipelineSettings out;
  out.pipeline.shards = 2;
  return out;
}

}  // namespace

TEST_CASE("a pipeline that stops with an import open mid-file stores and books what came of it",
          "[pipeline][concurrency]") {
  const test::PcapWriter writer = conversations(100);
  const base::Bytes bytes = writer.bytes();
  // Inside a record, and behind the last one that came (the file's header: 24 bytes).
  const bool between_records = GENERATE(false, true);
  const bool finishes = GENERATE(false, true);
  const std::size_t part = between_records ? bytes.size() : bytes.size() / 2 + 5;
  const Patience patience(kPatienceS);
  test::TempFolder folder;
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::Pipeline pipeline(settings(), **store);
  pipeline.start();
  REQUIRE(pipeline.add_whisperer(upload()));
  auto fed = pipeline.start_import("upload", "half.pcap");
  REQUIRE(fed);
  REQUIRE((*fed)->feed(bytes.first(part)));

  // All of it is in the pipe: wait until the reader is at it, or a stop may come before the import.
  while (pipeline.whisperers().front().books[Quality::packets_received] == 0 &&
         pipeline.whisperers().front().ring_bytes == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  pipeline.stop();
  const model::QualityCounts books = pipeline.whisperers().front().books;
  CHECK(books[Quality::import_truncated] == 1);
  CHECK(books[Quality::communications_complete] >= (between_records ? 100U : 49U));
  const std::string records = exported(**store);
  CHECK(static_cast<std::uint64_t>(std::count(records.begin(), records.end(), '\n')) ==
        books[Quality::communications_complete] + books[Quality::communications_partial]);

  CHECK_FALSE((*fed)->feed(bytes.first(10)));
  if (finishes) {
    const auto result = (*fed)->finish();
    REQUIRE(result);
    CHECK(result->trouble);
    CHECK(result->books == books);
  }
  fed->reset();
  const auto sources = (*store)->sources();
  REQUIRE(sources.size() == 2);
  CHECK(sources.back().runs == 1);
  CHECK(sources.back().upload->state == store::UploadState::cut);
  CHECK(sources.back().upload->content.empty());
}

TEST_CASE("an import that comes after the pipeline's stop is refused, and ends",
          "[pipeline][concurrency]") {
  const Patience patience(kPatienceS);
  test::TempFolder folder;
  const test::PcapWriter writer = conversations(3);
  writer.write(folder.path() / "a.pcap");
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::Pipeline pipeline(settings(), **store);
  pipeline.start();
  REQUIRE(pipeline.add_whisperer(upload()));
  pipeline.stop();
  CHECK_FALSE(pipeline.import("upload", (folder.path() / "a.pcap").string()));
  auto fed = pipeline.start_import("upload", "late.pcap");
  REQUIRE(fed);
  (void)(*fed)->feed(writer.bytes());
  CHECK_FALSE((*fed)->finish());
}

TEST_CASE("feeding, giving up and stopping end in every order", "[pipeline][concurrency]") {
  const test::PcapWriter writer = conversations(2'000);
  const base::Bytes bytes = writer.bytes();
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20; ++round) {
    const Patience patience(kPatienceS);
    const auto stop_after = std::chrono::microseconds(random() % 20'000);
    const std::size_t piece = 1 + random() % 100'000;
    const int gives_up_after = static_cast<int>(random() % 20);
    test::TempFolder folder;
    auto store = store::Store::open(store_at(folder.path() / "store"));
    REQUIRE(store);
    pipeline::Pipeline pipeline(settings(), **store);
    pipeline.start();
    REQUIRE(pipeline.add_whisperer(upload()));
    std::atomic<bool> errors_differ{false};
    std::thread feeder([&] {
      auto fed = pipeline.start_import("upload", "many.pcap");
      if (!fed) return;
      std::size_t at = 0;
      bool over = false;
      for (int i = 0; i < gives_up_after && !over; ++i) {
        const std::size_t size = std::min(piece, bytes.size() - at);
        over = !(*fed)->feed(bytes.subspan(at, size));
        at = (at + size) % bytes.size();
      }
      if (over && (*fed)->feed(bytes.first(1))) errors_differ = true;
      if (round % 2 == 0) (void)(*fed)->finish();
    });
    std::this_thread::sleep_for(stop_after);
    pipeline.stop();
    feeder.join();
    CHECK_FALSE(errors_differ);
    const model::QualityCounts books = pipeline.whisperers().front().books;
    const std::string records = exported(**store);
    CHECK(static_cast<std::uint64_t>(std::count(records.begin(), records.end(), '\n')) ==
          books[Quality::communications_complete] + books[Quality::communications_partial]);
  }
}
