#include "spider/base/hash.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace spider::base;

TEST_CASE("any change of bytes, length or seed changes a hash", "[base]") {
  std::set<std::uint64_t> seen;
  std::size_t hashed = 0;
  const auto add = [&](const std::string& text, std::uint64_t seed) {
    seen.insert(hash_bytes(as_bytes(text), seed));
    ++hashed;
  };
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string text(length, '\0');
    add(text, 0);
    for (unsigned bit = 0; bit < 64; ++bit) add(text, std::uint64_t{1} << bit);
    for (std::size_t at = 0; at < length; ++at) {
      std::string other = text;
      other[at] = 1;
      add(other, 0);
    }
  }
  CHECK(seen.size() == hashed);
}
