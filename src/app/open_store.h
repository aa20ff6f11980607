#pragma once
// Opening a store for a command that a person waits for: a line on the terminal tells how far a
// store of an earlier format has been brought up to date, and SIGINT and SIGTERM stop that.

#include <memory>

#include "spider/base/result.h"
#include "spider/store/store.h"

namespace spider::app {

// Signals must be blocked (signals.h). Errors as of Store::open().
[[nodiscard]] base::Result<std::unique_ptr<store::Store>> open_store(
    const store::StoreConfig& config);

}  // namespace spider::app
