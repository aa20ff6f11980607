#pragma once
// Asking: one question under way that may take long. Its parts are worked on by the helpers of the
// ScanPool; it ends early when its client is gone or the server stops, and tells when the time that
// it was given to read heads and bodies is used up. Made by the connection, which calls give_up()
// from its strand; the rest is for the thread that answers. Lives as long as the answer's last
// piece.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/query/json_writer.h"
#include "spider/query/record_json.h"

#include "api/scan_pool.h"

namespace spider::api {

struct Context;
struct Request;

class Asking final : public query::Executor {
 public:
  explicit Asking(const ScanPool& pool) : pool_(pool) {}

  void run(std::size_t count, const std::function<void(std::size_t)>& part) const override {
    pool_.run(count, part);
  }
  [[nodiscard]] bool cancelled() const noexcept override {
    return given_up_.load(std::memory_order_relaxed) || pool_.cancelled();
  }
  [[nodiscard]] bool out_of_time() const noexcept override { return end_ && Clock::now() >= *end_; }

  // From now on; before the first run().
  void limit(std::uint32_t budget_ms) {
    end_ = Clock::now() + std::chrono::milliseconds(budget_ms);
  }
  // The client is gone.
  void give_up() noexcept { given_up_.store(true); }
  [[nodiscard]] bool given_up() const noexcept { return given_up_.load(); }

 private:
  using Clock = std::chrono::steady_clock;
  const ScanPool& pool_;
  std::atomic<bool> given_up_{false};
  std::optional<Clock::time_point> end_;
};

// Its answer takes more than columns, or is a stream: not for a thread that others wait for. A
// question that cannot be understood takes nothing.
[[nodiscard]] bool takes_long(const Context& context, const Request& request);

// Where the parts of the request's question are worked on.
[[nodiscard]] const query::Executor& executor_of(const Context& context, const Request& request);

// From now on the reading of heads and bodies has api.read_budget_ms, when the filter asks for any.
void limit_reading(const Context& context, const Request& request, const query::Filter& filter);

// "partial": {...}, when the budget was used up: what begins after `reached` (before it, in a list
// that goes forward) was looked at.
void write_partial(query::JsonWriter& json, const Context& context,
                   const std::optional<base::Time>& reached, bool forward, query::TimeForm form);

}  // namespace spider::api
