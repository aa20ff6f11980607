#include "spider/base/content_hash.h"

#include <catch2/catch.hpp>

namespace spider::base {
namespace {

TEST_CASE("a hash is that of the bytes, however they come", "[base]") {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 31 % 251);
  ContentHash whole;
  whole.add(as_bytes(bytes));
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{65'536}}) {
    ContentHash pieces;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      pieces.add(as_bytes(std::string_view(bytes).substr(at, step)));
    CHECK(pieces.value() == whole.value());
  }
  ContentHash other;
  bytes[50'000] = static_cast<char>(bytes[50'000] ^ 1);
  other.add(as_bytes(bytes));
  CHECK(other.value() != whole.value());
  // As xxhsum -H128 says of nothing: frozen, since stores keep it.
  CHECK(to_hex(ContentHash().value()) == "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace spider::base
