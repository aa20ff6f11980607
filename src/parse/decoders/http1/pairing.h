#pragma once
// Pairing: which request a response answers. Requests wait in the order of their first bytes;
// responses come in the same order (RFC 9112 9.3). Where bytes of either stream are missing the
// order has holes, and NOTES.md says what is then taken for likely.

#include <cstdint>
#include <memory>
#include <vector>

#include "parse/decoder.h"
#include "parse/decoders/http1/message_parser.h"

namespace spider::parse::http1 {

// Exchanges of a lane that are not in use. Bounded: steady traffic allocates nothing, a burst's
// memory is given back.
class ExchangePool {
 public:
  explicit ExchangePool(LaneContext& lane) : lane_(lane) {}
  ~ExchangePool() { lane_.held -= free_.size() * sizeof(Exchange); }
  ExchangePool(const ExchangePool&) = delete;
  ExchangePool& operator=(const ExchangePool&) = delete;

  [[nodiscard]] std::unique_ptr<Exchange> take();
  void give_back(std::unique_ptr<Exchange> exchange) noexcept;

 private:
  static constexpr std::size_t kFreeMax = 512;
  LaneContext& lane_;
  std::vector<std::unique_ptr<Exchange>> free_;
};

class Pairing {
 public:
  using Waiting = std::vector<std::unique_ptr<Exchange>>;

  explicit Pairing(ExchangePool& pool) : pool_(pool) {}

  // A request begins: at the end of the queue. `exchange` may hold its response already.
  Exchange& add_request(std::unique_ptr<Exchange> exchange, const Place& place);
  // Request bytes were lost between messages: there may have been requests here.
  void requests_lost(const model::Gap& gap);
  // A request that is not kept was seen; one response is not for those behind it.
  void request_skipped();
  // Response bytes were lost between messages, up to `to`: whoever asked before the client had them
  // may have been answered. Where acknowledgements do not tell, whoever asked before the packet
  // that showed the loss; and where nobody waits and a response was `surely` among them, it answers
  // the next request: an answer does not come before its question.
  void responses_lost(std::uint64_t to, base::Time certain_since, bool surely) noexcept;

  enum class Answer : std::uint8_t {
    request,          // to `exchange`
    no_request,       // to nothing that was ever seen
    lost_request,     // to one in a gap
    skipped_request,  // to one that was not kept
    again             // to one that has its response already
  };
  struct Match {
    Exchange* exchange = nullptr;  // null unless `answer` is request
    Answer answer = Answer::no_request;
    bool uncertain = false;
    // Requests that waited up to this one have their answers in what was lost; null for none.
    Exchange* passed = nullptr;
  };
  // Requests may be lost behind the last one that waits.
  [[nodiscard]] bool lost_behind() const noexcept { return lost_; }
  // Whether the answer to what is asked at this place of the responses lies in what was lost there,
  // one request being asked at a time.
  [[nodiscard]] bool answer_lost_at(std::uint64_t offset) const noexcept {
    return offset != model::kNoOffset && offset < responses_lost_to_ && !pipelined_ &&
           offset != last_asked_at_;
  }
  // Several requests are sent before the first is answered.
  [[nodiscard]] bool pipelined() const noexcept { return pipelined_; }
  // A final response begins: whose is it? Requests were seen, or found to be lost, up to
  // `requests_to`.
  [[nodiscard]] Match match_response(const Place& place, std::uint64_t requests_to);

  // The first waiting exchange without a final response; null for none.
  [[nodiscard]] Exchange* next_unanswered() noexcept;

  // The order of what waits may be shifted.
  void doubt_waiting() noexcept;

  // In the order of their requests.
  [[nodiscard]] Waiting& waiting() noexcept { return waiting_; }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
  // Takes it out of the queue and back into the pool.
  void remove(Exchange& exchange) noexcept;
  void clear() noexcept;
  // When the capture began in the middle, what was asked before is not known. The first request
  // that was seen may be behind lost ones.
  void begin(bool mid_stream, bool lost_requests) noexcept {
    joined_ = mid_stream;
    lost_ = lost_requests;
  }

 private:
  [[nodiscard]] Match nobody_waits(const Place& place, std::uint64_t requests_to) noexcept;
  [[nodiscard]] Match match_by_place(Exchange& next, const Place& place,
                                     std::uint64_t requests_to) noexcept;
  [[nodiscard]] Match match_pipelined(Exchange& next, Exchange& last, bool lost_requests,
                                      const Place& place) noexcept;
  ExchangePool& pool_;
  Waiting waiting_;
  std::uint64_t lost_from_ = 0;                     // of what `lost_` speaks of
  std::uint64_t last_asked_at_ = model::kNoOffset;  // of the request before
  std::uint64_t responses_lost_to_ = 0;             // the end of the last stretch lost
  bool joined_ = false;  // nobody knows what was asked before, and no response came yet
  bool pipelined_ = false;
  bool answer_skipped_ = false;  // since the last response at least one was lost
  // What stands behind the last waiting request; see Exchange.
  bool lost_ = false;
  bool lost_answered_ = false;
  bool answer_lost_ = false;  // the next request's
  std::uint32_t skipped_ = 0;
};

}  // namespace spider::parse::http1
