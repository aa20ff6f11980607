#pragma once
// may_go_on(): what a scan asks between two pieces of work.

#include "spider/base/result.h"
#include "spider/query/codes.h"
#include "spider/query/executor.h"

namespace spider::query {

// Errors: cancelled, out_of_time.
[[nodiscard]] inline base::Result<void> may_go_on(const Executor& executor) {
  if (executor.cancelled())
    return base::fail(codes::cancelled, "The server stops, or whoever asked is gone.");
  if (executor.out_of_time())
    return base::fail(codes::out_of_time, "The time to read heads and bodies was used up.");
  return {};
}

}  // namespace spider::query
