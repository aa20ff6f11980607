// Makes a frozen store older and bigger, for tests/system/test_old_stores.py: minutes of quality as
// format 4 wrote them, without the sums that format 5 brought.
//
//   old_store --store DIR --minutes N [--sources N]
//
// DIR is a copy of tests/golden/db/v4. Each source gets N minutes in a row, with counts that
// differ from minute to minute; the sources beside the frozen one are named "old-2" and so on. What
// is there in the end is what a Spider of format 4 leaves, families of later formats aside: its
// VERSION, values that say 4, no sums, and no mark that there are any.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "store/database.h"
#include "store/format/keys.h"
#include "store/format/sums.h"

namespace spider {
namespace {

constexpr std::int64_t kFirstMinute = 1'735'689'600 / 60;  // 2025-01-01
constexpr std::size_t kBatch = 10'000;                     // minutes
constexpr std::uint8_t kFormat = 4;

struct Options {
  std::string store;
  std::int64_t minutes = 0;
  std::uint32_t sources = 1;
};

[[nodiscard]] bool parse(int argc, char** argv, Options& out) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--store") {
      out.store = value;
    } else if (name == "--minutes") {
      out.minutes = std::strtoll(value, nullptr, 10);
    } else if (name == "--sources") {
      out.sources = static_cast<std::uint32_t>(std::strtoul(value, nullptr, 10));
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && !out.store.empty() && out.minutes > 0 && out.sources > 0;
}

// The layout is that of format 4: only what says so differs.
[[nodiscard]] std::string aged(std::string value) {
  value[0] = static_cast<char>(kFormat);
  value[1] = static_cast<char>(kFormat);
  return value;
}

[[nodiscard]] model::QualityCounts counts_of(std::uint32_t source, std::int64_t minute) {
  model::QualityCounts out;
  for (std::size_t i = 0; i < model::kQualityCount; i += 3)
    out[static_cast<model::Quality>(i)] =
        (static_cast<std::uint64_t>(minute) * (i + 7) + source) % 5'000;
  return out;
}

[[nodiscard]] base::Result<void> fill(const Options& options) {
  store::StoreConfig config;
  config.path = options.store;
  SPIDER_TRY_LET(database, store::Database::open(config));
  rocksdb::WriteBatch batch;
  for (std::uint32_t source = 1; source <= options.sources; ++source) {
    const model::SourceId id{source};
    if (source > 1) {
      store::SourceInfo info;
      info.name = fmt::format("old-{}", source);
      info.type = "UPLOAD";
      info.created = base::Time{kFirstMinute * 60'000'000'000};
      database->put(batch, store::Family::meta, store::format::source_meta_key(id),
                    aged(store::format::encode_source(info)));
    }
    for (std::int64_t i = 0; i < options.minutes; ++i) {
      const std::int64_t minute = kFirstMinute + i;
      database->put(batch, store::Family::quality, store::format::quality_key(id, minute),
                    aged(store::format::encode_quality(counts_of(source, minute))));
      if (batch.Count() < kBatch) continue;
      SPIDER_TRY(database->write(batch));
      batch.Clear();
    }
  }
  SPIDER_TRY(database->write(batch));
  return database->flush_and_wait();
}

}  // namespace
}  // namespace spider

int main(int argc, char** argv) {
  spider::Options options;
  if (!spider::parse(argc, argv, options)) {
    fmt::print(stderr, "usage: old_store --store DIR --minutes N [--sources N]\n");
    return 2;
  }
  const std::string version = options.store + "/VERSION";
  if (!std::filesystem::exists(version)) {
    fmt::print(stderr, "old_store: {} is no store\n", options.store);
    return 1;
  }
  if (const auto done = spider::fill(options); !done) {
    fmt::print(stderr, "old_store: {}\n", done.error().detail);
    return 1;
  }
  std::ofstream out(version);
  out << unsigned{spider::kFormat} << ' ' << unsigned{spider::kFormat} << '\n';
  out.close();
  if (out) return 0;
  fmt::print(stderr, "old_store: {} cannot be written\n", version);
  return 1;
}
