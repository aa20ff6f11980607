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

// Exit code of a command whose store did not open: a stop on the way is none of its failures.
[[nodiscard]] int exit_of_opening(const base::Error& error) noexcept;

}  // namespace spider::app
