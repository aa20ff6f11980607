#include "parse/decoders/http1/pairing.h"

#include <algorithm>
#include <utility>

namespace spider::parse::http1 {

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

Exchange& Pairing::add_request(std::unique_ptr<Exchange> exchange) {
  exchange->lost_before = std::exchange(lost_, false);
  exchange->lost_answered = std::exchange(lost_answered_, false);
  exchange->skipped_before = std::exchange(skipped_, 0U);
  exchange->maybe_answered = std::exchange(answer_lost_, false);
  waiting_.push_back(std::move(exchange));
  return *waiting_.back();
}

void Pairing::requests_lost() {
  lost_ = true;
  lost_answered_ = false;
}

void Pairing::request_skipped() { ++skipped_; }

void Pairing::responses_lost(base::Time certain_since, bool surely) noexcept {
  if (surely && !lost_ && next_unanswered() == nullptr) answer_lost_ = true;
  for (const auto& exchange : waiting_)
    if (!exchange->response.present && exchange->request.first_byte < certain_since)
      exchange->maybe_answered = true;
  skipped_ = 0;
}

Exchange* Pairing::next_unanswered() noexcept {
  const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                               [](const auto& e) { return !e->response.present; });
  return it == waiting_.end() ? nullptr : it->get();
}

Pairing::Match Pairing::match_response() {
  Exchange* next = next_unanswered();
  if (next == nullptr) {
    if (skipped_ != 0) {
      --skipped_;
      return {nullptr, Answer::skipped_request, false};
    }
    if (lost_) {
      lost_answered_ = true;
      return {nullptr, Answer::lost_request, false};
    }
    return {nullptr, waiting_.empty() ? Answer::no_request : Answer::again, false};
  }
  if (next->skipped_before != 0) {
    --next->skipped_before;
    return {nullptr, Answer::skipped_request, false};
  }
  // A client that does not pipeline has had its answer before it asks again; so the answer to what
  // was lost before `next` came already, or lies in a gap of its own.
  const bool uncertain =
      (next->lost_before && !next->lost_answered) || (next->maybe_answered && waiting_.size() > 1);
  return {next, Answer::request, uncertain};
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
  skipped_ = 0;
}

}  // namespace spider::parse::http1
