#include "parse/decoders/http1/pairing.h"

#include <algorithm>
#include <utility>

namespace spider::parse::http1 {
namespace {
[[nodiscard]] constexpr bool known(std::uint64_t offset) noexcept {
  return offset != model::kNoOffset;
}
}  // namespace

std::unique_ptr<Exchange> ExchangePool::take() {
  if (free_.empty()) {
    lane_.held += sizeof(Exchange);
    return std::make_unique<Exchange>(lane_.held);
  }
  std::unique_ptr<Exchange> exchange = std::move(free_.back());
  free_.pop_back();
  return exchange;
}

void ExchangePool::give_back(std::unique_ptr<Exchange> exchange) noexcept {
  if (free_.size() >= kFreeMax || !lane_.roomy()) {
    lane_.held -= sizeof(Exchange);
    return;
  }
  exchange->clear();
  free_.push_back(std::move(exchange));
}

Exchange& Pairing::add_request(std::unique_ptr<Exchange> exchange, const Place& place) {
  exchange->asked_at = place.peer_offset;
  exchange->lost_before = std::exchange(lost_, false);
  exchange->lost_from = lost_from_;
  exchange->lost_answered = std::exchange(lost_answered_, false);
  exchange->skipped_before = std::exchange(skipped_, 0U);
  const bool answer_lost = std::exchange(answer_lost_, false);
  exchange->maybe_answered =
      known(place.peer_offset) ? place.peer_offset < responses_lost_to_ : answer_lost;
  if (known(place.peer_offset) && place.peer_offset == last_asked_at_) pipelined_ = true;
  exchange->doubtful = pipelined_ && !waiting_.empty() && waiting_.back()->doubtful;
  last_asked_at_ = place.peer_offset;
  waiting_.push_back(std::move(exchange));
  return *waiting_.back();
}

void Pairing::requests_lost(const model::Gap& gap) {
  if (!lost_) lost_from_ = gap.offset;
  lost_ = true;
  lost_answered_ = false;
}

void Pairing::request_skipped() { ++skipped_; }

void Pairing::responses_lost(std::uint64_t to, base::Time certain_since, bool surely) noexcept {
  responses_lost_to_ = std::max(responses_lost_to_, to);
  answer_skipped_ = answer_skipped_ || surely;
  if (surely && !lost_ && next_unanswered() == nullptr) answer_lost_ = true;
  for (const auto& exchange : waiting_) {
    if (exchange->response.present) continue;
    if (known(exchange->asked_at) ? exchange->asked_at < to
                                  : exchange->request.first_byte < certain_since)
      exchange->maybe_answered = true;
  }
  skipped_ = 0;
}

Exchange* Pairing::next_unanswered() noexcept {
  const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                               [](const auto& e) { return !e->response.present; });
  return it == waiting_.end() ? nullptr : it->get();
}

Pairing::Match Pairing::nobody_waits(const Place& place, std::uint64_t requests_to) noexcept {
  if (skipped_ != 0) {
    --skipped_;
    return {nullptr, Answer::skipped_request};
  }
  if (lost_) {
    lost_answered_ = !known(place.peer_offset) || place.peer_offset >= requests_to;
    return {nullptr, Answer::lost_request};
  }
  return {nullptr, waiting_.empty() ? Answer::no_request : Answer::again};
}

Pairing::Match Pairing::match_response(const Place& place, std::uint64_t requests_to) {
  // Where several are asked at once, some of them may have been asked before the capture began.
  if (std::exchange(joined_, false) && pipelined_) doubt_waiting();
  Exchange* next = next_unanswered();
  Match match;
  if (next == nullptr) {
    match = nobody_waits(place, requests_to);
  } else if (next->skipped_before != 0) {
    --next->skipped_before;
    match.answer = Answer::skipped_request;
  } else if ((next->lost_before || next->maybe_answered || next->doubtful || lost_) &&
             known(place.peer_offset) && known(next->asked_at)) {
    match = match_by_place(*next, place, requests_to);
  } else {
    // A client that does not pipeline has had its answer before it asks again; so the answer to
    // what was lost before `next` came already, or lies in a gap of its own.
    match.exchange = next;
    match.answer = Answer::request;
    match.uncertain = (next->lost_before && !next->lost_answered) ||
                      (next->maybe_answered && (pipelined_ || waiting_.size() > 1)) ||
                      next->doubtful;
  }
  if (match.uncertain && pipelined_) doubt_waiting();
  answer_skipped_ = false;
  return match;
}

// Something was lost. A request was not answered before the server had its first byte, nor with
// bytes that the client had when it asked; both are in the acknowledgements. Of those that are left
// the last one is answered, when each is sent after the answer to the one before.
Pairing::Match Pairing::match_by_place(Exchange& next, const Place& place,
                                       std::uint64_t requests_to) noexcept {
  Exchange* last = nullptr;
  bool lost_among = false;  // requests lost before the last one
  std::uint64_t lost_behind = place.peer_offset > requests_to + 1 ? requests_to : model::kNoOffset;
  if (lost_) lost_behind = lost_from_;
  Exchange* behind = nullptr;
  bool begun = false;
  for (const auto& e : waiting_) {
    begun = begun || e.get() == &next;
    if (!begun || e->response.present) continue;
    if (known(e->asked_at) &&
        (e->asked_at > place.offset || e->request.begin >= place.peer_offset)) {
      behind = e.get();
      lost_behind = e->lost_before ? e->lost_from : model::kNoOffset;
      break;
    }
    lost_among = lost_among || (e->lost_before && !e->lost_answered);
    last = e.get();
  }
  const bool lost_asked = lost_behind < place.peer_offset;
  const Match of_lost{nullptr, Answer::lost_request, false, last};
  // All that was lost there, when the server had it all; else more requests are lost behind.
  const auto answer_lost = [&] {
    bool& answered = behind != nullptr ? behind->lost_answered : lost_answered_;
    answered = place.peer_offset >= (behind != nullptr ? behind->request.begin : requests_to);
  };
  if (last == nullptr) {
    // No request can be meant; without a loss the numbers themselves are wrong.
    if (!lost_asked) return {&next, Answer::request, true};
    answer_lost();
    return of_lost;
  }
  if (pipelined_) return match_pipelined(next, *last, lost_among || lost_asked, place);
  if (place.offset == last->asked_at) return {last, Answer::request, lost_among, last};
  if (!lost_asked) return {last, Answer::request, true, last};
  answer_lost();
  return of_lost;
}

// Several can be meant: the likely one is taken, and marked. A loss is taken for one message, as it
// is when packets are lost one by one.
Pairing::Match Pairing::match_pipelined(Exchange& next, Exchange& last, bool lost_requests,
                                        const Place& place) noexcept {
  if (&next == &last && !lost_requests) return {&next, Answer::request, next.doubtful};
  // Of those asked at this place the first.
  if (next.asked_at != place.offset) {
    for (const auto& e : waiting_)
      if (!e->response.present && e->asked_at == place.offset)
        return {e.get(), Answer::request, true, e.get()};
  }
  if (next.lost_before && !next.lost_answered && !answer_skipped_) {
    next.lost_answered = next.doubtful = true;
    doubt_waiting();
    return {nullptr, Answer::lost_request};
  }
  next.lost_answered = true;
  const bool skip = answer_skipped_ && next.maybe_answered && &next != &last;
  if (!skip) return {&next, Answer::request, true};
  Exchange* second = nullptr;
  for (const auto& e : waiting_)
    if (e.get() != &next && !e->response.present && (second = e.get()) != nullptr) break;
  return {second, Answer::request, true, &next};
}

void Pairing::doubt_waiting() noexcept {
  for (const auto& e : waiting_)
    if (!e->response.present) e->doubtful = true;
}

void Pairing::remove(Exchange& exchange) noexcept {
  const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                               [&](const auto& e) { return e.get() == &exchange; });
  if (it == waiting_.end()) return;
  pool_.give_back(std::move(*it));
  waiting_.erase(it);
}

void Pairing::clear() noexcept {
  for (auto& exchange : waiting_) pool_.give_back(std::move(exchange));
  waiting_.clear();
  if (waiting_.capacity() > 64) Waiting().swap(waiting_);
  lost_ = lost_answered_ = answer_lost_ = false;
  joined_ = pipelined_ = answer_skipped_ = false;
  skipped_ = 0;
  lost_from_ = responses_lost_to_ = 0;
  last_asked_at_ = model::kNoOffset;
}

}  // namespace spider::parse::http1
