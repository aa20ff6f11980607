#include "spider/query/executor.h"

namespace spider::query {
namespace {

class CallerAlone final : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& part) const override {
    for (std::size_t i = 0; i < count; ++i) part(i);
  }
  [[nodiscard]] bool cancelled() const noexcept override { return false; }
};

}  // namespace

const Executor& caller_alone() noexcept {
  static const CallerAlone alone;
  return alone;
}

}  // namespace spider::query
