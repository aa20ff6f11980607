#include "store/block_directory.h"

#include <algorithm>
#include <iterator>
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

TEST_CASE("a directory that is changed is the one that would be made anew", "[store]") {
  std::mt19937_64 random(7);
  std::uint64_t next = 1;
  std::vector<BlockPtr> all;
  BlockDirectory directory;
  const auto keys = [](const BlockPtr& block) {
    format::BlockKey key;
    key.kind = block->kind;
    key.start = block->start_min;
    key.id = block->id;
    return key;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<BlockPtr> come;
    for (std::uint64_t i = random() % 6; i > 0; --i) {
      auto block = std::make_shared<BlockInfo>();
      block->id = next++;
      block->kind = random() % 3 == 0 ? RecordKind::session : RecordKind::http;
      block->start_min = {static_cast<std::int64_t>(random() % 50)};  // many begin at once
      block->end_max = block->start_min + base::Duration{static_cast<std::int64_t>(random() % 40)};
      come.push_back(std::move(block));
    }
    std::vector<format::BlockKey> gone;
    for (std::uint64_t i = random() % 4; i > 0 && !all.empty(); --i) {
      const std::size_t at = random() % all.size();
      gone.push_back(keys(all[at]));
      gone.push_back(keys(all[at]));  // noted when it came and when it went
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
    }
    auto never = std::make_shared<BlockInfo>();  // noted, and gone before anybody looked
    never->id = next++;
    never->start_min = {static_cast<std::int64_t>(random() % 50)};
    gone.push_back(keys(never));
    all.insert(all.end(), come.begin(), come.end());
    if (!all.empty()) come.push_back(all.front());  // is there already
    directory = directory.changed(gone, come);
    REQUIRE(directory.size() == all.size());
    BlockDirectory anew;
    for (const RecordKind kind : {RecordKind::http, RecordKind::session}) {
      std::vector<BlockPtr> of_kind;
      std::copy_if(all.begin(), all.end(), std::back_inserter(of_kind),
                   [&](const BlockPtr& block) { return block->kind == kind; });
      anew.set(kind, of_kind);
      const base::Time from{static_cast<std::int64_t>(random() % 90)};
      for (const base::Time to : {base::Time::max(), from + base::Duration{5}}) {
        REQUIRE(directory.find(kind, {}, base::Time::min(), to) ==
                anew.find(kind, {}, base::Time::min(), to));
        REQUIRE(directory.find(kind, {}, from, to) == anew.find(kind, {}, from, to));
      }
    }
  }
}

TEST_CASE("the latest directory is kept, and an older snapshot does not get a newer one",
          "[store]") {
  DirectoryCache cache;
  CHECK_FALSE(cache.find(7).asked_before);
  CHECK(cache.find(7).asked_before);
  CHECK(cache.find(7).directory == nullptr);
  const auto made = std::make_shared<const BlockDirectory>();
  cache.put(7, {3, 2}, made);
  CHECK(cache.find(7).directory == made);
  CHECK(cache.find(7).version == 7);
  CHECK(cache.find(7).mark.written == 3);
  CHECK(cache.find(7).mark.upheavals == 2);
  CHECK(cache.find(6).directory == nullptr);  // walks, and changes nothing
  CHECK_FALSE(cache.find(6).asked_before);
  CHECK(cache.find(8).directory == made);  // to be brought up to date
  CHECK(cache.find(8).asked_before);
  const auto later = std::make_shared<const BlockDirectory>();
  cache.put(8, {4, 2}, later);
  cache.put(7, {3, 2}, made);  // too late
  CHECK(cache.find(8).directory == later);
}

}  // namespace
}  // namespace spider::store
