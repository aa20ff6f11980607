#include "store/block_directory.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace spider::store {
namespace {

TEST_CASE("a directory finds the blocks that touch a window, in order, of the sources asked for",
          "[store]") {
  std::mt19937_64 random(5);
  std::vector<BlockPtr> all;
  for (std::uint64_t id = 1; id <= 400; ++id) {
    auto block = std::make_shared<BlockInfo>();
    block->id = id;
    block->source = model::SourceId{static_cast<std::uint32_t>(1 + random() % 3)};
    block->start_min = {static_cast<std::int64_t>(random() % 1'000)};
    // A few last long.
    block->end_max =
        block->start_min +
        base::Duration{static_cast<std::int64_t>(random() % (id % 50 == 0 ? 900 : 30))};
    all.push_back(std::move(block));
  }
  BlockDirectory directory;
  directory.set(RecordKind::http, all);
  for (int round = 0; round < 500; ++round) {
    const base::Time from{static_cast<std::int64_t>(random() % 1'100) - 50};
    const base::Time to = from + base::Duration{static_cast<std::int64_t>(random() % 300)};
    std::vector<model::SourceId> sources;
    for (std::uint32_t s = 1; s <= 3; ++s)
      if (random() % 2 == 0) sources.push_back(model::SourceId{s});
    std::vector<BlockPtr> expected;
    for (const BlockPtr& block : all)
      if (block->start_min < to && block->end_max >= from &&
          (sources.empty() ||
           std::find(sources.begin(), sources.end(), block->source) != sources.end()))
        expected.push_back(block);
    std::sort(expected.begin(), expected.end(), starts_before);
    REQUIRE(directory.find(RecordKind::http, sources, from, to) == expected);
    REQUIRE(directory.find(RecordKind::session, sources, from, to).empty());
  }
}

TEST_CASE("a directory is of one version and made when a version is asked for again", "[store]") {
  DirectoryCache cache;
  bool worth = true;
  CHECK(cache.find(7, worth) == nullptr);
  CHECK_FALSE(worth);
  CHECK(cache.find(7, worth) == nullptr);
  CHECK(worth);
  const auto made = std::make_shared<const BlockDirectory>();
  cache.put(7, made);
  CHECK(cache.find(7, worth) == made);
  CHECK(cache.find(6, worth) == nullptr);  // an older snapshot walks, and changes nothing
  CHECK_FALSE(worth);
  CHECK(cache.find(7, worth) == made);
  CHECK(cache.find(8, worth) == nullptr);
  cache.put(7, made);  // too late
  CHECK(cache.find(7, worth) == nullptr);
  CHECK(cache.find(8, worth) == nullptr);
  CHECK(worth);
}

}  // namespace
}  // namespace spider::store
