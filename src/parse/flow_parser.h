#pragma once
// FlowParser: follows one flow. Looks at the first bytes of each direction until a protocol is
// recognised, then passes everything on to its decoder; a flow of another protocol costs one branch
// per packet. In a stream whose beginning was not captured, each packet's beginning is looked at,
// since that is where messages begin.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "spider/model/sinks.h"

#include "parse/byte_buffer.h"
#include "parse/counted_vector.h"
#include "parse/decoder.h"

namespace spider::parse {

// The lane of each row of decoder_table(), in its order.
using DecoderLanes = std::span<const std::unique_ptr<DecoderLane>>;

class FlowParser final : public model::FlowObserver {
 public:
  FlowParser(LaneContext& lane, DecoderLanes lanes) : lane_(lane), lanes_(lanes), flow_(lane) {}

  void begin(const model::TcpSession& session);
  // Ends the flow: unfinished messages are handed over, the session's line is written, and client
  // and server are put right when the capture began too late to know them.
  void finish(model::TcpSession& session);

  void on_chunk(model::Direction direction, const model::StreamChunk& chunk) override;
  void on_gap(model::Direction direction, const model::Gap& gap) override;
  void on_retransmission(model::Direction direction, std::uint64_t offset,
                         std::uint64_t bytes) override;
  void on_end(model::Direction direction, base::Time time, model::StreamEnd how) override;
  void prefetch() const noexcept override {
    if (decoder_ != nullptr) base::prefetch(decoder_, kDecoderAhead);
  }

  // For whoever looks for memory (Parser): heard of since this was asked last? The answer is
  // forgotten by asking.
  [[nodiscard]] bool heard() noexcept { return std::exchange(heard_, false); }
  // Holds bytes that out_of_memory() would free.
  [[nodiscard]] bool unfinished() const noexcept {
    return decoder_ != nullptr ? decoder_->unfinished()
                               : held_[0] != nullptr || held_[1] != nullptr;
  }
  // Gives up what is unfinished, and for a recognised protocol all that would follow.
  void out_of_memory();
  std::size_t place = 0;  // Parser's, among the open ones

 private:
  static constexpr std::size_t kDecoderAhead =
      768;  // bytes of a decoder that nearly every chunk needs

  enum class State : std::uint8_t { probing, decoding, opaque };
  // Bytes of one direction kept while its first line is not whole, and the packets they came in.
  struct Held {
    // All of it counts in the lane's books: one byte may cost what its packet is remembered by.
    explicit Held(std::size_t& held) : bytes(held), pieces(held), repeats(held), books(held) {
      books += sizeof(Held);
    }
    ~Held() { books -= sizeof(Held); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    struct Piece {
      std::uint32_t bytes = 0;
      std::uint64_t offset = 0;
      base::Time time;
      std::uint64_t packet_number = 0;
      std::uint64_t peer_offset = model::kNoOffset;
    };
    // Captured again meanwhile; so many are told to the decoder that is found.
    struct Repeat {
      std::uint64_t offset = 0;
      std::uint64_t bytes = 0;
    };
    static constexpr std::size_t kRepeatsMost = 32;
    ByteBuffer bytes;
    CountedVector<Piece> pieces;
    CountedVector<Repeat> repeats;
    std::size_t& books;
    std::size_t last_packet_at = 0;     // where the bytes of the last packet begin
    std::size_t last_packet_piece = 0;  // and which piece is its first

    void keep_last_packet();
  };
  struct Side {
    Entry entry = Entry::first_byte;
    bool given_up = false;  // no protocol of ours, and none is expected any more
    bool ended = false;     // at `end`; a decoder that is found later is told
    model::StreamEnd how{};
    base::Time end;
    std::uint8_t packets_looked_at = 0;
    std::uint64_t last_packet = 0;
  };

  struct Answer {
    Probe probe = Probe::no;
    std::size_t row = 0;
    [[nodiscard]] bool found() const noexcept {
      return probe == Probe::client || probe == Probe::server;
    }
  };
  [[nodiscard]] static Answer ask(base::Bytes first, bool joined);
  void probe(model::Direction direction, const model::StreamChunk& chunk);
  // False when no more may be held.
  [[nodiscard]] bool hold(model::Direction direction, const model::StreamChunk& chunk);
  void drop_held(model::Direction direction) noexcept { held_[model::index(direction)].reset(); }
  // `chunk` is what was recognised when nothing was held; null when the held bytes were.
  void decode(std::size_t row, model::Direction found, model::Direction client,
              const model::StreamChunk* chunk);
  void replay(model::Direction direction);
  // What was held of a direction from `offset` on is forgotten for want of memory: told.
  void first_line_lost(model::Direction direction, std::uint64_t offset, base::Time time);
  // What is held of a direction will not become a first line: told where one was due.
  void line_unfinished(model::Direction direction);
  [[nodiscard]] bool long_line(model::Direction direction, base::Bytes begun,
                               const model::StreamChunk* chunk);
  // `chunk` is what came when nothing was held.
  void not_recognised(model::Direction direction, const model::StreamChunk* chunk = nullptr);
  // The beginning of a direction is of no protocol of ours: whose it is is noted where it is sure.
  void note_beginning(model::Direction direction, const model::StreamChunk* chunk);
  // Nothing more is looked at. What is held stays while the other side may be recognised.
  void give_up(model::Direction direction);
  // The decoder wants nothing more, or the flow is over: it goes back to its pool.
  void end_decoder();

  LaneContext& lane_;
  DecoderLanes lanes_;
  FlowContext flow_;
  Decoder* decoder_ = nullptr;
  std::string_view decoder_name_;          // of what was recognised
  std::array<base::Code, 2> begins_as_{};  // by direction: a protocol that is not read
  model::Direction client_ = model::Direction::low_to_high;
  std::size_t row_ = 0;
  State state_ = State::probing;
  bool heard_ = false;
  std::array<Side, 2> sides_{};
  std::array<std::unique_ptr<Held>, 2> held_;
};

}  // namespace spider::parse
