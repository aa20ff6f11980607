#pragma once
// A storm and what became of it in words, for who looks for the reason of a broken law.

#include <algorithm>
#include <cstdio>
#include <string>

#include "reassembly_storm.h"

namespace spider::test {

inline std::string flags_of(std::uint8_t flags) {
  std::string out;
  for (const auto& [bit, letter] :
       {std::pair{model::kSyn, 'S'}, std::pair{model::kFin, 'F'}, std::pair{model::kRst, 'R'},
        std::pair{model::kPsh, 'P'}, std::pair{model::kAck, '.'}, std::pair{model::kUrg, 'U'}})
    if ((flags & bit) != 0) out.push_back(letter);
  return out;
}

inline void print_told(const Told& t) {
  static constexpr const char* kKinds[] = {"open",           "bytes", "gap",
                                           "retransmission", "end",   "close"};
  std::printf("      -> %llu %c %s %llu+%llu", static_cast<unsigned long long>(t.session),
              t.direction == model::Direction::low_to_high ? '>' : '<',
              kKinds[static_cast<std::size_t>(t.kind)], static_cast<unsigned long long>(t.offset),
              static_cast<unsigned long long>(t.bytes));
  if (t.packet != 0) std::printf(" of packet %llu", static_cast<unsigned long long>(t.packet));
  std::printf("\n");
}

// Positions count from the byte after the SYN; times are milliseconds.
inline void print_story(const Storm& storm, const StormRun& run) {
  auto told = run.told.begin();
  for (std::size_t i = 0; i < storm.packets.size(); ++i) {
    const model::Packet& p = storm.packets[i].packet;
    const StormFlow& f = storm.flows[storm.flow_of[i]];
    const std::size_t d = index(p.direction);
    const auto at = static_cast<std::int32_t>(p.seq - f.isn[d] - 1);
    std::printf("%3llu %8.2f flow %zu %c %-3s %d+%u", static_cast<unsigned long long>(p.number),
                static_cast<double>(p.time.ns - storm.packets[0].packet.time.ns) / 1e6,
                storm.flow_of[i], d == 0 ? '>' : '<', flags_of(p.tcp_flags).c_str(), at,
                p.payload_wire_bytes);
    if (p.payload_bytes < p.payload_wire_bytes) std::printf(" (cut to %u)", p.payload_bytes);
    if ((p.tcp_flags & model::kAck) != 0)
      std::printf(" ack %d", static_cast<std::int32_t>(p.ack - f.isn[1 - d] - 1));
    std::printf("%s\n", storm.packets[i].resent ? " resent" : "");
    for (; told != run.told.end() && told->during <= p.number; ++told) print_told(*told);
  }
  for (; told != run.told.end(); ++told) print_told(*told);
}

}  // namespace spider::test
