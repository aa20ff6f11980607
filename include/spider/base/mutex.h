#pragma once
// Mutex and Lock for cold paths, annotated so that clang's -Wthread-safety checks them.

#include <mutex>

#if defined(__clang__)
#define SPIDER_THREAD_(x) __attribute__((x))
#else
#define SPIDER_THREAD_(x)
#endif
#define SPIDER_GUARDED_BY(m) SPIDER_THREAD_(guarded_by(m))
#define SPIDER_REQUIRES(m) SPIDER_THREAD_(requires_capability(m))

namespace spider::base {

class SPIDER_THREAD_(capability("mutex")) Mutex {
 public:
  void lock() SPIDER_THREAD_(acquire_capability()) { mutex_.lock(); }
  void unlock() SPIDER_THREAD_(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SPIDER_THREAD_(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) SPIDER_THREAD_(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~Lock() SPIDER_THREAD_(release_capability()) { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace spider::base
