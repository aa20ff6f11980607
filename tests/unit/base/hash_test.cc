#include "spider/base/hash.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace spider::base;

namespace {

void check_changes(std::uint64_t (*hash)(Bytes, std::uint64_t)) {
  std::set<std::uint64_t> seen;
  std::size_t hashed = 0;
  const auto add = [&](const std::string& text, std::uint64_t seed) {
    seen.insert(hash(as_bytes(text), seed));
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

}  // namespace

TEST_CASE("any change of bytes, length or seed changes a hash", "[base]") {
  check_changes([](Bytes bytes, std::uint64_t seed) { return hash_bytes(bytes, seed); });
}

TEST_CASE("any change of bytes, length or seed changes the hash of a payload", "[base]") {
  check_changes([](Bytes bytes, std::uint64_t seed) { return hash_payload(bytes, seed); });
}

TEST_CASE("the hash of a payload depends on its bytes alone, wherever they lie", "[base]") {
  const std::string text(300, 'a');
  for (std::size_t at = 0; at < 64; ++at) {
    const std::string moved = std::string(at, 'b') + text + "behind";
    CHECK(hash_payload(as_bytes(moved).subspan(at, text.size()), 7) ==
          hash_payload(as_bytes(text), 7));
  }
}
