#include "store/answer_cache.h"

#include <algorithm>
#include <utility>

namespace spider::store {
namespace {

constexpr std::size_t kShare = 8;      // of all: one answer takes at most so much
constexpr std::ptrdiff_t kPlaces = 4;  // where a name that is remembered may be

}  // namespace

AnswerCache::AnswerCache(std::size_t bytes_max) : bytes_max_(bytes_max), by_name_(0, hash_) {}

AnswerCache::Answer AnswerCache::find(std::string_view name, std::uint64_t asker) {
  const base::Lock lock(mutex_);
  // Those who ask at the same time take turns: each counts once.
  if (asker > asker_) ++askers_;
  asker_ = std::max(asker_, asker);
  const auto at = by_name_.find(name);
  if (at == by_name_.end()) return {};
  at->second->asked = askers_;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->answer;
}

bool AnswerCache::wants(std::string_view name, std::uint64_t asker) {
  const std::uint64_t hash = hash_(name);
  const base::Lock lock(mutex_);
  if (!make_places()) return false;
  // Of a few places, so that two names that one question asks for do not drive each other out.
  const auto places =
      seen_.begin() + static_cast<std::ptrdiff_t>(hash % kSeenMax / kPlaces * kPlaces);
  const auto seen = std::find_if(places, places + kPlaces,
                                 [&](const Seen& s) { return s.name == hash && s.asker != 0; });
  if (seen == places + kPlaces) {
    *std::min_element(places, places + kPlaces, [](const Seen& a, const Seen& b) {
      return a.asker < b.asker;
    }) = {hash, asker};
    return false;
  }
  if (seen->asker == asker) return false;
  return room_for_some();
}

// Before anything else is kept: what is full has no room for them any more.
bool AnswerCache::make_places() {
  if (kSeenMax * sizeof(Seen) > bytes_max_ / kShare) return false;
  seen_.resize(kSeenMax);
  return true;
}

bool AnswerCache::has_room() const {
  const base::Lock lock(mutex_);
  return room_for_some();
}

bool AnswerCache::room_for_some() const {
  if (kSeenMax * sizeof(Seen) > bytes_max_ / kShare) return false;  // hardly for any
  return bytes_now() + bytes_max_ / kShare <= bytes_max_ || any_old();
}

std::size_t AnswerCache::keep(std::string_view name, std::string answer) {
  // Too long: that it is not worth asking for is kept, or it would be made each time.
  if (name.size() + answer.size() + kOverhead > bytes_max_ / kShare) answer.clear();
  const bool mark = answer.empty();
  answer.shrink_to_fit();
  Entry entry{std::string(name), std::make_shared<const std::string>(std::move(answer)), 0};
  const std::size_t bytes = entry.bytes();
  const base::Lock lock(mutex_);
  static_cast<void>(make_places());
  if (bytes > bytes_max_ / kShare || by_name_.contains(name)) return bytes_now();
  while (bytes_now() + bytes > bytes_max_ && (any_old() || (mark && !entries_.empty()))) {
    bytes_ -= entries_.back().bytes();
    by_name_.erase(entries_.back().name);
    entries_.pop_back();
  }
  if (bytes_now() + bytes > bytes_max_) return bytes_now();
  entry.asked = askers_;
  entries_.push_front(std::move(entry));
  by_name_.emplace(entries_.front().name, entries_.begin());
  bytes_ += bytes;
  return bytes_now();
}

std::size_t AnswerCache::bytes() const {
  const base::Lock lock(mutex_);
  return bytes_now();
}

}  // namespace spider::store
