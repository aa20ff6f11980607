// Whisperers that change, stop and start while the pipeline runs.
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "spider/pipeline/codes.h"

#include "import_capture.h"

using namespace spider;
using model::WhispererState;
using test::store_at;

namespace {

struct Running {
  Running() {
    auto opened = store::Store::open(store_at(folder.path() / "store"));
    REQUIRE(opened);
    store = std::move(*opened);
    pipeline = std::make_unique<pipeline::Pipeline>(pipeline::PipelineSettings{}, *store);
    pipeline->start();
  }
  ~Running() { pipeline->stop(); }
  [[nodiscard]] model::WhispererStatus only() const {
    const auto all = pipeline->whisperers();
    REQUIRE(all.size() == 1);
    return all[0];
  }
  // Waits for the state, however long a busy machine takes.
  void wait_for(WhispererState state) const {
    while (only().state != state) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  test::TempFolder folder;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<pipeline::Pipeline> pipeline;
};

model::WhispererConfig upload() {
  model::WhispererConfig out;
  out.name = "upload";
  out.type = "UPLOAD";
  return out;
}

std::string capture_of(const test::TempFolder& folder) {
  test::PcapWriter out;
  const base::Time t = base::Time::from_us(1'700'000'000'000'000);
  for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{81}})
    out.add(t, test::PacketBuilder()
                   .ethernet()
                   .ipv4("10.0.0.1", "10.0.0.2")
                   .tcp(40'000, port)
                   .ack(1)
                   .payload("x")
                   .build());
  const auto path = folder.path() / "made.pcap";
  out.write(path.string());
  return path.string();
}

}  // namespace

TEST_CASE("an import takes the configuration that its whisperer has by then", "[pipeline]") {
  Running running;
  REQUIRE(running.pipeline->set_whisperer(upload()));
  const std::string capture = capture_of(running.folder);
  auto changed = upload();
  changed.filter = "port 80";
  REQUIRE(running.pipeline->set_whisperer(changed));
  const auto first = running.pipeline->import("upload", capture);
  REQUIRE(first);
  CHECK(first->books[model::Quality::filtered] == 1);
  REQUIRE(running.pipeline->set_whisperer(upload()));
  const auto second = running.pipeline->import("upload", capture);
  REQUIRE(second);
  CHECK(second->books[model::Quality::filtered] == 0);
  CHECK(running.only().books[model::Quality::packets_received] == 4);
}

TEST_CASE("who was stopped by hand takes nothing until started again", "[pipeline]") {
  Running running;
  REQUIRE(running.pipeline->set_whisperer(upload()));
  const std::string capture = capture_of(running.folder);
  REQUIRE(running.pipeline->hold_whisperer("upload", true));
  CHECK(running.only().state == WhispererState::stopped);
  CHECK(running.only().held);
  const auto refused = running.pipeline->import("upload", capture);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == pipeline::codes::import_refused);
  REQUIRE(running.pipeline->hold_whisperer("upload", false));
  CHECK(running.pipeline->import("upload", capture));
  CHECK_FALSE(running.pipeline->hold_whisperer("nobody", true));
}

TEST_CASE("a watched folder is read on, under its new configuration, after a change and a stop",
          "[pipeline]") {
  Running running;
  auto watching = upload();
  watching.name = "folder";
  watching.type = "FILE";
  const auto folder = running.folder.path() / "in";
  std::filesystem::create_directory(folder);
  watching.path = folder.string();
  REQUIRE(running.pipeline->set_whisperer(watching));
  running.wait_for(WhispererState::capturing);
  REQUIRE(running.pipeline->hold_whisperer("folder", true));
  running.wait_for(WhispererState::stopped);
  watching.filter = "port 81";
  REQUIRE(running.pipeline->set_whisperer(watching));
  std::filesystem::copy_file(capture_of(running.folder), folder / "made.pcap");
  REQUIRE(running.pipeline->hold_whisperer("folder", false));
  while (running.only().books[model::Quality::packets_received] < 2)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(running.only().books[model::Quality::filtered] == 1);
}

TEST_CASE("one that was removed is gone, and may come back with its source", "[pipeline]") {
  Running running;
  REQUIRE(running.pipeline->set_whisperer(upload()));
  const model::SourceId source = running.only().source;
  running.pipeline->remove_whisperer("upload");
  CHECK(running.pipeline->whisperers().empty());
  CHECK_FALSE(running.pipeline->import("upload", capture_of(running.folder)));
  REQUIRE(running.pipeline->set_whisperer(upload()));
  CHECK(running.only().source == source);
  CHECK(running.pipeline->import("upload", capture_of(running.folder)));
  auto other = upload();
  other.type = "FILE";
  CHECK_FALSE(running.pipeline->set_whisperer(other));
}
