#pragma once
// Migration: what formats before this one do not have is made when their store is opened, before
// anything else may use it. A table of steps (migration.cc), each known by the key in `meta` that
// says it is done.
//
// A step is done in batches. Each is written atomically together with the mark of how far it came,
// so a process that ends anywhere, killed or stopped, leaves a store from which the next one goes
// on, and nothing is counted twice. Nothing else reads or writes the store meanwhile: what a step
// has passed stays as it was. docs/formats.md has the keys.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <rocksdb/write_batch.h>

#include "spider/base/result.h"
#include "spider/store/migration.h"

#include "store/database.h"

namespace spider::store {

// Units of a batch, about: few enough that a stop is prompt and memory does not grow with the
// store, enough that a batch costs little beside its units.
inline constexpr std::size_t kMigrationUnits = 4'096;

struct MigrationPart {
  std::uint64_t units = 0;  // that were dealt with
  std::string last;         // key of the last of them
  bool ended = false;       // there are none behind it
};

struct MigrationStep {
  std::uint8_t format = 0;  // that brought what the step makes
  std::string_view key;     // in `meta` when it is done ...
  std::string_view value;   // ... with this text
  std::string_view what;    // is made, in words
  std::string_view unit;
  Family units = Family::quality;  // each of its keys is one
  // Takes away what there may be of it: in the batch of the first part.
  void (*clear)(const Database& database, rocksdb::WriteBatch& batch) = nullptr;
  // Makes it for units behind the key `after` (empty: from the first on), about `units` of them.
  base::Result<MigrationPart> (*make)(const Database& database, std::string_view after,
                                      std::size_t units, rocksdb::WriteBatch& batch) = nullptr;
};

// Does the steps that the store lacks. Once, by the thread that opens, before anything else.
// Errors: migration_stopped when `watch` says so; disk_full_at_open; those of reading and writing.
// After any of them the store is whole, and the next call goes on.
[[nodiscard]] base::Result<void> migrate(Database& database, const MigrationWatch& watch,
                                         std::size_t units = kMigrationUnits);

}  // namespace spider::store
