#include "spider/base/thread.h"

#include <ctime>
#include <map>
#include <utility>

#include <pthread.h>

#include "spider/base/mutex.h"

namespace spider::base {
namespace {

[[nodiscard]] std::int64_t read_clock(clockid_t clock) noexcept {
  timespec t{};
  if (::clock_gettime(clock, &t) != 0) return 0;
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// Threads belong to the process, and so does this: who asks for their times knows none of them.
// Names are few: those of the code, and of whisperers.
class Clocks {
 public:
  struct Running {
    std::string name;
    clockid_t clock;
  };
  void begin(const std::string& name) {
    clockid_t clock{};
    if (::pthread_getcpuclockid(::pthread_self(), &clock) != 0) return;
    const Lock lock(mutex_);
    running_.emplace(::pthread_self(), Running{name, clock});
  }
  void end() {
    const Lock lock(mutex_);
    const auto at = running_.find(::pthread_self());
    if (at == running_.end()) return;
    ended_[at->second.name] += read_clock(CLOCK_THREAD_CPUTIME_ID);
    running_.erase(at);
  }
  [[nodiscard]] std::vector<ThreadTime> times() {
    const Lock lock(mutex_);
    // Under the lock: none of them can end, so every clock is one of a thread that is there.
    std::map<std::string, std::int64_t> sums = ended_;
    for (const auto& [thread, running] : running_) sums[running.name] += read_clock(running.clock);
    std::vector<ThreadTime> out;
    for (auto& [name, ns] : sums) out.push_back({name, ns});
    return out;
  }

 private:
  Mutex mutex_;
  std::map<pthread_t, Running> running_ SPIDER_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> ended_ SPIDER_GUARDED_BY(mutex_);
};

// Never destroyed: a thread may outlive main().
Clocks& clocks() {
  static auto* const all = new Clocks;
  return *all;
}

}  // namespace

Thread::Thread(std::string name, std::function<void(std::stop_token)> body)
    : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) noexcept {
        // The kernel keeps 15 characters; pthread refuses longer names instead of cutting them.
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        clocks().begin(name);
        body(std::move(stop));
        clocks().end();
      }) {}

std::vector<ThreadTime> thread_times() { return clocks().times(); }

std::int64_t process_cpu_ns() noexcept { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace spider::base
