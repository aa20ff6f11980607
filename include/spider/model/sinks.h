#pragma once
// The interfaces between the stages. Capture, reassembly, parse and store never include each other:
// each gives to the next through one of these, so each is tested alone with a fake.

#include <span>
#include <string_view>

#include "spider/model/communication.h"
#include "spider/model/packet.h"
#include "spider/model/quality.h"
#include "spider/model/stream.h"

namespace spider::model {

// capture -> pipeline. Called by one capture thread. `datagram` is empty unless the packet
// completes a fragmented datagram; the payload then lies in it. Returns false when the packet was
// dropped because the ring was full (never for a source that waits).
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  virtual bool on_packet(const Packet& packet, base::Bytes frame, base::Bytes datagram) = 0;
};

// What follows one flow: made by StreamSink::open, told everything in stream order, closed once.
class FlowObserver {
 public:
  virtual void on_chunk(Direction direction, const StreamChunk& chunk) = 0;
  virtual void on_gap(Direction direction, const Gap& gap) = 0;
  // Bytes of [offset, offset + bytes) were seen again at `time`.
  virtual void on_retransmission(Direction direction, std::uint64_t offset,
                                 std::uint64_t bytes) = 0;
  // Nothing more comes of the direction; all its bytes have been delivered. Not told when only the
  // capture ended.
  virtual void on_end(Direction direction, base::Time time, StreamEnd how) = 0;
  // Something comes soon: memory that will be needed may be asked for. A hint.
  virtual void prefetch() const noexcept {}

 protected:
  ~FlowObserver() = default;
};

// reassembly -> parse. Called by the shard's thread.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // `session` holds what is known so far; the reference stays valid and is kept current until
  // close. Null means "not interested".
  virtual FlowObserver* open(const TcpSession& session) = 0;
  // Client and server may be corrected here by what the parser learned (mid-stream starts). The
  // session is final; `observer` is not used afterwards. Called for every flow, null observers too.
  virtual void close(FlowObserver* observer, TcpSession& session) = 0;
};

// Where a session's parser looked and what it found; one line of the parse log.
struct ParseNote {
  base::Time time;
  Direction direction = Direction::low_to_high;
  std::uint64_t offset = 0;  // in the stream
  std::uint16_t code = 0;    // parse code number
};

// parse -> pipeline -> store. Called by the shard's thread.
class CommunicationSink {
 public:
  virtual ~CommunicationSink() = default;
  // Keeps body bytes; the extent says where. Bytes of one call lie together.
  virtual BodyExtent save_body(base::Bytes bytes) = 0;
  virtual void on_communication(const Communication& communication) = 0;
  // `decoder` names what was recognised ("http1", "" for nothing); notes only when parsing is
  // saved.
  virtual void on_session(const TcpSession& session, std::string_view decoder,
                          std::uint32_t communications, std::span<const ParseNote> notes) = 0;
  // A line of a parse log, whether it is kept or not: the number of its code.
  virtual void on_note(std::uint16_t) {}
};

}  // namespace spider::model
