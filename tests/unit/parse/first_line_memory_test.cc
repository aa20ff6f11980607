// What a first line that comes byte by byte costs, and what is told when it costs too much.

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "support/http1_replay.h"
#include "unit/parse/allocations.h"

namespace spider::test {
namespace {
using model::Direction;

struct Quiet final : model::CommunicationSink {
  model::BodyExtent save_body(base::Bytes bytes) override {
    return {1, 0, static_cast<std::uint32_t>(bytes.size())};
  }
  void on_communication(const model::Communication&) override {}
  void on_session(const model::TcpSession&, std::string_view, std::uint32_t,
                  std::span<const model::ParseNote> told) override {
    for (const model::ParseNote& n : told)
      if (n.code == parse::codes::memory_full.number()) ++flows_given_up;
  }
  std::uint64_t flows_given_up = 0;
};

struct Cost {
  std::size_t told = 0;
  std::size_t real = 0;
};

// The most that 200 flows cost which send 8,000 bytes of a first line in both directions, each byte
// in a packet of its own.
Cost slow_first_lines(const Script& script, Quiet& sink, std::uint64_t& parse_errors) {
  model::QualityLog quality;
  parse::Parser parser(script.config, script.whisperer, sink, quality);
  model::TcpSession session = scripted_session(script);
  std::vector<model::FlowObserver*> flows;
  for (int i = 0; i < 200; ++i) flows.push_back(parser.open(session));
  const std::size_t before = bytes_allocated;
  const std::size_t empty = parser.bytes_held();
  Cost most;
  const std::string line = "GET /" + std::string(8'000, 'a');
  for (std::uint64_t at = 0; at < line.size(); ++at) {
    const base::Bytes one = base::as_bytes(std::string_view(line).substr(at, 1));
    for (model::FlowObserver* flow : flows) {
      for (const Direction d : {Direction::low_to_high, Direction::high_to_low})
        flow->on_chunk(d, {at, one, base::Time::from_us(100), at + 1});
    }
    most.told = std::max(most.told, parser.bytes_held() - empty);
    most.real = std::max(most.real, bytes_allocated - before);
  }
  for (model::FlowObserver* flow : flows) {
    flow->on_retransmission(Direction::low_to_high, 0, 1);
    parser.close(flow, session);
  }
  // What is not in use any more is not counted, but for the pooled flows.
  CHECK(parser.bytes_held() <= empty + flows.size() * 4 * sizeof(model::ParseNote));
  for (const auto& m : quality.minutes()) parse_errors += m.counts[model::Quality::parse_errors];
  return most;
}

TEST_CASE("a first line of tiny packets is counted with what its packets are remembered by",
          "[parse]") {
  Script script;
  script.config.memory_mib = 8'192;
  Quiet sink;
  std::uint64_t parse_errors = 0;
  const Cost cost = slow_first_lines(script, sink, parse_errors);
  CHECK(cost.told > 100'000'000);
  CHECK(static_cast<double>(cost.real) < 1.05 * static_cast<double>(cost.told));
  CHECK(sink.flows_given_up == 0);
}

TEST_CASE("first lines of tiny packets stay within the memory allowed, and what goes is told",
          "[parse]") {
  Script script;
  script.config.memory_mib = 64;
  Quiet sink;
  std::uint64_t parse_errors = 0;
  const Cost cost = slow_first_lines(script, sink, parse_errors);
  const std::size_t budget = (std::size_t{64} << 20U) / model::kLanes;
  CHECK(cost.told < budget + budget / 16);
  CHECK(cost.real < budget + budget / 8);
  CHECK(sink.flows_given_up > 100);
  CHECK(parse_errors >= sink.flows_given_up);
}

}  // namespace
}  // namespace spider::test
