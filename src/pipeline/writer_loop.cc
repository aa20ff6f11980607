#include "pipeline/writer_loop.h"

#include <algorithm>
#include <utility>

#include "spider/base/log.h"
#include "spider/base/patience.h"
#include "spider/pipeline/codes.h"

namespace spider::pipeline {
namespace {
using Clock = std::chrono::steady_clock;
constexpr auto kRetryEvery = std::chrono::seconds(1);
constexpr auto kLookEvery = std::chrono::milliseconds(20);  // whether a begun commit has ended
}  // namespace

WriterLoop::WriterLoop(store::StoreWriter& writer, std::uint32_t commit_ms,
                       const Standing& standing)
    : writer_(writer), standing_(standing), commit_every_(commit_ms), committed_(Clock::now()) {}

WriterLoop::~WriterLoop() { stop(); }

// What is captured live cannot wait.
void WriterLoop::make_way() const noexcept {
  if (!standing_.live()) standing_.make_way();
}

void WriterLoop::start(std::vector<CommRing*> rings) {
  rings_ = std::move(rings);
  writer_.pause_with([this] { make_way(); });
  {
    const std::lock_guard<std::mutex> lock(tasks_mutex_);
    takes_tasks_ = true;
  }
  thread_ = base::Thread("writer", [this](std::stop_token stop) { loop(std::move(stop)); });
}

void WriterLoop::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  bell_.ring();
  thread_.join();
  writer_.pause_with({});  // the store outlives this
}

bool WriterLoop::call(const std::function<void(store::StoreWriter&)>& task) {
  Task mine{&task};
  std::unique_lock<std::mutex> lock(tasks_mutex_);
  if (!takes_tasks_) return false;
  tasks_.push_back(&mine);
  has_tasks_ = true;
  lock.unlock();
  bell_.ring();
  lock.lock();
  task_done_.wait(lock, [&] { return mine.done; });
  return mine.ran;
}

// One at a time: batches that wait come in between.
bool WriterLoop::serve_task() {
  if (!has_tasks_) return false;
  Task* task = nullptr;
  {
    const std::lock_guard<std::mutex> lock(tasks_mutex_);
    if (tasks_.empty()) return false;
    task = tasks_.front();
    tasks_.pop_front();
    has_tasks_ = !tasks_.empty();
  }
  (*task->work)(writer_);
  {
    const std::lock_guard<std::mutex> lock(tasks_mutex_);
    task->ran = true;
    task->done = true;
  }
  task_done_.notify_all();
  return true;
}

void WriterLoop::end_tasks() {
  const std::lock_guard<std::mutex> lock(tasks_mutex_);
  takes_tasks_ = false;
  for (Task* task : tasks_) task->done = true;
  tasks_.clear();
  task_done_.notify_all();
}

std::optional<base::Error> WriterLoop::trouble() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return trouble_;
}

base::Result<void> WriterLoop::purge(model::SourceId source) {
  base::Result<void> done;
  const bool ran = call([&](store::StoreWriter& writer) {
    done = writer.purge(source);
    // Books that the store did not take yet would come back behind it.
    if (done) lost_.erase(source);
  });
  return ran ? done : base::fail(codes::purge_stopped, "Spider is stopping.");
}

void WriterLoop::failed(const base::Error& error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!trouble_) base::log(error);
  trouble_ = error;
}

void WriterLoop::recovered() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!trouble_) return;
  trouble_.reset();
  base::log(codes::store_recovered, "The store takes writes again.");
}

// What became of each record, in the minute in which it ended.
void WriterLoop::book_records(model::RecordBatch& batch, model::Quality communications,
                              model::Quality sessions, std::uint64_t n) {
  for (const model::Communication& c : batch.communications)
    batch.quality.add(c.end, communications, n);
  for (const model::SessionRecord& s : batch.sessions)
    batch.quality.add(s.session.end, sessions, n);
}

// The store did not take the batch: its books wait, and say so.
void WriterLoop::lose(model::RecordBatch& batch) {
  book_records(batch, model::Quality::communications_unstored, model::Quality::sessions_unstored,
               1);
  if (!batch.hosts.empty())
    batch.quality.add(batch.hosts.back().time, model::Quality::names_forgotten, batch.hosts.size());
  model::QualityLog& log = lost_[batch.source];
  for (const model::QualityMinute& m : batch.quality.minutes())
    log.at(base::Time{m.minute * 60'000'000'000}) += m.counts;
}

// True when the store took the batch, with the books that say so.
bool WriterLoop::store(model::RecordBatch& batch) {
  if (!lost_.empty()) return false;
  book_records(batch, model::Quality::communications_stored, model::Quality::sessions_stored, 1);
  const auto added = writer_.add(batch);
  if (added) return true;
  failed(added.error());
  // Taken back: counters are added modulo 2^64.
  book_records(batch, model::Quality::communications_stored, model::Quality::sessions_stored,
               ~std::uint64_t{0});
  return false;
}

bool WriterLoop::write_lost() {
  while (!lost_.empty()) {
    const auto it = lost_.begin();
    model::RecordBatch books(0, 0, 0);
    books.source = it->first;
    books.quality = it->second;
    if (const auto added = writer_.add(books); !added) {
      failed(added.error());
      return false;
    }
    lost_.erase(it);
  }
  return true;
}

void WriterLoop::take(CommRing& ring, CommRing::Item item) {
  model::RecordBatch& batch = *item.batch;
  make_way();
  if (store(batch)) {
    dirty_ = true;
    communications_.fetch_add(batch.communications.size(), std::memory_order_relaxed);
  } else {
    lose(batch);
    if (const auto error = trouble()) item.run->fail(*error);
  }
  item.run->book(batch.quality);
  if (batch.end_of_source) ended_.push_back(item.run);
  ring.give_back(item.batch);
}

// Waits for the disk, or begins only.
void WriterLoop::commit(bool wait) {
  committed_ = Clock::now();
  committing_ = false;
  if (!lost_.empty() && !write_lost()) return;
  dirty_ = false;
  if (!wait) {
    ended(writer_.begin_commit());
  } else if (const auto done = writer_.commit(); done) {
    ended(true);
  } else {
    ended(tl::unexpected(done.error()));
  }
}

void WriterLoop::ended(const base::Result<bool>& done) {
  committing_ = done && !*done;
  if (committing_) return;
  if (!done) {
    dirty_ = true;
    failed(done.error());
    return;
  }
  // Books of what was refused while this commit was on its way wait for the next one.
  if (lost_.empty()) recovered();
  commits_.fetch_add(1, std::memory_order_relaxed);
}

bool WriterLoop::serve_all() {
  bool any = false;
  for (CommRing* ring : rings_) {
    CommRing::Item item;
    if (!ring->pop(item)) continue;
    any = true;
    take(*ring, std::move(item));
  }
  return any;
}

void WriterLoop::loop(std::stop_token stop) {
  base::wake_patiently();
  Clock::time_point rested = Clock::now();
  for (;;) {
    bool any = serve_all();
    any = serve_task() || any;
    const auto since = Clock::now() - committed_;
    const bool troubled = trouble().has_value();
    if (!ended_.empty() || (troubled && since >= kRetryEvery) ||
        (!troubled && !committing_ && dirty_ && since >= commit_every_)) {
      commit(!ended_.empty() || troubled);
      for (const auto& run : ended_) {
        if (const auto error = trouble()) run->fail(*error);
        run->shard_done();
      }
      ended_.clear();
    } else if (committing_) {
      ended(writer_.end_commit());
    }
    if (const auto now = Clock::now(); now - rested >= kRestEvery) {
      rested = now;
      writer_.rest();
    }
    if (any) continue;
    if (stop.stop_requested()) break;
    auto left = std::chrono::milliseconds(200);
    if (committing_) {
      left = kLookEvery;
    } else if (dirty_) {
      left = std::chrono::duration_cast<std::chrono::milliseconds>(commit_every_ - since);
    }
    bell_.wait(std::max(left, std::chrono::milliseconds(1)), [this] {
      if (has_tasks_) return true;
      for (const CommRing* ring : rings_)
        if (ring->has_filled()) return true;
      return false;
    });
  }
  end_tasks();
  if (dirty_ || committing_ || !lost_.empty()) commit(true);
}

}  // namespace spider::pipeline
