#pragma once
// How RocksDB is set up, and why: see options.cc.

#include <rocksdb/options.h>

#include "spider/store/config.h"

#include "store/database.h"

namespace spider::store {

// From so many bytes on a value of `body`, `detail` or `packet` lies in a blob file.
inline constexpr std::size_t kBlobMin = 2'048;

[[nodiscard]] rocksdb::DBOptions database_options();
// `cache` is shared by all families.
[[nodiscard]] rocksdb::ColumnFamilyOptions family_options(
    Family family, const std::shared_ptr<rocksdb::Cache>& cache);
[[nodiscard]] std::shared_ptr<rocksdb::Cache> block_cache(const StoreConfig& config);
[[nodiscard]] std::size_t fresh_bytes(const StoreConfig& config);
[[nodiscard]] std::size_t column_cache_bytes(const StoreConfig& config);

}  // namespace spider::store
