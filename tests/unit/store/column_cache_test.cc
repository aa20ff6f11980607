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

[[nodiscard]] std::string_view text_of(const ColumnCache::Value& value) {
  return base::as_text(value.bytes());
}

TEST_CASE("a column that was put is found under its block and part alone", "[store]") {
  ColumnCache cache(1U << 20U);
  put(cache, block_of(7), 3, "seven three");
  REQUIRE(cache.find(block_of(7), 3).size != 0);
  CHECK(text_of(cache.find(block_of(7), 3)) == "seven three");
  CHECK(cache.find(block_of(7), 4).size == 0);
  CHECK(cache.find(block_of(8), 3).size == 0);
  CHECK(cache.find(block_of(7, 6), 3).size == 0);  // another block's id, from a damaged key
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
      if (cache.find(block, 1).size != 0) {
        if (round == 3) ++found;
      } else {
        put(cache, block, 1, text);
      }
    }
  std::size_t kept = 0;
  for (std::uint64_t id = 1; id <= kBlocks; ++id)
    if (cache.find(block_of(id), 1).size != 0) ++kept;
  CHECK(kept * text.size() <= kBytes);
  CHECK(kept * text.size() > kBytes / 2);
  CHECK(found > kBlocks / 3);  // of 43 per cent that fit; chance alone would find half as many
}

// What a whole round of `blocks` finds; what it misses is put.
std::size_t ask_round(ColumnCache& cache, std::uint64_t blocks, std::uint8_t part,
                      const std::string& text, std::size_t* admitted = nullptr) {
  std::size_t found = 0;
  for (std::uint64_t id = 1; id <= blocks; ++id) {
    const BlockInfo block = block_of(id);
    if (cache.find(block, part)) {
      ++found;
    } else if (cache.admits(block, part, text.size())) {
      if (admitted != nullptr) ++*admitted;
      cache.keep(block, part, ColumnCache::kColumn, base::as_bytes(text));
    }
  }
  return found;
}

TEST_CASE("a scan over more than fits lets in few that would leave before they are found",
          "[store]") {
  constexpr std::uint64_t kBlocks = 3'000;  // of 5,000 bytes: four times what fits
  ColumnCache cache(4U << 20U);
  const std::string text(5'000, 'x');
  for (int round = 0; round < 6; ++round) ask_round(cache, kBlocks, 1, text);
  std::size_t admitted = 0;
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    CHECK(ask_round(cache, kBlocks, 1, text, &admitted) > kBlocks / 5);
  }
  CHECK(admitted < kBlocks / 5);  // of some 14,000 that were missed
}

TEST_CASE("many small values that are asked for as often stay, and large ones go", "[store]") {
  constexpr std::uint64_t kBlocks = 2'000;
  ColumnCache cache(4U << 20U);
  const std::string large(5'000, 'x');  // of all blocks, twice what fits
  const std::string small(700, 'x');    // not half of what fits
  ask_round(cache, kBlocks, 1, large);
  std::size_t found = 0;
  for (int round = 0; round < 6; ++round) {
    ask_round(cache, kBlocks, 1, large);
    found = ask_round(cache, kBlocks, 2, small);
  }
  CHECK(found > kBlocks * 9 / 10);
  CHECK(ask_round(cache, kBlocks, 1, large) > kBlocks / 8);  // in the room that is left
}

TEST_CASE("what is asked for again stays when other columns come", "[store]") {
  constexpr std::size_t kBytes = 4U << 20U;
  ColumnCache cache(kBytes);
  const std::string text(4'000, 'x');
  const auto ask = [&](std::uint64_t from, std::uint64_t end) {
    std::size_t found = 0;
    for (std::uint64_t id = from; id < end; ++id) {
      if (cache.find(block_of(id), 1).size != 0) {
        ++found;
      } else {
        put(cache, block_of(id), 1, text);
      }
    }
    return found;
  };
  ask(1'000, 2'000);                               // an earlier question fills the cache
  for (int i = 0; i < 12; ++i) ask(3'000, 3'600);  // three fifths of it
  CHECK(ask(3'000, 3'600) > 500);
  for (std::uint64_t id = 5'000; id < 5'300; ++id) put(cache, block_of(id), 1, text);
  CHECK(ask(3'000, 3'600) > 400);
}

TEST_CASE("answers come in for columns that were asked for a little more often", "[store]") {
  constexpr std::uint64_t kBlocks = 1'000;
  ColumnCache cache(4U << 20U);
  const std::string text(2'000, 'x');
  for (int round = 0; round < 3; ++round) ask_round(cache, 2 * kBlocks, 1, text);  // what fits
  std::size_t found = 0;
  for (int round = 0; round < 2; ++round)
    for (std::uint64_t id = 1; id <= kBlocks; ++id) {
      const BlockInfo block = block_of(id);
      if (cache.find(block, 1, 7)) {
        ++found;
      } else if (cache.admits(block, 1, text.size(), 7)) {
        cache.keep(block, 1, 7, base::as_bytes(text));
      }
    }
  CHECK(found > kBlocks * 8 / 10);
}

TEST_CASE("the answer to a question lies beside its column, under its own number", "[store]") {
  ColumnCache cache(1U << 20U);
  put(cache, block_of(7), 3, "column");
  cache.keep(block_of(7), 3, 1, base::as_bytes("one"));
  cache.keep(block_of(7), 3, 2, base::as_bytes("two"));
  CHECK(text_of(cache.find(block_of(7), 3)) == "column");
  CHECK(text_of(cache.find(block_of(7), 3, 1)) == "one");
  CHECK(text_of(cache.find(block_of(7), 3, 2)) == "two");
  CHECK(cache.find(block_of(7), 3, 3).size == 0);
  CHECK(cache.find(block_of(8), 3, 1).size == 0);
  CHECK(cache.find(block_of(7, 6), 3, 1).size == 0);
}

TEST_CASE("a long value, and one longer than the cache, is not kept", "[store]") {
  ColumnCache cache(1U << 20U);
  put(cache, block_of(1), 1, std::string(ColumnCache::kValueBytesMax + 1, 'x'));
  CHECK(cache.find(block_of(1), 1).size == 0);
  ColumnCache none(0);
  put(none, block_of(1), 1, "x");
  CHECK(none.find(block_of(1), 1).size == 0);
}

TEST_CASE("many threads find whole values in a cache that drops them", "[store]") {
  ColumnCache cache(64U << 10U);
  std::atomic<bool> wrong{false};
  const auto work = [&](std::uint64_t seed) {
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const BlockInfo block = block_of((i * seed) % 300);
      const std::string text(block.id + 1, static_cast<char>('a' + block.id % 26));
      if (const auto known = cache.find(block, 2); !known) {
        put(cache, block, 2, text);
      } else if (text_of(known) != text) {
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
