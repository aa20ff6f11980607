#pragma once
// Thread: a named std::jthread. Born only in the floors `pipeline` and `api`, and for reverse
// look-ups in `app`; the body takes a stop token and is noexcept in effect: an exception that
// leaves it ends the program with a sentence.

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

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
  [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }

 private:
  std::jthread thread_;
};

}  // namespace spider::base
