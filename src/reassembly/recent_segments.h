#pragma once
// RecentSegments: what a lane remembers of the packets it saw last, to know a packet that is seen a
// second time (a mirror port, an interface beside a bridge) from one that was sent a second time,
// and to know copies of delivered bytes that differ.
//
// A table of fixed size, one entry per place: a newer packet takes the place of an older one. What
// is forgotten is taken for a retransmission, as it would be without the table. The rule and its
// limits: docs/decisions/0018-packets-seen-twice.md. Owned by the shard's thread.

#include <cstdint>
#include <vector>

#include "spider/base/hash.h"
#include "spider/model/packet.h"

namespace spider::reassembly {

class RecentSegments {
 public:
  // `window`: how far apart, in packet time, two copies of one packet may be; 0: none is a copy.
  explicit RecentSegments(base::Duration window) : entries_(kEntries), window_(window) {}

  struct Entry {
    std::uint64_t place = 0;        // packets of the same place may be copies of each other
    std::uint64_t fingerprint = 0;  // of the latest there, payload included; 0: none
    std::int64_t time_ns = 0;       // of the first with this fingerprint
    std::uint32_t session = 0;      // low bits of its number
    std::uint32_t content = 0;      // hash of the payload seen there first
  };

  // What is to be known of a packet before its flow is found. `flow` is its key's TableHash: flows
  // that were chosen to share a flow_hash are told apart by it. Only the place goes by flow_hash,
  // since what a newer packet displaces must be the same in every process.
  struct Look {
    Entry* entry = nullptr;  // null: the packet has no fingerprint
    std::uint64_t place = 0;
    std::uint64_t fingerprint = 0;
    std::uint32_t content = 0;
    bool copy = false;  // it was seen before, the same packet
  };

  [[nodiscard]] Look look(const model::Packet& p, base::Bytes payload,
                          std::uint64_t flow) noexcept {
    Look out;
    if (p.fingerprint == 0) return out;
    out.place = place_of(p);
    const std::uint64_t content =
        p.content != 0 ? p.content : model::content_of(payload, p.payload_wire_bytes);
    out.content = static_cast<std::uint32_t>(content);
    out.fingerprint = base::fold(p.fingerprint ^ content, flow) | 1U;
    out.entry = &entries_[out.place % kEntries];
    out.copy = out.entry->place == out.place && out.entry->fingerprint == out.fingerprint &&
               seen_twice(p, out.entry->time_ns);
    return out;
  }

  // The packet is of this session and not a copy. True when the bytes of its place were seen
  // before, in this session, and differ. What was seen first stays what others are compared with.
  [[nodiscard]] bool note(const Look& look, const model::Packet& p,
                          std::uint64_t session) noexcept {
    if (look.entry == nullptr) return false;
    Entry& e = *look.entry;
    const auto of = static_cast<std::uint32_t>(session);
    const bool known = e.place == look.place && e.session == of && e.fingerprint != 0;
    const bool differs = known && e.content != look.content;
    e = {look.place, look.fingerprint, p.time.ns, of, known ? e.content : look.content};
    return differs;
  }

  // What look() will touch, for prefetching; null for nothing. Not a function that prefetches: to
  // the compiler such a one has no effect, and it takes its calls away.
  [[nodiscard]] const void* address(const model::Packet& p) const noexcept {
    return p.fingerprint == 0 ? nullptr : &entries_[place_of(p) % kEntries];
  }

  [[nodiscard]] static constexpr std::size_t bytes_held() noexcept {
    return kEntries * sizeof(Entry);
  }

 private:
  // At ten million packets per second, an eighth of them here, about a millisecond's worth; with
  // usual loads far more than the window's.
  static constexpr std::size_t kEntries = 2048;
  // Without anything that tells one sending from the next, only a copy can follow so soon: timers
  // of senders are longer.
  static constexpr std::int64_t kUnproven = 1'000'000;

  // Segments with payload: their stretch. Others, so that acknowledgements do not all share one
  // entry, and what a RST carries, which is of no stream: themselves.
  [[nodiscard]] static std::uint64_t place_of(const model::Packet& p) noexcept {
    if (p.payload_bytes == 0 || (p.tcp_flags & model::kRst) != 0)
      return base::fold(p.fingerprint, p.flow_hash);
    const auto direction = static_cast<std::uint64_t>(p.direction);
    return base::fold(std::uint64_t{p.seq} << 32U | p.payload_bytes, p.flow_hash ^ direction);
  }

  [[nodiscard]] bool seen_twice(const model::Packet& p, std::int64_t before) const noexcept {
    const std::int64_t apart =
        p.time.ns >= before ? (p.time - base::Time{before}).ns : (base::Time{before} - p.time).ns;
    if (apart > window_.ns || window_.ns == 0) return false;
    switch (p.copy_proof) {
      case model::CopyProof::ip_id:
        return true;
      case model::CopyProof::timestamp:
        return takes_numbers(p);
      case model::CopyProof::header:
        return takes_numbers(p) && apart <= kUnproven;
    }
    return false;
  }
  // A bare acknowledgement may be repeated to the bit within a microsecond, and mean something
  // (RFC 5681 section 3.2); what takes sequence numbers waits for a timer or for such repetitions.
  [[nodiscard]] static bool takes_numbers(const model::Packet& p) noexcept {
    return p.payload_wire_bytes > 0 || (p.tcp_flags & (model::kSyn | model::kFin)) != 0;
  }

  std::vector<Entry> entries_;
  base::Duration window_;
};

}  // namespace spider::reassembly
