#pragma once
// each_block(): blocks of a question, in parts that an executor may work on at once. The parts are
// cut by the number of blocks alone, so that the threads change nothing.

#include <array>
#include <type_traits>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/codes.h"
#include "spider/query/executor.h"
#include "spider/store/store_reader.h"

namespace spider::query {

// Calls part(i, block) for every block, in order within the part i (below Parts) that has it.
// Damaged blocks are passed over. A part that keeps blocks takes the shared pointer. `part` uses
// nothing that another part writes.
template <std::size_t Parts, class Part>
[[nodiscard]] base::Result<void> each_block(const store::StoreSnapshot& snapshot,
                                            const std::vector<store::BlockPtr>& blocks,
                                            const Executor& executor, Part&& part) {
  constexpr std::size_t kAhead = 4;
  std::array<base::Result<void>, Parts> results;
  executor.run(Parts, [&](std::size_t i) {
    const std::size_t end = blocks.size() * (i + 1) / Parts;
    for (std::size_t b = blocks.size() * i / Parts; b < end && results[i]; ++b) {
      if (executor.cancelled()) {
        results[i] = base::fail(codes::cancelled, "The server stops, or whoever asked is gone.");
        return;
      }
      // Summaries lie all over the memory, and little is done with each whose answer is known.
      if (end - b > kAhead) __builtin_prefetch(blocks[b + kAhead].get());
      base::Result<void> done;
      if constexpr (std::is_invocable_v<Part&, std::size_t, const store::BlockPtr&>) {
        done = part(i, blocks[b]);
      } else {
        done = part(i, *blocks[b]);
      }
      if (!done && !snapshot.pass_over(done.error())) results[i] = std::move(done);
    }
  });
  for (auto& result : results) SPIDER_TRY(result);
  return {};
}

}  // namespace spider::query
