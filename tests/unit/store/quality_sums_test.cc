// Sums of the books by hour and day are those of their minutes, whatever happens in between.
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "spider/store/store.h"
#include "spider/store/store_reader.h"
#include "spider/store/store_writer.h"

#include "store/database.h"
#include "support/records.h"

namespace spider::store {
namespace {

using model::Quality;

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kFirst = 20'000 * kDay;  // whole days since 1970

using Minutes = std::map<std::pair<std::uint32_t, std::int64_t>, model::QualityCounts>;

class Books {
 public:
  explicit Books(std::uint64_t seed) : random_(seed) {
    config_.path = (folder_.path() / "store").string();
    config_.cache_mib = 8;
    open();
  }
  void open() {
    store_.reset();
    auto opened = Store::open(config_);
    REQUIRE(opened);
    store_ = std::move(*opened);
    for (const char* name : {"a", "b"}) {
      const auto source = store_->source(name, "UPLOAD");
      REQUIRE(source);
      if (sources_.size() < 2) sources_.push_back(*source);
    }
  }
  void close() { store_.reset(); }
  // An import of `count` packets somewhere within five days: minutes come again and again.
  void import(int count) {
    model::RecordBatch batch(1'024, 1'024, 64);
    batch.source = sources_[below(2)];
    for (int i = 0; i < count; ++i) {
      const base::Time t{kFirst + static_cast<std::int64_t>(below(5 * 24 * 60)) * kMinute};
      const auto which = static_cast<Quality>(below(model::kQualityCount));
      const std::uint64_t n = 1 + below(1'000);
      batch.quality.add(t, which, n);
      known_[{static_cast<std::uint32_t>(batch.source), model::minute_of(t)}][which] += n;
    }
    REQUIRE(store_->writer().add(batch));
    if (below(3) != 0) REQUIRE(store_->writer().commit());
  }
  void commit() { REQUIRE(store_->writer().commit()); }
  void purge_before(base::Time time) {
    const model::SourceId source = sources_[below(2)];
    REQUIRE(store_->writer().purge_before(source, time));
    std::erase_if(known_, [&](const auto& k) {
      return k.first.first == static_cast<std::uint32_t>(source) &&
             k.first.second < model::minute_of(time);
    });
  }
  [[nodiscard]] base::Time instant() {
    return {kFirst - kDay + static_cast<std::int64_t>(below(7 * kDay))};
  }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

  // What is known of a range, per source and multiple of `step` (0: one of all).
  [[nodiscard]] Minutes known(base::Time from, base::Time to, std::int64_t step) const {
    Minutes out;
    for (const auto& [key, counts] : known_)
      if (key.second >= model::minute_of(from) &&
          key.second <= model::minute_of(to - base::Duration{1}))
        out[{key.first, step == 0 ? 0 : key.second * kMinute / step}] += counts;
    return out;
  }
  [[nodiscard]] Minutes said(base::Time from, base::Time to, std::int64_t step) {
    const auto snapshot = store_->reader().snapshot();
    const auto rows = snapshot->quality_sums({}, from, to, base::Duration{step});
    REQUIRE(rows);
    REQUIRE(snapshot->unreadable().count == 0);
    rows_ = rows->size();
    Minutes out;
    for (const QualityRow& row : *rows)
      out[{static_cast<std::uint32_t>(row.source),
           step == 0 ? 0 : row.minute.minute * kMinute / step}] += row.minute.counts;
    return out;
  }
  void check() {
    for (int i = 0; i < 12; ++i) {
      base::Time from = instant();
      base::Time to = instant();
      if (to < from) std::swap(from, to);
      if (i == 0) from = {0};
      if (i < 2) to = {kFirst + 40 * kDay};
      if (from >= to) continue;
      for (const std::int64_t step :
           {std::int64_t{0}, kMinute, 7 * kMinute, kHour, 90 * kMinute, 6 * kHour, kDay, 7 * kDay})
        CHECK((said(from, to, step) == known(from, to, step)));
      check_span(from, to);
    }
  }
  void check_span(base::Time from, base::Time to) {
    const auto span = store_->reader().snapshot()->quality_span({}, from, to);
    REQUIRE(span);
    QualitySpan want;
    for (const auto& [key, counts] : known(from, to, kMinute)) {
      if (want.empty()) want = {key.second, key.second};
      want = {std::min(want.first, key.second), std::max(want.last, key.second)};
    }
    CHECK(span->empty() == want.empty());
    if (want.empty()) return;
    CHECK(span->first == want.first);
    CHECK(span->last == want.last);
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const StoreConfig& config() const { return config_; }

 private:
  test::TemporaryFolder folder_;
  StoreConfig config_;
  std::mt19937_64 random_;
  std::unique_ptr<Store> store_;
  std::vector<model::SourceId> sources_;
  Minutes known_;
  std::size_t rows_ = 0;
};

TEST_CASE("sums of hours and days are those of their minutes", "[store]") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    INFO("seed " << seed);
    Books books(seed);
    for (int i = 0; i < 30; ++i) {
      books.import(40);
      if (books.below(6) == 0) {
        books.commit();
        books.open();
      }
      if (books.below(10) == 0) books.purge_before(books.instant());
    }
    books.commit();
    books.check();
    books.purge_before({kFirst + kDay + static_cast<std::int64_t>(books.below(kDay))});
    books.check();
    books.import(200);
    books.commit();
    books.open();
    books.check();
  }
}

TEST_CASE("a long range is read by days, not by minutes", "[store]") {
  Books books(9);
  for (int i = 0; i < 40; ++i) books.import(200);
  books.commit();
  CHECK((books.said({0}, {kFirst + 40 * kDay}, 0) == books.known({0}, {kFirst + 40 * kDay}, 0)));
  CHECK(books.rows() == 10);  // five days of two sources
  static_cast<void>(books.said({0}, {kFirst + 40 * kDay}, kHour));
  CHECK(books.rows() <= 2 * 5 * 24);
}

// What an older Spider wrote has minutes alone.
TEST_CASE("a store without sums gets them when it is opened", "[store]") {
  Books books(11);
  for (int i = 0; i < 20; ++i) books.import(60);
  books.commit();
  books.close();
  {
    auto database = Database::open(books.config()).value();
    rocksdb::WriteBatch batch;
    batch.Delete(database->handle(Family::meta), "quality_sums");
    batch.DeleteRange(database->handle(Family::quality_sum), "", std::string(32, '\xff'));
    REQUIRE(database->write(batch));
  }
  books.open();
  books.check();
  CHECK((books.said({0}, {kFirst + 40 * kDay}, 0) == books.known({0}, {kFirst + 40 * kDay}, 0)));
  CHECK(books.rows() == 10);
}

TEST_CASE("damaged sums of the books are made up from their minutes", "[store]") {
  Books books(13);
  for (int i = 0; i < 20; ++i) books.import(60);
  books.commit();
  for (int round = 0; round < 2; ++round) {
    books.close();
    {
      auto database = Database::open(books.config()).value();
      rocksdb::WriteBatch batch;
      const auto it = database->iterate(Family::quality_sum, nullptr);
      int n = 0;
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        std::string value = it->value().ToString();
        value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 4);
        if (n++ % 3 == 0) batch.Put(database->handle(Family::quality_sum), it->key(), value);
      }
      REQUIRE(n > 100);
      REQUIRE(database->write(batch));
    }
    books.open();
    books.check();
    // The writer goes on from the minutes, too.
    for (int i = 0; i < 5; ++i) books.import(300);
    books.commit();
    books.check();
  }
}

}  // namespace
}  // namespace spider::store
