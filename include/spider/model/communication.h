#pragma once
// Communication: one exchange, for HTTP/1 a request and its final response. What the parser hands
// over and the store keeps. Text and bytes are views into memory of the giver, valid during the
// call (in a RecordBatch: as long as the batch).

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "spider/base/code.h"
#include "spider/base/time.h"
#include "spider/model/address.h"
#include "spider/model/ids.h"
#include "spider/model/meaning.h"

namespace spider::model {

// A piece of a saved body inside a body pack.
struct BodyExtent {
  std::uint64_t pack = 0;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
};

// Bytes inside a body that were sent and never captured. `offset` counts the body's bytes with
// those of every hole: transfer coding taken off, content coding on.
struct BodyHole {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// Listed of one message; of those behind only the number is kept.
inline constexpr std::size_t kBodyHolesMax = 64;

enum class CommunicationState : std::uint8_t {
  complete = 0,     // whole request, whole response
  partial = 1,      // bytes missing in the capture, or a message was cut by the end of its stream
  no_response = 2,  // the request was never answered in the capture
  no_request = 3,   // a response whose request was never seen
};

// Why a message is not whole; a bit set.
enum MessageFlag : std::uint16_t {
  kMessageGap = 1U << 0U,          // bytes missing inside
  kMessageCut = 1U << 1U,          // the stream ended before the message did
  kMessageUntilClose = 1U << 2U,   // body delimited by the end of the connection
  kMessageChunked = 1U << 3U,      // chunked transfer coding
  kMessageBodyCapped = 1U << 4U,   // more body was seen than saved
  kMessageBodyUnsaved = 1U << 5U,  // bodies are not saved for this whisperer
  kMessageUpgrade = 1U << 6U,      // 101 or 2xx to CONNECT: what follows is opaque
  kMessageFramingOdd = 1U << 7U,   // conflicting lengths, bad chunk: see the codes
};

// One side of an exchange.
struct HttpMessage {
  bool present = false;
  base::Time first_byte;
  base::Time last_byte;
  std::string_view head;  // start line and header lines exactly as on the wire, blank line included
  std::string_view trailers;     // trailer lines of a chunked body, as on the wire
  std::uint16_t flags = 0;       // MessageFlag
  std::uint64_t wire_bytes = 0;  // everything of the message that was captured: head, framing, body
  std::uint64_t body_bytes = 0;  // body as captured, transfer coding taken off, content coding on
  std::uint64_t missing_bytes = 0;  // known to be missing
  std::uint64_t retransmitted_bytes = 0;
  std::span<const BodyExtent> body;  // what was saved, in order; first body byte first
  std::span<const BodyHole> holes;   // in order, the first kBodyHolesMax
  std::uint32_t more_holes = 0;      // behind those
  std::uint64_t first_packet = 0;    // packet numbers
  std::uint64_t last_packet = 0;
};

// The `http_minor` of a request line without a version, when there is no response to tell one.
inline constexpr std::uint8_t kHttpVersionMissing = 255;

inline constexpr std::size_t kCodesMax = 8;  // per communication; further ones are dropped

struct Communication {
  SessionId session;
  std::uint32_t ordinal = 0;
  Endpoint client;
  Endpoint server;
  base::Time start;  // first byte of the request (of the response when there is none)
  base::Time end;    // latest packet among the response's bytes (of the request when there is none)
  base::Duration connect{
      -1};  // handshake, on the first communication of a session; -1 when not seen
  // From `end` to the first FIN or RST of the connection, of what is not whole and where one was
  // seen; negative when a side had closed its half before.
  std::optional<base::Duration> ended_after;
  CommunicationState state = CommunicationState::complete;
  std::string_view method;  // as on the wire; empty when the request is missing
  std::string_view
      target;  // request target exactly as on the wire; empty when the request is missing
  std::string_view host;               // Host header without surrounding blanks; empty for none
  std::uint16_t status = 0;            // 0 when the response is missing
  std::uint8_t http_minor = 1;         // HTTP/1.x, or kHttpVersionMissing
  std::uint8_t interim_responses = 0;  // 1xx before the final one
  std::string_view request_type;       // Content-Type media type, lower case, no parameters
  std::string_view response_type;
  std::string_view response_encoding;  // Content-Encoding as on the wire
  HttpMessage request;
  HttpMessage response;
  Meaning meaning;
  std::array<std::uint16_t, kCodesMax> codes{};  // code numbers, 0 ends the list

  [[nodiscard]] CommunicationId id() const noexcept {
    return {session.source, start, session.number, ordinal};
  }
  // Notes an oddity once.
  void note(base::Code code) noexcept { base::add_once(codes, code); }
};

}  // namespace spider::model
