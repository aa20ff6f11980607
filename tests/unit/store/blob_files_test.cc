// Long values are copied out of their files only while much of these is of nobody any more.

#include <filesystem>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "store/database.h"
#include "support/records.h"

namespace spider::store {
namespace {

constexpr int kFiles = 8;
constexpr int kInFile = 8;

std::string key_of(int file, int i) { return "key-" + std::to_string(file * kInFile + i); }

std::set<std::string> blob_files(const test::TemporaryFolder& folder) {
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "store" / "db"))
    if (entry.path().extension() == ".blob") out.insert(entry.path().filename());
  return out;
}

void write(Database& database, rocksdb::WriteBatch& batch) {
  REQUIRE(database.write(batch));
  batch.Clear();
  REQUIRE(database.flush_and_wait());
}

// As RocksDB does by itself, sooner or later: nobody asks for room.
void compact(Database& database) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  REQUIRE(
      database.db().CompactRange(options, database.handle(Family::detail), nullptr, nullptr).ok());
}

bool copies(const Database& database) {
  return database.db().GetOptions(database.handle(Family::detail)).enable_blob_garbage_collection;
}

TEST_CASE("blobs stay where they are until a good part of their files is of nobody",
          "[store][blobs]") {
  const test::TemporaryFolder folder;
  StoreConfig config;
  config.path = (folder.path() / "store").string();
  auto opened = Database::open(config);
  REQUIRE(opened);
  Database& database = **opened;
  rocksdb::WriteBatch batch;
  for (int file = 0; file < kFiles; ++file) {
    for (int i = 0; i < kInFile; ++i)
      database.put(batch, Family::detail, key_of(file, i), std::string(32U << 10U, 'x'));
    write(database, batch);
  }
  compact(database);
  const auto all = blob_files(folder);
  REQUIRE(all.size() == kFiles);
  database.tend_blobs();
  CHECK_FALSE(copies(database));
  compact(database);
  CHECK(blob_files(folder) == all);

  // One in eight is little; one in two is much.
  const auto remove = [&](int first, int step) {
    for (int file = 0; file < kFiles; ++file)
      for (int i = first; i < kInFile; i += step)
        batch.Delete(database.handle(Family::detail), key_of(file, i));
    write(database, batch);
    compact(database);
    database.tend_blobs();
  };
  remove(0, kInFile);
  CHECK_FALSE(copies(database));
  CHECK(blob_files(folder) == all);
  remove(1, 2);
  CHECK(copies(database));
  CHECK(blob_files(folder) == all);
  for (int i = 0; i < 4 * kFiles && copies(database); ++i) {
    compact(database);
    database.tend_blobs();
  }
  CHECK_FALSE(copies(database));
  for (const std::string& file : all)
    if (blob_files(folder).contains(file)) WARN("still there: " << file);
  CHECK(blob_files(folder) != all);
  for (int file = 0; file < kFiles; ++file) {
    rocksdb::PinnableSlice value;
    REQUIRE(database.get(Family::detail, key_of(file, 2), nullptr, value));
    CHECK(value.size() == 32U << 10U);
  }
}

}  // namespace
}  // namespace spider::store
