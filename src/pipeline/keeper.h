#pragma once
// Keeper: sees to it that of each whisperer no more is kept than its limits say. Its thread looks
// at the store every now and then, decides what is to go, and has the writer's thread take it away
// in small steps, between two batches.
//
// By age a cut is made in packet time, relative to the earlier of two clocks: the system's, and the
// newest that the source has. A replayed capture of another year is cut by its own time, and a
// source that has fallen silent keeps what it has. A clock that jumps would take both along: so
// nothing goes by age until it has run for `settle_s` without a jump
// (docs/decisions/0028-what-goes-and-when.md).
//
// A pass that frees nothing says so once and waits for the next look; it never spins.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/thread.h"
#include "spider/model/retention.h"
#include "spider/store/store.h"

#include "pipeline/writer_loop.h"

namespace spider::pipeline {

// Tells whether the system's clock can be believed: it has gone as evenly as the machine's own for
// long enough. One thread.
class SettledClock {
 public:
  explicit SettledClock(base::Duration since_boot) : since_(since_boot) {}
  // Both clocks at one moment. True when the system's has not jumped for `settle`.
  [[nodiscard]] bool settled(base::Time wall, base::Duration since_boot, base::Duration settle);

 private:
  std::optional<base::Time> began_;  // the machine's start, by the system's clock
  base::Duration since_;             // when that was last found to be another
};

struct KeptSource {
  model::SourceId source{};
  std::string name;
  bool live = false;  // its newest packets have the time of now
  model::RetentionLimits limits;
};

class Keeper {
 public:
  Keeper(store::Store& store, WriterLoop& writer);

  void start();
  // The writer still runs.
  void stop();
  // What holds from now on; looked at soon. Any thread.
  void set(std::uint32_t every_s, std::uint32_t settle_s, std::vector<KeptSource> sources);

 private:
  struct Settings {
    base::Duration every = base::Duration::from_s(60);
    base::Duration settle = base::Duration::from_s(600);
    std::vector<KeptSource> sources;
  };
  void loop(const std::stop_token& stop);
  void look(const std::stop_token& stop, const Settings& settings);
  void by_age(const std::stop_token& stop, const KeptSource& source, base::Time now,
              std::uint64_t bound);
  void by_size(const std::stop_token& stop, const KeptSource& source);
  // Has it done, step by step; false when it could not be.
  bool carry_out(const std::stop_token& stop, const KeptSource& source, const store::Survey& survey,
                 const store::Removal& removal, base::Duration& longest);
  void trouble(const KeptSource& source, const base::Error& error);
  void tell(const KeptSource& source, const store::Removal& removal, std::uint64_t bytes,
            base::Duration longest);
  // Packs of an id below may go by age: they were given out `settle` ago, or by a process before
  // this one, of whose exchanges none is under way.
  [[nodiscard]] std::uint64_t old_packs(base::Duration since_boot, base::Duration settle);

  store::Store& store_;
  WriterLoop& writer_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Settings settings_;   // guarded by mutex_
  bool asked_ = false;  // guarded by mutex_; set() was called
  SettledClock clock_;
  std::deque<std::pair<base::Duration, std::uint64_t>> packs_;  // bound of the ids, by time
  std::uint64_t packs_old_ = 0;
  std::map<model::SourceId, std::string> told_;  // trouble that was logged
  base::Thread thread_;
};

}  // namespace spider::pipeline
