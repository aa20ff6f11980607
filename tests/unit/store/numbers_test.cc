#include "store/format/numbers.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <random>

#include <catch2/catch.hpp>

#include "spider/store/schema.h"

namespace spider::store::format {
namespace {

using Run = std::vector<std::int64_t>;
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

std::string encoded(const Run& run, bool wide) {
  NumberEncoder encoder(wide);
  std::string out;
  ByteWriter w(out);
  const NumberFacts facts = encoder.put(run, w);
  std::int64_t low = kMax;
  std::int64_t high = kNone;
  for (const std::int64_t v : run) {
    if (v == kNone) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  CHECK(facts.low == low);
  CHECK(facts.high == high);
  CHECK(facts.none == (std::count(run.begin(), run.end(), kNone) != 0));
  return out;
}

// By every way this processor has, all of which write the same.
std::string encoded(const Run& run) {
  const std::string out = encoded(run, false);
  if (base::has_wide_registers()) REQUIRE(encoded(run, true) == out);
  return out;
}

Run decoded(std::string_view bytes, std::size_t count, bool wide) {
  base::ByteReader in(base::as_bytes(bytes));
  Run out;
  REQUIRE(decode_numbers(in, count, out, wide));
  CHECK(in.remaining() == 0);
  return out;
}

// By every way this processor has, all of which read the same. From a block of its own, so that a
// sanitizer sees a byte read behind it.
Run decoded(const std::string& bytes, std::size_t count) {
  const auto exact = std::make_unique<char[]>(bytes.size());
  bytes.copy(exact.get(), bytes.size());
  const std::string_view view(exact.get(), bytes.size());
  Run out = decoded(view, count, false);
  if (base::has_wide_registers()) REQUIRE(decoded(view, count, true) == out);
  return out;
}

TEST_CASE("runs at the edges of the range come back unchanged", "[store][format]") {
  for (const Run& run :
       {Run{}, Run{0}, Run{kNone}, Run{kMax, kMin + 1}, Run{kMin + 1, kMax}, Run{kNone, kMax},
        Run{kMin + 1, kNone, kMax}, Run{kNone, kNone}, Run{5, 5, 5}, Run{0, 1}, Run{-1'000, 1'000},
        Run{1'000'000, 3'000'000}, Run{kNone, 7, 7}, Run{kMin + 1, kMin + 2, kMax - 1, kMax}})
    CHECK(decoded(encoded(run), run.size()) == run);
}

// Every third row or so, read alone, is what the whole run says.
void check_some(const std::string& bytes, const Run& run, std::mt19937_64& random) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < run.size(); ++row)
    if (random() % 3 == 0) rows.push_back(row);
  base::ByteReader in(base::as_bytes(bytes));
  Run out(random() % 2 == 0 ? run.size() : 0, 77);
  REQUIRE(decode_numbers_at(in, run.size(), rows, out));
  CHECK(in.remaining() == 0);
  REQUIRE(out.size() == run.size());
  for (const std::uint32_t row : rows) REQUIRE(out[row] == run[row]);
}

TEST_CASE("random runs of every width and shape come back unchanged", "[store][format]") {
  std::mt19937_64 random(20'261'121);
  for (int round = 0; round < 4'000; ++round) {
    const std::size_t n = random() % 300;
    const unsigned width = static_cast<unsigned>(random() % 65);
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    const std::int64_t scale = round % 3 == 0 && width < 40 ? 1'000 : 1;
    const auto base = static_cast<std::int64_t>(round % 2 == 0 ? 0 : random() >> 8U);
    Run run;
    for (std::size_t i = 0; i < n; ++i) {
      auto v = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) +
                                         (random() & mask) * static_cast<std::uint64_t>(scale));
      if (random() % 50 == 0) v = static_cast<std::int64_t>(random());
      if (round % 5 == 0 && random() % 4 == 0) v = kNone;
      run.push_back(v);
    }
    if (round % 4 == 1) std::sort(run.begin(), run.end());
    const std::string bytes = encoded(run);
    REQUIRE(decoded(bytes, n) == run);
    check_some(bytes, run, random);
  }
}

TEST_CASE("sorted times a few microseconds apart take two bytes each at most", "[store][format]") {
  std::mt19937_64 random(4);
  Run run;
  std::int64_t t = 1'700'000'000'000'000'000;
  for (int i = 0; i < 4'096; ++i)
    run.push_back(t += static_cast<std::int64_t>(random() % 30'000) * 1'000);
  CHECK(encoded(run).size() < 2 * 4'096U);
}

TEST_CASE("one outlier does not widen a run", "[store][format]") {
  Run run(1'000, 3);
  for (std::size_t i = 0; i < run.size(); ++i) run[i] = static_cast<std::int64_t>(i % 8);
  const std::size_t before = encoded(run).size();
  run[500] = std::int64_t{1} << 50U;
  CHECK(encoded(run).size() < before + 20);
  CHECK(decoded(encoded(run), run.size()) == run);
}

TEST_CASE("every cut of an encoded run is refused or whole", "[store][format]") {
  Run run;
  std::mt19937_64 random(9);
  for (int i = 0; i < 100; ++i)
    run.push_back(static_cast<std::int64_t>(random() % (i % 10 == 0 ? 1U << 30U : 100U)));
  const std::string bytes = encoded(run);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    base::ByteReader in(base::as_bytes(std::string_view(bytes).substr(0, cut)));
    Run out;
    CHECK_FALSE(decode_numbers(in, run.size(), out, false));
    in = base::ByteReader(base::as_bytes(std::string_view(bytes).substr(0, cut)));
    CHECK_FALSE(decode_numbers(in, run.size(), out));
  }
}

}  // namespace
}  // namespace spider::store::format
