#pragma once
// What an end that nobody asked for has cost (SIGKILL, a crash, a power cut): said at the next
// start.

#include <cstddef>

#include "spider/store/store.h"

namespace spider::pipeline {

// Logs a line for each run that a process before this one left open, once, and marks it as lost.
// Before the first run of this process begins. A process that dies again and again must not fill
// the store with its ends: the latest `kept` marks stay.
void tell_lost_runs(store::Store& store, std::size_t kept = 1'024);

}  // namespace spider::pipeline
