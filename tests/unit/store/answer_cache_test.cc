#include "store/answer_cache.h"

#include <string>

#include <catch2/catch.hpp>

#include "store/column_cache.h"

namespace spider::store {
namespace {

constexpr std::size_t kBytes = 4U << 20U;

[[nodiscard]] std::string name_of(int i) { return "question " + std::to_string(i); }
[[nodiscard]] bool holds(AnswerCache& cache, int i, std::uint64_t asker) {
  const AnswerCache::Answer answer = cache.find(name_of(i), asker);
  REQUIRE((answer == nullptr || answer->front() == static_cast<char>('a' + i % 26)));
  return answer != nullptr;
}
void keep(AnswerCache& cache, int i, std::size_t bytes) {
  static_cast<void>(cache.keep(name_of(i), std::string(bytes, static_cast<char>('a' + i % 26))));
}

TEST_CASE("an answer is wanted when another asker missed it before", "[store]") {
  AnswerCache cache(kBytes);
  CHECK_FALSE(cache.wants("a", 1));
  CHECK_FALSE(cache.wants("a", 1));
  CHECK_FALSE(cache.wants("b", 2));
  CHECK(cache.wants("a", 2));
  CHECK(cache.wants("a", 3));
  AnswerCache small(1'024);  // has no room to remember who asked
  CHECK_FALSE(small.wants("a", 1));
  CHECK_FALSE(small.wants("a", 2));
  CHECK(small.bytes() == 0);
}

TEST_CASE("an answer that was kept is found by its name alone, also an empty one", "[store]") {
  AnswerCache cache(kBytes);
  const std::size_t bytes = cache.keep("one", "first");
  CHECK(bytes == cache.bytes());
  static_cast<void>(cache.keep("none", ""));
  static_cast<void>(cache.keep("one", "second"));  // somebody else made it at the same time
  REQUIRE(cache.find("one", 1));
  CHECK(*cache.find("one", 1) == "first");
  REQUIRE(cache.find("none", 1));
  CHECK(cache.find("none", 1)->empty());
  CHECK_FALSE(cache.find("on", 1));
  static_cast<void>(cache.keep("long", std::string(kBytes / 8, 'x')));
  REQUIRE(cache.find("long", 1));
  CHECK(cache.find("long", 1)->empty());  // that it is too long is known the next time
}

TEST_CASE("there is room until it is full of what is asked for", "[store]") {
  CHECK_FALSE(AnswerCache(1'024).has_room());
  AnswerCache cache(kBytes);
  CHECK(cache.has_room());
  const auto ask_all = [&](std::uint64_t asker) {
    for (int i = 0; i < 100; ++i) static_cast<void>(holds(cache, i, asker));
  };
  ask_all(1);
  for (int i = 0; i < 100; ++i) keep(cache, i, 64U << 10U);
  CHECK_FALSE(cache.has_room());
  for (std::uint64_t asker = 2; asker < 40; ++asker) {
    ask_all(asker);
    CHECK_FALSE(cache.has_room());
  }
  for (std::uint64_t asker = 40; asker < 60; ++asker) static_cast<void>(holds(cache, 500, asker));
  CHECK(cache.has_room());  // what nobody asked for any more may leave
}

TEST_CASE("answers stay within their bytes, and those asked for lately stay", "[store]") {
  AnswerCache cache(kBytes);
  constexpr int kAnswers = 200;  // of 64 KiB: three times what fits
  std::size_t found = 0;
  for (std::uint64_t asker = 1; asker <= 40; ++asker) {
    found = 0;
    for (int i = 0; i < kAnswers; ++i) {
      if (holds(cache, i, asker)) {
        ++found;
      } else if (cache.wants(name_of(i), asker)) {
        keep(cache, i, 65'536);
      }
      REQUIRE(cache.bytes() <= kBytes);
    }
  }
  CHECK(found > kAnswers / 4);  // in turn, the oldest out first, none would be
  const std::size_t full = cache.bytes();
  // Nobody asks for them any more: others take their place.
  for (std::uint64_t asker = 41; asker <= 80; ++asker) {
    found = 0;
    for (int i = kAnswers; i < kAnswers + 40; ++i) {
      if (holds(cache, i, asker)) {
        ++found;
      } else if (cache.wants(name_of(i), asker)) {
        keep(cache, i, 65'536);
      }
    }
  }
  CHECK(found == 40);
  CHECK(cache.bytes() <= kBytes);
  CHECK(full > kBytes / 2);
}

TEST_CASE("columns leave the room that answers take", "[store]") {
  constexpr std::size_t kColumns = 4'000;
  ColumnCache columns(kBytes);
  const std::string column(1'000, 'c');
  const auto put = [&] {
    for (std::uint64_t id = 1; id <= kColumns; ++id) {
      BlockInfo block;
      block.id = id;
      static_cast<void>(columns.find(block, 1));
      columns.put(block, 1, base::as_bytes(column));
    }
  };
  put();
  const std::size_t alone = columns.bytes();
  CHECK(alone > kBytes / 2);
  columns.leave_room(kBytes / 4);
  CHECK(columns.bytes() + kBytes / 4 <= kBytes);
  put();
  CHECK(columns.bytes() + kBytes / 4 <= kBytes);
  columns.leave_room(0);
  put();
  put();
  CHECK(columns.bytes() > kBytes - kBytes / 4);
}

}  // namespace
}  // namespace spider::store
