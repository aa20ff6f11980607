// Every verdict of "why is it missing?", and what it takes to be certain of it.
#include "spider/query/explain.h"

#include <catch2/catch.hpp>

#include "spider/query/record_json.h"

namespace spider::query {
namespace {

using model::Quality;

const base::Time kThen = base::Time::from_us(1'760'000'040'000'000);  // a whole minute
const base::Time kNow = kThen + base::Duration::from_s(7'200);

// A live whisperer that listened to the whole minute, saw packets and lost none.
struct Scene {
  ExplainQuestion question;
  ExplainFindings findings;
  model::WhispererStatus whisperer;
  model::FilterAnswer filter{true, true, true, true, true, ""};
  bool configured = true;

  Scene() {
    question.client = *model::parse_ip("192.0.2.1");
    question.server = *model::parse_ip("192.0.2.2");
    question.client_port = 40'000;
    question.server_port = 80;
    question.from = kThen;
    question.to = kThen + base::Duration::from_s(60);
    whisperer.config.type = "INTERFACE";
    whisperer.config.interface = "eth0";
    whisperer.state = model::WhispererState::capturing;
    whisperer.since = whisperer.filter_since = kThen - base::Duration::from_s(3'600);
    findings.first_life = kThen;
    findings.books[Quality::listening_ms] = 60'000;
    findings.books[Quality::packets_received] = 1'000;
  }
  [[nodiscard]] std::vector<Finding> verdicts() const {
    return judge(question, findings, whisperer, configured, filter, kNow);
  }
  [[nodiscard]] Finding only() const {
    const auto all = verdicts();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  [[nodiscard]] std::optional<Finding> find(Verdict verdict) const {
    for (const Finding& f : verdicts())
      if (f.verdict == verdict) return f;
    return std::nullopt;
  }
};

SessionRow session(std::uint64_t bytes, std::string decoder) {
  SessionRow row;
  row.client_bytes = bytes;
  row.decoder = std::move(decoder);
  return row;
}

}  // namespace

TEST_CASE("nothing lost, nothing filtered, always listening: it was never on this wire",
          "[query][explain]") {
  const Finding f = Scene().only();
  CHECK(f.verdict == Verdict::never_seen);
  CHECK(f.certain);
}

TEST_CASE("what is stored is here, and nothing else is claimed", "[query][explain]") {
  Scene scene;
  scene.findings.communications.resize(2);
  scene.findings.books[Quality::kernel_dropped] = 5;
  const Finding f = scene.only();
  CHECK(f.verdict == Verdict::here);
  CHECK(f.certain);
  CHECK(f.shows_records);
}

TEST_CASE("a communication that is not whole failed with its codes", "[query][explain]") {
  Scene scene;
  scene.findings.communications.resize(2);
  scene.findings.communications[1].state = model::CommunicationState::no_response;
  scene.findings.communications[1].codes = {4003};
  scene.findings.books[Quality::kernel_dropped] = 5;
  const auto all = scene.verdicts();
  REQUIRE(all.size() == 3);
  CHECK(all[0].verdict == Verdict::here);
  CHECK(all[1].verdict == Verdict::failed);
  CHECK(all[1].codes == std::vector<std::uint16_t>{4003});
  CHECK(all[1].text.find("no_response") != std::string::npos);
  CHECK(all[2].verdict == Verdict::dropped);
}

TEST_CASE("a session without communications failed, and how is said", "[query][explain]") {
  Scene scene;
  scene.findings.session_codes = {4033};
  scene.findings.sessions = {session(500, "http1")};
  CHECK(scene.only().verdict == Verdict::failed);
  CHECK(scene.only().codes == std::vector<std::uint16_t>{4033});
  scene.findings.sessions = {session(500, "")};
  CHECK(scene.only().text.find("no HTTP/1 was recognised. The codes of") != std::string::npos);
  scene.findings.session_codes.clear();
  CHECK(scene.only().text.find("recognised. Encrypted traffic") != std::string::npos);
  scene.findings.sessions = {session(0, "")};
  CHECK(scene.only().text.find("without a single byte") != std::string::npos);
}

TEST_CASE("a session whose communications lie elsewhere in time is here", "[query][explain]") {
  Scene scene;
  scene.findings.sessions = {session(500, "http1")};
  scene.findings.sessions[0].communications = 3;
  CHECK(scene.only().verdict == Verdict::here);
}

TEST_CASE("what ended before the oldest kept instant expired", "[query][explain]") {
  Scene scene;
  scene.findings.purged_before = scene.question.to;
  const Finding whole = *scene.find(Verdict::expired);
  CHECK(whole.certain);
  CHECK_FALSE(scene.find(Verdict::never_seen));
  scene.findings.purged_before = scene.question.from + base::Duration::from_s(1);
  CHECK_FALSE(scene.find(Verdict::expired)->certain);
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
  scene.findings.purged_before = scene.question.from;
  CHECK_FALSE(scene.find(Verdict::expired));
}

TEST_CASE("a whisperer that did not listen says so with the times around", "[query][explain]") {
  Scene scene;
  scene.whisperer.since = kNow;
  scene.findings.books = {};
  scene.findings.before = kThen - base::Duration::from_s(600);
  const Finding f = scene.only();
  CHECK(f.verdict == Verdict::not_capturing);
  CHECK(f.certain);
  CHECK(f.earliest == scene.findings.before);
  CHECK(f.text.find(base::to_iso(*f.earliest)) != std::string::npos);
}

TEST_CASE("a whisperer that listened a part of the time proves nothing", "[query][explain]") {
  Scene scene;
  scene.whisperer.since = kNow;
  scene.findings.books[Quality::listening_ms] = 20'000;
  const Finding part = *scene.find(Verdict::not_capturing);
  CHECK_FALSE(part.certain);
  CHECK(part.count == 20'000);
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
}

TEST_CASE("a gap in capture is named, and nothing is certain of what it hides",
          "[query][explain]") {
  Scene scene;  // the books say that it listened to all of the minute
  const auto at = [](std::int64_t s) { return kThen + base::Duration::from_s(s); };
  scene.findings.gaps = {{at(10), at(20), at(10), false}};
  const Finding part = *scene.find(Verdict::not_capturing);
  CHECK_FALSE(part.certain);
  CHECK(part.text.find(base::to_iso(at(10))) != std::string::npos);
  CHECK(part.text.find(base::to_iso(at(20))) != std::string::npos);
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
  scene.question.from = at(12);
  scene.question.to = at(13);
  CHECK(scene.only().verdict == Verdict::not_capturing);
  CHECK(scene.only().certain);
  // Cut off: until its next sign of life was due it may have captured.
  scene.findings.gaps[0].sure_from = at(17);
  CHECK_FALSE(scene.find(Verdict::not_capturing)->certain);
  scene.findings.communications.resize(1);
  CHECK(scene.verdicts().front().verdict == Verdict::here);
  CHECK(scene.find(Verdict::not_capturing));
}

TEST_CASE("a silent line that was listened to is capturing", "[query][explain]") {
  Scene scene;
  scene.whisperer.since = kNow;  // opened again later: the books tell of then
  scene.findings.books[Quality::packets_received] = 0;
  CHECK(scene.only().verdict == Verdict::never_seen);
  CHECK(scene.only().certain);
}

TEST_CASE("spider's own connections are left out by a rule of their own", "[query][explain]") {
  Scene scene;
  scene.filter.spiders_own = true;
  REQUIRE(scene.find(Verdict::filtered).has_value());
  CHECK(scene.find(Verdict::filtered)->rule == "exclude_spider = true");
  CHECK(scene.find(Verdict::filtered)->certain);
}

TEST_CASE("that nothing came by is certain only of settings that are known", "[query][explain]") {
  Scene scene;
  scene.whisperer.config.filter = "not port 8400";
  CHECK(scene.only().certain);
  SECTION("an earlier run captured then") {
    scene.whisperer.filter_since = kNow;
    CHECK(scene.only().text.find("earlier run") != std::string::npos);
  }
  SECTION("perhaps one did, in the minute in which this one began") {
    scene.whisperer.filter_since = kThen + base::Duration::from_s(20);
  }
  SECTION("the whisperer is not configured any more") {
    scene.configured = false;
    CHECK(scene.find(Verdict::never_seen)->text.find("not configured") != std::string::npos);
  }
  SECTION("a port that was not named is perhaps filtered") {
    scene.question.server_port.reset();
    CHECK(scene.only().text.find("ends that were not named") != std::string::npos);
  }
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
}

TEST_CASE("without a filter an end that was not named leaves nothing open", "[query][explain]") {
  Scene scene;
  scene.question.server_port.reset();
  CHECK(scene.only().certain);
}

TEST_CASE("no file with packets of that time is not capturing, files never prove absence",
          "[query][explain]") {
  Scene scene;
  scene.whisperer.config.type = "UPLOAD";
  CHECK(scene.only().verdict == Verdict::never_seen);
  CHECK_FALSE(scene.only().certain);
  scene.findings.books = {};
  CHECK(scene.only().verdict == Verdict::not_capturing);
  CHECK(scene.only().certain);
}

TEST_CASE("a capture that has not ended since then listened, whatever is booked yet",
          "[query][explain]") {
  Scene scene;
  scene.findings.books = {};
  CHECK(scene.only().verdict == Verdict::never_seen);
  CHECK(scene.only().certain);
}

TEST_CASE("a time to come was not captured", "[query][explain]") {
  Scene scene;
  scene.question.from = kNow + base::Duration::from_s(10);
  scene.question.to = kNow + base::Duration::from_s(20);
  CHECK(scene.only().verdict == Verdict::not_capturing);
}

TEST_CASE("a filter that lets nothing through is certain only of the time and ends it knows",
          "[query][explain]") {
  Scene scene;
  scene.whisperer.config.filter = "tcp port 8080";
  scene.filter = {true, false, false, false, false, ""};
  const Finding sure = scene.only();
  CHECK(sure.verdict == Verdict::filtered);
  CHECK(sure.certain);
  CHECK(sure.rule == "tcp port 8080");
  SECTION("a port was guessed") { scene.question.client_port.reset(); }
  SECTION("another process captured then") { scene.whisperer.filter_since = kNow; }
  SECTION("perhaps another process did, in the minute in which this one began") {
    scene.whisperer.filter_since = kThen + base::Duration::from_s(20);
  }
  CHECK_FALSE(scene.find(Verdict::filtered)->certain);
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
}

TEST_CASE("a capture that began within the range is not said to have been none",
          "[query][explain]") {
  Scene scene;
  scene.findings.books = {};
  scene.whisperer.since = kThen + base::Duration::from_s(30);
  const auto f = scene.find(Verdict::not_capturing);
  REQUIRE(f);
  CHECK_FALSE(f->certain);
  scene.whisperer.since = scene.question.to;
  CHECK(scene.find(Verdict::not_capturing)->certain);
}

TEST_CASE("a filter that cannot have changed since the capture began is not doubted",
          "[query][explain]") {
  Scene scene;
  scene.whisperer.config.filter = "tcp port 8080";
  scene.filter = {true, false, false, false, false, ""};
  scene.question.from = kThen - base::Duration::from_s(80'000);
  SECTION("this process captured all that there is") {
    scene.whisperer.since = scene.whisperer.filter_since = kThen + base::Duration::from_s(10);
    scene.whisperer.filter_since = base::Time::min();
  }
  SECTION("nothing was captured in the range before this process") {
    scene.whisperer.since = scene.whisperer.filter_since = kThen - base::Duration::from_s(61);
  }
  SECTION("the interface went away and came back") { scene.whisperer.since = kThen; }
  SECTION("all files were read by this process") {
    scene.whisperer.config.type = "UPLOAD";
    scene.whisperer.filter_since = base::Time::min();
  }
  // The third section asks of a time when this very process captured.
  if (scene.whisperer.filter_since == kThen - base::Duration::from_s(3'600))
    scene.question.from = kThen - base::Duration::from_s(1'800);
  const auto f = scene.find(Verdict::filtered);
  REQUIRE(f);
  CHECK(f->certain);
  CHECK(f->text.find("not known") == std::string::npos);
}

TEST_CASE("a filter that halves a connection, or minds VLAN tags, is possible",
          "[query][explain]") {
  Scene scene;
  scene.whisperer.config.filter = "dst port 80";
  SECTION("one way") { scene.filter = {true, true, false, true, false, ""}; }
  SECTION("tagged frames") { scene.filter = {true, true, true, true, false, ""}; }
  SECTION("not to be tried") { scene.filter = {false, false, false, false, false, "syntax"}; }
  const Finding f = *scene.find(Verdict::filtered);
  CHECK_FALSE(f.certain);
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
}

TEST_CASE("traffic of the machine with itself does not pass another interface",
          "[query][explain]") {
  Scene scene;
  scene.question.client = *model::parse_ip("127.0.0.1");
  CHECK(scene.find(Verdict::filtered)->rule == "interface = eth0");
  scene.whisperer.config.interface = "any";
  CHECK_FALSE(scene.find(Verdict::filtered));
  scene.whisperer.config.direction = "in";
  CHECK(scene.find(Verdict::filtered)->rule == "direction = in");
}

TEST_CASE("each loss of these minutes is possible, with its count and share", "[query][explain]") {
  Scene scene;
  scene.findings.books[Quality::packets_received] = 900;
  scene.findings.books[Quality::kernel_dropped] = 100;
  scene.findings.books[Quality::sessions_evicted] = 3;
  scene.findings.books[Quality::sessions_closed] = 30;
  const auto all = scene.verdicts();
  REQUIRE(all.size() == 3);
  CHECK(all[0].verdict == Verdict::dropped);
  CHECK(all[0].counter == "kernel_dropped");
  CHECK(all[0].count == 100);
  CHECK(all[0].share == Approx(0.1));
  CHECK(all[1].counter == "sessions_evicted");
  CHECK(all[1].share == Approx(0.1));
  for (const Finding& f : all) CHECK_FALSE(f.certain);
}

TEST_CASE("open sessions and unsaved ones keep it from being certain", "[query][explain]") {
  Scene scene;
  SECTION("open") {
    scene.whisperer.ring_bytes = 1;
    scene.whisperer.books[Quality::sessions_opened] = 5;
    scene.whisperer.books[Quality::sessions_closed] = 3;
    CHECK(scene.find(Verdict::under_way)->count == 2);
  }
  SECTION("not saved") {
    scene.whisperer.config.save_sessions = false;
    CHECK(scene.find(Verdict::not_saved)->rule == "save_sessions = false");
  }
  CHECK_FALSE(scene.find(Verdict::never_seen)->certain);
}

}  // namespace spider::query
