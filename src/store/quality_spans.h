#pragma once
// QualitySpans: between which minutes a source has books, so that whoever asks for a range need not
// look at sources that have none in it: a store of many uploads has a source for each.
//
// A span is never shorter than what a snapshot that may use it holds: the writer widens it before
// it writes, it does not shrink when minutes go, and it is used only by snapshots that are not
// older than the one that it was read with. Bounds: a few dozen bytes for each source. Any thread
// may ask, the writer's thread widens and forgets.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>

#include "spider/base/mutex.h"
#include "spider/model/ids.h"

namespace spider::store {

class QualitySpans {
 public:
  struct Span {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    void widen(const Span& other) noexcept {
      first = std::min(first, other.first);
      last = std::max(last, other.last);
    }
  };

  // Of a snapshot with this sequence number; nothing when it is to be read and learned.
  [[nodiscard]] std::optional<Span> find(model::SourceId source, std::uint64_t version) const {
    const base::Lock lock(mutex_);
    const auto at = known_.find(static_cast<std::uint32_t>(source));
    if (at == known_.end() || !at->second.read || *at->second.read > version) return std::nullopt;
    return at->second.span;
  }
  // What a snapshot holds.
  void learn(model::SourceId source, std::uint64_t version, const Span& span) {
    const base::Lock lock(mutex_);
    Known& known = known_[static_cast<std::uint32_t>(source)];
    known.span.widen(span);
    known.read = known.read ? std::min(*known.read, version) : version;
  }
  void widen(model::SourceId source, const Span& span) {
    const base::Lock lock(mutex_);
    known_[static_cast<std::uint32_t>(source)].span.widen(span);
  }
  // All of it was removed.
  void forget(model::SourceId source) {
    const base::Lock lock(mutex_);
    known_.erase(static_cast<std::uint32_t>(source));
  }

 private:
  struct Known {
    Span span;
    std::optional<std::uint64_t> read;  // with the earliest of these
  };
  mutable base::Mutex mutex_;
  std::unordered_map<std::uint32_t, Known> known_ SPIDER_GUARDED_BY(mutex_);
};

}  // namespace spider::store
