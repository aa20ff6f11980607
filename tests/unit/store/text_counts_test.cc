#include "store/text_counts.h"

#include <string>

#include <catch2/catch.hpp>

#include "store/format/texts.h"

namespace spider::store {
namespace {

// 1,000 rows of `texts` texts, each with statuses of two classes; as a column has them.
struct Block {
  explicit Block(std::uint32_t first, std::uint32_t texts) {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < texts; ++i) names.push_back("h" + std::to_string(first + i));
    std::vector<std::string_view> rows;
    for (std::size_t row = 0; row < 1'000; ++row) {
      rows.push_back(names[row % texts]);
      status.push_back(row % 7 == 0 ? 404 : 200);
    }
    format::NumberEncoder numbers;
    format::Compressor compressor;
    format::ByteWriter out(run);
    format::TextEncoder().put(rows, format::Codec::lz4, numbers, compressor, out);
    base::ByteReader in(base::as_bytes(run));
    format::TextRun working;
    REQUIRE(format::decode_values(in, rows.size(), working, column));
    stored = base::as_bytes(run).first(run.size() - in.remaining());
    REQUIRE(format::decode_codes(in, rows.size(), working, column));
  }
  std::string run;
  TextColumn column;
  base::Bytes stored;
  std::vector<std::int64_t> status;
};

[[nodiscard]] StoreSnapshot::Judge only(const std::string& text, std::size_t& judged) {
  return [text, &judged](const TextColumn& values, std::vector<char>& verdicts) {
    judged += verdicts.size();
    for (std::size_t i = 0; i < verdicts.size(); ++i) verdicts[i] = values.value(i) == text ? 1 : 0;
  };
}

TEST_CASE("counts of texts are the same by number and as they are stored", "[store]") {
  TextNumbers numbers;
  for (std::uint32_t i = 0; i < 1'000; ++i)
    REQUIRE(numbers.number("other" + std::to_string(i)) == i);
  const Block a(0, 10);
  const Block b(5, 100);
  const std::string by_number[] = {text_counts(a.column, a.stored, a.status, numbers),
                                   text_counts(b.column, b.stored, b.status, numbers)};
  for (int i = 0; numbers.number("filler" + std::to_string(i)); ++i) {
  }
  const Block c(500, 10);  // none of which has a number
  const std::string as_stored = text_counts(c.column, c.stored, c.status, numbers);

  for (const std::string text : {"h3", "h7", "h104", "h505", "nobody"}) {
    INFO(text);
    std::size_t judged = 0;
    const auto judge = only(text, judged);
    std::vector<char> verdicts;
    const auto counted = [&](const std::string& counts) {
      ClassCounts out{};
      REQUIRE(count_wanted(base::as_bytes(counts), 1'000, judge, numbers, verdicts, out));
      return out;
    };
    const auto expected = [&](const Block& block) {
      ClassCounts out{};
      for (std::size_t row = 0; row < 1'000; ++row)
        if (block.column.row(row) == text)
          ++out[status_class(static_cast<std::uint16_t>(block.status[row]))];
      return out;
    };
    CHECK(counted(by_number[0]) == expected(a));
    const std::size_t once = judged;
    CHECK(counted(by_number[1]) == expected(b));
    CHECK(judged == once);  // no text twice
    CHECK(counted(as_stored) == expected(c));
    CHECK(judged == once + 10);
  }
  const auto check_all = [&](const std::string& counts, const Block& block) {
    TextColumn values;
    std::vector<ClassCounts> all(7);
    REQUIRE(all_counts(base::as_bytes(counts), 1'000, numbers, values, all));
    REQUIRE(values.values() == block.column.values());
    REQUIRE(all.size() == values.values());
    for (std::size_t i = 0; i < all.size(); ++i) {
      ClassCounts expected{};
      for (std::size_t row = 0; row < 1'000; ++row)
        if (block.column.row(row) == values.value(i))
          ++expected[status_class(static_cast<std::uint16_t>(block.status[row]))];
      CHECK(all[i] == expected);
    }
    CHECK_FALSE(all_counts(base::as_bytes(counts).first(8), 1'000, numbers, values, all));
  };
  check_all(by_number[0], a);
  check_all(by_number[1], b);
  check_all(as_stored, c);
}

TEST_CASE("texts get numbers while there is room, always the same one", "[store]") {
  TextNumbers numbers;
  CHECK(numbers.number("a") == 0U);
  CHECK(numbers.number("") == 1U);
  CHECK(numbers.number("a") == 0U);
  const std::string large(TextNumbers::kBytesMax - 1, 'x');
  CHECK(numbers.number(large) == 2U);
  CHECK_FALSE(numbers.number("b"));
  CHECK(numbers.number(large) == 2U);
  TextColumn all;
  REQUIRE(numbers.texts(std::vector<std::uint32_t>{2, 0, 0}, all));
  REQUIRE(all.values() == 3);
  CHECK(all.value(0) == large);
  CHECK(all.value(2) == "a");
  CHECK(numbers.numbers(all) == std::vector<std::uint32_t>{2, 0, 0});
  CHECK_FALSE(numbers.texts(std::vector<std::uint32_t>{3}, all));
  TextColumn texts;
  numbers.texts(1, texts);
  REQUIRE(texts.values() == 2);
  CHECK(texts.value(0).empty());
  CHECK(texts.value(1) == large);
  TextNumbers many;
  for (std::size_t i = 0; i < TextNumbers::kMax; ++i) REQUIRE(many.number(std::to_string(i)) == i);
  CHECK_FALSE(many.number("one more"));
}

}  // namespace
}  // namespace spider::store
