#include "store/fresh_blocks.h"

#include <string>

#include <catch2/catch.hpp>

#include "store/format/keys.h"
#include "store/format/seal.h"

namespace spider::store {
namespace {

// Parts 3 and 7 are there; behind each is room for its seal. Then a chunk of details.
EncodedBlock encoded(std::uint64_t id, std::size_t bytes) {
  EncodedBlock out;
  out.info.id = id;
  out.info.start_min = {static_cast<std::int64_t>(id) * 10};
  out.parts.ends.assign(format::kChunkPart, 0);
  const auto put = [&](char c, std::size_t count) {
    out.parts.bytes.append(count, c);
    out.parts.bytes.append(format::kSealBytes, 0);
  };
  put('a', bytes);
  for (std::size_t i = 3; i < format::kChunkPart; ++i) out.parts.ends[i] = out.parts.bytes.size();
  put('b', 5);
  for (std::size_t i = 7; i < format::kChunkPart; ++i) out.parts.ends[i] = out.parts.bytes.size();
  put('d', 5'000);
  out.parts.ends.push_back(out.parts.bytes.size());
  return out;
}

TEST_CASE("columns of the newest blocks are found, each as it is stored", "[store][fresh]") {
  FreshBlocks fresh(64U << 10U);
  fresh.note_asked();
  const EncodedBlock block = encoded(4, 100);
  fresh.add(block);
  CHECK(base::as_text(fresh.find(block.info, 3).bytes()) == block.part(3));
  CHECK(base::as_text(fresh.find(block.info, 7).bytes()) == "bbbbb");
  for (const int part : {0, 2, 4, 8, 255})
    CHECK_FALSE(fresh.find(block.info, static_cast<std::uint8_t>(part)));
  BlockInfo other = block.info;
  other.id = 5;
  CHECK_FALSE(fresh.find(other, 3));
  other = block.info;
  other.start_min.ns += 1;  // a damaged key
  CHECK_FALSE(fresh.find(other, 3));
}

TEST_CASE("of fresh blocks the oldest go first, and what was found stays while it is used",
          "[store][fresh]") {
  FreshBlocks fresh(64U << 10U);
  fresh.note_asked();
  const EncodedBlock first = encoded(1, 10'000);
  fresh.add(first);
  const ColumnCache::Value held = fresh.find(first.info, 3);
  for (std::uint64_t id = 2; id <= 20; ++id) {
    fresh.add(encoded(id, 10'000));
    CHECK(fresh.bytes() <= 64U << 10U);
    CHECK(fresh.find(encoded(id, 1).info, 3));
  }
  CHECK_FALSE(fresh.find(first.info, 3));
  CHECK(base::as_text(held.bytes()) == first.part(3));
  const EncodedBlock large = encoded(30, 70'000);
  fresh.add(large);  // alone more than there is room for
  CHECK_FALSE(fresh.find(large.info, 3));
  CHECK(fresh.find(encoded(20, 1).info, 3));
}

TEST_CASE("blocks are kept as long as somebody asks", "[store][fresh]") {
  FreshBlocks fresh(1U << 20U);
  fresh.add(encoded(1, 10));
  CHECK(fresh.bytes() == 0);
  fresh.note_asked();
  for (int i = 0; i <= FreshBlocks::kAfterAsk; ++i)
    fresh.add(encoded(static_cast<std::uint64_t>(10 + i), 10));
  CHECK(fresh.find(encoded(9 + FreshBlocks::kAfterAsk, 1).info, 3));
  CHECK_FALSE(fresh.find(encoded(10 + FreshBlocks::kAfterAsk, 1).info, 3));
}

}  // namespace
}  // namespace spider::store
