#pragma once
// Executor: where a question may have its parts worked on at once. The floor that owns threads
// (api) hands one down; without any, the caller does all of it. What a question answers does not
// depend on it: the parts are cut the same way and put together in their order.

#include <cstddef>
#include <functional>

namespace spider::query {

class Executor {
 public:
  virtual ~Executor() = default;

  // Calls part(0) to part(count - 1), each once, on any threads, the caller's among them, and
  // returns when all are done; what one of them throws is thrown then. Any thread.
  virtual void run(std::size_t count, const std::function<void(std::size_t)>& part) const = 0;

  // Whoever asked is no longer interested: a question may end early with `cancelled`. Any thread.
  [[nodiscard]] virtual bool cancelled() const noexcept = 0;

  // The time given to read heads and bodies is used up: what was looked at by then is the answer,
  // and the answer says so. Any thread.
  [[nodiscard]] virtual bool out_of_time() const noexcept { return false; }
};

// No threads: part after part, never cancelled.
[[nodiscard]] const Executor& caller_alone() noexcept;

}  // namespace spider::query
