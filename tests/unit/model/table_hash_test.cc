#include "spider/model/table_hash.h"

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace spider;
using model::FlowKey;
using model::IpAddress;
using model::TableHash;

namespace {

FlowKey flow(std::uint32_t client, std::uint16_t port) {
  return {{IpAddress::v4(client), port}, {IpAddress::v4(0xC0A80001), 80}, 6};
}

// The longest way through a table of twice as many slots that is searched from slot to slot.
std::size_t longest_run(const TableHash& hash, const std::vector<FlowKey>& keys) {
  std::vector<bool> taken(keys.size() * 2);
  std::size_t longest = 0;
  for (const FlowKey& key : keys) {
    std::size_t at = (hash.of(key) >> 32U) % taken.size();
    std::size_t steps = 1;
    for (; taken[at]; at = (at + 1) % taken.size()) ++steps;
    taken[at] = true;
    longest = std::max(longest, steps);
  }
  return longest;
}

}  // namespace

TEST_CASE("each table has a hash of its own, and every part of a flow counts in it", "[model]") {
  const TableHash one;
  const TableHash two;
  const FlowKey key = flow(0x0A000001, 40'000);
  CHECK(one.of(key) == one.of(FlowKey(key)));
  CHECK(one.of(key) != two.of(key));
  std::vector<FlowKey> others;
  for (std::size_t i = 0; i < 16; ++i) {
    others.push_back(key);
    others.back().low.ip.bytes[i] ^= 1U;
    others.push_back(key);
    others.back().high.ip.bytes[i] ^= 1U;
  }
  for (int i = 0; i < 3; ++i) others.push_back(key);
  others[32].low.port ^= 1U;
  others[33].high.port ^= 1U;
  others[34].protocol ^= 1U;
  std::vector<std::uint64_t> hashes{one.of(key)};
  for (const FlowKey& other : others) hashes.push_back(one.of(other));
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}

TEST_CASE("flows with the same unkeyed hash, in a row, or at random lie as far apart", "[model]") {
  constexpr std::size_t kFlows = 1U << 15U;
  std::mt19937_64 random(3);
  std::vector<FlowKey> chosen;
  std::vector<FlowKey> row;
  std::vector<FlowKey> strides;
  std::vector<FlowKey> scattered;
  for (std::uint32_t i = 0; i < kFlows; ++i) {
    FlowKey key = flow(0x0A000001, 40'000);
    const std::uint64_t first = std::uint64_t{i} << 32U | 0x20;
    const std::uint64_t last = 0xD6E8FEB86659FD93U;
    std::memcpy(key.low.ip.bytes.data(), &first, 8);
    std::memcpy(key.low.ip.bytes.data() + 8, &last, 8);
    chosen.push_back(key);
    row.push_back(flow(0x0A000000 + i / 60'000, static_cast<std::uint16_t>(1'024 + i % 60'000)));
    strides.push_back(flow(0x0A000000 + (i << 8U), 1'024));
    const std::uint64_t any = random();
    scattered.push_back(
        flow(static_cast<std::uint32_t>(any), static_cast<std::uint16_t>(any >> 32U)));
  }
  REQUIRE(model::hash(chosen[0], 0) == model::hash(chosen[1], 0));
  REQUIRE(model::hash(chosen[0], 0) == model::hash(chosen.back(), 0));
  // A half full table of random places has its longest way near a hundred; one row has 32,768.
  for (int keys = 0; keys < 20; ++keys) {
    const TableHash hash;
    for (const auto* const flows : {&chosen, &row, &strides, &scattered})
      CHECK(longest_run(hash, *flows) < 400);
  }
}
