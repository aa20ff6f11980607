#include "spider/parse/parser.h"

#include <memory>

#include <catch2/catch.hpp>

#include "support/http1_replay.h"
#include "unit/parse/allocations.h"

namespace spider::test {
namespace {
using model::Direction;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// A lane with one or more flows; what it tells is counted, the last communication's facts are kept.
struct Lane final : model::CommunicationSink {
  explicit Lane(const Script& script = {})
      : parser(script.config, script.whisperer, *this, quality) {}

  model::BodyExtent save_body(base::Bytes bytes) override {
    saved += bytes.size();
    largest_piece = std::max<std::uint64_t>(largest_piece, bytes.size());
    ++pieces;
    // Never adjacent, as when many connections save at once.
    return {pieces, 0, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_communication(const model::Communication& c) override {
    ++told;
    last = c;
    state = c.state;
    extents = c.response.body.size();
  }
  void on_session(const model::TcpSession& s, std::string_view name, std::uint32_t,
                  std::span<const model::ParseNote> n) override {
    session = s;
    decoder = name;
    notes.assign(n.begin(), n.end());
  }

  model::FlowObserver* open(model::TcpSession& s) { return parser.open(s); }

  model::QualityLog quality;
  parse::Parser parser;
  std::uint64_t saved = 0;
  std::uint64_t pieces = 0;
  std::uint64_t largest_piece = 0;
  std::uint64_t told = 0;
  std::size_t extents = 0;
  model::Communication last;  // its views are not to be used
  model::CommunicationState state{};
  model::TcpSession session;
  std::string decoder;
  std::vector<model::ParseNote> notes;
};

void give(model::FlowObserver* flow, bool client, std::uint64_t& at, std::string_view text,
          std::int64_t us, std::uint64_t packet) {
  flow->on_chunk(client ? Direction::low_to_high : Direction::high_to_low,
                 {at, base::as_bytes(text), base::Time::from_us(us), packet});
  at += text.size();
}

TEST_CASE("times and packets are those that brought the bytes", "[parse]") {
  Lane lane;
  model::TcpSession session = scripted_session({});
  model::FlowObserver* flow = lane.open(session);
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  give(flow, true, c, kGet.substr(0, 10), 100, 4);
  give(flow, true, c, kGet.substr(10), 150, 5);
  // The end of the body arrived before its beginning.
  give(flow, false, s, kOk.substr(0, 39), 900, 9);
  give(flow, false, s, kOk.substr(39), 700, 7);
  CHECK(lane.told == 1);
  CHECK(lane.last.start.us() == 100);
  CHECK(lane.last.request.last_byte.us() == 150);
  CHECK(lane.last.response.first_byte.us() == 900);
  CHECK(lane.last.end.us() == 900);
  CHECK(lane.last.request.first_packet == 4);
  CHECK(lane.last.request.last_packet == 5);
  CHECK(lane.last.response.last_packet == 9);
  CHECK(lane.last.connect.us() == 70);
  give(flow, true, c, kGet, 1'000, 10);
  give(flow, false, s, kOk, 1'100, 11);
  CHECK(lane.last.ordinal == 1);
  CHECK(lane.last.connect.ns == -1);
  lane.parser.close(flow, session);
  CHECK(lane.decoder == "http1");
  REQUIRE(lane.notes.size() == 1);
  CHECK(lane.notes[0].code == parse::codes::recognised.number());
}

TEST_CASE("a flow of another protocol says what it begins as, once and at its beginning alone",
          "[parse]") {
  static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const auto noted = [](bool mid_stream, std::string_view before, std::size_t cut) {
    Script script;
    script.mid_stream = mid_stream;
    Lane lane(script);
    model::TcpSession session = scripted_session(script);
    model::FlowObserver* flow = lane.open(session);
    std::uint64_t c = 0;
    if (!before.empty()) give(flow, true, c, before, 90, 3);
    give(flow, true, c, kPreface.substr(0, cut), 100, 4);
    if (cut < kPreface.size()) give(flow, true, c, kPreface.substr(cut), 150, 5);
    give(flow, true, c, kPreface, 200, 6);
    lane.parser.close(flow, session);
    CHECK(lane.decoder.empty());
    CHECK(lane.told == 0);
    return lane.notes;
  };
  const auto whole = noted(false, "", kPreface.size());
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].code == parse::codes::begins_as_http2.number());
  CHECK(whole[0].offset == 0);
  CHECK(whole[0].time.us() == 100);
  REQUIRE(noted(false, "", 10).size() == 1);
  CHECK(noted(false, "", 10)[0].time.us() == 100);
  CHECK(noted(true, "", kPreface.size()).empty());
  CHECK(noted(false, "hello\n", kPreface.size()).empty());
}

TEST_CASE("mid-stream the requests tell who is the client", "[parse]") {
  Script script;
  script.mid_stream = true;
  script.roles_guessed_wrong = true;
  Lane lane(script);
  model::TcpSession session = scripted_session(script);
  session.client_stats.packets = 1;
  session.server_stats.packets = 2;
  REQUIRE(session.client.port == 80);
  model::FlowObserver* flow = lane.open(session);
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  give(flow, true, c, kGet, 100, 1);
  give(flow, false, s, kOk, 200, 2);
  CHECK(lane.last.client.port == 40'000);
  CHECK(lane.last.server.port == 80);
  lane.parser.close(flow, session);
  CHECK(lane.session.client.port == 40'000);
  CHECK(lane.session.client_stats.packets == 2);
  CHECK(lane.session.client_direction == Direction::low_to_high);
  CHECK(session.client.port == 40'000);
}

TEST_CASE("requests from the side that was called keep the session as it was opened", "[parse]") {
  Lane lane;
  model::TcpSession session = scripted_session({});
  model::FlowObserver* flow = lane.open(session);
  std::uint64_t c = 0;
  give(flow, false, c, kGet, 100, 1);
  lane.parser.close(flow, session);
  CHECK(lane.last.client.port == 80);
  CHECK(lane.session.client.port == 40'000);
}

TEST_CASE("a body of five gigabytes costs no more memory than its pieces", "[parse]") {
  Script script;
  script.whisperer.body_max_bytes = std::uint64_t{64} << 20U;
  Lane lane(script);
  model::TcpSession session = scripted_session(script);
  model::FlowObserver* flow = lane.open(session);
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  give(flow, true, c, kGet, 100, 1);
  constexpr std::uint64_t kBody = 5'000'000'000;
  give(flow, false, s, "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n", 200, 2);
  const std::string block(1'000'000, 'x');
  std::size_t held = 0;
  // The first part as packets are, the rest in large strides.
  for (std::uint64_t sent = 0; sent < kBody;) {
    const std::size_t n = sent < 100'000'000 ? 1'000 : block.size();
    give(flow, false, s, std::string_view(block).substr(0, n), 300, 3);
    sent += n;
    held = std::max(held, lane.parser.bytes_held());
  }
  CHECK(lane.told == 1);
  CHECK(lane.state == model::CommunicationState::complete);
  CHECK(lane.last.response.body_bytes == kBody);
  CHECK((lane.last.response.flags & model::kMessageBodyCapped) != 0);
  CHECK(lane.saved == script.whisperer.body_max_bytes);
  CHECK(lane.extents <= 3'000);
  CHECK(held < 300'000);
  std::uint64_t capped = 0;
  for (const auto& m : lane.quality.minutes())
    capped += m.counts[model::Quality::body_bytes_capped];
  CHECK(capped == kBody - script.whisperer.body_max_bytes);
  lane.parser.close(flow, session);
}

TEST_CASE("steady traffic allocates nothing", "[parse]") {
  Lane lane;
  model::TcpSession session = scripted_session({});
  const auto exchange = [&](model::FlowObserver* flow, std::uint64_t& c, std::uint64_t& s) {
    give(flow, true, c, kGet, 100, 1);
    give(flow, false, s, kOk, 200, 2);
  };
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  model::FlowObserver* flow = lane.open(session);
  for (int i = 0; i < 10; ++i) exchange(flow, c, s);
  const std::uint64_t before = allocations;
  for (int i = 0; i < 10'000; ++i) exchange(flow, c, s);
  CHECK(allocations == before);
  lane.parser.close(flow, session);
  CHECK(lane.told == 10'010);
  const std::uint64_t between = allocations;
  std::uint64_t notes = 0;
  for (int i = 0; i < 1'000; ++i) {
    model::FlowObserver* one = lane.parser.open(session);
    c = s = 0;
    exchange(one, c, s);
    lane.parser.close(one, session);
    ++notes;
  }
  // A flow that comes and goes costs at most the copy that this test keeps of its notes.
  CHECK(allocations - between <= notes);
}

TEST_CASE("endless heads on many connections stay within the memory allowed", "[parse]") {
  Script script;
  script.config.memory_mib = 8;
  Lane lane(script);
  const std::size_t budget = std::size_t{8} * 1024 * 1024 / model::kLanes;
  model::TcpSession session = scripted_session(script);
  std::vector<model::FlowObserver*> flows;
  std::vector<std::uint64_t> at;
  for (int i = 0; i < 2'000; ++i) {
    flows.push_back(lane.open(session));
    at.push_back(0);
  }
  const std::size_t empty = lane.parser.bytes_held();
  std::size_t held = 0;
  for (std::size_t i = 0; i < flows.size(); ++i)
    give(flows[i], true, at[i], "POST / HTTP/1.1\r\n", 100, 1);
  const std::string line = "X-Endless: " + std::string(1'000, 'x') + "\r\n";
  for (int round = 0; round < 40; ++round) {
    for (std::size_t i = 0; i < flows.size(); ++i) {
      give(flows[i], true, at[i], line, 200, 2);
      held = std::max(held, lane.parser.bytes_held());
    }
  }
  CHECK(held < budget + empty + 200'000);
  // Traffic beside it is still read once there is room again.
  for (model::FlowObserver* flow : flows) lane.parser.close(flow, session);
  const std::uint64_t told = lane.told;
  CHECK(told > 500);
  CHECK(lane.notes.size() <= script.config.notes_max);
  CHECK(lane.parser.bytes_held() < budget / 2);
  model::FlowObserver* flow = lane.open(session);
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  give(flow, true, c, kGet, 300, 3);
  give(flow, false, s, kOk, 300, 4);
  CHECK(lane.state == model::CommunicationState::complete);
  lane.parser.close(flow, session);
}

TEST_CASE("who goes on talking is not given up for those that hold memory and are silent",
          "[parse]") {
  Script script;
  script.config.memory_mib = 8;
  Lane lane(script);
  model::TcpSession session = scripted_session(script);
  model::FlowObserver* kept = lane.open(session);
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  const std::string half = "POST / HTTP/1.1\r\nX: " + std::string(1'000, 'x');
  std::vector<model::FlowObserver*> silent;
  std::uint64_t exchanges = 0;
  for (int i = 0; i < 5'000; ++i) {
    silent.push_back(lane.open(session));
    std::uint64_t at = 0;
    give(silent.back(), true, at, half, 100, 1);
    if (i % 20 != 0) continue;
    // Half a request, so that it holds something too when the memory is looked for.
    give(kept, true, c, kGet.substr(0, 9), 100, 2);
    give(kept, true, c, kGet.substr(9), 100, 3);
    give(kept, false, s, kOk, 200, 4);
    CHECK(lane.state == model::CommunicationState::complete);
    ++exchanges;
  }
  std::uint64_t complete = 0;
  for (const auto& m : lane.quality.minutes())
    complete += m.counts[model::Quality::communications_complete];
  CHECK(complete == exchanges);
  CHECK(lane.parser.bytes_held() < (std::size_t{8} << 20U) / model::kLanes + 5'001 * 1'024);
  for (model::FlowObserver* flow : silent) lane.parser.close(flow, session);
  lane.parser.close(kept, session);
}

TEST_CASE("a flow that nobody looks at is still told", "[parse]") {
  Lane lane;
  model::TcpSession session = scripted_session({});
  lane.parser.close(nullptr, session);
  CHECK(lane.decoder.empty());
  CHECK(lane.session.client.port == 40'000);
}

TEST_CASE("what is booked is booked in the minute of its packets", "[parse]") {
  Lane lane;
  model::TcpSession session = scripted_session({});
  model::FlowObserver* flow = lane.open(session);
  std::uint64_t c = 0;
  std::uint64_t s = 0;
  give(flow, true, c, kGet, 59'000'000, 1);
  give(flow, false, s, kOk, 61'000'000, 2);
  give(flow, true, c, "junk\r\n", 121'000'000, 3);
  give(flow, true, c, "junk\r\n", 181'000'000, 4);
  lane.parser.close(flow, session);
  std::uint64_t errors = 0;
  for (const auto& m : lane.quality.minutes()) {
    if (m.counts[model::Quality::communications_complete] != 0) CHECK(m.minute == 1);
    if (m.counts[model::Quality::parse_errors] != 0) CHECK(m.minute == 2);
    errors += m.counts[model::Quality::parse_errors];
  }
  CHECK(errors == 1);
}

TEST_CASE("half a first line that nobody recognises is noted, and counted when it is HTTP's",
          "[parse]") {
  using Kind = Step::Kind;
  struct Case {
    std::string_view text;
    bool noted;
    std::uint64_t parse_errors;
  };
  const Case cases[] = {{"GET /half HT", true, 1}, {"HTTP/1.", true, 1}, {"FROB /half HT", true, 0},
                        {"hello", true, 0},        {"\r\n", false, 0},   {"\x16\x03", false, 0}};
  const std::vector<std::vector<Step>> ends = {
      {},
      {{Kind::end, true}},
      {{Kind::reset, true}},
      {{Kind::gap, true, {}, 100}},
      {{Kind::end, true}, {Kind::end, false}},
      {{Kind::end, false}, {Kind::end, true}, {Kind::bytes, false, "late"}},
      {{Kind::end, true}, {Kind::bytes, false, "\x01\x02"}, {Kind::end, false}}};
  for (const Case& c : cases) {
    for (const auto& rest : ends) {
      Script script;
      script.steps = {{Kind::bytes, true, std::string(c.text)}};
      script.steps.insert(script.steps.end(), rest.begin(), rest.end());
      const Outcome out = replay_whole(script);
      INFO(escaped(c.text) << " and " << rest.size() << " more steps");
      CHECK(out.lines.empty());
      CHECK(out.decoder.empty());
      CHECK(out.notes == (c.noted ? std::vector<std::string>{"start_line_incomplete 0"}
                                  : std::vector<std::string>{}));
      CHECK(out.parse_errors == c.parse_errors);
    }
  }
}

TEST_CASE("what may be a half line on the way of a stream is a guess and not noted", "[parse]") {
  Script script;
  script.mid_stream = true;
  script.steps = {{Step::Kind::bytes, true, "GET /half HT"}, {Step::Kind::end, true}};
  const Outcome out = replay_whole(script);
  CHECK(out.notes.empty());
  CHECK(out.parse_errors == 0);
}

TEST_CASE("the parse log is bounded and can be switched off", "[parse]") {
  Script script;
  script.config.notes_max = 3;
  for (const bool save : {true, false}) {
    script.whisperer.save_parsing = save;
    Lane lane(script);
    model::TcpSession session = scripted_session(script);
    model::FlowObserver* flow = lane.open(session);
    std::uint64_t c = 0;
    give(flow, true, c, kGet, 100, 1);
    for (std::uint64_t i = 0; i < 50; ++i) {
      flow->on_gap(Direction::low_to_high, {c, 10, base::Time::from_us(200)});
      c += 10;
      give(flow, true, c, kGet, 300, 2 + i);
    }
    lane.parser.close(flow, session);
    CHECK(lane.notes.size() == (save ? 3 : 0));
  }
}

}  // namespace
}  // namespace spider::test
