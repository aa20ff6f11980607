#include "pipeline/kernel_buffer.h"

#include <catch2/catch.hpp>

using spider::base::Duration;
using spider::base::Time;
using spider::pipeline::KernelBuffer;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

// A second of packets of 904 + 96 bytes, 100,000 in a second: 100 MB/s. The time of the last one.
Time feed(KernelBuffer& buffer) {
  Time at{};
  for (int i = 0; i < 100'000; ++i) {
    at = Time::from_us(1'000'000 + i * 10);
    buffer.took(at, 904);
  }
  return at;
}

}  // namespace

TEST_CASE("the kernel's buffer has room until half of it came while a packet lay there",
          "[pipeline]") {
  KernelBuffer buffer(20 * kMiB);
  const Time last = feed(buffer);
  CHECK(buffer.has_room(last, last + Duration::from_ms(90)));
  CHECK_FALSE(buffer.has_room(last, last + Duration::from_ms(120)));
}

TEST_CASE("packets a little out of order do not make the line look slow", "[pipeline]") {
  KernelBuffer buffer(20 * kMiB);
  const Time last = feed(buffer) + Duration::from_us(10);
  buffer.took(last, 904);  // a window is full
  const Time before = last - Duration::from_us(2);
  buffer.took(before, 904);
  CHECK_FALSE(buffer.has_room(before, before + Duration::from_ms(120)));
}

TEST_CASE("a burst after a long silence is seen as fast as it is", "[pipeline]") {
  KernelBuffer buffer(20 * kMiB);
  const Time last = feed(buffer);
  const Time burst = last + Duration::from_s(3'600);
  for (int i = 0; i < 10'000; ++i) buffer.took(burst, 904);  // 10 MB at once
  CHECK_FALSE(buffer.has_room(burst, burst + Duration::from_ms(50)));
}

TEST_CASE("nobody waits longer than a second, nor on a clock that was set", "[pipeline]") {
  KernelBuffer buffer(64 * kMiB);
  const Time at = Time::from_us(1'000'000);
  buffer.took(at, 100);
  CHECK(buffer.has_room(at, at + Duration::from_ms(900)));
  CHECK_FALSE(buffer.has_room(at, at + Duration::from_ms(1'100)));
  CHECK_FALSE(buffer.has_room(at, at - Duration::from_ms(1)));
}
