#include "pipeline/keeper.h"

#include <catch2/catch.hpp>

namespace spider::pipeline {
namespace {

using base::Duration;
using base::Time;

TEST_CASE("a clock is believed when it has not jumped for long enough", "[pipeline][retention]") {
  const Time day = Time::from_us(1'760'000'000'000'000);
  const Duration settle = Duration::from_s(600);
  const auto s = [](std::int64_t n) { return Duration::from_s(n); };
  SettledClock clock(s(1'000));
  CHECK_FALSE(clock.settled(day, s(1'000), settle));
  CHECK_FALSE(clock.settled(day + s(599), s(1'599), settle));
  CHECK(clock.settled(day + s(600), s(1'600), settle));
  // Ten years on, and back: each is a jump.
  const Duration years = s(10 * 365 * 86'400);
  CHECK_FALSE(clock.settled(day + years + s(660), s(1'660), settle));
  CHECK_FALSE(clock.settled(day + s(700), s(1'700), settle));
  CHECK_FALSE(clock.settled(day + s(1'299), s(2'299), settle));
  CHECK(clock.settled(day + s(1'300), s(2'300), settle));
  // A slow drift is none, though it adds up; nor is a night in which the machine slept.
  for (int i = 1; i < 100; ++i)
    CHECK(clock.settled(day + s(1'300 + i * 130), s(2'300 + i * 100), settle));
  CHECK(clock.settled(day + s(1'300 + 99 * 130 + 30'000), s(2'300 + 9'900 + 30'000), settle));
}

}  // namespace
}  // namespace spider::pipeline
