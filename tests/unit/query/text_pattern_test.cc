#include "spider/query/text_pattern.h"

#include <random>

#include <catch2/catch.hpp>

namespace spider::query {
namespace {

[[nodiscard]] PatternText pattern(std::string_view text) {
  PatternText out = literal(text);
  for (char16_t& c : out) c = c == u'*' ? kAnyRun : c == u'?' ? kAnyByte : c;
  return out;
}

[[nodiscard]] char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// What is meant, by trying everything.
[[nodiscard]] bool fits(std::string_view text, std::u16string_view asked) {
  if (asked.empty()) return text.empty();
  if (asked.front() == kAnyRun) {
    for (std::size_t i = 0; i <= text.size(); ++i)
      if (fits(text.substr(i), asked.substr(1))) return true;
    return false;
  }
  if (text.empty()) return false;
  const bool same =
      asked.front() == kAnyByte || lower(static_cast<char>(asked.front())) == lower(text.front());
  return same && fits(text.substr(1), asked.substr(1));
}

TEST_CASE("a pattern fits what its wildcards say, whole or inside, whatever the text", "[query]") {
  std::mt19937_64 random(7);
  const auto word = [&](std::string_view letters, std::size_t most) {
    std::string out;
    for (std::size_t n = random() % (most + 1); n > 0; --n)
      out += letters[random() % letters.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = word("abAB", 40);
    const PatternText asked = pattern(word("aB*?b", 7));
    CAPTURE(text, std::string(asked.begin(), asked.end()));
    REQUIRE(TextPattern(asked, false).matches(text) == fits(text, asked));
    PatternText inside = asked;
    inside.insert(inside.begin(), kAnyRun);
    inside.push_back(kAnyRun);
    REQUIRE(TextPattern(asked, true).matches(text) == fits(text, inside));
  }
}

TEST_CASE("bytes that differ from letters in the bit of case are no letters", "[query]") {
  const TextPattern at(literal("@[`{"), true);
  CHECK(at.matches("xxxxxxxxxxxxxxxxxxxxxxxxxxxx@[`{xxxxxxxxxxxxxxx"));
  CHECK_FALSE(at.matches("xxxxxxxxxxxxxxxxxxxxxxxxxxxx`{@[xxxxxxxxxxxxxxx"));
  CHECK_FALSE(TextPattern(literal("k1k"), true)
                  .matches(std::string(40, '.') + "k\x11k" + std::string(40, '.')));
}

TEST_CASE("a pattern of many stars ends quickly on a text that nearly fits", "[query]") {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "a*";
  CHECK_FALSE(TextPattern(pattern(stars + "b"), true).matches(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace spider::query
