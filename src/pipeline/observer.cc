#include "pipeline/observer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>

#include <malloc.h>
#include <unistd.h>

#include "spider/base/patience.h"
#include "spider/model/quality.h"
#include "spider/store/status_book.h"

namespace spider::pipeline {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);
constexpr int kAliveEvery = 5;   // looks
constexpr int kWriteEvery = 10;  // looks
constexpr model::SourceId kShared{};
// Calm: less than a tenth of a processor for some looks. What is worth the trouble: more than the
// usual comings and goings, so that a store at rest is not flushed again and again.
constexpr std::int64_t kCalmNs = 100'000'000;
constexpr int kCalmLooks = 5;
// When freed memory is given back, counted from then: memtables become files, and those who held
// something for the rush give it back, in their own time.
constexpr int kTrimLooks[] = {3, 10, 25, 55};
constexpr std::uint64_t kWorthBytes = 24U << 20U;

// Whose thread it is: a capture or an import of a whisperer, or nobody's own.
[[nodiscard]] bool belongs_to(const std::string& thread, const std::string& whisperer) {
  std::size_t at = 0;
  if (thread.starts_with("import-")) {
    at = 7;
  } else if (thread.starts_with("cap")) {
    at = thread.find('-');
    if (at == std::string::npos || at > 6) return false;
    ++at;
  } else {
    return false;
  }
  return thread.compare(at, std::string::npos, whisperer) == 0;
}

// Threads of one kind that need not be told apart: api-0 and api-1 are "api". Shards are: one that
// has more to do than the others is worth seeing.
[[nodiscard]] std::string role_of(const std::string& thread) {
  const std::size_t dash = thread.rfind('-');
  const bool numbered = dash != std::string::npos && dash + 1 < thread.size() &&
                        std::all_of(thread.begin() + static_cast<std::ptrdiff_t>(dash) + 1,
                                    thread.end(), [](char c) { return c >= '0' && c <= '9'; });
  return numbered && !thread.starts_with("shard-") ? thread.substr(0, dash) : thread;
}

[[nodiscard]] std::uint64_t resident_bytes() {
  std::uint64_t pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long long all = 0;
  unsigned long long resident = 0;
  if (std::fscanf(file, "%llu %llu", &all, &resident) == 2) pages = resident;
  std::fclose(file);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_time(model::Observation& to, const std::string& name, std::int64_t ns) {
  const auto us = static_cast<std::uint64_t>(ns / 1'000);
  for (model::ThreadTime& thread : to.threads) {
    if (thread.name != name) continue;
    thread.cpu_us += us;
    return;
  }
  if (us != 0) to.threads.push_back({name, us});
}

[[nodiscard]] bool says_something(const model::Observation& o) {
  return !o.threads.empty() || !o.codes.empty() || o.flows.max != 0 || o.ring_bytes.max != 0;
}

}  // namespace

Observer::Observer(store::Store& store, Look whisperers)
    : store_(store), whisperers_(std::move(whisperers)) {}

void Observer::start() {
  store_.status().begin();
  store_.status().mark_alive(base::Time::now());
  thread_ = base::Thread("observer", [this](const std::stop_token& stop) { loop(stop); });
}

void Observer::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  woken_.notify_all();
  thread_.join();
  look(base::Time::now());
  write();
}

void Observer::loop(const std::stop_token& stop) {
  base::wake_patiently();
  for (int looks = 1; !stop.stop_requested(); ++looks) {
    const base::Time now = base::Time::now();
    look(now);
    come_to_rest(resident_bytes());
    if (looks % kAliveEvery == 0) store_.status().mark_alive(now);
    if (looks % kWriteEvery == 0) write();
    std::unique_lock<std::mutex> lock(sleep_);
    woken_.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

// A minute may have been begun by an earlier process.
Observer::Watched& Observer::watched(model::SourceId source) {
  Watched& out = watched_[source];
  if (out.now.minute != minute_) {
    out.now = store_.status().observation(source, minute_).value_or(model::Observation{});
    out.now.minute = minute_;
  }
  return out;
}

void Observer::turn(std::int64_t minute) {
  if (minute == minute_) return;
  write_rows();
  minute_ = minute;
}

void Observer::look_at_threads(const std::vector<WhispererMeter>& meters) {
  std::int64_t ours = 0;
  const auto since = [&](const std::string& name, std::int64_t total) {
    std::int64_t& before = cpu_[name];
    const std::int64_t spent = std::max<std::int64_t>(0, total - before);
    before = total;
    return spent;
  };
  for (const base::ThreadTime& thread : base::thread_times()) {
    ours += thread.cpu_ns;
    const auto owner = std::find_if(meters.begin(), meters.end(),
                                    [&](const auto& m) { return belongs_to(thread.name, m.name); });
    const std::int64_t spent = since(thread.name, thread.cpu_ns);
    if (owner != meters.end()) {
      add_time(watched(owner->source).now, thread.name, spent);
    } else {
      add_time(watched(kShared).now, role_of(thread.name), spent);
    }
  }
  // The main thread, and those of RocksDB.
  add_time(watched(kShared).now, "others", since("", base::process_cpu_ns() - ours));
}

void Observer::look_at(const WhispererMeter& meter) {
  Watched& w = watched(meter.source);
  ++w.now.looks;
  w.now.flows.look(meter.flows);
  w.now.flow_bytes.look(meter.flow_bytes);
  w.now.parse_bytes.look(meter.parse_bytes);
  w.now.ring_bytes.look(meter.ring_filled);
  w.now.ring_capacity = std::max(w.now.ring_capacity, meter.ring_capacity);
  model::Observation more;
  for (const auto& [code, count] : meter.codes) {
    model::CodeCount& told = w.told[code];
    if (count.records == told.records && count.notes == told.notes) continue;
    more.codes.push_back({code, count.records - told.records, count.notes - told.notes});
    told = count;
  }
  w.now += more;
}

void Observer::come_to_rest(std::uint64_t resident) {
  const std::int64_t cpu = base::process_cpu_ns();
  calm_ = cpu - std::exchange(process_cpu_, cpu) < kCalmNs ? calm_ + 1 : 0;
  at_rest_ = std::min(at_rest_, resident);
  if (calm_ < kCalmLooks) {
    // What was to be given back after the last rush still is.
    unfinished_ = unfinished_ || rushed_ > 0;
    rushed_ = 0;
    return;
  }
  if (rushed_ == 0) {
    const bool much = resident > at_rest_ + kWorthBytes;
    if (!much && !unfinished_) return;
    unfinished_ = false;
    if (much) store_.begin_flush();
  }
  ++rushed_;
  if (std::find(std::begin(kTrimLooks), std::end(kTrimLooks), rushed_) == std::end(kTrimLooks))
    return;
  // The allocator keeps free pages between those in use: of every arena, not of the last alone.
  static_cast<void>(::malloc_trim(0));
  at_rest_ = resident_bytes();
  if (rushed_ == kTrimLooks[std::size(kTrimLooks) - 1]) rushed_ = 0;
}

void Observer::look(base::Time now) {
  const std::vector<WhispererMeter> meters = whisperers_();
  const std::lock_guard<std::mutex> lock(mutex_);
  turn(model::minute_of(now));
  look_at_threads(meters);
  for (const WhispererMeter& meter : meters) look_at(meter);
  model::Observation& shared = watched(kShared).now;
  ++shared.looks;
  shared.resident_bytes.look(resident_bytes());
  shared.store_bytes.look(store_.memory_bytes());
}

void Observer::forget(model::SourceId source) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto it = watched_.find(source); it != watched_.end()) {
    it->second.now = {};
    it->second.now.minute = minute_;
  }
}

void Observer::write() {
  const std::lock_guard<std::mutex> lock(mutex_);
  write_rows();
}

void Observer::write_rows() {
  for (auto& [source, w] : watched_)
    if (w.now.minute == minute_ && says_something(w.now))
      store_.status().put_observation(source, w.now);
}

}  // namespace spider::pipeline
