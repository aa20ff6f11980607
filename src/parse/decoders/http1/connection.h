#pragma once
// Connection: the HTTP/1 decoder of one flow. Its two message parsers read, its Pairing brings
// requests and responses together, and whatever is complete goes to the sink as a Communication.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "parse/decoder.h"
#include "parse/decoders/http1/message_parser.h"
#include "parse/decoders/http1/pairing.h"
#include "parse/decoders/http1/repeats.h"

namespace spider::parse::http1 {

class Connection final : public Decoder, private MessageEvents {
 public:
  Connection(LaneContext& lane, ExchangePool& pool);

  void begin(FlowContext& flow, model::Direction client, std::array<Entry, 2> entry);
  void end() noexcept;

  void on_chunk(model::Direction direction, const model::StreamChunk& chunk) override;
  void on_gap(model::Direction direction, const model::Gap& gap) override;
  void on_retransmission(model::Direction direction, std::uint64_t offset,
                         std::uint64_t bytes) override;
  void on_end(model::Direction direction, base::Time time, model::StreamEnd how) override;
  void finish() override;
  [[nodiscard]] bool unfinished() const noexcept override;
  [[nodiscard]] bool recognised() const noexcept override { return flow_->communications != 0; }
  [[nodiscard]] bool done() const noexcept override;
  [[nodiscard]] model::Direction client_direction() const noexcept override { return client_; }
  void out_of_memory() override;  // Decoder's and MessageEvents'

 private:
  // MessageEvents
  Message& begin_message(Role role, std::uint16_t status, const Place& place) override;
  BodyRule head_complete(Role role, Message& message) override;
  void message_done(Role role, Message& message) override;
  void messages_lost(Role role, const model::Gap& gap, bool surely) override;
  void bytes_without_head(std::uint64_t to, base::Time time) override;
  void unreadable(Role role, std::uint64_t packet) override;
  void note(Role role, base::Code code, std::uint64_t offset, base::Time time) override;
  void parse_error(Role role, base::Time time) override;

  [[nodiscard]] MessageParser& parser(Role role) noexcept {
    return role == Role::request ? requests_ : responses_;
  }
  [[nodiscard]] MessageParser& parser(model::Direction direction) noexcept {
    return direction == client_ ? requests_ : responses_;
  }
  [[nodiscard]] model::Direction direction_of(Role role) const noexcept {
    return role == Role::request ? client_ : model::opposite(client_);
  }

  Message& begin_request(const Place& place);
  Message& begin_response(std::uint16_t status, const Place& place);
  // Why a response has no request, when none waits for it.
  [[nodiscard]] base::Code why_alone(std::uint16_t status, const Place& place) noexcept;
  // The orphan that a request starting here asked for; null for none. Those that came before it are
  // told.
  [[nodiscard]] std::unique_ptr<Exchange> adopt_orphan(const Place& request, bool& uncertain);
  void emit_orphans(std::size_t keep);
  // Emits the requests before the newest that lost their answer in a gap.
  void give_up_answered_in_gap();
  // Emits the requests up to `last` but for `answered`: their answers were lost.
  void give_up_passed(const Exchange* last, const Exchange* answered);
  void open_tunnel();
  // A 1xx response is over: counted on the request that waits, or kept for the next final response.
  void interim_done(Message& message);
  // The 1xx responses that came while nobody waited belong to this exchange's final response.
  void take_early_interim(Exchange& exchange);
  void emit_early_interim();
  // The responses are over: all that waits for them or for a request is told.
  void emit_rest();
  void emit_unanswered();
  void emit(Exchange& exchange);
  void note_end(model::Direction direction, base::Time time, model::StreamEnd how) noexcept;
  // Of the connection, as one of the codes for exchanges that are not whole by then.
  [[nodiscard]] base::Code who_ended() noexcept;
  void emit_and_remove(Exchange& exchange);
  void release(std::unique_ptr<Exchange>& exchange) noexcept;

  LaneContext& lane_;
  FlowContext* flow_ = nullptr;
  model::Direction client_ = model::Direction::low_to_high;
  MessageParser requests_;
  MessageParser responses_;
  Pairing pairing_;
  ExchangePool& pool_;
  Repeats repeats_;
  std::array<std::uint64_t, 2> done_to_{};  // by role: the end of the latest message that is done
  Exchange* answering_ = nullptr;           // whose final response is being read
  // Final responses to no request that waits, the last one perhaps still being read. A few stay a
  // while: when packets were recorded in disorder the request may come after its response.
  Pairing::Waiting orphans_;
  bool request_seen_ = false;
  std::unique_ptr<Exchange> skipped_;  // a request that is told at once: too many wait
  std::unique_ptr<Exchange> interim_;  // a 1xx response: read, counted, not told
  // The first 1xx response since the last final one that came while no request waited; it counts
  // those behind it.
  std::unique_ptr<Exchange> early_interim_;
  std::uint64_t requests_to_ = 0;  // seen or known to be lost, in the stream of requests
  // The last packet of the server with bytes that are no response; requests before it had them for
  // an answer, when they have no other.
  std::uint64_t unreadable_packet_ = 0;
  // The client sent bytes that are no request and may yet be answered: it asked nothing more since
  // a response was taken for the answer.
  bool request_unreadable_ = false;
  bool unreadable_answered_ = false;
  // The server acknowledged anything at all: numbers that never move, as in packets made by hand,
  // are no evidence.
  bool acks_move_ = false;
  bool gaps_ = false;  // bytes are missing somewhere
  bool tunnel_ = false;
  bool responses_ended_ = false;
  // By the time of the packet, of what was told so far.
  struct FirstEnd {
    base::Time time;
    base::Code code;
  };
  std::optional<FirstEnd> first_end_;
  std::array<bool, 2> errors_{};  // by role: counted once per stream
  std::string request_type_;
  std::string response_type_;
};

}  // namespace spider::parse::http1
