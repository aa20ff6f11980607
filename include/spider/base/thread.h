#pragma once
// Thread: a named std::jthread. Born only in the floors `pipeline` and `api`, and for reverse
// look-ups in `app`; the body takes a stop token and is noexcept in effect: an exception that
// leaves it ends the program with a sentence.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace spider::base {

class Thread {
 public:
  Thread() = default;
  // `name`: at most 15 characters are shown by the kernel.
  Thread(std::string name, std::function<void(std::stop_token)> body);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&&) = default;

  void request_stop() noexcept { thread_.request_stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  // Nobody waits for it any more: what its body touches from now on must outlive main().
  void leave_alone() {
    if (thread_.joinable()) thread_.detach();
  }
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }

 private:
  std::jthread thread_;
};

// Processor time of every Thread that ran so far, by name: those that ended and those that run. Of
// the whole process, as its clock tells it, are also threads that are none of ours.
struct ThreadTime {
  std::string name;
  std::int64_t cpu_ns = 0;
};
[[nodiscard]] std::vector<ThreadTime> thread_times();
[[nodiscard]] std::int64_t process_cpu_ns() noexcept;

}  // namespace spider::base
