// What the tables of a lane give back after a rush, and that they go on as before.
#include <cstring>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "reassembly/flow_index.h"
#include "reassembly/flow_pool.h"
#include "reassembly/segment_pool.h"

namespace spider::reassembly {
namespace {

constexpr std::size_t kBlocks = 4'096;
constexpr std::size_t kBudget = kBlocks * SegmentPool::kBlockBytes;

void mark(SegmentPool& pool, SegmentPool::Index block) {
  std::memset(pool.at(block), static_cast<int>(block % 251), SegmentPool::kBlockBytes);
}
bool marked(const SegmentPool& pool, SegmentPool::Index block) {
  for (std::size_t i = 0; i < SegmentPool::kBlockBytes; ++i)
    if (pool.at(block)[i] != block % 251) return false;
  return true;
}

}  // namespace

TEST_CASE("a segment pool gives back what a rush took, and no block that is taken",
          "[reassembly]") {
  SegmentPool pool(kBudget);
  std::vector<SegmentPool::Index> taken;
  const auto take = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      taken.push_back(pool.take());
      REQUIRE(taken.back() != SegmentPool::kNone);
      mark(pool, taken.back());
    }
  };
  take(kBlocks);
  CHECK(pool.take() == SegmentPool::kNone);
  CHECK(pool.bytes_held() == kBudget);

  // Some here and there stay taken: their slabs stay.
  std::vector<SegmentPool::Index> kept;
  for (const SegmentPool::Index block : taken)
    block == 5 || block == 700 || block == 701 ? kept.push_back(block) : pool.give(block);
  taken = kept;
  pool.rest();  // all were needed a moment ago
  CHECK(pool.bytes_held() == kBudget);
  pool.rest();
  CHECK(pool.bytes_held() == kBudget / 8);
  for (const SegmentPool::Index block : taken) CHECK(marked(pool, block));

  // The budget is what it was, each block is given once, and what was kept is still as it was.
  take(kBlocks - 3);
  CHECK(pool.take() == SegmentPool::kNone);
  CHECK(std::set<SegmentPool::Index>(taken.begin(), taken.end()).size() == kBlocks);
  for (const SegmentPool::Index block : taken) REQUIRE(marked(pool, block));
  for (const SegmentPool::Index block : taken) pool.give(block);
  pool.rest();
  pool.rest();
  CHECK(pool.bytes_held() == 0);
  CHECK(pool.blocks_left() == kBlocks);
  taken.clear();
  take(1);
  CHECK(marked(pool, taken[0]));
}

TEST_CASE("flows that are there stay where they are while the slabs of a flood go",
          "[reassembly]") {
  constexpr std::size_t kFlows = 10'000;
  FlowPool pool;
  std::vector<Flow*> flows;
  for (std::size_t i = 0; i < kFlows; ++i) flows.push_back(&pool.take());
  const std::size_t held = pool.bytes_held();
  std::vector<Flow*> kept;
  for (Flow* flow : flows) flow->index % 4'000 == 1 ? kept.push_back(flow) : pool.give(*flow);
  pool.rest();
  CHECK(pool.bytes_held() == held);
  pool.rest();
  CHECK(pool.bytes_held() * 20 < held);
  for (Flow* flow : kept) CHECK(&pool.at(flow->index) == flow);

  std::set<std::uint32_t> numbers;
  for (const Flow* flow : kept) numbers.insert(flow->index);
  for (std::size_t i = kept.size(); i < kFlows; ++i) {
    Flow& flow = pool.take();
    CHECK(&pool.at(flow.index) == &flow);
    numbers.insert(flow.index);
  }
  CHECK(numbers.size() == kFlows);
  CHECK(pool.used() == kFlows);
  CHECK(pool.bytes_held() == held);
}

TEST_CASE("the index of a flood becomes small again and finds what is left", "[reassembly]") {
  FlowIndex index;
  const std::size_t empty = index.bytes_held();
  const auto hash = [](std::uint32_t flow) { return flow * 0x9E37'79B9'7F4A'7C15U; };
  for (std::uint32_t flow = 0; flow < 50'000; ++flow) index.insert(hash(flow), flow);
  const std::size_t full = index.bytes_held();
  for (std::uint32_t flow = 100; flow < 50'000; ++flow) index.erase(hash(flow), flow);
  index.rest();
  CHECK(index.bytes_held() * 50 < full);
  for (std::uint32_t flow = 0; flow < 200; ++flow) {
    const auto found = index.find(hash(flow), [&](std::uint32_t i) { return i == flow; });
    CHECK(found == (flow < 100 ? flow : FlowIndex::kNone));
  }
  for (std::uint32_t flow = 0; flow < 100; ++flow) index.erase(hash(flow), flow);
  index.rest();
  CHECK(index.bytes_held() <= 4 * empty);
}

}  // namespace spider::reassembly
