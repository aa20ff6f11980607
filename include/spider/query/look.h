#pragma once
// look(): reads the heads and bodies that a filter asks for, once, from the newest communications
// to the oldest, so that whatever is counted, sorted or told of them afterwards need not read them
// again. Ends early when the executor is out of time: then what it found is all there is of what
// begins after Looked::after, and nothing of what begins before.
//
// Blocks are worked on at once where the executor has threads. Memory: four bytes for each row that
// matches, kFoundRowsMax of them at most (more end it as the clock does). Any thread. Errors:
// cancelled, those of the store; damaged values are passed over and noted in the snapshot.

#include <cstddef>
#include <optional>

#include "spider/base/result.h"
#include "spider/base/time.h"
#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/store/store_reader.h"

namespace spider::query {

inline constexpr std::size_t kFoundRowsMax = std::size_t{16} << 20U;

struct Looked {
  // Not everything was looked at: only what begins after this (and before the filter's `to`).
  std::optional<base::Time> after;
};

// Sets filter.found; does nothing when the filter reads no messages.
[[nodiscard]] base::Result<Looked> look(const store::StoreSnapshot& snapshot, Filter& filter,
                                        const Executor& executor);

}  // namespace spider::query
