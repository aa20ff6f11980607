#pragma once
// Message: one request or response while it is being read and until its partner is done. Exchange:
// a request and its response. Both come from the lane's pool and go back to it, so steady traffic
// allocates nothing.

#include <cstdint>
#include <string_view>
#include <vector>

#include "spider/base/code.h"
#include "spider/base/time.h"
#include "spider/model/communication.h"
#include "spider/model/stream.h"

#include "parse/byte_buffer.h"
#include "parse/meaning/head_marks.h"

namespace spider::parse::http1 {

// A piece of a message's head; the head may still move while it grows.
struct TextRef {
  std::uint32_t at = 0;
  std::uint32_t bytes = 0;
  [[nodiscard]] std::string_view in(std::string_view head) const noexcept {
    return at <= head.size() ? head.substr(at, bytes) : std::string_view{};
  }
};

// What the head says about the body, before RFC 9112 6.3 is applied.
struct Framing {
  std::uint64_t length = 0;
  bool has_length = false;
  bool length_bad = false;  // not a number, or several that differ
  bool has_coding = false;  // a Transfer-Encoding
  bool chunked = false;     // and chunked is the last coding
};

struct Message {
  explicit Message(std::size_t& held_bytes)
      : head(held_bytes), trailers(held_bytes), held(held_bytes) {}
  ~Message() {
    held -= extents.capacity() * sizeof(model::BodyExtent);
    held -= holes.capacity() * sizeof(model::BodyHole);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  ByteBuffer head;
  ByteBuffer trailers;
  std::vector<model::BodyExtent> extents;
  std::vector<model::BodyHole> holes;  // at most kBodyHolesMax
  std::size_t& held;                   // the lane's memory, which the buffers count in as well
  bool present = false;
  bool head_whole = false;
  bool whole = false;  // came to its natural end; a gap inside is in `flags`
  bool done = false;   // nothing more will come
  std::uint8_t minor = 1;
  std::uint16_t status = 0;
  std::uint16_t flags = 0;  // model::MessageFlag
  Framing framing;
  TextRef method, target, host, type, encoding;
  meaning::HeadMarks marks;        // lines of the head that may say something
  std::uint32_t prefix_bytes = 0;  // responses: up to and including the three digits
  base::Time first_byte;
  base::Time last_byte;
  std::uint64_t first_packet = 0;
  std::uint64_t last_packet = 0;
  // What the sender of its first packet had of the other direction.
  std::uint64_t peer_offset = model::kNoOffset;
  std::uint64_t begin = 0;  // stream offsets
  std::uint64_t end = 0;
  std::uint64_t wire_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t saved_bytes = 0;
  std::uint64_t capped_bytes = 0;  // of the body, not saved
  std::uint64_t missing_bytes = 0;
  std::uint64_t hole_end = 0;    // in the body, where the latest hole ends
  std::uint32_t more_holes = 0;  // not listed
  std::uint64_t retransmitted_bytes = 0;
  std::uint64_t codes = 0;  // bit n: code 4001 + n

  void note(base::Code code) noexcept { codes |= 1ULL << (code.number() - 4001U); }
  [[nodiscard]] bool intact() const noexcept {
    return whole && (flags & (model::kMessageGap | model::kMessageCut)) == 0;
  }
  // Behind the last extent when the bytes lie there, else as a new one.
  void add_extent(model::BodyExtent extent);
  // The body's next `bytes` were never captured.
  void add_hole(std::uint64_t bytes);
  void forget_holes() noexcept;  // they are of no body
  void clear() noexcept;
};

struct Exchange {
  explicit Exchange(std::size_t& held) : request(held), response(held) {}

  Message request;
  Message response;
  std::uint32_t ordinal = 0;
  std::uint8_t interim = 0;
  // How far the client had the responses when it asked: its answer begins there or later, and
  // exactly there when nothing else was to be answered.
  std::uint64_t asked_at = model::kNoOffset;
  // A pipelined request behind one whose answer was doubtful: its own may be shifted as well.
  bool doubtful = false;
  // Bytes of the response stream were lost while this request waited.
  bool maybe_answered = false;
  // Bytes of the request stream were lost right before this request, from here on ...
  bool lost_before = false;
  std::uint64_t lost_from = 0;
  // ... and a response came that only a request among them can have asked for.
  bool lost_answered = false;
  // Requests right before this one that were seen but not kept.
  std::uint32_t skipped_before = 0;
  // Sent behind a request that opened a tunnel: nothing of ours answers it.
  bool in_tunnel = false;
  std::uint64_t codes = 0;

  void note(base::Code code) noexcept { codes |= 1ULL << (code.number() - 4001U); }
  [[nodiscard]] bool uncertain() const noexcept;
  void clear() noexcept;
};

}  // namespace spider::parse::http1
