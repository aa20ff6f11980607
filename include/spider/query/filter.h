#pragma once
// Filter: a question about communications or sessions, parsed and checked. An empty part asks for
// nothing; the parts must all hold. Plain data; any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/time.h"
#include "spider/model/address.h"
#include "spider/model/communication.h"
#include "spider/model/ids.h"
#include "spider/model/meaning.h"
#include "spider/query/tree.h"

namespace spider::query {

// Bounds included. Status 0 stands for "no response".
struct StatusRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

// Rows, ascending, by the id of their block; blocks without any are left out.
using FoundRows = std::unordered_map<std::uint64_t, std::vector<std::uint32_t>>;

struct Filter {
  // Whatever touches [from, to): start < to and end >= from.
  base::Time from = base::Time::min();
  base::Time to = base::Time::max();
  std::vector<model::SourceId> sources;  // empty: all
  std::vector<std::string> methods;      // as on the wire
  std::vector<StatusRange> status;
  std::vector<std::string> hosts;  // Host header, any case; * stands for any characters
  std::string uri_part;            // part of the request target, exactly
  std::optional<base::Duration> duration_min;
  std::optional<base::Duration> duration_max;
  std::vector<model::CommunicationState> states;
  std::vector<std::uint16_t> codes;  // carries any of them
  std::vector<model::IpAddress> client_ips;
  std::vector<model::IpAddress> server_ips;
  std::vector<std::uint16_t> client_ports;
  std::vector<std::uint16_t> server_ports;
  std::optional<std::uint64_t> session_number;
  std::optional<bool> with_communications;  // of sessions: some were found in it, or none
  // Patterns as for hosts; "*" alone asks for any value. A communication without one never matches.
  std::vector<std::string> origins;
  std::vector<std::string> vias;
  std::vector<std::string> identities;
  std::vector<model::IdentityKind> identity_kinds;
  std::vector<std::string> claims;        // a claim's value, or name=value
  std::vector<std::string> correlations;  // an id, or name=value
  std::vector<std::string> locations;
  Tree tree;  // what a text of the filter language asks for besides; see language.h
  // Once look() has read the heads and bodies: the rows that answer all of the above.
  std::shared_ptr<const FoundRows> found;

  // Reads more than columns: heads or bodies, one message after the other.
  [[nodiscard]] bool reads_messages() const noexcept {
    return tree.reads_heads() || tree.reads_bodies();
  }
  // Asks for something that the heads mean.
  [[nodiscard]] bool meaning() const noexcept {
    return !origins.empty() || !vias.empty() || !identities.empty() || !identity_kinds.empty() ||
           !claims.empty() || !correlations.empty() || !locations.empty();
  }
  // Asks for nothing that roll-ups do not count by: a window, sources, methods, status.
  [[nodiscard]] bool counted_only() const noexcept {
    return hosts.empty() && uri_part.empty() && !duration_min && !duration_max && states.empty() &&
           !session_number && client_ips.empty() && server_ips.empty() && client_ports.empty() &&
           server_ports.empty() && codes.empty() && !meaning() && tree.counted_only();
  }
};

// "200", "5xx" (100 to 599), "200-204", ">=500", "<400", "none"; with commas. Error: bad_query.
[[nodiscard]] base::Result<std::vector<StatusRange>> parse_status(std::string_view text);
// "250ms", "1.5s", "20us", "3min"; a bare number is microseconds.
[[nodiscard]] base::Result<base::Duration> parse_duration(std::string_view text);
[[nodiscard]] base::Result<model::CommunicationState> parse_state(std::string_view text);
[[nodiscard]] std::string_view name(model::CommunicationState state) noexcept;

// "basic", "jwt", "bearer", "digest", "api_key", "other".
[[nodiscard]] base::Result<model::IdentityKind> parse_identity_kind(std::string_view text);
[[nodiscard]] std::string_view name(model::IdentityKind kind) noexcept;

// Sessions have no target, no status, no heads: an error when a text of the filter language asked
// for what only communications have, which would hold of none and look like an answer.
[[nodiscard]] base::Result<void> check_of_sessions(const Filter& filter);

// The whole text; "*" for any run of characters; case of ASCII letters ignored.
[[nodiscard]] bool matches_pattern(std::string_view text, std::string_view pattern) noexcept;

}  // namespace spider::query
