#pragma once
// StatusBook: what became of whisperers over time (family `status`): their states with reasons,
// what they saved, and what Spider itself cost. Any thread; a call writes some hundred bytes and
// holds a lock meanwhile. What the store does not take (disk full) waits in memory, kPendingMax
// rows of it, and goes with the next call.
//
// Nothing is invented: a period whose end nobody saw ends at the last sign of life of the process
// that began it, and says so.
//
// Bounds, per source: kStatesMax periods, kSavingMax changes, kObservedMinutes of observations; the
// oldest go.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/base/result.h"
#include "spider/model/ids.h"
#include "spider/model/whisperer_history.h"

namespace spider::store {

class Database;

class StatusBook {
 public:
  static constexpr std::size_t kStatesMax = 4'096;
  static constexpr std::size_t kSavingMax = 1'024;
  static constexpr std::int64_t kObservedMinutes = 92 * 1'440;
  static constexpr std::size_t kPendingMax = 4'096;

  explicit StatusBook(Database& database) : database_(database) {}

  // Once, before anything else. What an earlier process left open is ended here.
  [[nodiscard]] base::Result<void> load();

  // ---- states

  // The source is in this state from here on. The same again changes nothing.
  void note_state(model::SourceId source, model::WhispererState state, const std::string& reason,
                  base::Time at);
  // It is in none that is kept.
  void end_state(model::SourceId source, base::Time at);
  // Spider stops: every period ends here, and what is noted later belongs to the next begin().
  void end(base::Time at);
  void begin();
  // Spider is alive: a later process takes the last of these for the end of what was cut off.
  void mark_alive(base::Time at);

  // All of a source's, by their beginning, as they are now; read once and kept in memory until one
  // changes (kStatesMax of them for each source that is asked for).
  using Periods = std::shared_ptr<const std::vector<model::StatePeriod>>;
  [[nodiscard]] base::Result<Periods> states(model::SourceId source) const;
  // Periods that touch [from, to), by their beginning.
  [[nodiscard]] base::Result<std::vector<model::StatePeriod>> states(model::SourceId source,
                                                                     base::Time from,
                                                                     base::Time to) const;
  // From when on states are known; nothing: there are none.
  [[nodiscard]] base::Result<std::optional<base::Time>> states_known_since(
      model::SourceId source) const;

  // ---- what is saved

  // In force from here on; `first`: the source has no record of earlier. The same again changes
  // nothing.
  void note_saving(model::SourceId source, const model::SavingOptions& options, base::Time at,
                   bool first);
  // By time.
  [[nodiscard]] std::vector<model::SavingChange> saving(model::SourceId source) const;

  // ---- what Spider costs; source 0: what its whisperers share

  // In place of what was there of this minute.
  void put_observation(model::SourceId source, const model::Observation& observation);
  [[nodiscard]] std::optional<model::Observation> observation(model::SourceId source,
                                                              std::int64_t minute) const;
  // Minutes in [first, end), those that are there.
  [[nodiscard]] base::Result<std::vector<model::Observation>> observations(model::SourceId source,
                                                                           std::int64_t first,
                                                                           std::int64_t end) const;

 private:
  struct Open {
    model::StatePeriod period;
    std::size_t rows = 0;
    bool lasts = false;
  };
  using Rows = std::map<std::string, std::string, std::less<>>;

  void write(bool lasting) SPIDER_REQUIRES(mutex_);
  void close(model::SourceId source, Open& open, base::Time at, bool unseen)
      SPIDER_REQUIRES(mutex_);
  // Holds the lock for what waits in memory only.
  [[nodiscard]] base::Result<Rows> rows(const std::string& first, const std::string& end) const;
  void forget_states(model::SourceId source) SPIDER_REQUIRES(mutex_);
  void trim(const std::string& first, const std::string& end, std::size_t& count, std::size_t most)
      SPIDER_REQUIRES(mutex_);

  Database& database_;
  mutable base::Mutex mutex_;
  std::map<model::SourceId, Open> open_ SPIDER_GUARDED_BY(mutex_);
  mutable std::map<model::SourceId, Periods> known_states_ SPIDER_GUARDED_BY(mutex_);
  std::uint64_t states_changed_ SPIDER_GUARDED_BY(mutex_) = 0;
  std::map<model::SourceId, std::vector<model::SavingChange>> saving_ SPIDER_GUARDED_BY(mutex_);
  base::Time alive_ SPIDER_GUARDED_BY(mutex_) = base::Time::min();
  // On the way to the disk; nothing: it is to go.
  std::map<std::string, std::optional<std::string>, std::less<>> pending_ SPIDER_GUARDED_BY(mutex_);
  std::map<model::SourceId, std::int64_t> trimmed_ SPIDER_GUARDED_BY(mutex_);  // hours
  bool refused_ SPIDER_GUARDED_BY(mutex_) = false;                             // the last write was
  bool ended_ SPIDER_GUARDED_BY(mutex_) = false;
};

}  // namespace spider::store
