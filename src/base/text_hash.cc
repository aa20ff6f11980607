#include "spider/base/text_hash.h"

#include <random>

#include <xxhash.h>

namespace spider::base {

TextHash::TextHash() {
  std::random_device random;
  seed_ = std::uint64_t{random()} << 32U | random();
}

std::size_t TextHash::operator()(std::string_view text) const noexcept {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed_);
}

}  // namespace spider::base
