#pragma once
// What a listing shows: one communication or session, owned, with every search column read.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/time.h"
#include "spider/model/address.h"
#include "spider/model/communication.h"
#include "spider/model/ids.h"
#include "spider/model/meaning.h"
#include "spider/model/stream.h"

namespace spider::query {

// model::Meaning, owned; lists have "name=value" per line.
struct MeaningRow {
  model::OriginHeader origin_header = model::OriginHeader::none;
  model::IdentityKind identity_kind = model::IdentityKind::none;
  std::string origin;
  std::string via;
  std::string identity;
  std::string claims;
  std::string correlation;
  std::string location;

  // The heads told something.
  [[nodiscard]] bool any() const noexcept {
    return identity_kind != model::IdentityKind::none || !origin.empty() || !via.empty() ||
           !correlation.empty() || !location.empty();
  }
};

struct CommunicationRow {
  model::CommunicationId id;
  model::SessionId session;
  base::Time end;
  model::Endpoint client;
  model::Endpoint server;
  std::string method;  // empty: the request is missing
  std::string target;
  std::string host;
  std::uint16_t status = 0;  // 0: the response is missing
  int http_minor = 1;
  model::CommunicationState state = model::CommunicationState::complete;
  std::uint16_t request_flags = 0;  // model::MessageFlag
  std::uint16_t response_flags = 0;
  std::vector<std::uint16_t> codes;
  std::string request_type;
  std::string response_type;
  std::string response_encoding;
  MeaningRow meaning;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  std::uint64_t request_wire_bytes = 0;
  std::uint64_t response_wire_bytes = 0;
  std::uint64_t missing_bytes = 0;
  std::uint64_t retransmitted_bytes = 0;
  // Absent when a side was not seen.
  std::optional<base::Duration> connect;
  std::optional<base::Duration> ended_after;  // of the end; of what is not whole
  std::optional<base::Duration> request_transfer;
  std::optional<base::Duration> wait;
  std::optional<base::Duration> response_transfer;

  [[nodiscard]] bool has_request() const noexcept {
    return state != model::CommunicationState::no_request && !method.empty();
  }
  [[nodiscard]] bool has_response() const noexcept { return status != 0; }
};

struct SessionRow {
  model::SessionId id;
  base::Time end;
  model::Endpoint client;
  model::Endpoint server;
  model::CloseReason close = model::CloseReason::open;
  bool mid_stream = false;
  std::uint16_t vlan = 0;
  std::string decoder;
  std::uint64_t communications = 0;
  std::uint64_t client_packets = 0;
  std::uint64_t server_packets = 0;
  std::uint64_t client_bytes = 0;
  std::uint64_t server_bytes = 0;
  std::uint64_t gaps = 0;
  std::uint64_t missing_bytes = 0;
  std::uint64_t retransmissions = 0;
  std::uint64_t retransmitted_bytes = 0;
  std::optional<base::Duration> connect;
  bool packets_saved = false;
  std::vector<std::uint16_t> codes;
  std::string outer;  // what lay around the first packet; see capture/outer_layers.h
};

}  // namespace spider::query
