#include "pipeline/upload_ages.h"

#include <catch2/catch.hpp>

namespace spider::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr base::Time kNow{1'790'000'000'000'000'000};
const UploadAges::Steady kBegin{};

base::Duration of_hours(std::int64_t h) { return base::Duration::from_s(h * 3'600); }

store::UploadInfo ended(base::Time at) {
  store::UploadInfo out;
  out.state = store::UploadState::complete;
  out.ended = at;
  return out;
}

TEST_CASE("an upload is old its days after its end, and never while it is read",
          "[pipeline][uploads]") {
  const UploadAges ages(30);
  CHECK(ages.is_old(ended(kNow - of_hours(30 * 24)), kNow));
  CHECK_FALSE(ages.is_old(ended(kNow - of_hours(30 * 24) + base::Duration{1}), kNow));
  CHECK_FALSE(ages.is_old(ended(kNow + of_hours(1)), kNow));  // of a clock that was ahead
  CHECK_FALSE(ages.is_old(ended(base::Time::min()), kNow));
  store::UploadInfo running = ended(kNow - of_hours(1'000));
  running.state = store::UploadState::running;
  CHECK_FALSE(ages.is_old(running, kNow));
  CHECK_FALSE(UploadAges(0).is_old(ended({0}), kNow));
  CHECK(UploadAges(1).is_old(ended(kNow - of_hours(24)), kNow));
}

TEST_CASE("a clock that goes on as it should is believed at once", "[pipeline][uploads]") {
  UploadAges ages(30);
  ages.seen_before(kNow - of_hours(60));  // off over a weekend
  CHECK(ages.look(kNow, kBegin).trusted);
  CHECK(ages.look(kNow + of_hours(1), kBegin + minutes(60)).trusted);
  // Asleep: one clock counts that, the other does not, up to an hour.
  CHECK(ages.look(kNow + of_hours(2), kBegin + minutes(61)).trusted);
  CHECK(UploadAges(30).look(kNow, kBegin).trusted);  // nobody ever looked before
}

TEST_CASE("after a leap nothing is removed for an hour of the other clock", "[pipeline][uploads]") {
  UploadAges ages(30);
  CHECK(ages.look(kNow, kBegin).trusted);
  const base::Time later = kNow + of_hours(24 * 400);
  const auto leap = ages.look(later, kBegin + minutes(1));
  CHECK_FALSE(leap.trusted);
  CHECK(leap.leap.ns > 0);
  const auto next =
      ages.look(later + of_hours(1) - base::Duration::from_s(120), kBegin + minutes(59));
  CHECK_FALSE(next.trusted);
  CHECK(next.leap.ns == 0);  // said once
  CHECK(ages.look(later + of_hours(1), kBegin + minutes(61)).trusted);
  // Set right again: backwards is no leap.
  CHECK(ages.look(kNow + of_hours(1), kBegin + minutes(62)).trusted);
  CHECK_FALSE(ages.look(kNow + of_hours(4), kBegin + minutes(63)).trusted);
}

TEST_CASE("a leap while Spider was off is one as well", "[pipeline][uploads]") {
  UploadAges ages(30);
  ages.seen_before(kNow - of_hours(24 * 4));
  CHECK_FALSE(ages.look(kNow, kBegin).trusted);
  CHECK(ages.look(kNow + of_hours(1), kBegin + hours(1)).trusted);
}

}  // namespace
}  // namespace spider::pipeline
