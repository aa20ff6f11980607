// Whisperers that change, stop and start while the pipeline runs.
#include <chrono>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

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

TEST_CASE("one that is held from its beginning reads nothing until it is started", "[pipeline]") {
  Running running;
  auto file = upload();
  file.name = "file";
  file.type = "FILE";
  file.path = capture_of(running.folder);
  for (int i = 0; i < 20; ++i) {  // a thread that looks later than it begins would read it at times
    file.name = "file" + std::to_string(i);
    REQUIRE(running.pipeline->set_whisperer(file, true));
    running.wait_for(WhispererState::stopped);
    CHECK(running.only().books[model::Quality::packets_received] == 0);
    running.pipeline->remove_whisperer(file.name);
  }
  REQUIRE(running.pipeline->set_whisperer(file, true));
  running.wait_for(WhispererState::stopped);
  REQUIRE(running.pipeline->hold_whisperer(file.name, false));
  while (running.only().books[model::Quality::packets_received] < 2)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST_CASE("a file that is stopped within is not called read", "[pipeline]") {
  Running running;
  auto file = upload();
  file.name = "file";
  file.type = "FILE";
  file.path = (running.folder.path() / "pipe").string();
  REQUIRE(::mkfifo(file.path.c_str(), 0600) == 0);
  struct stat made {};
  REQUIRE(::stat(file.path.c_str(), &made) == 0);
  REQUIRE(running.pipeline->set_whisperer(file));
  running.wait_for(WhispererState::capturing);
  const std::string key =
      fmt::format("file/{}/{}/{}/{}.{:09}", static_cast<std::uint32_t>(running.only().source),
                  file.path, made.st_size, made.st_mtim.tv_sec, made.st_mtim.tv_nsec);
  std::ifstream whole(capture_of(running.folder), std::ios::binary);
  std::string bytes(40, '\0');  // the file's head, and not all of a packet's
  REQUIRE(whole.read(bytes.data(), static_cast<std::streamsize>(bytes.size())));
  std::ofstream writer(file.path, std::ios::binary);
  writer << bytes << std::flush;
  REQUIRE(running.pipeline->hold_whisperer("file", true));
  running.wait_for(WhispererState::stopped);
  CHECK(running.store->setting(key).value() == "begun");
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
