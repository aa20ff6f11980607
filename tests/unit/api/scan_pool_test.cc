#include "api/scan_pool.h"

#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

namespace spider::api {
namespace {

TEST_CASE("every part is done once and before run returns, however many ask at once") {
  for (const std::uint32_t helpers : {0U, 1U, 3U}) {
    const ScanPool pool(helpers);
    std::vector<std::thread> askers;
    std::atomic<int> wrong{0};
    for (int a = 0; a < 4; ++a)
      askers.emplace_back([&] {
        for (std::size_t round = 0; round < 300; ++round) {
          const std::size_t count = round % 9;
          std::vector<std::atomic<int>> done(count);
          pool.run(count, [&](std::size_t i) { ++done[i]; });
          for (const auto& times : done)
            if (times.load() != 1) ++wrong;
        }
      });
    for (std::thread& asker : askers) asker.join();
    CHECK(wrong.load() == 0);
  }
}

TEST_CASE("a helper takes part of the work") {
  const ScanPool pool(1);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  std::atomic<int> inside{0};
  pool.run(2, [&](std::size_t) {
    ++inside;
    // Each waits for the other: one thread alone could not end this.
    while (inside.load() < 2) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(seen.size() == 2);
}

TEST_CASE("what a part throws reaches who asked, when all parts are done") {
  const ScanPool pool(2);
  std::atomic<int> done{0};
  CHECK_THROWS_AS(pool.run(8,
                           [&](std::size_t i) {
                             ++done;
                             if (i % 3 == 0) throw std::runtime_error("no");
                           }),
                  std::runtime_error);
  CHECK(done.load() == 8);
}

TEST_CASE("a pool tells its questions that they may end") {
  ScanPool pool(1);
  CHECK_FALSE(pool.cancelled());
  pool.cancel();
  CHECK(pool.cancelled());
}

}  // namespace
}  // namespace spider::api
