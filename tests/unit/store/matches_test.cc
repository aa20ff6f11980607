#include "store/format/matches.h"

#include <algorithm>
#include <iterator>
#include <random>

#include <catch2/catch.hpp>

#include "spider/store/schema.h"

#include "store/format/numbers.h"

namespace spider::store::format {
namespace {

struct Run {
  std::vector<std::int64_t> values;
  std::string bytes;
};

// Every form of a run: few bits and many, exceptions, none, scales, sorted, all the same.
[[nodiscard]] Run random_run(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  Run run;
  const std::size_t count = 1 + below(below(4) == 0 ? 5'000 : 40);
  const unsigned bits = static_cast<unsigned>(below(24));
  const auto least = static_cast<std::int64_t>(below(3) == 0 ? 0 : random() >> below(60)) *
                     (below(2) == 0 ? 1 : -1) / 4;
  const std::int64_t scale = below(3) == 0 ? 1'000 : 1;
  const std::uint64_t rare = below(3) == 0 ? 2 + below(200) : 0;
  const bool none = below(4) == 0;
  std::int64_t sum = 0;
  const bool sorted = below(6) == 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t code = random() & ((std::uint64_t{1} << bits) - 1);
    if (rare != 0 && below(rare) == 0) code += random() & 0xFFFFFU;
    sum = sorted ? sum + static_cast<std::int64_t>(code) : static_cast<std::int64_t>(code);
    run.values.push_back(none && below(5) == 0 ? kNone : least + sum * scale);
  }
  ByteWriter out(run.bytes);
  NumberEncoder().put(run.values, out);
  return run;
}

TEST_CASE("rows found on the packed codes are those found by looking at every number") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 4'000; ++round) {
    const Run run = random_run(random);
    const auto any = [&] {
      const std::int64_t v = run.values[random() % run.values.size()];
      return (v == kNone ? 0 : v) + static_cast<std::int64_t>(random() % 5) - 2;
    };
    for (int question = 0; question < 6; ++question) {
      std::int64_t low = any();
      std::int64_t high = question == 0 ? low : question == 1 ? low - 1 : any();
      if (question > 1 && high < low) std::swap(low, high);
      if (question == 2) low = std::numeric_limits<std::int64_t>::min();
      if (question == 3) high = std::numeric_limits<std::int64_t>::max();
      std::vector<std::uint32_t> expected;
      for (std::size_t i = 0; i < run.values.size(); ++i)
        if (run.values[i] != kNone && run.values[i] >= low && run.values[i] <= high)
          expected.push_back(static_cast<std::uint32_t>(i));
      std::vector<std::uint32_t> found{7, 8, 9};
      base::ByteReader in(base::as_bytes(run.bytes));
      CAPTURE(round, question, low, high);
      REQUIRE(match_numbers(in, run.values.size(), low, high, found));
      REQUIRE(found == expected);
      REQUIRE(in.remaining() == 0);
      in = base::ByteReader(base::as_bytes(run.bytes));
      REQUIRE(match_numbers(in, run.values.size(), low, high, found, false));
      REQUIRE(found == expected);
      REQUIRE(in.remaining() == 0);

      std::vector<std::uint32_t> some;
      std::vector<std::uint32_t> expected_some;
      for (std::uint32_t i = 0; i < run.values.size(); ++i)
        if (random() % 3 == 0) some.push_back(i);
      std::set_intersection(some.begin(), some.end(), expected.begin(), expected.end(),
                            std::back_inserter(expected_some));
      in = base::ByteReader(base::as_bytes(run.bytes));
      REQUIRE(keep_matches(in, run.values.size(), low, high, some));
      REQUIRE(some == expected_some);
    }
  }
}

// Few numbers far apart, as statuses are.
[[nodiscard]] Run run_of_few(std::mt19937_64& random) {
  Run run;
  std::vector<std::int64_t> few;
  const std::int64_t scale = random() % 3 == 0 ? 1'000 : 1;
  for (std::uint64_t i = 2 + random() % 40; i > 0; --i)
    few.push_back((static_cast<std::int64_t>(random() % 4'000) - 50) * scale);
  if (random() % 3 == 0) few.push_back(kNone);
  for (std::size_t i = 200 + random() % 4'000; i > 0; --i)
    run.values.push_back(few[random() % 4 == 0 ? random() % few.size() : random() % 2]);
  ByteWriter out(run.bytes);
  NumberEncoder().put(run.values, out);
  return run;
}

TEST_CASE("a run with a table of its few numbers is smaller and read as before") {
  std::mt19937_64 random(17);
  int narrowed = 0;
  for (int round = 0; round < 1'000; ++round) {
    const Run run = run_of_few(random);
    const std::size_t count = run.values.size();
    std::string narrow;
    if (!narrow_numbers(base::ByteReader(base::as_bytes(run.bytes)), count, narrow)) continue;
    ++narrowed;
    CAPTURE(round, count);
    REQUIRE(narrow.size() <= run.bytes.size() - run.bytes.size() / 4);
    const auto reader = [&] { return base::ByteReader(base::as_bytes(narrow)); };
    std::vector<std::int64_t> values;
    base::ByteReader in = reader();
    REQUIRE(decode_numbers(in, count, values));
    REQUIRE(values == run.values);
    REQUIRE(in.remaining() == 0);

    std::vector<std::uint32_t> some;
    for (std::uint32_t i = 0; i < count; ++i)
      if (random() % 5 == 0) some.push_back(i);
    std::vector<std::int64_t> expected;
    for (const std::uint32_t row : some) expected.push_back(run.values[row]);
    in = reader();
    REQUIRE(pick_numbers(in, count, some, values));
    REQUIRE(values == expected);
    in = reader();
    REQUIRE(decode_numbers_at(in, count, some, values));
    for (const std::uint32_t row : some) REQUIRE(values[row] == run.values[row]);

    for (int question = 0; question < 4; ++question) {
      std::int64_t low = run.values[random() % count];
      if (low != kNone) low += static_cast<std::int64_t>(random() % 3) - 1;
      std::int64_t high = run.values[random() % count];
      if (question > 0 && high < low) std::swap(low, high);
      if (question == 1) low = kNone;
      std::vector<std::uint32_t> all;
      for (std::uint32_t i = 0; i < count; ++i)
        if (run.values[i] != kNone && run.values[i] >= low && run.values[i] <= high)
          all.push_back(i);
      std::vector<std::uint32_t> found;
      in = reader();
      REQUIRE(match_numbers(in, count, low, high, found));
      REQUIRE(found == all);
      std::vector<std::uint32_t> kept = some;
      std::vector<std::uint32_t> both;
      std::set_intersection(some.begin(), some.end(), all.begin(), all.end(),
                            std::back_inserter(both));
      in = reader();
      REQUIRE(keep_matches(in, count, low, high, kept));
      REQUIRE(kept == both);
    }
  }
  CHECK(narrowed > 300);
}

TEST_CASE("runs that would hardly be smaller, or are broken, get no table") {
  std::string narrow;
  const auto refused = [&](const std::vector<std::int64_t>& values, std::size_t cut) {
    std::string bytes;
    ByteWriter out(bytes);
    NumberEncoder().put(values, out);
    bytes.resize(bytes.size() - cut);
    return !narrow_numbers(base::ByteReader(base::as_bytes(bytes)), values.size(), narrow);
  };
  std::vector<std::int64_t> values(1'000, 7);
  CHECK(refused(values, 0));  // constant
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i % 5);
  CHECK(refused(values, 0));  // three bits already
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::int64_t>(i * 7 % 300);
  CHECK(refused(values, 0));  // too many
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 200 + 100 * (i % 4 == 3 ? 3 : 0);
  CHECK_FALSE(refused(values, 0));
  CHECK(refused(values, 1));
}

TEST_CASE("rows keep their place by the verdict on their code, and a code without one is damage") {
  std::mt19937_64 random(13);
  for (int round = 0; round < 500; ++round) {
    const std::size_t values = 1 + random() % 300;
    std::vector<char> verdicts(values);
    for (char& v : verdicts) v = static_cast<char>(random() % 2);
    std::vector<std::int64_t> codes(2 + random() % 3'000);
    for (std::int64_t& c : codes) c = static_cast<std::int64_t>(random() % values);
    std::string bytes;
    ByteWriter out(bytes);
    NumberEncoder().put(codes, out);
    std::vector<std::uint32_t> rows;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < codes.size(); ++i) {
      if (random() % 4 != 0) continue;
      rows.push_back(i);
      if (verdicts[static_cast<std::size_t>(codes[i])] != 0) expected.push_back(i);
    }
    const std::vector<std::uint32_t> asked = rows;
    base::ByteReader in(base::as_bytes(bytes));
    REQUIRE(keep_codes(in, codes.size(), verdicts, rows));
    REQUIRE(rows == expected);

    const bool beyond = std::any_of(asked.begin(), asked.end(), [&](std::uint32_t row) {
      return codes[row] + 1 == static_cast<std::int64_t>(values);
    });
    verdicts.pop_back();
    rows = asked;
    in = base::ByteReader(base::as_bytes(bytes));
    REQUIRE(keep_codes(in, codes.size(), verdicts, rows) != beyond);
  }
}

TEST_CASE("broken runs are refused or give rows that there are, and nothing is read beyond them") {
  std::mt19937_64 random(12);
  for (int round = 0; round < 4'000; ++round) {
    Run run = round % 3 == 0 ? run_of_few(random) : random_run(random);
    std::string narrow;
    if (round % 3 == 0 &&
        narrow_numbers(base::ByteReader(base::as_bytes(run.bytes)), run.values.size(), narrow))
      run.bytes = narrow;
    if (round % 2 == 0) run.bytes.resize(random() % run.bytes.size());
    for (std::uint64_t i = random() % 4; i > 0 && !run.bytes.empty(); --i)
      run.bytes[random() % run.bytes.size()] = static_cast<char>(random());
    // On the heap to the byte, so that a sanitizer sees what lies behind.
    const std::vector<std::uint8_t> exact(run.bytes.begin(), run.bytes.end());
    base::ByteReader in(base::Bytes(exact.data(), exact.size()));
    std::vector<std::uint32_t> found;
    std::vector<std::uint32_t> kept{0, static_cast<std::uint32_t>(run.values.size() - 1)};
    const std::vector<char> verdicts(300, 1);
    base::ByteReader again = in;
    if (keep_matches(again, run.values.size(), 0, 1 << 20, kept)) REQUIRE(kept.size() <= 2);
    kept.assign(1, static_cast<std::uint32_t>(run.values.size() - 1));
    again = in;
    if (keep_codes(again, run.values.size(), verdicts, kept)) REQUIRE(kept.size() <= 1);
    if (!match_numbers(in, run.values.size(), 0, 1 << 20, found)) continue;
    for (std::size_t i = 0; i < found.size(); ++i) {
      REQUIRE(found[i] < run.values.size());
      if (i > 0) REQUIRE(found[i] > found[i - 1]);
    }
  }
}

}  // namespace
}  // namespace spider::store::format
