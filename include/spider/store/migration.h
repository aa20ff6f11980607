#pragma once
// How far a store of an earlier format has been brought up to date, for whoever waits for
// Store::open(). The watch is called on the thread that opens, between two batches.

#include <cstdint>
#include <functional>
#include <string_view>

namespace spider::store {

struct MigrationProgress {
  std::string_view what;    // is made: "sums of quality by hour and day"
  std::string_view unit;    // what is counted: "minutes"
  std::uint64_t done = 0;   // never falls, from one start to the next
  std::uint64_t total = 0;  // 0: it is being counted
};

// False: stop here. The next opening goes on.
using MigrationWatch = std::function<bool(const MigrationProgress&)>;

}  // namespace spider::store
