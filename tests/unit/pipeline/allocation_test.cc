// Proves that a packet costs no allocation anywhere between the file and the store: the whole
// program's operator new is counted while one long conversation of N and of 5 N packets is
// imported.

#include <atomic>
#include <cstdlib>
#include <new>

#include <catch2/catch.hpp>

#include "import_capture.h"
#include "support/temp_folder.h"

namespace {
std::atomic<std::uint64_t> g_allocations{0};
}

void* operator new(std::size_t bytes) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* at = std::malloc(bytes == 0 ? 1 : bytes)) return at;
  throw std::bad_alloc();
}
// The nothrow form too (std::stable_sort asks it): left to a sanitizer, it and the delete below
// would not be a pair.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

using namespace spider;

namespace {

// One connection whose server sends `packets` segments; HTTP with one long body, or nothing known.
std::uint64_t allocations_of(int packets, bool http, bool save_packets) {
  test::TempFolder folder;
  test::PcapWriter out;
  test::Talk talk(out, "10.1.0.1", 40'000);
  base::Time t = base::Time::from_us(1'700'000'000'000'000);
  talk.open(t);
  const std::string segment(100, 'b');
  t = t + base::Duration::from_us(100);
  talk.say_segment(true, t, http ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" : "\x01\x02\x03 hello");
  talk.say_segment(
      false, t,
      http ? "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(packets * 100) + "\r\n\r\n"
           : std::string("\x01\x02\x03 hello"));
  for (int i = 0; i < packets; ++i) {
    t = t + base::Duration::from_us(10);
    talk.say_segment(false, t, segment);
  }
  const auto capture = folder.path() / "long.pcap";
  out.write(capture);

  auto store = store::Store::open(test::store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::PipelineSettings settings;
  pipeline::Pipeline pipeline(settings, **store);
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  whisperer.save_packets = save_packets;
  pipeline.start();
  REQUIRE(pipeline.add_whisperer(whisperer));
  const std::uint64_t before = g_allocations.load();
  const auto result = pipeline.import("upload", capture.string());
  const std::uint64_t after = g_allocations.load();
  REQUIRE(result);
  CHECK(result->books[model::Quality::packets_received] == static_cast<std::uint64_t>(packets) + 5);
  return after - before;
}

}  // namespace

TEST_CASE("a packet costs no allocation from the file to the store", "[pipeline]") {
  constexpr int kFew = 10'000;
  constexpr int kMany = 50'000;
  for (const bool http : {false, true}) {
    for (const bool save_packets : {false, true}) {
      const std::uint64_t few = allocations_of(kFew, http, save_packets);
      const std::uint64_t many = allocations_of(kMany, http, save_packets);
      INFO("http " << http << ", packets saved " << save_packets << ": " << few << " and " << many);
      // What is left grows with blocks, packs and commits: thousands of packets each.
      CHECK(many < few + (kMany - kFew) / 20);
    }
  }
}
