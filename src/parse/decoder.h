#pragma once
// What a protocol gives to be found and run: one DecoderInfo row in a table that CMake writes
// (cmake/SpiderDecoders.cmake), a lane object that owns the protocol's pools, and a decoder for
// each recognised flow. All of it belongs to the shard's thread.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "spider/model/quality.h"
#include "spider/model/sinks.h"
#include "spider/model/whisperer.h"
#include "spider/parse/config.h"
#include "spider/parse/meaning.h"

#include "parse/counted_vector.h"

namespace spider::parse {

class FlowParser;

// Who is asked when the memory of a lane is used up.
class RoomMaker {
 public:
  // Gives up flows that hold unfinished messages, those first that were silent longest, until there
  // is room; never `asking`.
  virtual void make_room(const FlowParser& asking) = 0;

 protected:
  ~RoomMaker() = default;
};

// What all decoders of a lane share. `held` is the memory that the network made us use.
struct LaneContext {
  const ParseConfig& config;
  const model::WhispererConfig& whisperer;
  model::CommunicationSink& sink;
  model::QualityLog& quality;
  MeaningReader& meaning;
  RoomMaker& room;
  std::size_t held = 0;
  std::size_t held_max = 0;

  // Nobody may hold more: who tries is given up.
  [[nodiscard]] bool full() const noexcept { return held > held_max; }
  // What one more packet may ask for could be too much: room is made before it is read, so that its
  // own flow need not pay.
  [[nodiscard]] bool crowded() const noexcept { return held > held_max - held_max / 16; }
  // Pools keep what is not in use only while there is plenty of room.
  [[nodiscard]] bool roomy() const noexcept { return held < held_max / 4; }
};

// What a decoder knows of its flow and says about it.
struct FlowContext {
  explicit FlowContext(LaneContext& of) noexcept : notes(of.held), lane(of) {}

  // So many are noted whatever the memory; a pooled flow keeps room for no more.
  static constexpr std::size_t kNotesAlways = 4;

  const model::TcpSession* session = nullptr;
  std::array<bool, 2> lost_first{};       // by direction: a gap came before what is decoded
  std::uint32_t communications = 0;       // ordinals given out
  std::uint32_t emitted = 0;              // communications handed to the sink
  CountedVector<model::ParseNote> notes;  // bounded by notes_max and the lane's memory
  std::uint32_t notes_max = 0;
  LaneContext& lane;

  void note(base::Code code, model::Direction direction, std::uint64_t offset, base::Time time) {
    lane.sink.on_note(code.number());
    // They stay until the flow is closed, so messages have the larger part of the memory.
    if (notes.size() < notes_max && (notes.size() < kNotesAlways || lane.roomy()))
      notes.push_back({time, direction, offset, code.number()});
  }
};

// How a direction begins for a decoder.
enum class Entry : std::uint8_t {
  first_byte,   // nothing came before
  other_bytes,  // bytes came before that the decoder did not see and that are not its protocol
  mid_stream,   // bytes before were never captured
};

class Decoder {
 public:
  virtual void on_chunk(model::Direction direction, const model::StreamChunk& chunk) = 0;
  virtual void on_gap(model::Direction direction, const model::Gap& gap) = 0;
  virtual void on_retransmission(model::Direction direction, std::uint64_t offset,
                                 std::uint64_t bytes) = 0;
  virtual void on_end(model::Direction direction, base::Time time, model::StreamEnd how) = 0;
  // The flow is over: hand over whatever is unfinished.
  virtual void finish() = 0;
  // Holds bytes or waits for some: giving it up would free memory.
  [[nodiscard]] virtual bool unfinished() const noexcept = 0;
  // The lane's memory is used up and this flow has been idle longest: what is unfinished is handed
  // over as it is, and nothing more is read.
  virtual void out_of_memory() = 0;
  // At least one message was understood; otherwise the flow counts as not recognised.
  [[nodiscard]] virtual bool recognised() const noexcept = 0;
  // Nothing that may still come is of interest.
  [[nodiscard]] virtual bool done() const noexcept = 0;
  [[nodiscard]] virtual model::Direction client_direction() const noexcept = 0;

 protected:
  ~Decoder() = default;
};

// A protocol's pools in one lane.
class DecoderLane {
 public:
  virtual ~DecoderLane() = default;
  // `client` is the direction that sends requests; `entry` by direction index.
  virtual Decoder* open(FlowContext& flow, model::Direction client, std::array<Entry, 2> entry) = 0;
  virtual void close(Decoder* decoder) = 0;
};

// What the first bytes of a direction look like.
enum class Probe : std::uint8_t {
  no,      // not this protocol
  maybe,   // more bytes are needed
  client,  // this protocol; the sender is the client
  server,  // this protocol; the sender is the server
};

struct DecoderInfo {
  std::uint16_t id = 0;   // stored; never reused
  std::string_view name;  // stored and shown
  // `joined`: the bytes may lie in the middle of something (a packet's beginning after a gap or in
  // a capture that began late), so be strict.
  Probe (*probe)(base::Bytes first, bool joined) = nullptr;
  std::unique_ptr<DecoderLane> (*make)(LaneContext& lane) = nullptr;
};

// Every protocol, in the order in which they are asked.
[[nodiscard]] std::span<const DecoderInfo* const> decoder_table();

}  // namespace spider::parse
