// Random well-formed HTTP/1 conversations, read by us and by Boost.Beast: start lines, headers in
// order, trailers, bodies and where each message ends must be the same, however the bytes are cut.
//
// SPIDER_PROPERTY_CASES=N makes N conversations, SPIDER_PROPERTY_SEED=N only the one of that seed.
#include <cstdlib>

#include <catch2/catch.hpp>

#include "property/http1_made.h"
#include "support/http1_oracle.h"
#include "support/http1_replay.h"

namespace spider::test {
namespace {

using Exchange = ReadingSink::Exchange;
enum class Cut : std::uint8_t { none, random, bytes };

// Beast's reading of the two streams; a sentence when it does not take them as they were meant.
std::string beast_exchanges(const MadeTalk& talk, std::vector<Exchange>& out) {
  std::string streams[2];
  for (const MadeTalk::Step& step : talk.steps) streams[step.client ? 1 : 0] += step.text;
  std::string_view requests = streams[1];
  std::string_view responses = streams[0];
  for (const MadeTalk::Exchange& made : talk.exchanges) {
    Exchange& e = out.emplace_back();
    if (!beast_reads<true>(requests, e.request)) return "Beast refuses a request";
    requests.remove_prefix(e.request.bytes);
    for (;;) {
      e.response = {};
      if (!beast_reads<false>(responses, e.response, made.method == "HEAD"))
        return "Beast refuses a response";
      responses.remove_prefix(e.response.bytes);
      if (e.response.status >= 200) break;
      ++e.interim;
    }
    if (e.request.method != made.method || e.request.body != made.request_body ||
        e.response.body != made.response_body || e.interim != made.interim)
      return "Beast reads another message than was made";
  }
  if (!requests.empty() || !responses.empty()) return "Beast has bytes left";
  return {};
}

std::vector<Exchange> our_exchanges(MadeTalk& talk, Cut cut) {
  static GuardedBytes guarded(65'536);
  ReadingSink sink;
  model::QualityLog quality;
  parse::Parser parser({}, {}, sink, quality);
  model::TcpSession session = scripted_session({});
  model::FlowObserver* const flow = parser.open(session);
  std::uint64_t at[2] = {0, 0};
  std::uint64_t packet = 0;
  for (const MadeTalk::Step& step : talk.steps) {
    const auto d = step.client ? model::Direction::low_to_high : model::Direction::high_to_low;
    std::string_view left = step.text;
    while (!left.empty()) {
      std::size_t n = left.size();
      if (cut == Cut::bytes) n = 1;
      // Small pieces are the ones that cut line ends and chunk sizes.
      if (cut == Cut::random)
        n = 1 + talk.upto(std::min<std::size_t>(n, talk.chance(50) ? 7 : 300) - 1);
      session.end = base::Time::from_us(static_cast<std::int64_t>(++packet));
      flow->on_chunk(d, {at[model::index(d)], guarded.place(base::as_bytes(left.substr(0, n))),
                         session.end, packet});
      at[model::index(d)] += n;
      left.remove_prefix(n);
    }
  }
  for (const auto d : {model::Direction::low_to_high, model::Direction::high_to_low})
    flow->on_end(d, session.end, model::StreamEnd::fin);
  session.close = model::CloseReason::fin;
  parser.close(flow, session);
  return std::move(sink.exchanges);
}

std::string difference(const std::vector<Exchange>& ours, const std::vector<Exchange>& theirs) {
  if (ours.size() != theirs.size()) return std::to_string(ours.size()) + " exchanges are told";
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const std::string at = "exchange " + std::to_string(i) + ": ";
    if (!ours[i].has_request || !ours[i].has_response) return at + "a half is not told";
    if (ours[i].state != model::CommunicationState::complete) return at + "is not complete";
    if (ours[i].interim != theirs[i].interim) return at + "interim responses";
    if (!ours[i].codes.empty())
      return at + "is called odd: " +
             std::string(parse::codes::kRows[ours[i].codes.front() - 4001U].name);
    if (const auto d = difference(ours[i].request, theirs[i].request); !d.empty())
      return at + "request, " + d;
    if (const auto d = difference(ours[i].response, theirs[i].response); !d.empty())
      return at + "response, " + d;
  }
  return {};
}

std::string check(std::uint64_t seed, MadeCounts& made) {
  MadeTalk talk(seed, made);
  std::vector<Exchange> theirs;
  if (std::string trouble = beast_exchanges(talk, theirs); !trouble.empty()) return trouble;
  for (const Cut cut : {Cut::none, Cut::random, Cut::random, Cut::bytes}) {
    if (cut == Cut::bytes && seed % 8 != 0) continue;
    const std::string d = difference(our_exchanges(talk, cut), theirs);
    if (!d.empty()) return d + (cut == Cut::none ? ", whole" : ", in pieces");
  }
  return {};
}

std::uint64_t number(const char* name, std::uint64_t usual) {
  const char* const wanted = std::getenv(name);
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual;
}

}  // namespace

TEST_CASE("well-formed messages are read as Beast reads them, however they are cut", "[beast]") {
  const std::uint64_t only = number("SPIDER_PROPERTY_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : number("SPIDER_PROPERTY_CASES", 3'000);
  MadeCounts made{};
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::string trouble = check(seed, made);
    if (trouble.empty()) continue;
    std::string text;
    MadeCounts again{};
    for (const auto& step : MadeTalk(seed, again).steps)
      text += (step.client ? "> " : "< ") + escaped(step.text, 3'000) + '\n';
    FAIL("SPIDER_PROPERTY_SEED=" << seed << ": " << trouble << '\n' << text);
  }
  if (only != 0 || last < 1'000) return;
  for (std::size_t i = 0; i < made.size(); ++i) {
    INFO("what was made of kind " << i);
    CHECK(made[i] >= 50);
  }
}

}  // namespace spider::test
