#pragma once
// Search: what a filter asks for, found bit by bit from the newest block to the oldest, for filters
// that read heads and bodies and may take long: after each step the asker knows how far it got, and
// may stop by not asking again. Works on one snapshot, within the limits of a step. Owned by one
// request; one thread at a time. Errors: cancelled, those of the store; damaged values are passed
// over.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "spider/base/result.h"
#include "spider/base/time.h"
#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/query/records.h"
#include "spider/store/store_reader.h"

namespace spider::query {

// A communication whose body is not in the store.
struct UnsavedBody {
  model::SourceId source{};
  base::Time start;
};

struct SearchProgress {
  std::uint64_t blocks = 0;  // that may hold something
  std::uint64_t blocks_done = 0;
  std::uint64_t rows = 0;        // of them, in the blocks that are done
  std::uint64_t rows_total = 0;  // in all of them: how much work there is
  // Of rows_total, with the part of the block at hand: how much of it is done. Never goes back.
  std::uint64_t rows_looked = 0;
  std::uint64_t candidates = 0;  // rows that heads or bodies were read of
  // Of filters that read bodies: of the candidates with a body that is asked about, those that have
  // saved bytes of one, and those that have none.
  std::uint64_t bodies_saved = 0;
  std::uint64_t bodies_unsaved = 0;
  // Of those with saved bytes: in which nothing was found, and of a body only a part was searched,
  // since it was saved, captured or decoded in part, or is longer than a search reads.
  std::uint64_t bodies_partial = 0;
  std::optional<UnsavedBody> unsaved;  // the newest of the latter
  std::uint64_t hits = 0;
  base::Time reached;  // what starts at or after this was searched
  bool done = false;
};

class Search {
 public:
  // `hits_max`: it is done when so many were found. `executor`, which outlives it, may cancel it.
  [[nodiscard]] static base::Result<std::unique_ptr<Search>> begin(
      std::shared_ptr<const store::StoreSnapshot> snapshot, Filter filter, std::uint64_t hits_max,
      const Executor& executor = caller_alone());
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Goes on for about `length` of time; what it found is added to `hits`, blocks from the newest
  // on, rows within a block from the newest on.
  [[nodiscard]] base::Result<void> step(base::Duration length, std::vector<CommunicationRow>& hits);
  [[nodiscard]] const SearchProgress& progress() const noexcept;

 private:
  struct Impl;
  explicit Search(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spider::query
