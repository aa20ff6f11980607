#pragma once
// AnswerCache: what questions come to in runs of many blocks, by a name that tells the question and
// the blocks. Such answers are longer than ColumnCache lets in, and stand for hundreds of its
// columns, so they have a bound of their own. Blocks never change and their ids are never given
// again, so nothing in here goes stale.
//
// When it is full, what was not asked for lately leaves, the oldest first; what was stays, and new
// ones are not let in: a question over more than fits finds the same share each time. Any thread.

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/base/text_hash.h"

namespace spider::store {

class AnswerCache {
 public:
  using Answer = std::shared_ptr<const std::string>;
  static constexpr std::size_t kOverhead = 256;   // of an answer, besides it and its name
  static constexpr std::size_t kSeenMax = 4'096;  // names that are remembered without an answer
  // An answer that this many later askers did without makes room for another one.
  static constexpr std::uint64_t kLately = 16;

  explicit AnswerCache(std::size_t bytes_max);

  // Null when it is not there. `asker`: a number above 0 of whoever asks, the same for all that
  // belongs to one question, higher for who begins later.
  [[nodiscard]] Answer find(std::string_view name, std::uint64_t asker);
  // Whether the answer, which is not there, is worth making: another asker missed it before, and
  // there is room for some. Notes that it was missed.
  [[nodiscard]] bool wants(std::string_view name, std::uint64_t asker);
  // Whether there is room for some.
  [[nodiscard]] bool has_room() const;
  // Lets it in when there is room. Of one that is too long, and of an empty one, it is kept that
  // nothing is there; for that the oldest makes room. Returns the bytes of all.
  std::size_t keep(std::string_view name, std::string answer);
  // Of all, with their names; at most bytes_max.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    std::string name;
    Answer answer;
    std::uint64_t asked = 0;
    [[nodiscard]] std::size_t bytes() const { return name.size() + answer->size() + kOverhead; }
  };
  struct Seen {
    std::uint64_t name = 0;  // its hash: of two with one, one may be kept a time too early
    std::uint64_t asker = 0;
  };
  // The oldest one may leave.
  [[nodiscard]] bool any_old() const SPIDER_REQUIRES(mutex_) {
    return !entries_.empty() && entries_.back().asked + kLately < askers_;
  }
  // False: not even they fit.
  [[nodiscard]] bool make_places() SPIDER_REQUIRES(mutex_);
  [[nodiscard]] bool room_for_some() const SPIDER_REQUIRES(mutex_);
  [[nodiscard]] std::size_t bytes_now() const SPIDER_REQUIRES(mutex_) {
    return bytes_ + seen_.size() * sizeof(Seen);
  }

  const std::size_t bytes_max_;
  const base::TextHash hash_;
  mutable base::Mutex mutex_;
  std::list<Entry> entries_ SPIDER_GUARDED_BY(mutex_);  // asked for last first
  std::unordered_map<std::string_view, std::list<Entry>::iterator, base::TextHash> by_name_
      SPIDER_GUARDED_BY(mutex_);
  std::vector<Seen> seen_ SPIDER_GUARDED_BY(mutex_);  // by the hash; empty until it is needed
  std::size_t bytes_ SPIDER_GUARDED_BY(mutex_) = 0;   // of entries_
  std::uint64_t askers_ SPIDER_GUARDED_BY(mutex_) = 0;
  std::uint64_t asker_ SPIDER_GUARDED_BY(mutex_) = 0;  // the latest one
};

}  // namespace spider::store
