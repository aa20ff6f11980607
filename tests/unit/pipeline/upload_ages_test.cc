#include "pipeline/upload_ages.h"

#include <catch2/catch.hpp>

namespace spider::pipeline {
namespace {

constexpr base::Time kNow{1'790'000'000'000'000'000};
constexpr base::Time kNone = base::Time::min();
const std::optional<std::string> kNoNote;

base::Duration of_hours(std::int64_t h) { return base::Duration::from_s(h * 3'600); }
base::Duration of_days(std::int64_t d) { return of_hours(24 * d); }

// A machine that is started, left alone, and has its clock set.
class Machine {
 public:
  void pass(base::Duration time) {
    clocks_.wall = clocks_.wall + time;
    clocks_.boot.ns += time.ns;
  }
  void set_clock(base::Duration by) { clocks_.wall = clocks_.wall + by; }
  void off(base::Duration time) {
    clocks_.wall = clocks_.wall + time;
    clocks_.boot = {};
    clocks_.start = std::to_string(++starts_) + "-b";
  }
  [[nodiscard]] const Clocks& clocks() const { return clocks_; }

 private:
  int starts_ = 0;
  Clocks clocks_{kNow, of_hours(5), "0-a"};
};

// Spider on it, ended and begun again with its note.
class Spider {
 public:
  explicit Spider(Machine& machine) : machine_(machine) { begin(kNoNote); }
  void restart() { begin(ages_.note()); }
  void begin(const std::optional<std::string>& note, base::Time earliest = kNone) {
    ages_ = UploadAges(30);
    ages_.begin(machine_.clocks(), note, earliest);
    static_cast<void>(look());
  }
  UploadAges::Look look() { return ages_.look(machine_.clocks()); }
  // Time goes by, with a look each minute.
  void run(base::Duration time) {
    for (std::int64_t s = 0; s < time.ns / 1'000'000'000; s += 60) {
      machine_.pass(base::Duration::from_s(60));
      static_cast<void>(look());
    }
  }
  [[nodiscard]] store::UploadInfo upload() const {
    store::UploadInfo out;
    out.state = store::UploadState::complete;
    out.ended = machine_.clocks().wall;
    out.kept_from = ages_.at(machine_.clocks().boot);
    return out;
  }
  [[nodiscard]] bool removes(const store::UploadInfo& upload) const { return ages_.is_old(upload); }
  [[nodiscard]] const UploadAges& ages() const { return ages_; }

 private:
  Machine& machine_;
  UploadAges ages_{30};
};

}  // namespace

TEST_CASE("an upload is old its days after its end, and never while it is read",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  const store::UploadInfo one = spider.upload();
  machine.pass(of_days(30));
  machine.pass({-1});
  static_cast<void>(spider.look());
  CHECK_FALSE(spider.removes(one));
  machine.pass({1});
  static_cast<void>(spider.look());
  CHECK(spider.removes(one));
  store::UploadInfo other = one;
  other.state = store::UploadState::running;
  CHECK_FALSE(spider.removes(other));
  other = one;
  other.kept_from = kNone;  // of an older version
  CHECK_FALSE(spider.removes(other));
  other.kept_from = spider.upload().kept_from + of_days(400);
  CHECK_FALSE(spider.removes(other));
  UploadAges all(0);
  all.begin(machine.clocks(), kNoNote, kNone);
  other.kept_from = {1};
  CHECK_FALSE(all.is_old(other));
}

TEST_CASE("a leap of the clock makes no upload old, for however long and over restarts",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  const store::UploadInfo before = spider.upload();
  machine.pass(of_hours(1));
  machine.set_clock(of_days(400));
  const auto look = spider.look();
  CHECK(look.leap.ns == of_days(400).ns);
  CHECK(spider.look().leap.ns == 0);  // said once
  CHECK_FALSE(spider.ages().told().doubt.empty());
  spider.restart();  // within the hour
  CHECK_FALSE(spider.removes(before));
  spider.run(of_hours(3));
  spider.restart();
  CHECK_FALSE(spider.removes(before));
  CHECK(spider.ages().told().ahead.ns == of_days(400).ns);
  // Also when it is set while Spider does not run, and when the machine is started anew with it.
  machine.set_clock(of_days(40));
  machine.pass(of_days(1));
  spider.restart();
  CHECK_FALSE(spider.removes(before));
  spider.run(of_hours(3));
  machine.off(of_days(1));
  spider.restart();
  spider.run(of_hours(3));
  CHECK_FALSE(spider.removes(before));
  // Set right again, and left so: it goes after its days, no sooner.
  machine.set_clock(base::Duration{-of_days(440).ns});
  static_cast<void>(spider.look());
  CHECK_FALSE(spider.removes(before));
  machine.pass(of_days(27));
  static_cast<void>(spider.look());
  CHECK_FALSE(spider.removes(before));
  machine.pass(of_days(3));
  static_cast<void>(spider.look());
  CHECK(spider.removes(before));
}

TEST_CASE("an upload that was stamped by a clock that was behind is as young as it is",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  machine.set_clock(base::Duration{-of_days(200).ns});
  static_cast<void>(spider.look());
  const store::UploadInfo one = spider.upload();
  spider.run(of_hours(1));
  const bool restarts = GENERATE(false, true);
  if (restarts) spider.restart();
  machine.set_clock(of_days(200));  // set right
  static_cast<void>(spider.look());
  CHECK_FALSE(spider.removes(one));
  spider.run(of_hours(5));
  CHECK_FALSE(spider.removes(one));
  // Shown by the clock that is right now.
  CHECK(spider.ages().told().ahead.ns == 0);
}

TEST_CASE("a machine without a battery begins in 1970, and nothing is old when it is set right",
          "[pipeline][uploads]") {
  Machine machine;
  const base::Duration wrong{kNow.ns};
  machine.set_clock(base::Duration{-wrong.ns});
  Spider spider(machine);
  const store::UploadInfo one = spider.upload();
  const bool noticed = GENERATE(false, true);
  spider.run(of_hours(2));
  if (noticed) {  // while it runs
    machine.set_clock(wrong);
    spider.run(of_hours(2));
    machine.off(of_days(2));
  } else {
    machine.off(of_days(2));
    machine.set_clock(wrong);
  }
  spider.restart();
  spider.run(of_hours(3));
  CHECK_FALSE(spider.removes(one));
  machine.pass(of_days(30));
  static_cast<void>(spider.look());
  CHECK(spider.removes(one));
}

TEST_CASE("time that the machine was off counts when the clock has gone evenly for an hour",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  const store::UploadInfo one = spider.upload();
  machine.off(of_days(29));
  spider.restart();
  CHECK_FALSE(spider.ages().told().doubt.empty());
  CHECK(spider.ages().told().ahead.ns == of_days(29).ns);
  // A restart of Spider begins no new hour, one of the machine does.
  spider.run(base::Duration::from_s(50 * 60));
  spider.restart();
  CHECK_FALSE(spider.ages().told().doubt.empty());
  machine.off(of_days(1));
  spider.restart();
  spider.run(base::Duration::from_s(50 * 60));
  spider.restart();
  CHECK_FALSE(spider.removes(one));
  spider.run(base::Duration::from_s(10 * 60));
  CHECK(spider.ages().told().doubt.empty());
  CHECK(spider.removes(one));
}

TEST_CASE("a machine's clock that was moved as well counts no more than the system's",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  const store::UploadInfo one = spider.upload();
  machine.pass(of_days(400));
  machine.set_clock(base::Duration{-of_days(399).ns});
  spider.restart();
  CHECK_FALSE(spider.removes(one));
  machine.pass(of_days(29));
  static_cast<void>(spider.look());
  CHECK(spider.removes(one));
}

TEST_CASE("a clock that is set while its hour runs begins a new one, and counts as it is then",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  const store::UploadInfo one = spider.upload();
  machine.off(of_days(1));
  machine.set_clock(of_days(365));  // somebody's wrong year
  spider.restart();
  spider.run(base::Duration::from_s(50 * 60));
  machine.set_clock(base::Duration{-of_days(365).ns});
  spider.run(base::Duration::from_s(59 * 60));
  CHECK(spider.ages().told().ahead.ns == of_days(1).ns);
  spider.run(base::Duration::from_s(120));
  CHECK(spider.ages().told().ahead.ns == 0);
  CHECK_FALSE(spider.removes(one));
  machine.pass(of_days(29));
  static_cast<void>(spider.look());
  CHECK(spider.removes(one));
}

TEST_CASE("without a note, or with one that is none, nothing is older than the earliest",
          "[pipeline][uploads]") {
  Machine machine;
  Spider spider(machine);
  const store::UploadInfo one = spider.upload();
  machine.pass(of_days(90));
  for (const char* note :
       {"", "1790000000000000", "1 2 3 4", "1 2 3 4 x 0-a", "9999999999999999999 1"}) {
    spider.begin(std::string(note), one.kept_from);
    CHECK_FALSE(spider.removes(one));
    CHECK(spider.ages().at(machine.clocks().boot) == one.kept_from);
  }
  spider.begin(kNoNote);
  CHECK(spider.ages().at(machine.clocks().boot) == machine.clocks().wall);
}

}  // namespace spider::pipeline
