// What Spider costs: rows of minutes, with what changed between two looks.
#include "pipeline/observer.h"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "spider/base/thread.h"
#include "spider/store/status_book.h"

#include "import_capture.h"

using namespace spider;
using test::store_at;

namespace {

constexpr model::SourceId kLan{7};

base::Time minute(std::int64_t n, int second = 0) {
  return base::Time{} + base::Duration::from_s(n * 60 + second);
}

struct Observed {
  Observed() : store(store::Store::open(store_at(folder.path() / "store")).value()) {
    meter.source = kLan;
    meter.name = "lan";
  }
  pipeline::Observer observer() {
    return {*store, [this] { return std::vector<pipeline::WhispererMeter>{meter}; }};
  }
  [[nodiscard]] model::Observation row(std::int64_t at, model::SourceId source = kLan) const {
    return store->status().observation(source, at).value_or(model::Observation{});
  }
  test::TempFolder folder;
  std::unique_ptr<store::Store> store;
  pipeline::WhispererMeter meter;
};

std::uint64_t time_of(const model::Observation& o, const std::string& thread) {
  for (const model::ThreadTime& t : o.threads)
    if (t.name == thread) return t.cpu_us;
  return 0;
}

}  // namespace

TEST_CASE("a minute has the highest fill of the ring and what the codes grew by",
          "[pipeline][observer]") {
  Observed made;
  auto observer = made.observer();
  made.meter.ring_filled = 10;
  made.meter.ring_capacity = 100;
  made.meter.flows = 3;
  made.meter.codes[4'026] = {4'026, 0, 5};
  observer.look(minute(50));
  made.meter.ring_filled = 30;
  made.meter.codes[4'026] = {4'026, 1, 7};
  observer.look(minute(50, 1));
  made.meter.ring_filled = 0;
  observer.look(minute(51));
  observer.write();
  const model::Observation first = made.row(50);
  CHECK(first.looks == 2);
  CHECK(first.ring_bytes == model::Gauge{40, 30});
  CHECK(first.ring_capacity == 100);
  CHECK(first.flows == model::Gauge{6, 3});
  CHECK(first.codes == std::vector<model::CodeCount>{{4'026, 1, 7}});
  CHECK(made.row(51).looks == 1);
  CHECK(made.row(51).codes.empty());
}

TEST_CASE("a minute that an earlier process began is gone on with", "[pipeline][observer]") {
  Observed made;
  made.meter.flows = 1;
  made.observer().look(minute(60));
  {
    auto before = made.observer();
    before.look(minute(60));
    before.write();
  }
  auto after = made.observer();
  after.look(minute(60, 30));
  after.write();
  CHECK(made.row(60).looks == 2);
}

TEST_CASE("what was seen of removed data in the present minute does not come back",
          "[pipeline][observer]") {
  Observed made;
  auto observer = made.observer();
  made.meter.codes[4'026] = {4'026, 3, 0};
  made.meter.flows = 3;
  observer.look(minute(65));
  observer.forget(kLan);
  observer.write();
  CHECK(made.row(65).codes.empty());
  made.meter.codes[4'026] = {4'026, 4, 0};
  observer.look(minute(65, 1));
  observer.write();
  CHECK(made.row(65).codes == std::vector<model::CodeCount>{{4'026, 1, 0}});
  CHECK(made.row(65).looks == 1);
}

TEST_CASE("a thread's time is its whisperer's when it has one, and else shared",
          "[pipeline][observer]") {
  Observed made;
  auto observer = made.observer();
  observer.look(minute(70));  // what other tests spent is of this minute
  std::atomic<bool> go{true};
  const auto busy = [&](const std::string& name) {
    return base::Thread(name, [&](const std::stop_token&) {
      volatile std::uint64_t n = 0;
      while (go) n = n + 1;
    });
  };
  {
    base::Thread own = busy("cap-lan");
    base::Thread helper = busy("cap1-lan");
    base::Thread other = busy("cap-wan");
    base::Thread shard = busy("shard-3");
    base::Thread api = busy("api-1");
    const auto spent = [](const std::string& name) {
      for (const base::ThreadTime& t : base::thread_times())
        if (t.name == name) return t.cpu_ns;
      return std::int64_t{0};
    };
    for (const char* name : {"cap-lan", "cap1-lan", "cap-wan", "shard-3", "api-1"})
      while (spent(name) < 3'000'000) std::this_thread::yield();
    go = false;
  }
  observer.look(minute(71));  // they have ended, their time has not gone
  observer.write();
  const model::Observation own = made.row(71);
  CHECK(time_of(own, "cap-lan") >= 3'000);
  CHECK(time_of(own, "cap1-lan") >= 3'000);
  CHECK(own.threads.size() == 2);
  const model::Observation shared = made.row(71, {});
  CHECK(time_of(shared, "cap-wan") >= 3'000);
  CHECK(time_of(shared, "shard-3") >= 3'000);
  CHECK(time_of(shared, "api") >= 3'000);
  CHECK(shared.resident_bytes.max > 1'000'000);
}

TEST_CASE("an import leaves what it cost and its codes to its whisperer", "[pipeline][observer]") {
  const test::TempFolder folder;
  auto store = store::Store::open(store_at(folder.path() / "store")).value();
  test::PcapWriter out;
  const base::Time t = base::Time::from_us(1'700'000'000'000'000);
  out.add(t, test::PacketBuilder()
                 .ethernet()
                 .ipv4("10.0.0.1", "10.0.0.2")
                 .tcp(40'000, 80)
                 .ack(1)
                 .payload("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                 .build());
  const std::string path = (folder.path() / "made.pcap").string();
  out.write(path);
  pipeline::Pipeline pipeline(pipeline::PipelineSettings{}, *store);
  pipeline.start();
  model::WhispererConfig config;
  config.name = "upload";
  config.type = "UPLOAD";
  config.save_bodies = false;
  REQUIRE(pipeline.add_whisperer(config));
  REQUIRE(pipeline.import("upload", path));
  pipeline.stop();
  const model::SourceId source = store->source("upload", "UPLOAD").value();
  const std::int64_t now = model::minute_of(base::Time::now());
  std::uint64_t records = 0;
  const auto observations = store->status().observations(source, now - 5, now + 1).value();
  for (const model::Observation& o : observations)
    for (const model::CodeCount& c : o.codes) records += c.records;
  CHECK(records > 0);  // response_not_seen, at the least
  const auto saving = store->status().saving(source);
  REQUIRE(saving.size() == 1);
  CHECK(saving[0].first);
  CHECK_FALSE(saving[0].options.bodies);
  // It only waits: that is no state that is kept.
  CHECK(store->status().states(source, base::Time::min(), base::Time::max()).value().empty());
}
