#include "store/selection.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>

namespace spider::store {
namespace {

using Rows = std::vector<std::uint32_t>;

[[nodiscard]] Rows some(std::mt19937_64& random, std::uint32_t count, std::uint64_t of_hundred) {
  Rows out;
  for (std::uint32_t row = 0; row < count; ++row)
    if (random() % 100 < of_hundred) out.push_back(row);
  return out;
}

TEST_CASE("a selection keeps the rows that were packed, of all and of some", "[store]") {
  std::mt19937_64 random(5);
  for (const std::uint32_t count : {1U, 63U, 64U, 65U, 4'096U, 65'536U})
    for (const std::uint64_t share : {0U, 1U, 6U, 7U, 50U, 100U}) {
      CAPTURE(count, share);
      const Rows matches = some(random, count, share);
      const std::string packed = pack_selection(matches, count);
      CHECK(packed.size() <= 1 + (count + 63) / 64 * 8);
      Rows all(count);
      std::iota(all.begin(), all.end(), 0U);
      keep_selected(packed, count, all);
      REQUIRE(all == matches);
      Rows rows = some(random, count, 30);
      Rows both;
      std::set_intersection(rows.begin(), rows.end(), matches.begin(), matches.end(),
                            std::back_inserter(both));
      keep_selected(packed, count, rows);
      REQUIRE(rows == both);
    }
}

TEST_CASE("a question has a number once somebody else asked it before", "[store]") {
  QuestionBook book;
  const std::uint64_t one = book.new_asker();
  const std::uint64_t two = book.new_asker();
  CHECK(book.asked_before("host a", one) == 0);
  CHECK(book.asked_before("host a", one) == 0);
  const std::uint64_t number = book.asked_before("host a", two);
  CHECK(number != 0);
  CHECK(book.asked_before("host a", book.new_asker()) == number);
  CHECK(book.asked_before("host b", two) == 0);
  CHECK(book.asked_before("host b", one) != number);
  CHECK(book.asked_before(std::string(QuestionBook::kTextBytesMax + 1, 'x'), one) == 0);
  CHECK(book.asked_before(std::string(QuestionBook::kTextBytesMax + 1, 'x'), two) == 0);
}

TEST_CASE("a full book forgets all, and no question gets the number of another", "[store]") {
  QuestionBook book;
  const std::uint64_t one = book.new_asker();
  const std::uint64_t two = book.new_asker();
  static_cast<void>(book.asked_before("first", one));
  const std::uint64_t number = book.asked_before("first", two);
  for (std::size_t i = 0; i < QuestionBook::kQuestionsMax; ++i)
    static_cast<void>(book.asked_before("question " + std::to_string(i), one));
  CHECK(book.asked_before("first", one) == 0);
  const std::uint64_t later = book.asked_before("first", two);
  CHECK(later != 0);
  CHECK(later != number);
}

}  // namespace
}  // namespace spider::store
