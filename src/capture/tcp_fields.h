#pragma once
// What a packet's record keeps of its segment, once the fields are known: shared by the walk over
// the headers and by the way past it for plain frames. Stateless, any thread.

#include "spider/base/byte_reader.h"
#include "spider/base/hash.h"
#include "spider/model/packet.h"

namespace spider::capture {

// As memcmp() has it, which is a call for each of the two times that a packet needs it.
[[nodiscard]] inline int compare(const model::IpAddress& a, const model::IpAddress& b) noexcept {
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}}) {
    const std::uint64_t x = base::ByteReader(base::Bytes(a.bytes).subspan(at, 8)).be64();
    const std::uint64_t y = base::ByteReader(base::Bytes(b.bytes).subspan(at, 8)).be64();
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

// Ends of the key, in canonical order, and the direction.
inline void set_ends(model::Packet& packet, const model::Endpoint& from,
                     const model::Endpoint& to) noexcept {
  const int addresses = compare(from.ip, to.ip);
  const bool ordered = addresses != 0 ? addresses < 0 : from.port <= to.port;
  packet.key.low = ordered ? from : to;
  packet.key.high = ordered ? to : from;
  packet.direction = ordered ? model::Direction::low_to_high : model::Direction::high_to_low;
}

// Whether options as TCP and IPv4 write them hold one of this kind.
[[nodiscard]] inline bool has_option(base::Bytes options, std::uint8_t wanted) noexcept {
  base::ByteReader r(options);
  while (r.remaining() > 0) {
    const std::uint8_t kind = r.u8();
    if (kind == 0) return false;
    if (kind == 1) continue;
    if (kind == wanted) return true;
    const std::uint8_t bytes = r.u8();
    if (r.failed() || bytes < 2) return false;
    r.skip(bytes - 2U);
  }
  return false;
}

// Hops change the time to live, the traffic class and everything around the packet; what is left
// tells packets apart. `header` is the whole TCP header, `payload` what was captured behind it.
inline void set_fingerprint(model::Packet& packet, base::Bytes header, base::Bytes payload,
                            std::uint32_t ip_id, bool ip_id_unique) noexcept {
  constexpr std::uint8_t kTimestamps = 8;  // RFC 7323 section 3
  const std::uint64_t print = base::hash_bytes(
      header, std::uint64_t{ip_id} << 32U | (packet.payload_wire_bytes & 0xFFFF'FFFFU));
  packet.fingerprint = print != 0 ? print : 1;
  packet.content = model::content_of(payload, packet.payload_wire_bytes);
  packet.first_byte = payload.empty() ? std::uint8_t{0} : payload.front();
  if (ip_id_unique)
    packet.copy_proof = model::CopyProof::ip_id;
  else if (has_option(header.subspan(20), kTimestamps))
    packet.copy_proof = model::CopyProof::timestamp;
}

inline void set_lane(model::Packet& packet) noexcept {
  packet.flow_hash = model::hash(packet.key, 0);
  packet.lane = static_cast<std::uint8_t>(
      model::from_name_server(packet) ? 0 : packet.flow_hash % model::kLanes);
}

}  // namespace spider::capture
