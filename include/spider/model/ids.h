#pragma once
// Identities. They are made of facts of the packets alone, so the same capture gives the same ids,
// whatever the threads, and no key per record is needed to find one: an id holds its start time,
// the blocks that touch that instant are few, and the number tells the row.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spider/base/time.h"

namespace spider::model {

// A whisperer's stored data; given out by the store, never reused.
enum class SourceId : std::uint32_t {};

// A run is one stretch of reading a source: a live capture from start to stop, or one import. The
// store counts a source's runs, so what two of them tell about the same packets stays apart.
inline constexpr unsigned kRunShift = 40;
[[nodiscard]] constexpr std::uint64_t session_number(std::uint32_t run,
                                                     std::uint64_t packet) noexcept {
  return (std::uint64_t{run} << kRunShift) + packet;
}

// `number` is session_number() of the run (from 0) and of the session's first packet in it (from
// 1): unique within the source.
struct SessionId {
  SourceId source{};
  base::Time start;
  std::uint64_t number = 0;
  friend auto operator<=>(const SessionId&, const SessionId&) noexcept = default;
};

// `start` is the communication's own first byte; `ordinal` counts the communications of the
// session from 0 in the order in which their first bytes were recognised.
struct CommunicationId {
  SourceId source{};
  base::Time start;
  std::uint64_t session_number = 0;
  std::uint32_t ordinal = 0;
  friend auto operator<=>(const CommunicationId&, const CommunicationId&) noexcept = default;
};

// "1-17c2f0a4b6d3e800-2a" and "1-17c2f0a4b6d3e800-2a-0": source decimal, the rest lower-case hex,
// start in nanoseconds. Stable; used in URLs.
[[nodiscard]] std::string to_text(const SessionId& id);
[[nodiscard]] std::string to_text(const CommunicationId& id);
[[nodiscard]] std::optional<SessionId> parse_session_id(std::string_view text);
[[nodiscard]] std::optional<CommunicationId> parse_communication_id(std::string_view text);

}  // namespace spider::model
