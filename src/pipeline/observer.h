#pragma once
// Observer: looks once a second at what Spider itself costs, and keeps a small row for each minute
// of each whisperer, and one for what whisperers share: processor time by thread, memory of tables,
// how full the rings are, codes that the parsers gave out. A shard, the writer and the store serve
// every whisperer: what they cost is told as shared and divided by nobody. It also leaves the sign
// of life by which a later process tells until when this one was seen.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "spider/base/thread.h"
#include "spider/model/whisperer_history.h"
#include "spider/store/store.h"

#include "pipeline/meters.h"

namespace spider::pipeline {

class Observer {
 public:
  using Look = std::function<std::vector<WhispererMeter>()>;
  // `store` outlives it. `whisperers` is called by the thread that looks.
  Observer(store::Store& store, Look whisperers);

  void start();
  void stop();  // what was seen is kept
  // One look; the thread calls it. A test may instead of it.
  void look(base::Time now);
  void write();
  // What was seen of a source in the present minute is removed with its data. Any thread.
  void forget(model::SourceId source);

 private:
  struct Watched {
    model::Observation now;
    CodeCounts told;  // codes as they were at the last look
  };
  void loop(const std::stop_token& stop);
  void write_rows();
  void turn(std::int64_t minute);
  [[nodiscard]] Watched& watched(model::SourceId source);
  void look_at_threads(const std::vector<WhispererMeter>& meters);
  void look_at(const WhispererMeter& meter);
  // Once little is done any more, what a spike left in memtables and free lists goes back.
  void come_to_rest(std::uint64_t resident);

  store::Store& store_;
  const Look whisperers_;
  std::mutex mutex_;  // of the next two; the others are the thread's
  std::int64_t minute_ = INT64_MIN;
  std::map<model::SourceId, Watched> watched_;
  std::map<std::string, std::int64_t> cpu_;  // as it was at the last look
  std::int64_t process_cpu_ = 0;             // at the last look
  int calm_ = 0;                             // looks since much was done
  int rushed_ = 0;                           // looks since it was calm with much in memory
  bool unfinished_ = false;                  // it became busy again before the last trim
  std::uint64_t at_rest_ = 0;                // resident bytes when it last rested
  std::mutex sleep_;
  std::condition_variable_any woken_;
  base::Thread thread_;
};

}  // namespace spider::pipeline
