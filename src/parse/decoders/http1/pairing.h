#pragma once
// Pairing: which request a response answers. Requests wait in the order of their first bytes;
// responses come in the same order (RFC 9112 9.3). Where bytes of either stream are missing the
// order has holes, and NOTES.md says what is then taken for likely.

#include <cstdint>
#include <memory>
#include <vector>

#include "parse/decoder.h"
#include "parse/decoders/http1/message.h"

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
  Exchange& add_request(std::unique_ptr<Exchange> exchange);
  // Request bytes were lost between messages: there may have been requests here.
  void requests_lost();
  // A request that is not kept was seen; one response is not for those behind it.
  void request_skipped();
  // Response bytes were lost between messages: whoever asked before the packet that showed it may
  // have been answered. A request in that very packet was not.
  // Where nobody waits and a response was `surely` among them, it answers the next request: an
  // answer does not come before its question.
  void responses_lost(base::Time certain_since, bool surely) noexcept;

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
  };
  // Requests may be lost behind the last one that waits.
  [[nodiscard]] bool lost_behind() const noexcept { return lost_; }
  // A final response begins: whose is it?
  [[nodiscard]] Match match_response();

  // The first waiting exchange without a final response; null for none.
  [[nodiscard]] Exchange* next_unanswered() noexcept;

  // In the order of their requests.
  [[nodiscard]] Waiting& waiting() noexcept { return waiting_; }
  // Takes it out of the queue and back into the pool.
  void remove(Exchange& exchange) noexcept;
  void clear() noexcept;

 private:
  ExchangePool& pool_;
  Waiting waiting_;
  // What stands behind the last waiting request; see Exchange.
  bool lost_ = false;
  bool lost_answered_ = false;
  bool answer_lost_ = false;  // the next request's
  std::uint32_t skipped_ = 0;
};

}  // namespace spider::parse::http1
