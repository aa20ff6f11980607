// Reassembly against a byte map that knows nothing of how it works: each
// position of each direction is what the first captured packet with it said;
// what no packet had is a gap.
//
// SPIDER_PROPERTY_CASES=N runs N storms of each kind (millions, if there is
// time), and SPIDER_PROPERTY_SEED=N only the storm of that seed, with its story.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "reassembly_storm.h"
#include "reassembly_story.h"

using namespace spider;
using namespace spider::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t kSlower = 20;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t kSlower = 20;
#else
constexpr std::uint64_t kSlower = 1;
#endif
#else
constexpr std::uint64_t kSlower = 1;
#endif

std::uint64_t cases(std::uint64_t usual) {
  const char* const wanted = std::getenv("SPIDER_PROPERTY_CASES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual / kSlower;
}

// What all storms together were made of.
Ingredients g_made{};
std::uint64_t g_storms = 0;
std::uint64_t g_copies = 0;
std::uint64_t g_copies_known = 0;

void tally(const Storm& storm, const StormRun& run) {
  if (std::getenv("SPIDER_PROPERTY_SEED") != nullptr) print_story(storm, run);
  ++g_storms;
  for (std::size_t i = 0; i < g_made.size(); ++i) g_made[i] += storm.made[i];
  g_copies += run.copies;
  g_copies_known += run.all[model::Quality::mirror_duplicate];
}

// Most storms are small: they find as much, and there can be a hundred times as
// many.
void set_size(StormPlan& plan) {
  const bool large = plan.chance(3);
  plan.steps = large ? 60 : 4 + static_cast<unsigned>(plan.upto(20));
  plan.bytes_max =
      large ? (plan.chance(5) ? 5000U : 150U) : 1 + static_cast<unsigned>(plan.upto(11));
  if (plan.bytes_max > 1000) plan.steps = 20;
  plan.tiny_windows = plan.chance(10);
}

struct Copy {
  std::uint64_t packet = 0;
  char byte = 0;
  friend bool operator==(const Copy& a, const Copy& b) {
    return a.packet == b.packet && a.byte == b.byte;
  }
};

// One direction of one connection.
struct Side {
  std::map<std::int64_t, Copy> first;        // by position, 0 after the SYN
  std::multimap<std::int64_t, Copy> probed;  // what keep-alives carried, which nobody need believe
  std::uint64_t captured = ~std::uint64_t{0};  // its first packet
  std::int64_t sent = 0;                       // one past the last byte, the FIN counted
  bool syn_first = false;  // its start was told before any of its data, or its end, was seen
  bool syn_only = true;    // when its first packet came: a bare one would be believed as well
  bool begun = false;
  std::set<std::int64_t> starts{0};  // what may be taken for the start when no SYN tells

  [[nodiscard]] bool syn_told() const { return syn_first && syn_only; }
};

struct Connection {
  Side side[2];
  std::map<std::uint64_t, std::int64_t> ack;  // of each packet, in positions of the other side
};

std::vector<Connection> map_of(const Storm& storm) {
  std::vector<Connection> all(storm.flows.size());
  for (std::size_t i = 0; i < storm.packets.size(); ++i) {
    const StormPacket& s = storm.packets[i];
    const model::Packet& p = s.packet;
    const StormFlow& f = storm.flows[storm.flow_of[i]];
    Connection& c = all[storm.flow_of[i]];
    const std::size_t d = index(p.direction);
    Side& me = c.side[d];
    Side& other = c.side[1 - d];
    const bool syn = (p.tcp_flags & model::kSyn) != 0;
    // Connections are far shorter than half the circle, so a signed difference
    // is the position.
    const std::int64_t at = syn ? 0 : static_cast<std::int32_t>(p.seq - f.isn[d] - 1);
    me.captured = std::min(me.captured, p.number);
    if (p.number <= me.captured) me.syn_only = syn || me.syn_first;
    if (syn && !me.begun) me.syn_first = true;
    if (syn && (p.tcp_flags & model::kAck) != 0 && !other.begun) other.syn_first = true;
    me.begun = me.begun || p.payload_wire_bytes > 0 || (p.tcp_flags & model::kFin) != 0;
    if ((p.tcp_flags & model::kAck) != 0) {
      const std::int64_t ack = static_cast<std::int32_t>(p.ack - f.isn[1 - d] - 1);
      if (!s.resent) c.ack[p.number] = ack;
      other.starts.insert(ack);
    }
    me.starts.insert(at);
    me.starts.insert(at + 1);  // a keep-alive was first
    if (s.probe && !s.payload.empty()) me.probed.emplace(at, Copy{p.number, s.payload[0]});
    for (std::size_t k = 0; k < s.payload.size() && !s.probe; ++k)
      me.first.try_emplace(at + static_cast<std::int64_t>(k), Copy{p.number, s.payload[k]});
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
      c.side[side].sent = static_cast<std::int64_t>(f.truth[side].size()) + 1;
  }
  return all;
}

// A keep-alive that comes before the byte that it stands on looks like that byte.
const char* wrong_byte(const Side& side, std::int64_t at, Copy told) {
  const auto found = side.first.find(at);
  if (found != side.first.end() && found->second == told) return nullptr;
  if (found == side.first.end() || found->second.packet > told.packet) {
    const auto [from, to] = side.probed.equal_range(at);
    for (auto probe = from; probe != to; ++probe)
      if (probe->second == told) return nullptr;
  }
  return found == side.first.end() ? "a byte where none was captured" : "not the first copy";
}

// Whether what was told of one direction is right if its offset 0 is position
// `start`.
const char* wrong_with(const std::vector<Told>& told, model::Direction d, const Side& side,
                       std::int64_t start, bool cut) {
  std::int64_t at = start;
  for (const Told& t : told) {
    if (t.direction != d) continue;
    if (t.kind == Told::Kind::chunk) {
      for (const char c : t.text) {
        if (const char* const wrong = wrong_byte(side, at++, {t.packet, c})) return wrong;
      }
    } else if (t.kind == Told::Kind::gap) {
      for (std::uint64_t k = 0; k < t.bytes; ++k, ++at) {
        const auto found = side.first.find(at);
        if (found != side.first.end() && (!cut || found->second.packet <= t.during))
          return "a gap where bytes were captured";
      }
      if (at > side.sent) return "a gap beyond what was sent";
    }
  }
  const auto rest = side.first.lower_bound(at);
  if (rest != side.first.end()) return "bytes were captured but not handed on";
  return nullptr;
}

void check_direction(const std::vector<Told>& told, model::Direction d, const Side& side,
                     bool cut) {
  if (side.syn_first) {
    const char* const wrong = wrong_with(told, d, side, 0, cut);
    law(wrong == nullptr, wrong);
    return;
  }
  if (side.first.empty()) return;
  const char* wrong = "no start fits";
  for (const std::int64_t start : side.starts) {
    const char* const here = wrong_with(told, d, side, start, cut);
    if (here == nullptr) return;
    if (start == side.first.begin()->first) wrong = here;
  }
  throw Broken(wrong);
}

// Nothing is handed on before what its sender had seen.
void check_causes(const std::vector<Told>& told, const Connection& c) {
  std::int64_t reached[2] = {0, 0};
  for (const Told& t : told) {
    const std::size_t d = index(t.direction);
    if (t.kind == Told::Kind::chunk || t.kind == Told::Kind::gap)
      reached[d] += static_cast<std::int64_t>(t.bytes);
    if (t.kind == Told::Kind::chunk) {
      const auto ack = c.ack.find(t.packet);
      // A direction of which nothing was seen so far is not waited for.
      if (t.packet < c.side[1 - d].captured) continue;
      law(ack == c.ack.end() || ack->second <= reached[1 - d] + 1, "an answer before its question");
    }
  }
}

// What became of every captured byte: handed on from this packet; a copy of what was handed on from
// another; or too late, its place a gap by then. Only where all starts are known, and while the few
// gaps that a stream remembers are all that it had.
void check_books(const Storm& storm, const StormRun& run,
                 const std::vector<Connection>& connections) {
  std::map<std::pair<std::uint64_t, std::size_t>, std::vector<Told>> streams;
  for (const Told& t : run.told)
    if (t.kind == Told::Kind::chunk || t.kind == Told::Kind::gap)
      streams[{t.session, index(t.direction)}].push_back(t);
  for (const auto& [id, told] : streams) {
    const auto gaps = std::count_if(told.begin(), told.end(),
                                    [](const Told& t) { return t.kind == Told::Kind::gap; });
    if (gaps > 4) return;
  }
  for (const Connection& c : connections)
    if (!c.side[0].syn_first || !c.side[1].syn_first) return;

  const std::vector<bool> copy = copies_in(storm.packets);
  std::uint64_t duplicate = 0;
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < storm.packets.size(); ++i) {
    const StormPacket& s = storm.packets[i];
    if (copy[i]) continue;
    const StormFlow& f = storm.flows[storm.flow_of[i]];
    const std::size_t d = index(s.packet.direction);
    const auto first = static_cast<std::int32_t>(s.packet.seq - f.isn[d] - 1);
    for (std::size_t k = 0; k < s.payload.size(); ++k) {
      const std::int64_t at = first + static_cast<std::int64_t>(k);
      const Told* holder = nullptr;
      for (const Told& t : streams[{f.first_packet, d}])
        if (static_cast<std::int64_t>(t.offset) <= at &&
            at < static_cast<std::int64_t>(t.offset + t.bytes))
          holder = &t;
      const bool lost = holder == nullptr || holder->kind == Told::Kind::gap;
      if (!lost && holder->packet == s.packet.number) continue;
      ++(lost && !s.probe ? refused : duplicate);
    }
  }
  law(run.all[model::Quality::duplicate_bytes] == duplicate, "duplicate_bytes");
  law(run.all[model::Quality::refused_bytes] == refused, "refused_bytes");
}

void check_truth(const Storm& storm, const StormRun& run, const StormPlan& plan) {
  const bool cut = plan.cut > 0;
  const std::vector<Connection> connections = map_of(storm);
  std::map<std::uint64_t, std::vector<Told>> sessions;
  for (const Told& t : run.told) sessions[t.session].push_back(t);
  law(sessions.size() == connections.size(), "another number of sessions");
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const Connection& c = connections[i];
    const auto session = sessions.find(storm.flows[i].first_packet);
    law(session != sessions.end(), "a session begins at another packet");
    const std::vector<Told>& told = session->second;
    check_direction(told, model::Direction::low_to_high, c.side[0], cut);
    check_direction(told, model::Direction::high_to_low, c.side[1], cut);
    // Of two that wait for each other the later is let go first; late ones may
    // deceive.
    const bool clear = plan.late == 0 || plan.resent + plan.odd == 0;
    if (clear && c.side[0].syn_told() && c.side[1].syn_told()) check_causes(told, c);
  }
  if (run.copies == run.all[model::Quality::mirror_duplicate]) check_books(storm, run, connections);
}

reassembly::ReassemblyConfig roomy() {
  reassembly::ReassemblyConfig config;
  config.flows_max = 8 * 256;
  config.buffer_mib = 8;
  return config;
}

template <class Case>
void storms(std::uint64_t count, std::uint64_t salt, Case&& run_case) {
  const char* const only = std::getenv("SPIDER_PROPERTY_SEED");
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = only != nullptr ? std::strtoull(only, nullptr, 10) : salt + i;
    try {
      run_case(seed);
    } catch (const Broken& broken) {
      FAIL("seed " << seed << ": " << broken.what());
    }
    if (only != nullptr) break;
  }
  SUCCEED();
}

}  // namespace

TEST_CASE("what no packet was missed of is handed on whole, each byte once", "[property]") {
  storms(cases(120'000), 1'000'000'000, [](std::uint64_t seed) {
    StormPlan plan(seed);
    plan.twice = plan.chance(50) ? static_cast<unsigned>(plan.upto(100)) : 0;
    plan.late = plan.chance(70) ? static_cast<unsigned>(plan.upto(40)) : 0;
    plan.resent = plan.chance(70) ? static_cast<unsigned>(plan.upto(40)) : 0;
    plan.different = static_cast<unsigned>(plan.upto(50));
    plan.odd = plan.chance(50) ? 5 : 0;
    plan.mirrored = plan.chance(30) ? static_cast<unsigned>(plan.upto(100)) : 0;
    set_size(plan);
    const bool reuse = plan.late == 0 && plan.chance(50);
    Storm storm(plan);
    for (std::uint16_t i = 0; i <= plan.upto(2); ++i) {
      storm.connection(reuse ? 40000 : static_cast<std::uint16_t>(40000 + i));
      if (reuse || plan.chance(50)) {
        storm.see();
        storm.now += 10'000'000 + static_cast<std::int64_t>(plan.upto(5'000'000'000));
      }
    }
    storm.see();
    const StormRun run = run_storm(roomy(), storm.packets, 0, 16U << 20U);
    tally(storm, run);
    check_truth(storm, run, plan);
    const model::QualityCounts& all = run.all;
    law(all[model::Quality::gaps] == 0, "a gap though nothing was missed");
    // A start that nothing told in time may prove too high.
    bool told = true;
    for (const Connection& c : map_of(storm))
      told = told && c.side[0].syn_first && c.side[1].syn_first;
    law(!told || all[model::Quality::refused_bytes] == 0, "bytes refused though all were captured");
  });
}

TEST_CASE("what was missed is a gap and nothing else is", "[property]") {
  storms(cases(120'000), 2'000'000'000, [](std::uint64_t seed) {
    StormPlan plan(seed);
    plan.missed = static_cast<unsigned>(plan.upto(plan.chance(20) ? 60 : 15));
    plan.twice = plan.chance(30) ? static_cast<unsigned>(plan.upto(100)) : 0;
    plan.late = plan.chance(50) ? static_cast<unsigned>(plan.upto(30)) : 0;
    plan.resent = static_cast<unsigned>(plan.upto(30));
    plan.different = static_cast<unsigned>(plan.upto(30));
    plan.cut = plan.chance(20) ? static_cast<unsigned>(plan.upto(60)) : 0;
    plan.mid_stream = plan.chance(25) && plan.late == 0;
    plan.mirrored = plan.chance(30) ? static_cast<unsigned>(plan.upto(100)) : 0;
    set_size(plan);
    Storm storm(plan);
    storm.connection(40000);
    storm.connection(40001);
    storm.see();
    if (storm.flows[0].first_packet == 0 || storm.flows[1].first_packet == 0) return;
    const StormRun run = run_storm(roomy(), storm.packets, 0, 16U << 20U);
    tally(storm, run);
    check_truth(storm, run, plan);
  });
}

TEST_CASE("forged packets, tiny budgets and wild clocks break no law", "[property]") {
  storms(cases(60'000), 3'000'000'000, [](std::uint64_t seed) {
    StormPlan plan(seed);
    plan.missed = static_cast<unsigned>(plan.upto(40));
    plan.twice = static_cast<unsigned>(plan.upto(50));
    plan.late = static_cast<unsigned>(plan.upto(50));
    plan.resent = static_cast<unsigned>(plan.upto(40));
    plan.different = 30;
    plan.cut = static_cast<unsigned>(plan.upto(30));
    plan.odd = static_cast<unsigned>(plan.upto(20));
    plan.forged = static_cast<unsigned>(plan.upto(60));
    plan.mid_stream = plan.chance(30);
    plan.mirrored = plan.chance(30) ? static_cast<unsigned>(plan.upto(60)) : 0;
    set_size(plan);
    if (plan.chance(1)) plan.bytes_max = 20'000;
    reassembly::ReassemblyConfig config;
    config.flows_max = plan.chance(50) ? 8 : 8 * 64;
    config.buffer_mib = 1;
    config.stream_buffer_kib = plan.chance(50) ? 16 : 1;
    config.idle_timeout_s = plan.chance(50) ? 1 : 300;
    config.syn_timeout_s = 1;
    config.closed_linger_ms = plan.chance(50) ? 0 : 2'000;
    config.gap_wait_ms = plan.chance(30) ? 0 : 20;
    Storm storm(plan);
    for (std::uint16_t i = 0; i < 4; ++i) {
      storm.connection(static_cast<std::uint16_t>(40000 + plan.upto(2)));
      if (plan.chance(50)) storm.see();
    }
    storm.see();
    const StormRun once = run_storm(config, storm.packets, 0, 4U << 20U);
    tally(storm, once);
    const StormRun again = run_storm(config, storm.packets, 0, 4U << 20U);
    law(once.told == again.told, "two runs differ");
  });
}

TEST_CASE("telling the clock between packets changes nothing", "[property]") {
  storms(cases(30'000), 4'000'000'000, [](std::uint64_t seed) {
    StormPlan plan(seed);
    plan.missed = static_cast<unsigned>(plan.upto(30));
    plan.resent = static_cast<unsigned>(plan.upto(30));
    plan.cut = static_cast<unsigned>(plan.upto(20));
    plan.mid_stream = plan.chance(30);
    set_size(plan);
    reassembly::ReassemblyConfig config = roomy();
    config.gap_wait_ms = 5;
    config.syn_timeout_s = config.idle_timeout_s = 1;
    Storm storm(plan);
    for (std::uint16_t i = 0; i < 3; ++i) {
      storm.connection(static_cast<std::uint16_t>(40000 + i));
      storm.see();
      storm.now += static_cast<std::int64_t>(plan.upto(2'000'000'000));
    }
    const StormRun without = run_storm(config, storm.packets, 0, 16U << 20U);
    tally(storm, without);
    const StormRun with = run_storm(config, storm.packets, 1 + plan.upto(5), 16U << 20U);
    law(by_session(without.told) == by_session(with.told), "the clock changed what was told");
    law(without.told.size() == with.told.size(), "the clock changed what was told");
  });
}

TEST_CASE("packets that a mirror port shows twice change nothing of what is told", "[property]") {
  storms(cases(30'000), 5'000'000'000, [](std::uint64_t seed) {
    StormPlan plan(seed);
    plan.missed = static_cast<unsigned>(plan.upto(20));
    plan.late = plan.chance(30) ? static_cast<unsigned>(plan.upto(30)) : 0;
    plan.resent = static_cast<unsigned>(plan.upto(30));
    plan.different = static_cast<unsigned>(plan.upto(30));
    plan.twice = static_cast<unsigned>(plan.upto(20));
    plan.odd = plan.chance(50) ? 5 : 0;
    plan.cut = plan.chance(20) ? static_cast<unsigned>(plan.upto(30)) : 0;
    plan.mid_stream = plan.chance(20);
    plan.mirrored = 1 + static_cast<unsigned>(plan.upto(99));
    set_size(plan);
    Storm storm(plan);
    storm.connection(40000);
    storm.connection(40001);
    storm.see();
    const StormRun twice = run_storm(roomy(), storm.packets, 0, 16U << 20U);
    tally(storm, twice);
    if (twice.copies != twice.all[model::Quality::mirror_duplicate]) return;  // one was forgotten

    const std::vector<bool> copy = copies_in(storm.packets);
    std::vector<StormPacket> once;
    std::map<std::uint64_t, std::uint64_t> number;  // in the storm, of the packets seen once
    number[0] = 0;
    for (std::size_t i = 0; i < copy.size(); ++i) {
      if (copy[i]) continue;
      once.push_back(storm.packets[i]);
      once.back().packet.number = once.size();
      number[once.size()] = i + 1;
    }
    StormRun bare = run_storm(roomy(), once, 0, 16U << 20U);
    for (Told& t : bare.told) {
      t.session = number.at(t.session);
      if (t.kind == Told::Kind::chunk) t.packet = number.at(t.packet);
    }
    law(by_session(bare.told) == by_session(twice.told), "copies changed what was told");
    for (const model::Quality q :
         {model::Quality::tcp_payload_bytes, model::Quality::delivered_bytes,
          model::Quality::duplicate_bytes, model::Quality::overlap_conflicts})
      law(bare.all[q] == twice.all[q], "copies changed the books");
  });
}

TEST_CASE("the storms held every ingredient, and nearly every copy was known", "[property]") {
  if (std::getenv("SPIDER_PROPERTY_SEED") != nullptr || g_storms == 0) return;
  for (std::size_t i = 0; i < g_made.size(); ++i) {
    INFO(kIngredientNames[i] << ": " << g_made[i] << " in " << g_storms << " storms");
    CHECK(g_made[i] * 50 >= g_storms);
  }
  INFO(g_copies_known << " of " << g_copies << " copies");
  // A copy is not known when the segment was sent again in between (decision
  // 0015).
  CHECK(g_copies_known * 100 >= g_copies * 90);
  if (std::getenv("SPIDER_PROPERTY_CASES") == nullptr) return;
  for (std::size_t i = 0; i < g_made.size(); ++i)
    std::printf("%-12s %12llu\n", kIngredientNames[i], static_cast<unsigned long long>(g_made[i]));
  std::printf("%-12s %12llu\n", "storms", static_cast<unsigned long long>(g_storms));
}
