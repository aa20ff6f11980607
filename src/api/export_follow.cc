#include "api/export_follow.h"

#include <algorithm>

#include "spider/api/codes.h"

namespace spider::api {

base::Error ExportFollow::why() const {
  const base::Lock lock(mutex_);
  return why_.value_or(base::Error{codes::answer_failed, ""});
}

std::optional<std::uint64_t> ExportFollow::total() const noexcept {
  const std::uint64_t total = total_;
  return total == kUnknown ? std::nullopt : std::optional(total);
}

void ExportFollow::wrote(std::uint64_t communications, std::uint64_t bytes) noexcept {
  written_ = communications;
  bytes_ += bytes;
}

void ExportFollow::fail(const base::Error& error) {
  {
    const base::Lock lock(mutex_);
    why_ = error;
  }
  end(State::failed);
}

void ExportFollow::end(State state) noexcept {
  State expected = State::running;
  state_.compare_exchange_strong(expected, state, std::memory_order_acq_rel);
}

std::string_view name(ExportFollow::State state) noexcept {
  constexpr std::string_view kNames[] = {"running", "complete", "failed", "stopped"};
  return kNames[static_cast<std::size_t>(state)];
}

bool ExportFollows::is_word(std::string_view word) noexcept {
  return word.size() >= 8 && word.size() <= 64 && std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::shared_ptr<ExportFollow> ExportFollows::begin(std::string word) {
  auto follow = std::make_shared<ExportFollow>(std::move(word));
  const base::Lock lock(mutex_);
  std::erase_if(all_, [&](const auto& one) { return one->word() == follow->word(); });
  if (all_.size() >= kMax) {
    const auto ended = std::find_if(all_.begin(), all_.end(), [](const auto& one) {
      return one->state() != ExportFollow::State::running;
    });
    all_.erase(ended == all_.end() ? all_.begin() : ended);
  }
  all_.push_back(follow);
  return follow;
}

std::shared_ptr<ExportFollow> ExportFollows::find(std::string_view word) const {
  const base::Lock lock(mutex_);
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one->word() == word; });
  return found == all_.end() ? nullptr : *found;
}

}  // namespace spider::api
