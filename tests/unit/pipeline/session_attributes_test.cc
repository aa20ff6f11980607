// What a session's record says beside its sums: what lay around its packets, what was odd.
#include <map>

#include <catch2/catch.hpp>

#include "spider/reassembly/codes.h"

#include "import_capture.h"
#include "support/temp_folder.h"

using namespace spider;
using namespace spider::test;

namespace {

using Frames = std::vector<std::pair<std::int64_t, Buffer>>;

// One packet of a client to port 80, inside whatever `layers` holds.
Buffer packet(PacketBuilder layers, std::uint16_t port, unsigned flags, std::uint32_t seq,
              std::string_view text = {}) {
  layers.ipv4("10.0.0.1", "10.0.0.2").tcp(port, 80).seq(seq);
  if ((flags & model::kSyn) == 0) layers.ack(1);
  return layers.flags(flags).payload(text).build();
}

struct Sessions {
  std::map<std::uint16_t, query::SessionRow> by_port;
  std::map<std::uint16_t, std::string> json;
};

Sessions sessions_of(const Frames& frames, const reassembly::ReassemblyConfig& reassembly = {}) {
  TempFolder folder;
  PcapWriter capture;
  for (const auto& [us, bytes] : frames) capture.add(base::Time::from_us(us), bytes);
  capture.write(folder.path() / "a.pcap");
  auto store = store::Store::open(store_at(folder.path() / "store"));
  REQUIRE(store);
  pipeline::PipelineSettings settings;
  settings.reassembly = reassembly;
  pipeline::Pipeline pipeline(settings, **store);
  pipeline.start();
  model::WhispererConfig whisperer;
  whisperer.name = "upload";
  whisperer.type = "UPLOAD";
  REQUIRE(pipeline.add_whisperer(whisperer));
  REQUIRE(pipeline.import("upload", (folder.path() / "a.pcap").string()));
  pipeline.stop();

  Sessions out;
  const auto snapshot = (*store)->reader().snapshot();
  const auto page =
      query::QueryEngine(*snapshot).sessions({}, query::Order::oldest_first, {}, 1'000'000);
  REQUIRE(page);
  const query::Names names(reassembly::codes::kRows);
  for (const query::SessionRow& row : page->rows) {
    query::JsonWriter json(out.json[row.client.port]);
    json.begin_object();
    query::write_session(json, row, names, query::TimeForm::us);
    json.end_object();
    out.by_port.emplace(row.client.port, row);
  }
  return out;
}

bool says(const std::string& json, std::string_view words) {
  return json.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a session tells what lay around its first packet, and only that", "[pipeline]") {
  const auto eth = [] { return PacketBuilder().ethernet(); };
  const auto vxlan = [&] {
    return eth()
        .vlan(7)
        .ipv4("203.0.113.1", "203.0.113.2")
        .udp(9, 4789)
        .raw({8, 0, 0, 0, 0, 0x13, 0x88, 0});
  };
  const Sessions s = sessions_of({
      {1'000, packet(eth(), 1001, model::kSyn, 1)},
      {2'000, packet(eth().vlan(100).vlan(200), 1002, model::kSyn, 1)},
      {3'000, packet(vxlan().ethernet(), 1003, model::kSyn, 1)},
      {4'000, packet(eth(), 1003, model::kAck, 2, "GET / HTTP/1.1\r\n\r\n")},
      {5'000, packet(vxlan().ethernet(), 1001, model::kAck, 2, "x")},
  });
  REQUIRE(s.by_port.size() == 3);
  CHECK(s.by_port.at(1001).outer.empty());
  CHECK(says(s.json.at(1001), "\"outer\":[]"));
  CHECK(s.by_port.at(1002).outer == "vlan 100 / vlan 200");
  CHECK(says(s.json.at(1002),
             R"("outer":[{"kind":"vlan","number":100},{"kind":"vlan","number":200}])"));
  CHECK(s.by_port.at(1003).outer == "vlan 7 / ipv4 203.0.113.1 > 203.0.113.2 / vxlan 5000");
  CHECK(says(s.json.at(1003), R"({"kind":"ipv4","from_ip":"203.0.113.1","to_ip":"203.0.113.2"})"
                              R"(,{"kind":"vxlan","number":5000}])"));
}

TEST_CASE("what a limit did to a session is told by a code on it", "[pipeline]") {
  const auto eth = [] { return PacketBuilder().ethernet(); };
  reassembly::ReassemblyConfig tiny;
  tiny.flows_max = 8;  // one in each lane
  Frames frames;
  for (std::uint16_t port = 2000; port < 2032; ++port)
    frames.push_back({port * 10, packet(eth(), port, model::kAck, 1, "x")});
  const Sessions few = sessions_of(frames, tiny);
  std::size_t evicted = 0;
  for (const auto& [port, row] : few.by_port) {
    const bool gone = row.close == model::CloseReason::evicted;
    evicted += gone ? 1U : 0U;
    CHECK(says(few.json.at(port), gone ? R"("codes":["flow_limit"])" : R"("codes":[])"));
  }
  CHECK(evicted >= 24);

  reassembly::ReassemblyConfig narrow;
  narrow.stream_buffer_kib = 16;
  const std::string block(1000, 'x');
  frames = {{10, packet(eth(), 3000, model::kAck, 1, "x")},
            {20, packet(eth(), 3001, model::kAck, 1, "x")}};
  for (std::uint32_t i = 0; i < 40; ++i)
    frames.push_back({30 + i, packet(eth(), 3000, model::kAck, 100 + i * 1000, block)});
  const Sessions held = sessions_of(frames, narrow);
  CHECK(says(held.json.at(3000), R"("codes":["buffer_limit"])"));
  CHECK(says(held.json.at(3001), R"("codes":[])"));
}

TEST_CASE("copies that contradict each other are told by a code on the session", "[pipeline]") {
  const auto eth = [] { return PacketBuilder().ethernet(); };
  const Sessions s = sessions_of({
      {10, packet(eth(), 4000, model::kSyn, 1)},
      {20, packet(eth(), 4000, model::kAck, 2, "one word")},
      {30, packet(eth(), 4000, model::kAck, 10, "and more")},
      {40'000, packet(eth(), 4000, model::kAck, 2, "One word")},
  });
  CHECK(says(s.json.at(4000), R"("codes":["overlap_conflict"])"));
}
