#pragma once
// Storms: true TCP conversations, then what a monitor may have made of them:
// packets missed, seen twice, late, cut, copies that differ, forged ones.
// Everything comes from one seed.

#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "reassembly_laws.h"

namespace spider::test {

// What a storm is made of. Counted as it is made, so that a test can say that
// all of it occurred.
enum class Ingredient : std::uint8_t {
  missed,            // not captured
  repeated,          // sent again as it was
  mirrored,          // seen again by the monitor
  late,              // captured after what was sent later
  resent,            // an older stretch with other borders
  resent_different,  // and other bytes
  cut,               // by the snaplen
  wrapped,           // bytes on both sides of sequence number 0
  mid_stream,
  port_reuse,
  reset,
  tiny_window,
  keep_alive,
  zero_window,
  urgent,
  forged,
  count_
};
inline constexpr std::array<const char*, static_cast<std::size_t>(Ingredient::count_)>
    kIngredientNames{"missed",     "repeated",    "mirrored", "late",
                     "resent",     "different",   "cut",      "wrapped",
                     "mid-stream", "port reuse",  "reset",    "tiny window",
                     "keep-alive", "zero window", "urgent",   "forged"};
using Ingredients = std::array<std::uint64_t, static_cast<std::size_t>(Ingredient::count_)>;

struct StormPlan {
  explicit StormPlan(std::uint64_t seed) : random(seed) {}

  [[nodiscard]] std::uint64_t upto(std::uint64_t n) { return random() % (n + 1); }
  [[nodiscard]] bool chance(unsigned percent) { return random() % 100 < percent; }

  std::mt19937_64 random;
  // Chances per packet, in percent.
  unsigned missed = 0;
  unsigned twice = 0;
  unsigned mirrored = 0;
  unsigned late = 0;
  unsigned resent = 0;     // an older stretch with other borders
  unsigned different = 0;  // of the resent ones: other bytes
  unsigned cut = 0;
  unsigned odd = 0;  // keep-alives, zero windows, urgent
  unsigned forged = 0;
  bool mid_stream = false;
  bool tiny_windows = false;  // a few bytes at most are ever under way
  unsigned bytes_max = 400;   // of one segment
  unsigned steps = 60;
};

// One connection as its two ends know it.
struct StormFlow {
  std::uint16_t port = 0;
  std::uint32_t isn[2] = {0, 0};  // by direction: 0 client (high port sends), 1 server
  std::string truth[2];
  std::uint64_t first_packet = 0;
};

class Storm {
 public:
  explicit Storm(StormPlan& plan) : plan_(plan) {
    if (plan.tiny_windows) plan.bytes_max = std::min(plan.bytes_max, 3U);
  }

  // A whole connection on `port`, starting now; the packets are in the order of
  // sending.
  void connection(std::uint16_t port);
  // Puts what was made so far into the order in which the monitor saw it.
  void see();

  std::vector<StormFlow> flows;
  std::vector<StormPacket> packets;  // as captured
  std::vector<std::size_t> flow_of;  // of each packet
  std::int64_t now = 1'700'000'000'000'000'000;
  Ingredients made{};

 private:
  struct Sent {
    std::int64_t time;
    std::size_t flow;
    StormPacket packet;
  };
  enum class Nature : std::uint8_t { fresh, resent, probe };
  void send(std::size_t side, std::uint8_t flags, std::uint64_t from, std::string bytes,
            std::uint64_t seen, Nature nature = Nature::fresh);
  void forge();
  void count(Ingredient what) { ++made[static_cast<std::size_t>(what)]; }
  // A packet of its own, whatever it looks like.
  [[nodiscard]] std::uint64_t fresh_print() { return ++prints_ * 0x9E37'79B9'7F4A'7C15U; }

  StormPlan& plan_;
  std::vector<Sent> sent_;
  std::uint64_t prints_ = 0;
};

inline void Storm::send(std::size_t side, std::uint8_t flags, std::uint64_t from, std::string bytes,
                        std::uint64_t seen, Nature nature) {
  StormFlow& f = flows.back();
  now += static_cast<std::int64_t>(plan_.upto(1'000'000));
  const model::Endpoint client{model::IpAddress::v4(0x0A000001), f.port};
  const model::Endpoint server{model::IpAddress::v4(0x0A000002), 80};
  StormPacket s;
  s.resent = nature != Nature::fresh;
  s.probe = nature == Nature::probe;
  model::Packet& p = s.packet;
  p.kind = model::PacketKind::tcp;
  p.key = {client, server, 6};
  p.flow_hash = model::hash(p.key, 0);
  p.direction = side == 0 ? model::Direction::low_to_high : model::Direction::high_to_low;
  p.tcp_flags = flags;
  p.seq = f.isn[side] + static_cast<std::uint32_t>(from) + ((flags & model::kSyn) != 0 ? 0U : 1U);
  p.ack = (flags & model::kAck) != 0 ? f.isn[1 - side] + 1 + static_cast<std::uint32_t>(seen) : 0;
  p.fingerprint = fresh_print();
  p.copy_proof = model::CopyProof::ip_id;
  p.window = plan_.tiny_windows ? static_cast<std::uint16_t>(1 + plan_.upto(2)) : 60'000;
  if (plan_.tiny_windows) count(Ingredient::tiny_window);
  p.payload_wire_bytes = static_cast<std::uint32_t>(bytes.size());
  if (!bytes.empty() && plan_.chance(plan_.cut)) {
    bytes.resize(plan_.upto(bytes.size()));
    if (bytes.size() < p.payload_wire_bytes) count(Ingredient::cut);
  }
  p.payload_bytes = static_cast<std::uint32_t>(bytes.size());
  if (plan_.chance(plan_.odd)) {
    if (plan_.chance(50)) {
      p.window = 0;
      count(Ingredient::zero_window);
    }
    if (plan_.chance(50)) {
      p.tcp_flags |= model::kUrg;
      count(Ingredient::urgent);
    }
  }
  s.payload = std::move(bytes);
  if ((flags & model::kRst) != 0) count(Ingredient::reset);
  const auto arrival = [&] {
    const bool late = plan_.chance(plan_.late);
    if (late) count(Ingredient::late);
    p.time.ns = now + (late ? static_cast<std::int64_t>(plan_.upto(50'000'000)) : 0);
    return p.time.ns;
  };
  const std::size_t flow = flows.size() - 1;
  if (plan_.chance(plan_.missed)) {
    count(Ingredient::missed);
  } else {
    sent_.push_back({arrival(), flow, s});
    if (plan_.chance(plan_.mirrored)) {
      count(Ingredient::mirrored);
      p.time.ns += static_cast<std::int64_t>(plan_.upto(5'000'000));
      sent_.push_back({p.time.ns, flow, s});
    }
  }
  if (plan_.chance(plan_.twice)) {
    count(Ingredient::repeated);
    p.fingerprint = fresh_print();
    const std::int64_t at = arrival() + 1000;
    p.time.ns = at;
    sent_.push_back({at, flow, s});
  }
  if (plan_.chance(plan_.forged)) forge();
}

inline void Storm::forge() {
  if (sent_.empty()) return;
  Sent f = sent_[plan_.upto(sent_.size() - 1)];
  f.time = now;
  model::Packet& p = f.packet.packet;
  count(Ingredient::forged);
  const std::uint64_t seen_print = p.fingerprint;
  p.fingerprint = fresh_print();
  switch (plan_.upto(5)) {
    case 0:
      p.seq = static_cast<std::uint32_t>(plan_.random());
      break;
    case 1:
      p.ack = static_cast<std::uint32_t>(plan_.random());
      break;
    case 2:
      p.tcp_flags = static_cast<std::uint8_t>(plan_.random() & 0x3FU);
      break;
    case 3:
      p.seq += static_cast<std::uint32_t>(plan_.upto(100'000)) - 50'000;
      p.tcp_flags = model::kRst;
      break;
    case 4:
      p.seq += static_cast<std::uint32_t>(plan_.upto(40'000'000)) - 20'000'000;
      p.ack += static_cast<std::uint32_t>(plan_.upto(40'000'000)) - 20'000'000;
      break;
    default:
      // Headers that are those of another packet to the bit.
      if (plan_.chance(50)) p.fingerprint = seen_print;
      for (char& c : f.packet.payload) c = static_cast<char>(plan_.random());
      if (plan_.chance(30)) now += static_cast<std::int64_t>(plan_.upto(400'000'000'000));
      if (plan_.chance(10)) now -= static_cast<std::int64_t>(plan_.upto(400'000'000'000));
      break;
  }
  sent_.push_back(std::move(f));
}

inline void Storm::connection(std::uint16_t port) {
  StormFlow f;
  f.port = port;
  f.isn[0] = static_cast<std::uint32_t>(plan_.random());
  f.isn[1] = static_cast<std::uint32_t>(plan_.random());
  if (plan_.chance(30)) f.isn[plan_.upto(1)] = 0U - 1 - static_cast<std::uint32_t>(plan_.upto(999));
  bool reused = false;
  for (const StormFlow& other : flows) {
    if (other.port != port) continue;
    reused = true;
    // A SYN with the number of the one before would be that one again.
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
      f.isn[side] += f.isn[side] == other.isn[side] ? 1000U : 0U;
  }
  if (reused) count(Ingredient::port_reuse);
  if (plan_.mid_stream) count(Ingredient::mid_stream);
  flows.push_back(f);
  std::string* truth = flows.back().truth;
  std::uint64_t seen[2] = {0, 0};  // how much each side has of the other
  if (!plan_.mid_stream) {
    send(0, model::kSyn, 0, {}, 0);
    send(1, model::kSyn | model::kAck, 0, {}, 0);
    send(0, model::kAck, 0, {}, 0);
  }
  for (unsigned step = 0; step < plan_.steps; ++step) {
    const std::size_t side = plan_.upto(1);
    std::string& mine = truth[side];
    seen[side] += plan_.upto(truth[1 - side].size() - seen[side]);
    if (plan_.chance(plan_.odd)) {
      if (mine.empty()) continue;
      count(Ingredient::keep_alive);
      send(side, model::kAck, mine.size() - 1, plan_.chance(50) ? std::string(1, '\0') : "",
           seen[side], Nature::probe);
    } else if (!mine.empty() && plan_.chance(plan_.resent)) {
      const std::uint64_t from = plan_.upto(mine.size() - 1);
      // Two bytes at least: one at the very end would be taken for a
      // keep-alive.
      std::string copy = mine.substr(from, 2 + plan_.upto(plan_.bytes_max));
      if (copy.size() < 2) continue;
      count(Ingredient::resent);
      if (plan_.chance(plan_.different)) {
        copy[plan_.upto(copy.size() - 1)] ^= 2;
        count(Ingredient::resent_different);
      }
      send(side, model::kAck, from, copy, seen[side], Nature::resent);
    } else if (plan_.chance(30)) {
      send(side, model::kAck, mine.size(), {}, seen[side]);
    } else {
      const std::uint64_t from = mine.size();
      mine.resize(from + 1 + plan_.upto(plan_.bytes_max - 1));
      for (std::size_t at = from; at < mine.size(); at += 8) {
        // No byte is zero, which alone in a segment would be a keep-alive's.
        const std::uint64_t eight = plan_.random() | 0x0101'0101'0101'0101U;
        std::memcpy(&mine[at], &eight, std::min<std::size_t>(8, mine.size() - at));
      }
      send(side, model::kAck | model::kPsh, from, mine.substr(from), seen[side]);
    }
  }
  if (plan_.chance(60)) {
    seen[0] = truth[1].size();
    send(0, model::kFin | model::kAck, truth[0].size(), {}, seen[0]);
    send(1, model::kFin | model::kAck, truth[1].size(), {}, truth[0].size() + 1);
    send(0, model::kAck, truth[0].size() + 1, {}, truth[1].size() + 1);
  } else if (plan_.chance(50)) {
    const std::size_t side = plan_.upto(1);
    send(side, model::kRst, truth[side].size(), {}, 0);
  }
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const std::uint32_t first = flows.back().isn[side] + 1;
    if (first + static_cast<std::uint32_t>(truth[side].size()) < first) count(Ingredient::wrapped);
  }
}

inline void Storm::see() {
  std::stable_sort(sent_.begin(), sent_.end(),
                   [](const Sent& a, const Sent& b) { return a.time < b.time; });
  for (Sent& s : sent_) {
    s.packet.packet.number = packets.size() + 1;
    now = std::max(now, s.time);
    if (flows[s.flow].first_packet == 0) flows[s.flow].first_packet = s.packet.packet.number;
    packets.push_back(std::move(s.packet));
    flow_of.push_back(s.flow);
  }
  sent_.clear();
}

}  // namespace spider::test
