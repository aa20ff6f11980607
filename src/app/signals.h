#pragma once
// Signals as data: blocked in every thread, taken by whoever waits for them.

#include <chrono>

namespace spider::app {

enum class Signal : unsigned char { none, stop, reload };

// Before any thread is born: SIGINT, SIGTERM and SIGHUP are blocked, SIGPIPE is ignored.
void block_signals();
// Waits up to `timeout` for one of them.
[[nodiscard]] Signal wait_signal(std::chrono::milliseconds timeout);

}  // namespace spider::app
