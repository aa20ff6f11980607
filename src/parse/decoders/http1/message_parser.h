#pragma once
// MessageParser: one direction of an HTTP/1 connection, byte by byte as they come, in any cuts.
//
// Finds start lines, collects heads, follows bodies, and after a gap or foreign bytes looks for the
// next start line (NOTES.md has the rules). Where a gap's place is known to lie inside a body of
// known length the body goes on behind it. Body bytes are not kept: they go to the BodySaver.

#include <cstdint>

#include "spider/model/stream.h"

#include "parse/byte_buffer.h"
#include "parse/decoder.h"
#include "parse/decoders/http1/head_fields.h"
#include "parse/decoders/http1/message.h"
#include "parse/decoders/http1/start_line.h"

namespace spider::parse::http1 {

enum class Role : std::uint8_t { request, response };

// Where a message begins.
struct Place {
  std::uint64_t offset = 0;
  std::uint64_t peer_offset = model::kNoOffset;  // what its sender had of the other direction
  std::uint64_t packet = 0;
};

// What a message parser tells; implemented by Connection.
class MessageEvents {
 public:
  // A start line was found at `place`. `status` is 0 for requests. The message is one that has not
  // begun.
  virtual Message& begin_message(Role role, std::uint16_t status, const Place& place) = 0;
  // The head is there; its fields are read. How does the body end?
  virtual BodyRule head_complete(Role role, Message& message) = 0;
  // Nothing more will come of this message; its flags say whether it is whole. The parser has let
  // go of it.
  virtual void message_done(Role role, Message& message) = 0;
  // Between messages bytes are missing: whole messages may be among them. `surely`: some of the
  // bytes can be of no message that was seen.
  virtual void messages_lost(Role role, const model::Gap& gap, bool surely) = 0;
  // Behind a gap in the responses, bytes up to `to` of a message whose head was lost.
  virtual void bytes_without_head(std::uint64_t to, base::Time time) = 0;
  // Responses: bytes that no gap explains and that are none, in this packet.
  virtual void unreadable(Role role, std::uint64_t packet) = 0;
  virtual void note(Role role, base::Code code, std::uint64_t offset, base::Time time) = 0;
  // Foreign bytes stood where a message should begin, or a first line stayed unfinished.
  virtual void parse_error(Role role, base::Time time) = 0;
  // The lane's memory is used up while a head or trailers grow: the connection is to be given up.
  virtual void out_of_memory() = 0;

 protected:
  ~MessageEvents() = default;
};

class MessageParser {
 public:
  MessageParser(LaneContext& lane, MessageEvents& events, Role role)
      : lane_(lane), events_(events), role_(role), pending_(lane.held), stage_(lane.held) {}

  void begin(Entry entry) noexcept;
  void on_chunk(const model::StreamChunk& chunk);
  void on_gap(const model::Gap& gap);
  // Nothing more comes. `closed`: the sender said so with a FIN; else a reset or the end of the
  // capture cut it off, and a body until close is not known to be whole (RFC 9112 8).
  void on_end(base::Time time, bool closed);
  // The other side speaks: a request line without a version that has no more by now has no headers.
  void other_side_speaks() {
    if (state_ == State::bare_head && pending_.empty()) head_done();
  }
  // The client has the responses up to `offset` and asks for more: a body that should begin there
  // and need not come will not come.
  void answered_up_to(std::uint64_t offset);
  // What follows is not looked at; an unfinished message ends here, for the reason given.
  void become_opaque(base::Code reason);
  void release() noexcept;

  [[nodiscard]] bool opaque() const noexcept { return state_ == State::opaque; }
  // A message is being read, or a part of a first line is kept.
  [[nodiscard]] bool unfinished() const noexcept {
    return message_ != nullptr || !pending_.empty();
  }
  // Where a first line was due one was begun and is not whole.
  [[nodiscard]] bool line_begun() const noexcept {
    return state_ == State::start && clean_ && !pending_.empty();
  }
  // The message being read, null between messages.
  [[nodiscard]] Message* current() noexcept { return message_; }

 private:
  enum class State : std::uint8_t {
    start,  // looking for a start line
    head,
    bare_head,  // behind a request line without a version: do header lines follow?
    body_due,   // a body should begin, unless the request was a HEAD: does the next response?
    length,     // `remaining_` bytes of body
    until_close,
    chunk_size,
    chunk_data,
    chunk_end,  // the line end behind a chunk
    trailers,
    opaque
  };
  // How far the line of a chunk's size is read; `rest` is what follows a semicolon or a CR.
  enum class SizePhase : std::uint8_t { blanks, digits, blanks_behind, rest };

  // The unread part of a chunk.
  struct Cursor {
    base::Bytes bytes;
    std::uint64_t offset;
    base::Time time;
    std::uint64_t packet;
    std::uint64_t peer_offset;
    bool at_packet_start;
    [[nodiscard]] bool empty() const noexcept { return bytes.empty(); }
    [[nodiscard]] std::string_view text() const noexcept { return base::as_text(bytes); }
    void advance(std::size_t n) noexcept {
      bytes = bytes.subspan(n);
      offset += n;
      at_packet_start = at_packet_start && n == 0;
    }
  };

  void read(Cursor& c);

  // message_start.cc: looking for a start line.
  void find_request(Cursor& c);
  void find_response(Cursor& c);
  void continue_request_line(Cursor& c);
  [[nodiscard]] bool pending_believed() const noexcept;
  [[nodiscard]] bool pending_may_become_request() const noexcept;
  [[nodiscard]] bool continue_status_prefix(Cursor& c);
  void search_request_line(Cursor& c);
  void search_status_line(Cursor& c);
  void skip_blank_lines(Cursor& c);
  void mark_pending(const Cursor& c);
  // Keeps of an unfinished line only what the last packet brought.
  void keep_last_packet();
  void drop_line(bool at_line_after);
  void foreign_bytes(std::uint64_t offset, base::Time time, std::uint64_t packet);
  void skipped_bytes(const Cursor& c, std::size_t bytes);
  void begin_request(std::string_view line, const RequestLine& parsed);
  void begin_response(std::string_view prefix, const StatusPrefix& parsed);
  void open_message(std::string_view first_bytes, std::uint16_t status);

  // message_parser.cc: heads and ends.
  void read_head(Cursor& c);
  void read_bare_head(Cursor& c);
  // Bytes up to the blank line that ends a head or trailers, or all of them.
  [[nodiscard]] std::size_t scan_lines(std::string_view text, bool& blank_line) noexcept;
  void head_done();
  void finish_message();
  void cut_message(std::uint16_t flag, base::Code code);
  void touch(const Cursor& c, std::size_t n) noexcept;
  void look_for_start(bool clean, bool joined) noexcept;
  [[nodiscard]] std::size_t head_max() const noexcept {
    return std::size_t{lane_.config.head_max_kib} * 1024;
  }

  // late_lines.cc: header lines behind the place where the head is cut.
  void keep_overlong(base::Bytes bytes);
  void cut_head();
  void take_late(base::Bytes bytes);
  void late_line_done();

  // message_body.cc: bodies.
  void read_length(Cursor& c);
  void read_until_close(Cursor& c);
  void begin_size_line() noexcept;
  void read_chunk_size(Cursor& c);
  void read_chunk_data(Cursor& c);
  void read_chunk_end(Cursor& c);
  void read_trailers(Cursor& c);
  [[nodiscard]] bool take_size_byte(char b);
  void take_size_rest(Cursor& c);
  void size_line_done();
  void bad_chunk(Cursor& c);
  void take_body(Cursor& c, std::size_t n);
  void save(base::Bytes bytes);
  void flush_stage();
  [[nodiscard]] bool gap_in_body(const model::Gap& gap);

  // body_due.cc: is there a body at all?
  void expect_body() noexcept;
  void read_body_due(Cursor& c);
  void no_body_came(base::Time time);
  // It is a body, or nobody will ever know: what is kept of it is read.
  void body_begins();

  LaneContext& lane_;
  MessageEvents& events_;
  const Role role_;
  State state_ = State::start;
  State body_state_ = State::length;  // body_due: what follows when a body comes
  SizePhase size_phase_ = SizePhase::blanks;
  bool clean_ = true;    // start: a start line is due exactly here
  bool joined_ = false;  // start: bytes before are missing, so a packet's beginning may be a start
  bool at_line_ = true;  // start: the next byte begins a line
  bool line_is_cr_ = false;
  bool line_end_cr_ = false;  // chunk_size, chunk_end: the byte before was a CR
  bool first_chunk_ = false;
  bool alone_ = false;   // no request was seen when its head was
  bool unsure_ = false;  // the message may have no body, whatever its head says
  bool head_full_ = false;
  bool late_at_line_ = false;  // behind the cut: the next byte begins a line
  bool late_skip_ = false;     // and the line before it, as far as it goes on, means nothing
  bool dead_ = false;   // start: the stream began with foreign bytes; only a gap raises hope again
  bool began_ = false;  // a message was seen, or the stream was joined on its way
  std::uint64_t last_packet_seen_ = 0;
  std::uint64_t line_bytes_ = 0;  // of the line being read, in heads and trailers
  std::uint64_t remaining_ = 0;
  std::uint64_t chunk_size_ = 0;
  Message* message_ = nullptr;
  ByteBuffer pending_;  // start: an unfinished line; head: a line behind the cut that may frame;
                        // chunk_size: the line
  std::size_t pending_packet_at_ = 0;  // where in it the last packet begins
  base::Time pending_packet_time_;
  std::uint64_t pending_packet_peer_offset_ = model::kNoOffset;
  bool pending_at_line_ = false;  // it began where a line does, not just a packet
  std::uint64_t pending_offset_ = 0;
  base::Time pending_time_;
  base::Time pending_last_time_;
  std::uint64_t pending_peer_offset_ = model::kNoOffset;
  std::uint64_t pending_packet_ = 0;
  std::uint64_t pending_last_packet_ = 0;
  ByteBuffer stage_;  // body bytes on their way to the sink
};

}  // namespace spider::parse::http1
