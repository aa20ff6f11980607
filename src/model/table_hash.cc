#include "spider/model/table_hash.h"

#include <random>

namespace spider::model {

TableHash::TableHash() {
  std::random_device random;
  for (std::uint64_t& word : key_) word = std::uint64_t{random()} << 32U | random();
}

}  // namespace spider::model
