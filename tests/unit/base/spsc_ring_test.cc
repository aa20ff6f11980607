#include "spider/base/spsc_ring.h"

#include <memory>
#include <thread>

#include <catch2/catch.hpp>

using spider::base::SpscRing;

TEST_CASE("a full ring refuses and leaves the value with its owner", "[base]") {
  SpscRing<std::unique_ptr<int>> ring(2);
  REQUIRE(ring.capacity() == 2);
  for (int i = 0; i < 2; ++i) {
    auto value = std::make_unique<int>(i);
    REQUIRE(ring.try_push(value));
  }
  auto third = std::make_unique<int>(3);
  CHECK_FALSE(ring.try_push(third));
  REQUIRE(third);
  CHECK(*third == 3);
}

TEST_CASE("everything arrives once and in order between two threads", "[base][concurrency]") {
  constexpr std::uint64_t kCount = 1'000'000;
  SpscRing<std::uint64_t> ring(64);
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kCount;) {
      if (ring.try_push(i)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t expected = 0;
  bool in_order = true;
  while (expected < kCount) {
    std::uint64_t value = 0;
    if (!ring.try_pop(value)) {
      std::this_thread::yield();
      continue;
    }
    in_order = in_order && value == expected;
    ++expected;
  }
  producer.join();
  CHECK(in_order);
  CHECK(ring.size() == 0);
}
