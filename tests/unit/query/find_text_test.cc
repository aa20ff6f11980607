#include "query/find_text.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace spider::query {
namespace {

// The bytes end where their memory does, so that a read behind them is one that a sanitizer sees.
[[nodiscard]] std::ptrdiff_t found(const std::string& bytes, const std::string& text) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  const char* const at = find_text(exact.data(), exact.data() + exact.size(), text);
  return at == nullptr ? -1 : at - exact.data();
}

TEST_CASE("a text is found where it first occurs, or nowhere", "[query]") {
  std::mt19937_64 random(4);
  std::size_t hits = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 90, 'a');
    for (char& c : bytes) c = static_cast<char>('a' + random() % 3);
    std::string text(random() % 2 == 0 ? 1 + random() % 4 : 1 + random() % 40, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    if (random() % 3 == 0 && bytes.size() > 5) text = bytes.substr(random() % 5, text.size());
    const std::size_t want = bytes.find(text);
    INFO(bytes << " | " << text);
    REQUIRE(found(bytes, text) ==
            (want == std::string::npos ? -1 : static_cast<std::ptrdiff_t>(want)));
    hits += want != std::string::npos ? 1 : 0;
  }
  CHECK(hits > 5'000);
  CHECK(hits < 19'000);
}

TEST_CASE("an empty text is found at the beginning, and no text in no bytes", "[query]") {
  CHECK(found("abc", "") == 0);
  CHECK(found("", "a") == -1);
}

}  // namespace
}  // namespace spider::query
