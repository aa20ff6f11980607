#pragma once
// The laws of the books: sums of the counters in quality.def that must be equal, whatever the wire
// brought and whichever limit was hit. They hold per whisperer and minute of packet time, and so
// for every sum of minutes, once nothing is under way: while a capture runs, packets wait in rings,
// fragments and early bytes for their like, and sessions are open; a difference tells how many.
//
// Counters of one law are written by different stages, so that a law can fail: what came in is
// counted where it came in, what became of it where it ended. Plain data, any thread.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "spider/model/quality.h"

namespace spider::model {

struct BooksLaw {
  std::string_view name;
  std::string_view help;
  std::span<const Quality> left;
  std::span<const Quality> right;
};

// Both sides of a law for some books.
struct BooksSides {
  std::uint64_t left = 0;
  std::uint64_t right = 0;
  // left - right: what has no fate (yet); below zero when something was booked twice.
  [[nodiscard]] constexpr std::int64_t difference() const noexcept {
    return static_cast<std::int64_t>(left - right);
  }
};

namespace laws {
inline constexpr Quality kPacketsIn[] = {Quality::packets_received};
// A rejoined datagram is no new packet: its last fragment counts as what the datagram became, the
// others as fragment_joined. A mirror_duplicate is the second sight of a packet: its bytes are in
// no byte counter but bytes_received.
inline constexpr Quality kPacketFates[] = {
    Quality::tcp_packets,      Quality::fragment_joined,  Quality::filtered,
    Quality::not_tcp,          Quality::not_ip,           Quality::malformed,
    Quality::link_unsupported, Quality::fragment_dropped, Quality::ring_dropped,
    Quality::flow_refused,     Quality::mirror_duplicate, Quality::skipped_empty};
inline constexpr Quality kPayload[] = {Quality::tcp_payload_bytes};
inline constexpr Quality kPayloadFates[] = {Quality::delivered_bytes, Quality::duplicate_bytes,
                                            Quality::refused_bytes};
inline constexpr Quality kRefused[] = {Quality::refused_bytes};
inline constexpr Quality kRefusedBy[] = {Quality::refused_late_bytes, Quality::refused_limit_bytes,
                                         Quality::refused_stray_bytes};
inline constexpr Quality kBodies[] = {Quality::body_bytes};
inline constexpr Quality kBodyFates[] = {Quality::body_bytes_saved, Quality::body_bytes_capped};
inline constexpr Quality kCommunications[] = {Quality::communications_complete,
                                              Quality::communications_partial};
inline constexpr Quality kCommunicationFates[] = {Quality::communications_stored,
                                                  Quality::communications_unstored};
inline constexpr Quality kPartial[] = {Quality::communications_partial};
inline constexpr Quality kPartialBy[] = {
    Quality::partial_no_response, Quality::partial_response_in_gap,
    Quality::partial_no_request,  Quality::partial_request_in_gap,
    Quality::partial_gap,         Quality::partial_cut,
    Quality::partial_limit};
inline constexpr Quality kSessions[] = {Quality::sessions_closed};
inline constexpr Quality kSessionFates[] = {Quality::sessions_stored, Quality::sessions_unstored,
                                            Quality::sessions_unsaved};
}  // namespace laws

inline constexpr std::array<BooksLaw, 7> kBooksLaws{{
    {"packets", "Every packet that Spider received, by its fate.", laws::kPacketsIn,
     laws::kPacketFates},
    {"payload_bytes",
     "Every captured byte of TCP payload. What was sent but never captured is in gap_bytes beside "
     "them.",
     laws::kPayload, laws::kPayloadFates},
    {"refused_bytes", "Captured bytes that no parser saw, by cause.", laws::kRefused,
     laws::kRefusedBy},
    {"body_bytes", "Every body byte that a parser saw: saved, or over the cap.", laws::kBodies,
     laws::kBodyFates},
    {"communications", "Every communication that was told, complete or partial.",
     laws::kCommunications, laws::kCommunicationFates},
    {"partial_communications", "Partial communications, each with one reason.", laws::kPartial,
     laws::kPartialBy},
    {"sessions", "Every TCP session that ended.", laws::kSessions, laws::kSessionFates},
}};

[[nodiscard]] constexpr BooksSides weigh(const BooksLaw& law, const QualityCounts& books) noexcept {
  BooksSides out;
  for (const Quality q : law.left) out.left += books[q];
  for (const Quality q : law.right) out.right += books[q];
  return out;
}

[[nodiscard]] constexpr bool balanced(const QualityCounts& books) noexcept {
  for (const BooksLaw& law : kBooksLaws)
    if (weigh(law, books).difference() != 0) return false;
  return true;
}

}  // namespace spider::model
