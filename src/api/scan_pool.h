#pragma once
// ScanPool: threads that help those who answer: a question that scans many blocks is cut into
// parts, and whoever is free takes the next one. The asking thread works too, so a question is
// never held up by others: at worst it does all parts itself. Helpers run at a lower priority than
// the capture (docs/decisions/0021). run() from any thread; made and ended by the server.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <vector>

#include "spider/base/mutex.h"
#include "spider/base/thread.h"
#include "spider/query/executor.h"

namespace spider::api {

// Of the calling thread: below the capture.
void lower_priority() noexcept;

class ScanPool final : public query::Executor {
 public:
  explicit ScanPool(std::uint32_t helpers);
  ~ScanPool() override;
  ScanPool(const ScanPool&) = delete;
  ScanPool& operator=(const ScanPool&) = delete;

  void run(std::size_t count, const std::function<void(std::size_t)>& part) const override;
  [[nodiscard]] bool cancelled() const noexcept override { return cancelled_.load(); }
  // Questions under way may end early. The helpers stay until the end.
  void cancel() noexcept { cancelled_.store(true); }

 private:
  struct Job {
    const std::function<void(std::size_t)>* part = nullptr;  // good until `left` is 0
    std::size_t count = 0;
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> left{0};  // parts that are not done
    base::Mutex mutex;
    std::exception_ptr thrown SPIDER_GUARDED_BY(mutex);  // by the first part that threw
  };
  static void work(Job& job);
  void help();

  mutable base::Mutex mutex_;
  mutable std::condition_variable_any wake_;
  mutable std::deque<std::shared_ptr<Job>> jobs_ SPIDER_GUARDED_BY(mutex_);
  bool stop_ SPIDER_GUARDED_BY(mutex_) = false;
  std::atomic<bool> cancelled_{false};
  std::vector<base::Thread> threads_;
};

}  // namespace spider::api
