#include "store/column_cache.h"

#include <atomic>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

namespace spider::store {
namespace {

BlockInfo block_of(std::uint64_t id, std::int64_t start = 5) {
  BlockInfo out;
  out.id = id;
  out.start_min = {start};
  return out;
}
void put(ColumnCache& cache, const BlockInfo& block, std::uint8_t part, const std::string& text) {
  cache.put(block, part, base::as_bytes(text));
}

TEST_CASE("a column that was put is found under its block and part alone", "[store]") {
  ColumnCache cache(1U << 20U);
  put(cache, block_of(7), 3, "seven three");
  REQUIRE(cache.find(block_of(7), 3) != nullptr);
  CHECK(*cache.find(block_of(7), 3) == "seven three");
  CHECK(cache.find(block_of(7), 4) == nullptr);
  CHECK(cache.find(block_of(8), 3) == nullptr);
  CHECK(cache.find(block_of(7, 6), 3) == nullptr);  // another block's id, from a damaged key
}

TEST_CASE("the cache stays within its bytes and keeps a share of what is asked in turn",
          "[store]") {
  constexpr std::size_t kBytes = 4U << 20U;
  constexpr std::uint64_t kBlocks = 8'000;  // of 1,000 bytes: twice what fits
  ColumnCache cache(kBytes);
  const std::string text(1'000, 'x');
  std::size_t found = 0;
  for (int round = 0; round < 4; ++round)
    for (std::uint64_t id = 1; id <= kBlocks; ++id) {
      const BlockInfo block = block_of(id);
      if (cache.find(block, 1) != nullptr) {
        if (round == 3) ++found;
      } else {
        put(cache, block, 1, text);
      }
    }
  std::size_t kept = 0;
  for (std::uint64_t id = 1; id <= kBlocks; ++id)
    if (cache.find(block_of(id), 1) != nullptr) ++kept;
  CHECK(kept * text.size() <= kBytes);
  CHECK(kept * text.size() > kBytes / 2);
  CHECK(found > kBlocks / 10);  // the oldest out first would find none
}

TEST_CASE("a long value, and one longer than the cache, is not kept", "[store]") {
  ColumnCache cache(1U << 20U);
  put(cache, block_of(1), 1, std::string(ColumnCache::kValueBytesMax + 1, 'x'));
  CHECK(cache.find(block_of(1), 1) == nullptr);
  ColumnCache none(0);
  put(none, block_of(1), 1, "x");
  CHECK(none.find(block_of(1), 1) == nullptr);
}

TEST_CASE("many threads find whole values in a cache that drops them", "[store]") {
  ColumnCache cache(64U << 10U);
  std::atomic<bool> wrong{false};
  const auto work = [&](std::uint64_t seed) {
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const BlockInfo block = block_of((i * seed) % 300);
      const std::string text(block.id + 1, static_cast<char>('a' + block.id % 26));
      if (const auto known = cache.find(block, 2); known == nullptr) {
        put(cache, block, 2, text);
      } else if (*known != text) {
        wrong = true;
      }
    }
  };
  std::thread one([&] { work(7); });
  std::thread two([&] { work(11); });
  one.join();
  two.join();
  CHECK_FALSE(wrong);
}

}  // namespace
}  // namespace spider::store
