#include "query/duration_sketch.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <catch2/catch.hpp>

namespace spider::query {
namespace {

[[nodiscard]] std::int64_t ranked(std::vector<std::int64_t> values, unsigned share) {
  std::sort(values.begin(), values.end());
  std::size_t at = 0;  // the first value that enough do not exceed
  while ((at + 1) * 100 < values.size() * share) ++at;
  return values[at];
}

// Over all powers of two.
[[nodiscard]] std::vector<std::int64_t> values(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<std::int64_t>(random() >> (1U + random() % 63U)));
  return out;
}

TEST_CASE("percentiles of few values are the values themselves") {
  for (const std::size_t count : {1U, 2U, 3U, 99U, 100U, 101U, 511U, 512U}) {
    const auto all = values(count, count);
    DurationSketch sketch;
    for (const std::int64_t v : all) sketch.add(v);
    CAPTURE(count);
    REQUIRE(sketch.exact());
    for (const unsigned share : {1U, 50U, 90U, 99U, 100U})
      CHECK(sketch.percentile(share).ns == ranked(all, share));
  }
}

TEST_CASE("percentiles of many values are off by at most the error that is stated") {
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    const auto all = values(seed, 513 + seed * 37);
    DurationSketch sketch;
    for (const std::int64_t v : all) sketch.add(v);
    REQUIRE_FALSE(sketch.exact());
    CHECK(sketch.max().ns == *std::max_element(all.begin(), all.end()));
    for (const unsigned share : {1U, 50U, 90U, 99U, 100U}) {
      const auto truth = static_cast<double>(ranked(all, share));
      CAPTURE(seed, share, truth);
      CHECK(std::abs(static_cast<double>(sketch.percentile(share).ns) - truth) <=
            truth * kQuantileError);
    }
  }
}

TEST_CASE("what a sketch tells does not depend on how it was put together") {
  const auto all = values(7, 3'000);
  DurationSketch whole;
  for (const std::int64_t v : all) whole.add(v);
  std::mt19937_64 random(8);
  for (int round = 0; round < 20; ++round) {
    std::vector<DurationSketch> parts(1 + random() % 20);
    for (const std::int64_t v : all) parts[random() % parts.size()].add(v);
    DurationSketch merged;
    for (const DurationSketch& part : parts) merged.merge(part);
    REQUIRE(merged.count() == whole.count());
    for (unsigned share = 1; share <= 100; ++share)
      REQUIRE(merged.percentile(share) == whole.percentile(share));
  }
}

[[nodiscard]] bool merge_saved(const std::string& saved, DurationSketch& to) {
  base::ByteReader in(base::as_bytes(saved));
  return to.merge_saved(in) && in.remaining() == 0;
}

TEST_CASE("a saved sketch adds what the sketch itself does") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<DurationSketch> parts(1 + random() % 5);
    DurationSketch merged;
    DurationSketch read;
    for (DurationSketch& part : parts) {
      const std::size_t count = std::size_t{1} << random() % 11U;
      for (const std::int64_t v : values(random(), random() % 2 == 0 ? count : 250)) part.add(v);
      merged.merge(part);
      std::string saved;
      part.save(saved);
      REQUIRE(merge_saved(saved, read));
    }
    REQUIRE(read.count() == merged.count());
    REQUIRE(read.exact() == merged.exact());
    REQUIRE(read.max() == merged.max());
    for (unsigned share = 1; share <= 100; ++share)
      REQUIRE(read.percentile(share) == merged.percentile(share));
  }
}

TEST_CASE("bytes that are no saved sketch are refused, or add something") {
  DurationSketch sketch;
  for (const std::int64_t v : values(12, 700)) sketch.add(v);
  std::string saved;
  sketch.save(saved);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    DurationSketch read;
    REQUIRE_FALSE(merge_saved(saved.substr(0, size), read));
  }
  std::mt19937_64 random(13);
  for (int i = 0; i < 2'000; ++i) {
    std::string changed = saved;
    changed[random() % 12] = static_cast<char>(random());
    changed[random() % changed.size()] = static_cast<char>(random());
    DurationSketch read;
    static_cast<void>(merge_saved(changed, read));
  }
}

TEST_CASE("put, fetched and noted step by step, values tell the same") {
  const auto all = values(9, 2'000);
  DurationSketch one;
  DurationSketch steps;
  DurationSketch::Places places(steps);
  std::int64_t longest = 0;
  for (const std::int64_t v : all) {
    one.add(v);
    const auto bits = static_cast<std::uint64_t>(v);
    places.fetch(DurationSketch::bucket_of(bits));
    places.put(bits, DurationSketch::bucket_of(bits));
    longest = std::max(longest, v);
  }
  steps.note(all.size(), static_cast<std::uint64_t>(longest));
  CHECK(steps.count() == one.count());
  CHECK(steps.max() == one.max());
  for (unsigned share = 1; share <= 100; ++share)
    REQUIRE(steps.percentile(share) == one.percentile(share));
}

TEST_CASE("a bucket holds more than its counter does") {
  DurationSketch small;
  for (int i = 0; i < 600; ++i) small.add(1'000);
  DurationSketch many = small;  // 600 x 2^24: more than 2^33
  for (int i = 0; i < 24; ++i) {
    const DurationSketch half = many;
    many.merge(half);
  }
  for (int i = 0; i < 600; ++i) many.add(5'000'000);
  CHECK(many.count() == (std::uint64_t{600} << 24U) + 600);
  CHECK(many.percentile(99).ns / 8 == 1'000 / 8);
  CHECK(many.percentile(100).ns > 4'900'000);
  DurationSketch other;
  for (int i = 0; i < 600; ++i) other.add(5'000'000);
  for (int i = 0; i < 24; ++i) {
    const DurationSketch half = other;
    other.merge(half);
  }
  other.merge(many);
  CHECK(other.percentile(49).ns / 8 == 1'000 / 8);
  CHECK(other.percentile(51).ns > 4'900'000);
  std::string saved;
  other.save(saved);
  DurationSketch read;
  REQUIRE(merge_saved(saved, read));
  CHECK(read.count() == other.count());
  CHECK(read.percentile(49) == other.percentile(49));
  CHECK(read.percentile(51) == other.percentile(51));
}

TEST_CASE("a sketch of nothing tells nothing, and time that runs backwards lasted nothing") {
  DurationSketch sketch;
  CHECK(sketch.percentile(50).ns == 0);
  sketch.add(-5);
  CHECK(sketch.count() == 1);
  CHECK(sketch.percentile(99).ns == 0);
  CHECK(sketch.max().ns == 0);
}

}  // namespace
}  // namespace spider::query
