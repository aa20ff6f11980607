// Since when something is not saved: told as far as it is known.
#include "spider/model/whisperer_history.h"

#include <catch2/catch.hpp>

namespace spider::model {
namespace {

using Known = SavingAnswer::Known;

base::Time at(std::int64_t second) { return base::Time{} + base::Duration::from_s(second); }

SavingChange change(std::int64_t second, bool bodies, bool first = false) {
  SavingChange out{at(second), {}, first};
  out.options.bodies = bodies;
  return out;
}

SavingAnswer bodies(const std::vector<SavingChange>& changes, std::int64_t second) {
  const base::Time time = at(second);
  return saving_at(changes, Saved::bodies, &time);
}

}  // namespace

TEST_CASE("an option is off since the change that turned it off, not since the last change",
          "[model][history]") {
  const std::vector<SavingChange> changes = {change(10, true, true), change(20, false),
                                             change(30, false), change(40, true)};
  CHECK(bodies(changes, 15).known == Known::on);
  CHECK(bodies(changes, 25).known == Known::off);
  CHECK(bodies(changes, 25).since == at(20));
  CHECK(bodies(changes, 35).since == at(20));
  CHECK(bodies(changes, 45).known == Known::on);
}

TEST_CASE("what was before the first event is not known, unless nothing was", "[model][history]") {
  const std::vector<SavingChange> later = {change(10, false), change(20, true)};
  CHECK(bodies(later, 5).known == Known::unknown);
  CHECK(bodies(later, 15).known == Known::off);
  CHECK(bodies(later, 15).since == base::Time::min());
  CHECK(bodies(later, 15).at_least == at(10));
  const std::vector<SavingChange> whole = {change(10, false, true)};
  CHECK(bodies(whole, 5).since == at(10));  // the capture's clock may be behind
  CHECK(bodies({}, 5).known == Known::unknown);
}

TEST_CASE("of a capture of unknown time only what was so all the time is told",
          "[model][history]") {
  const auto ask = [](const std::vector<SavingChange>& changes) {
    return saving_at(changes, Saved::bodies, nullptr);
  };
  CHECK(ask({change(10, false, true), change(20, false)}).since == at(10));
  CHECK(ask({change(10, true, true), change(20, true)}).known == Known::on);
  CHECK(ask({change(10, false, true), change(20, true)}).known == Known::unknown);
  CHECK(ask({change(10, false)}).known == Known::unknown);
}

}  // namespace spider::model
