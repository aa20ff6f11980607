// What became of whisperers: kept over restarts and kills, bounded, and no data of anybody's
// question.
#include "spider/store/status_book.h"

#include <catch2/catch.hpp>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "support/records.h"

namespace spider::store {
namespace {

using model::StatePeriod;
using model::WhispererState;

constexpr model::SourceId kLan{1};
constexpr model::SourceId kWan{2};
const base::Time kAlways[] = {base::Time::min(), base::Time::max()};

base::Time at(std::int64_t second) {
  return base::Time{} + base::Duration::from_s(1'760'000'000 + second);
}

struct Kept {
  test::TemporaryFolder folder;
  std::unique_ptr<Store> store;
  Kept() { open(); }
  void open() {
    store.reset();
    StoreConfig config;
    config.path = (folder.path() / "store").string();
    config.cache_mib = 8;
    auto opened = Store::open(config);
    if (!opened) FAIL(opened.error().detail);
    store = std::move(*opened);
  }
  StatusBook& book() const { return store->status(); }
  std::vector<StatePeriod> states(model::SourceId source = kLan) const {
    return book().states(source, kAlways[0], kAlways[1]).value();
  }
};

}  // namespace

TEST_CASE("a state lasts until the next one, and the same again changes nothing",
          "[store][status]") {
  const Kept kept;
  kept.book().note_state(kLan, WhispererState::starting, "", at(0));
  kept.book().note_state(kLan, WhispererState::capturing, "", at(2));
  kept.book().note_state(kLan, WhispererState::capturing, "", at(5));
  kept.book().note_state(kLan, WhispererState::wrong_configuration, "There is no eth9.", at(9));
  kept.book().note_state(kWan, WhispererState::capturing, "", at(3));
  const std::vector<StatePeriod> want = {
      {at(0), at(2), WhispererState::starting, "", false},
      {at(2), at(9), WhispererState::capturing, "", false},
      {at(9), base::Time::max(), WhispererState::wrong_configuration, "There is no eth9.", false}};
  CHECK(kept.states() == want);
  CHECK(kept.book().states(kLan, at(3), at(4)).value() == std::vector<StatePeriod>{want[1]});
  CHECK(kept.book().states_known_since(kLan).value() == at(0));
  CHECK(kept.states(kWan).size() == 1);
  kept.book().end_state(kWan, at(4));
  CHECK(kept.states(kWan).front().until == at(4));
}

TEST_CASE("what a stop ends is seen to end, what a kill cuts off ends at the last sign of life",
          "[store][status]") {
  Kept kept;
  kept.book().note_state(kLan, WhispererState::capturing, "", at(0));
  kept.book().mark_alive(at(50));
  kept.book().note_state(kWan, WhispererState::capturing, "", at(60));
  SECTION("stopped") {
    kept.book().end(at(70));
    kept.book().note_state(kLan, WhispererState::stopped, "", at(71));  // the end itself
    kept.open();
    REQUIRE(kept.states().size() == 1);
    CHECK(kept.states().front() ==
          StatePeriod{at(0), at(70), WhispererState::capturing, "", false});
  }
  SECTION("killed") {
    kept.open();
    CHECK(kept.states().front() == StatePeriod{at(0), at(50), WhispererState::capturing, "", true});
    // It was noted after the last sign of life: its own beginning is all that is known.
    CHECK(kept.states(kWan).front() ==
          StatePeriod{at(60), at(60), WhispererState::capturing, "", true});
    kept.book().note_state(kLan, WhispererState::capturing, "", at(90));
    kept.open();  // the first stays as it was found
    CHECK(kept.states().front().until == at(50));
    CHECK(kept.states().size() == 2);
  }
}

TEST_CASE("states of a source are bounded, and the oldest go", "[store][status]") {
  const Kept kept;
  const auto most = static_cast<std::int64_t>(StatusBook::kStatesMax);
  for (std::int64_t i = 0; i < most + 10; ++i)
    kept.book().note_state(kLan, i % 2 == 0 ? WhispererState::starting : WhispererState::capturing,
                           "", at(i));
  CHECK(kept.states().size() == StatusBook::kStatesMax);
  CHECK(kept.states().front().from == at(10));
  CHECK(kept.book().states_known_since(kLan).value() == at(10));
}

TEST_CASE("saving options are kept when they change, over a restart", "[store][status]") {
  Kept kept;
  model::SavingOptions options;
  kept.book().note_saving(kLan, options, at(0), true);
  kept.book().note_saving(kLan, options, at(1), true);
  options.bodies = false;
  kept.book().note_saving(kLan, options, at(2), true);
  kept.open();
  kept.book().note_saving(kLan, options, at(9), false);
  const auto changes = kept.book().saving(kLan);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].first);
  CHECK(changes[1] == model::SavingChange{at(2), options, false});
  CHECK(kept.book().saving(kWan).empty());
}

TEST_CASE("two states of one instant stay two", "[store][status]") {
  const Kept kept;
  kept.book().note_state(kLan, WhispererState::starting, "", at(0));
  kept.book().note_state(kLan, WhispererState::capturing, "", at(0));
  REQUIRE(kept.states().size() == 2);
  CHECK(kept.states()[0].state == WhispererState::starting);
  CHECK(kept.states()[1].from == at(0) + base::Duration{1});
}

TEST_CASE("saving options of a source are bounded, and the oldest go", "[store][status]") {
  Kept kept;
  const auto most = static_cast<std::int64_t>(StatusBook::kSavingMax);
  model::SavingOptions options;
  for (std::int64_t i = 0; i < most + 10; ++i) {
    options.bodies = !options.bodies;
    kept.book().note_saving(kLan, options, at(i), true);
  }
  for (int restart = 0; restart < 2; ++restart) {
    const auto changes = kept.book().saving(kLan);
    REQUIRE(changes.size() == StatusBook::kSavingMax);
    CHECK(changes.front().at == at(10));
    CHECK_FALSE(changes.front().first);
    kept.open();
  }
}

TEST_CASE("observations are kept by minute, and go with the books of their time",
          "[store][status]") {
  Kept kept;
  const model::SourceId source = kept.store->source("lan", "INTERFACE").value();
  for (std::int64_t minute = 100; minute < 105; ++minute) {
    model::Observation o;
    o.minute = minute;
    o.looks = 60;
    o.threads = {{"cap-lan", 1'234}};
    o.ring_bytes = {600, 40};
    o.codes = {{4'026, 1, 2}};
    kept.book().put_observation(source, o);
    kept.book().put_observation({}, o);
  }
  kept.open();
  const auto all = kept.book().observations(source, 0, 1'000).value();
  REQUIRE(all.size() == 5);
  CHECK(all[4].threads == std::vector<model::ThreadTime>{{"cap-lan", 1'234}});
  CHECK(all[4].ring_bytes == model::Gauge{600, 40});
  CHECK(all[4].codes == std::vector<model::CodeCount>{{4'026, 1, 2}});
  CHECK(kept.book().observation(source, 103).has_value());
  kept.book().note_state(source, WhispererState::capturing, "", at(0));
  const base::Time cut = base::Time{} + base::Duration::from_s(102 * 60);
  REQUIRE(kept.store->writer().purge_before(source, cut));
  CHECK(kept.book().observations(source, 0, 1'000).value().size() == 3);
  REQUIRE(kept.store->writer().purge(source));
  CHECK(kept.book().observations(source, 0, 1'000).value().empty());
  CHECK(kept.book().observations({}, 0, 1'000).value().size() == 5);
  CHECK(kept.states(source).size() == 1);  // what became of the whisperer itself stays
}

TEST_CASE("observations are bounded", "[store][status]") {
  const Kept kept;
  model::Observation o;
  o.looks = 1;
  for (const std::int64_t minute :
       {std::int64_t{60}, StatusBook::kObservedMinutes, StatusBook::kObservedMinutes + 120}) {
    o.minute = minute;
    kept.book().put_observation(kLan, o);
  }
  const auto all = kept.book().observations(kLan, 0, StatusBook::kObservedMinutes * 2).value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].minute == StatusBook::kObservedMinutes);
}

TEST_CASE("what is kept of Spider itself is no new version of the data", "[store][status]") {
  const Kept kept;
  const auto version = kept.store->reader().version();
  kept.book().mark_alive(at(1));
  kept.book().note_state(kLan, WhispererState::capturing, "", at(2));
  CHECK(kept.store->reader().version() == version);
  CHECK(kept.store->reader().snapshot()->version() == version);
  REQUIRE(kept.store->set_setting("other", "1"));
  CHECK(kept.store->reader().version() > version);
  const auto later = kept.store->reader().version();
  kept.book().mark_alive(at(3));
  CHECK(kept.store->reader().snapshot()->version() == later);
}

}  // namespace spider::store
