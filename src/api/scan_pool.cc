#include "api/scan_pool.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

namespace spider::api {
namespace {

constexpr int kHelperNice = 5;

}  // namespace

void lower_priority() noexcept {
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kHelperNice));  // of this thread, on Linux
}

ScanPool::ScanPool(std::uint32_t helpers) {
  for (std::uint32_t i = 0; i < helpers; ++i)
    threads_.emplace_back(fmt::format("scan-{}", i), [this](std::stop_token) { help(); });
}

ScanPool::~ScanPool() {
  {
    const base::Lock lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (base::Thread& thread : threads_) thread.join();
}

// The last part that ends wakes the asker. `part` may be gone as soon as `left` is 0, so nothing
// of it is touched by who finds no part any more.
void ScanPool::work(Job& job) {
  for (std::size_t i = job.next.fetch_add(1); i < job.count; i = job.next.fetch_add(1)) {
    try {
      (*job.part)(i);
    } catch (...) {
      const base::Lock lock(job.mutex);
      if (!job.thrown) job.thrown = std::current_exception();
    }
    if (job.left.fetch_sub(1) == 1) job.left.notify_all();
  }
}

void ScanPool::help() {
  lower_priority();
  for (;;) {
    std::shared_ptr<Job> job;
    {
      const base::Lock lock(mutex_);
      while (!stop_ && jobs_.empty()) wake_.wait(mutex_);
      if (stop_) return;
      job = jobs_.front();
      if (job->next.load() >= job->count) {
        jobs_.pop_front();
        continue;
      }
    }
    work(*job);
  }
}

void ScanPool::run(std::size_t count, const std::function<void(std::size_t)>& part) const {
  if (threads_.empty() || count < 2) {
    for (std::size_t i = 0; i < count; ++i) part(i);
    return;
  }
  const auto job = std::make_shared<Job>();
  job->part = &part;
  job->count = count;
  job->left.store(count);
  {
    const base::Lock lock(mutex_);
    jobs_.push_back(job);
  }
  wake_.notify_all();
  work(*job);
  {
    const base::Lock lock(mutex_);
    const auto at = std::find(jobs_.begin(), jobs_.end(), job);
    if (at != jobs_.end()) jobs_.erase(at);
  }
  for (std::size_t left = job->left.load(); left != 0; left = job->left.load())
    job->left.wait(left);
  const base::Lock lock(job->mutex);
  if (job->thrown) std::rethrow_exception(job->thrown);
}

}  // namespace spider::api
