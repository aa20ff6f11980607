#include "pipeline/spares.h"

#include <vector>

#include <catch2/catch.hpp>

namespace spider::pipeline {
namespace {

struct FakeBatch {
  int forgotten = 0;
  void forget() noexcept { ++forgotten; }
};

}  // namespace

TEST_CASE("batches of a rush forget their pages once nobody needs them", "[pipeline]") {
  std::vector<FakeBatch> batches(5);
  Spares<FakeBatch> spares;
  const auto forgotten = [&] {
    std::vector<int> out;
    for (const FakeBatch& b : batches) out.push_back(b.forgotten);
    return out;
  };
  const auto rush = [&](std::size_t count) {
    std::vector<FakeBatch*> taken;
    for (std::size_t i = 0; i < count; ++i) taken.push_back(spares.take());
    while (!taken.empty()) {
      spares.put(taken.back());
      taken.pop_back();
    }
  };
  for (FakeBatch& b : batches) spares.put(&b);
  spares.rest();  // nothing is known yet
  CHECK(forgotten() == std::vector<int>{0, 0, 0, 0, 0});

  // All were needed, then two at a time: three are not needed any more, the last one goes on.
  rush(5);
  CHECK(spares.take() == &batches[4]);
  spares.put(&batches[4]);
  spares.rest();
  CHECK(forgotten() == std::vector<int>{0, 0, 0, 0, 0});
  rush(2);
  spares.rest();
  CHECK(forgotten() == std::vector<int>{1, 1, 1, 0, 0});
  spares.rest();
  CHECK(forgotten() == std::vector<int>{2, 2, 2, 1, 1});

  // One that is out is left alone, and those above it come and go.
  rush(5);
  FakeBatch* const out = spares.take();
  spares.rest();
  spares.rest();
  CHECK(out->forgotten == 1);
  CHECK(forgotten() == std::vector<int>{3, 3, 3, 2, 1});
  for (int i = 0; i < 4; ++i) CHECK(spares.take() != nullptr);
  CHECK(spares.take() == nullptr);
}

}  // namespace spider::pipeline
