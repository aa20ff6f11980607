// A store without sums of quality gets them when it is opened: in batches, from wherever the last
// start ended, and never a minute twice.
#include "store/migration.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "spider/store/codes.h"
#include "spider/store/store.h"

#include "store/format/keys.h"
#include "store/format/sums.h"
#include "support/temp_folder.h"

namespace spider::store {
namespace {

namespace fs = std::filesystem;
using model::Quality;

constexpr std::int64_t kMinutesOfDay = 24 * 60;
constexpr std::uint32_t kSources = 3;
constexpr std::int64_t kDays = 5;      // of each source, around 1970 and later
constexpr std::size_t kUnits = 2'000;  // of a batch: about a day and a half
constexpr const char* kDone = "quality_sums";

// A sum, and whether part of it is lost.
using Sum = std::pair<model::QualityCounts, bool>;
// By source, level and bucket.
using Sums = std::map<std::tuple<std::uint32_t, RollupLevel, std::int64_t>, Sum>;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

StoreConfig config_at(const fs::path& path) {
  StoreConfig config;
  config.path = path.string();
  config.cache_mib = 8;
  return config;
}

// Minutes as an older Spider left them, with holes, one of them damaged and one under a key that is
// none; and a sum that nobody should believe.
class OldStore {
 public:
  explicit OldStore(std::uint64_t seed) : random_(seed) {
    auto database = Database::open(config()).value();
    rocksdb::WriteBatch batch;
    for (std::uint32_t source = 1; source <= kSources; ++source) {
      const std::int64_t first = source == 2 ? -2 * kMinutesOfDay - 77 : 20'000 * kMinutesOfDay + 5;
      for (std::int64_t i = 0; i < kDays * kMinutesOfDay; ++i)
        if (below(10) != 0) put(*database, batch, source, first + i);
    }
    const auto lost = format::quality_key(model::SourceId{lost_.first}, lost_.second);
    batch.Put(database->handle(Family::quality), lost, "damaged");
    minutes_[lost_] = {};
    batch.Put(database->handle(Family::quality), format::source_begin(model::SourceId{2}), "none");
    database->put(batch, Family::quality_sum,
                  format::rollup_key(model::SourceId{1}, RollupLevel::day, 1),
                  format::encode_quality({}));
    REQUIRE(database->write(batch));
    REQUIRE(database->flush_and_wait());  // in files: what is in the log is of the migration alone
    total = minutes_.size() + 1;
  }
  [[nodiscard]] StoreConfig config() const { return config_at(path()); }
  [[nodiscard]] fs::path path() const { return folder_.path() / "store"; }
  // A copy, as a process that is killed now leaves it: what it wrote is with the system.
  [[nodiscard]] fs::path image(int number) const {
    const fs::path to = folder_.path() / ("image-" + std::to_string(number));
    fs::copy(path(), to, fs::copy_options::recursive);
    return to;
  }
  [[nodiscard]] Sums wanted() const {
    Sums out;
    for (const auto& [key, counts] : minutes_)
      for (const auto& [level, length] : {std::pair{RollupLevel::hour, std::int64_t{60}},
                                          std::pair{RollupLevel::day, kMinutesOfDay}}) {
        Sum& sum = out[{key.first, level, floor_div(key.second, length)}];
        sum.first += counts;
        if (key == lost_) sum.second = true;
      }
    return out;
  }

  std::uint64_t total = 0;  // keys

 private:
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  void put(Database& database, rocksdb::WriteBatch& batch, std::uint32_t source,
           std::int64_t minute) {
    model::QualityCounts counts;
    counts[static_cast<Quality>(below(model::kQualityCount))] = 1 + below(1'000);
    minutes_[{source, minute}] = counts;
    database.put(batch, Family::quality, format::quality_key(model::SourceId{source}, minute),
                 format::encode_quality(counts));
  }

  test::TempFolder folder_;
  std::mt19937_64 random_;
  std::map<std::pair<std::uint32_t, std::int64_t>, model::QualityCounts> minutes_;
  const std::pair<std::uint32_t, std::int64_t> lost_{3, 20'002 * kMinutesOfDay + 61};
};

Sums sums_of(const Database& database) {
  Sums out;
  const auto it = database.iterate(Family::quality_sum, nullptr);
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const auto key = format::parse_rollup_key(it->key().ToStringView());
    REQUIRE(key);
    Sum sum;
    auto past = format::Past::whole;
    const auto value = Database::value(Family::quality_sum, *it);
    REQUIRE(value);
    REQUIRE(format::decode_quality(*value, sum.first, &past) == format::ValueState::ok);
    sum.second = past == format::Past::lost;
    out[{static_cast<std::uint32_t>(key->source), key->level, key->bucket}] = sum;
  }
  return out;
}

// Whether all is made: the key that says so is there, and none that says how far it came.
bool is_done(const Database& database) {
  rocksdb::PinnableSlice value;
  const bool done = database.get(Family::meta, kDone, nullptr, value).value();
  const bool mark =
      database.get(Family::meta, std::string("migration/") + kDone, nullptr, value).value();
  CHECK(done != mark);
  return done;
}

// Opens what is at `path` and migrates it, at most so many batches.
struct Start {
  base::Result<void> result;
  std::vector<std::uint64_t> done;  // as told
  std::uint64_t total = 0;
};
Start start(const StoreConfig& config, std::size_t units, std::size_t batches = 1'000'000) {
  Start out;
  auto database = Database::open(config).value();
  out.result = migrate(
      *database,
      [&](const MigrationProgress& p) {
        if (p.total == 0) return true;  // counting
        out.done.push_back(p.done);
        out.total = p.total;
        return out.done.size() <= batches;
      },
      units);
  return out;
}

TEST_CASE("sums are made of all minutes, and how far that came rises to the total", "[store]") {
  for (const std::size_t units : {std::size_t{0}, std::size_t{1}, kUnits, std::size_t{1'000'000}}) {
    INFO("units " << units);
    const OldStore old(3);
    const Start all = start(old.config(), units);
    REQUIRE(all.result);
    CHECK(all.total == old.total);
    CHECK(std::is_sorted(all.done.begin(), all.done.end()));
    CHECK(all.done.front() == 0);
    CHECK(all.done.back() == old.total);
    if (units == 1) CHECK(all.done.size() > kSources * kDays);  // each day of a source by itself
    auto database = Database::open(old.config()).value();
    CHECK(is_done(*database));
    CHECK(sums_of(*database) == old.wanted());
    // Done is done.
    bool asked = false;
    REQUIRE(migrate(*database, [&](const MigrationProgress&) { return asked = true; }));
    CHECK_FALSE(asked);
  }
}

TEST_CASE("batches are bounded: a day more than asked for at most", "[store]") {
  const OldStore old(4);
  const Start all = start(old.config(), kUnits);
  REQUIRE(all.result);
  for (std::size_t i = 1; i < all.done.size(); ++i)
    CHECK(all.done[i] - all.done[i - 1] <= kUnits + kMinutesOfDay);
}

TEST_CASE("a migration that is stopped after any batch goes on from there", "[store]") {
  std::size_t k = 0;
  for (;; ++k) {
    INFO("stopped after batch " << k);
    const OldStore old(5);
    const Start first = start(old.config(), kUnits, k);
    if (first.result) break;  // there are no more
    CHECK(first.result.error().code == codes::migration_stopped);
    // A stop behind the last part is told as well, and leaves nothing to do.
    const bool whole = first.done.back() == first.total;
    if (k > 0) CHECK(is_done(*Database::open(old.config()).value()) == whole);
    if (whole) continue;
    const Start second = start(old.config(), kUnits);
    REQUIRE(second.result);
    CHECK(second.done.front() == first.done.back());  // nothing is done twice
    CHECK(second.total == first.total);
    CHECK(second.done.back() == second.total);
    CHECK(sums_of(*Database::open(old.config()).value()) == old.wanted());
  }
  CHECK(k > 5);
}

TEST_CASE("a migration that is stopped after every batch comes to its end", "[store]") {
  const OldStore old(6);
  std::uint64_t before = 0;
  std::size_t starts = 0;
  for (;; ++starts) {
    const Start one = start(old.config(), kUnits, 1);
    if (one.result) break;  // there was nothing left to do
    CHECK(one.done.front() == before);
    CHECK(one.done.back() > before);
    before = one.done.back();
    REQUIRE(starts < 100);
  }
  CHECK(starts > 5);
  CHECK(before == old.total);
  CHECK(sums_of(*Database::open(old.config()).value()) == old.wanted());
}

TEST_CASE("what a killed process leaves of a migration is gone on with", "[store]") {
  const OldStore old(7);
  std::vector<std::pair<fs::path, std::uint64_t>> images;
  {
    auto database = Database::open(old.config()).value();
    REQUIRE(migrate(
        *database,
        [&](const MigrationProgress& p) {
          if (p.total != 0) images.emplace_back(old.image(static_cast<int>(images.size())), p.done);
          return true;
        },
        kUnits));
  }
  REQUIRE(images.size() > 5);
  for (const auto& [image, done] : images) {
    INFO(image);
    const Start next = start(config_at(image), kUnits);
    REQUIRE(next.result);
    if (done == old.total) {
      CHECK(next.done.empty());
    } else {
      CHECK(next.done.front() == done);
      CHECK(next.done.back() == old.total);
    }
    auto database = Database::open(config_at(image)).value();
    CHECK(is_done(*database));
    CHECK(sums_of(*database) == old.wanted());
  }
}

fs::path newest_log(const fs::path& store) {
  fs::path out;
  for (const auto& entry : fs::directory_iterator(store / "db"))
    if (entry.path().extension() == ".log") out = std::max(out, entry.path());
  return out;
}

// A write that was cut short is none, and neither is what came behind it: what a process leaves
// that was killed anywhere, or a machine that lost its power.
TEST_CASE("a migration whose log ends anywhere is gone on with", "[store]") {
  const OldStore old(11);
  fs::path whole;
  {
    auto database = Database::open(old.config()).value();
    REQUIRE(migrate(*database, {}, kUnits));
    whole = old.image(0);
  }
  const auto bytes = fs::file_size(newest_log(whole));
  REQUIRE(bytes > 20'000);
  std::set<std::uint64_t> begins;
  for (int cut = 0; cut < 12; ++cut) {
    const fs::path part = old.path().string() + "-cut-" + std::to_string(cut);
    fs::copy(whole, part, fs::copy_options::recursive);
    const auto kept = bytes * static_cast<std::uint64_t>(cut) / 12;
    INFO("the first " << kept << " of " << bytes << " bytes");
    fs::resize_file(newest_log(part), kept);
    const Start next = start(config_at(part), kUnits);
    REQUIRE(next.result);
    begins.insert(next.done.front());
    CHECK(next.done.back() == old.total);
    auto database = Database::open(config_at(part)).value();
    CHECK(is_done(*database));
    CHECK(sums_of(*database) == old.wanted());
  }
  CHECK(begins.size() > 5);
}

TEST_CASE("a migration whose mark is damaged begins anew", "[store]") {
  const OldStore old(8);
  for (const char* text : {"", "7", "1 2 3", "5 9 zz", "9 5 00", "-1 5 00"}) {
    INFO("mark '" << text << "'");
    REQUIRE_FALSE(start(old.config(), kUnits, 2).result);
    {
      auto database = Database::open(old.config()).value();
      rocksdb::WriteBatch batch;
      database->put(batch, Family::meta, "migration/quality_sums", format::encode_setting(text));
      REQUIRE(database->write(batch));
    }
    const Start next = start(old.config(), kUnits, 1);
    REQUIRE_FALSE(next.result);
    CHECK(next.done.front() == 0);
  }
  {
    auto database = Database::open(old.config()).value();
    rocksdb::WriteBatch batch;
    batch.Put(database->handle(Family::meta), "migration/quality_sums", "no seal");
    REQUIRE(database->write(batch));
  }
  REQUIRE(start(old.config(), kUnits).result);
  CHECK(sums_of(*Database::open(old.config()).value()) == old.wanted());
}

std::string version_of(const StoreConfig& config) {
  std::ifstream in(config.path + "/VERSION");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("a store that is half migrated opens when it is whole, and for no older Spider",
          "[store]") {
  const OldStore old(9);
  const std::string now = version_of(old.config());
  std::ofstream(old.config().path + "/VERSION") << "4 4\n";
  int looks = 0;
  const auto stopped = Store::open(old.config(), [&](const MigrationProgress& p) {
    looks += p.total != 0 ? 1 : 0;
    return looks < 2;
  });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == codes::migration_stopped);
  CHECK(version_of(old.config()) == now);
  REQUIRE(Store::open(old.config()));
  CHECK(sums_of(*Database::open(old.config()).value()) == old.wanted());
}

TEST_CASE("an older store that another process has open keeps its version", "[store]") {
  const OldStore old(10);
  auto other = Database::open(old.config()).value();
  std::ofstream(old.config().path + "/VERSION") << "4 4\n";
  const auto store = Store::open(old.config());
  REQUIRE_FALSE(store);
  CHECK(store.error().code == codes::store_locked);
  CHECK(version_of(old.config()) == "4 4\n");
}

}  // namespace
}  // namespace spider::store
