// Reading heads and bodies within a time: what is told then is exact as far as it goes, and says
// how far.

#include "spider/query/look.h"

#include <algorithm>
#include <atomic>
#include <set>

#include <catch2/catch.hpp>

#include "spider/query/codes.h"
#include "spider/query/engine.h"
#include "spider/query/facets.h"
#include "spider/query/language.h"
#include "spider/query/statistics.h"

#include "unit/query/known_store.h"

namespace spider::query {
namespace {

using test::KnownCommunication;
using test::KnownStore;

// Its time is used up after so many looks at the clock; whoever asked is gone after `patience`.
class CountedTime final : public Executor {
 public:
  explicit CountedTime(std::int64_t looks, std::int64_t patience = INT64_MAX)
      : looks_(looks), patience_(patience) {}
  void run(std::size_t count, const std::function<void(std::size_t)>& part) const override {
    for (std::size_t i = 0; i < count; ++i) part(i);
  }
  [[nodiscard]] bool cancelled() const noexcept override { return --patience_ < 0; }
  [[nodiscard]] bool out_of_time() const noexcept override { return --looks_ < 0; }

 private:
  mutable std::atomic<std::int64_t> looks_;
  mutable std::atomic<std::int64_t> patience_;
};

[[nodiscard]] Filter asking(const KnownStore& stored, std::string_view text) {
  Filter filter;
  filter.from = stored.first();
  filter.to = stored.last() + base::Duration{1};
  REQUIRE(narrow(filter, text, FilterVocabulary{}));
  REQUIRE(filter.reads_messages());
  return filter;
}

// What `header:"Host: ..."` finds in the heads of known communications.
[[nodiscard]] bool asks_host(const KnownCommunication& k, const std::string& host) {
  return k.request_head.find("Host: " + host) != std::string::npos;
}

using Ids = std::set<std::string>;

[[nodiscard]] Ids known_after(const KnownStore& stored, const std::string& host,
                              const std::optional<base::Time>& after) {
  Ids out;
  for (const KnownCommunication& k : stored.known())
    if (asks_host(k, host) && (!after || k.start > *after)) out.insert(model::to_text(k.id));
  return out;
}

TEST_CASE("what was looked at before the time was up is told exactly, and nothing besides",
          "[query]") {
  KnownStore stored(5);
  const auto snapshot = stored.store().reader().snapshot();
  const std::string host = stored.known().front().host;
  const std::string text = "header.host:\"" + host + "\"";
  std::size_t partial = 0;
  for (const std::int64_t looks : {0, 1, 40, 200, 500, 900, 1'300, 1'000'000}) {
    INFO(looks);
    Filter filter = asking(stored, text);
    const auto looked = look(*snapshot, filter, CountedTime(looks));
    REQUIRE(looked);
    const Ids expected = known_after(stored, host, looked->after);
    if (looked->after) ++partial;
    // Whatever is asked of it afterwards says the same.
    const QueryEngine engine(*snapshot);
    const auto rows = engine.communications_by(filter, Sort{}, "", 100'000);
    REQUIRE(rows);
    Ids found;
    for (const CommunicationRow& row : rows->rows) found.insert(model::to_text(row.id));
    CHECK(found == expected);
    const auto sums = statistics(*snapshot, {{GroupField::method}}, filter);
    REQUIRE(sums);
    CHECK(sums->total.measures.communications == expected.size());
    const auto values = facets(*snapshot, {{GroupField::host}}, filter);
    REQUIRE(values);
    CHECK(values->communications == expected.size());
    const auto bars =
        engine.timeline({filter.from, filter.to, filter.to - filter.from, Split::none}, filter);
    REQUIRE(bars);
    CHECK(bars->total == expected.size());
  }
  CHECK(partial >= 3);
  CHECK(partial < 8);
}

TEST_CASE("a list that ran out of time says where, and its pages still give every row once",
          "[query]") {
  KnownStore stored(6);
  const auto snapshot = stored.store().reader().snapshot();
  const std::string host = stored.known().front().host;
  const Filter filter = asking(stored, "header.host:\"" + host + "\"");
  for (const Order order : {Order::newest_first, Order::oldest_first}) {
    Ids found;
    std::size_t rows = 0;
    std::size_t stops = 0;
    std::string cursor;
    for (std::size_t pages = 0;; ++pages) {
      REQUIRE(pages < 1'000);
      const CountedTime time(700);
      const auto page = QueryEngine(*snapshot, &time).communications(filter, order, cursor, 7);
      REQUIRE(page);
      for (const CommunicationRow& row : page->rows) {
        found.insert(model::to_text(row.id));
        const bool beyond =
            page->stopped_at && (order == Order::newest_first ? row.id.start <= *page->stopped_at
                                                              : row.id.start >= *page->stopped_at);
        CHECK_FALSE(beyond);
      }
      rows += page->rows.size();
      if (page->stopped_at) ++stops;
      cursor = page->next;
      if (cursor.empty()) break;
    }
    CHECK(found == known_after(stored, host, std::nullopt));
    CHECK(rows == found.size());
    CHECK(stops > 0);
  }
}

TEST_CASE("a list that could look at nothing says so and offers no page after it", "[query]") {
  KnownStore stored(7, 3);
  const auto snapshot = stored.store().reader().snapshot();
  const Filter filter = asking(stored, "header:*");
  const CountedTime none(0);
  const auto page =
      QueryEngine(*snapshot, &none).communications(filter, Order::newest_first, "", 10);
  REQUIRE(page);
  CHECK(page->rows.empty());
  CHECK(page->next.empty());
  CHECK(page->stopped_at);
}

TEST_CASE("a reader of heads stops in the middle of a block when nobody waits any more",
          "[query]") {
  KnownStore stored(8, 3);
  const auto snapshot = stored.store().reader().snapshot();
  Filter filter = asking(stored, "header:*");
  const CountedTime gone(INT64_MAX, 20);
  const auto looked = look(*snapshot, filter, gone);
  REQUIRE_FALSE(looked);
  CHECK(looked.error().code == codes::cancelled);
  const auto page =
      QueryEngine(*snapshot, &gone).communications(filter, Order::newest_first, "", 10);
  REQUIRE_FALSE(page);
  CHECK(page.error().code == codes::cancelled);
}

}  // namespace
}  // namespace spider::query
