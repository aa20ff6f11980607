// What retention removed from a store is told as that, by a store that really lost it.
#include <catch2/catch.hpp>

#include "spider/query/explain.h"
#include "spider/store/store_writer.h"

#include "import_capture.h"

using namespace spider;
using query::Verdict;

namespace {

base::Time at_us(std::int64_t us) { return base::Time::from_us(1'700'000'000'000'000 + us); }
constexpr std::int64_t kHourUs = 3'600'000'000;

// The conversation of one hour.
std::filesystem::path conversation(const test::TempFolder& folder, int hour) {
  test::PcapWriter out;
  test::Talk talk(out, "10.1.0.1", static_cast<std::uint16_t>(20'000 + hour));
  const std::int64_t t = hour * kHourUs;
  talk.open(at_us(t));
  talk.say(true, at_us(t + 1'000), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  talk.say(false, at_us(t + 2'000), "HTTP/1.1 204 No Content\r\n\r\n");
  talk.close(at_us(t + 3'000));
  const std::filesystem::path path = folder.path() / "hour.pcap";
  out.write(path);
  return path;
}

// The conversation of that hour, as somebody asks who remembers it to half a minute.
query::ExplainQuestion question_about(int hour) {
  query::ExplainQuestion q;
  q.client = *model::parse_ip("10.1.0.1");
  q.client_port = static_cast<std::uint16_t>(20'000 + hour);
  q.server = *model::parse_ip("10.9.0.1");
  q.server_port = 80;
  q.from = at_us(hour * kHourUs) - base::Duration::from_s(30);
  q.to = q.from + base::Duration::from_s(60);
  return q;
}

std::vector<query::Finding> asked(const store::Store& store,
                                  const query::ExplainQuestion& question) {
  const auto snapshot = store.reader().snapshot();
  const std::vector<store::SourceInfo> sources = store.sources();
  const auto findings = query::gather(*snapshot, sources, question);
  REQUIRE(findings);
  model::WhispererStatus status;
  status.config.name = sources.front().name;
  status.config.type = sources.front().type;
  return query::judge(question, *findings, status, true, {true, true, true, true, true, ""},
                      base::Time::now());
}

}  // namespace

TEST_CASE("what retention removed has expired, and what it left is here", "[pipeline][explain]") {
  test::TempFolder folder;
  const auto path = folder.path() / "store";
  const base::Time kept = at_us(3 * kHourUs - kHourUs / 2);
  {
    auto store = store::Store::open(test::store_at(path));
    REQUIRE(store);
    // A block goes when all that is in it is too old: each hour comes from a file of its own.
    pipeline::Pipeline pipeline({}, **store);
    pipeline.start();
    model::WhispererConfig whisperer;
    whisperer.name = "upload";
    whisperer.type = "UPLOAD";
    REQUIRE(pipeline.add_whisperer(whisperer));
    CHECK(pipeline.whisperers().front().filter_since == base::Time::min());
    for (int hour = 0; hour < 6; ++hour)
      REQUIRE(pipeline.import(whisperer.name, conversation(folder, hour).string()));
    pipeline.stop();
    for (int hour = 0; hour < 6; ++hour)
      CHECK(asked(**store, question_about(hour)).front().verdict == Verdict::here);
    for (const store::SourceInfo& source : (*store)->sources())
      REQUIRE((*store)->writer().purge_before(source.id, kept));
  }
  auto store = store::Store::open(test::store_at(path));  // it is known for good
  REQUIRE(store);
  for (int hour = 0; hour < 6; ++hour) {
    INFO(hour);
    const auto findings = asked(**store, question_about(hour));
    if (hour >= 3) {
      CHECK(findings.front().verdict == Verdict::here);
      continue;
    }
    CHECK(findings.front().verdict == Verdict::expired);
    CHECK(findings.front().certain);
    REQUIRE(findings.front().earliest);
    CHECK(*findings.front().earliest == kept);
    for (const query::Finding& f : findings) CHECK(f.verdict != Verdict::never_seen);
  }
  // Half of the range is kept: it may have expired, or not.
  query::ExplainQuestion question = question_about(2);
  question.to = kept + base::Duration::from_s(60);
  for (const query::Finding& f : asked(**store, question)) {
    if (f.verdict == Verdict::expired) CHECK_FALSE(f.certain);
    if (f.verdict == Verdict::never_seen) CHECK_FALSE(f.certain);
  }
  // Another process read what there is: its filter is not known any more.
  pipeline::Pipeline pipeline({}, **store);
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(whisperer));
  CHECK(pipeline.whisperers().front().filter_since > at_us(0));
}
