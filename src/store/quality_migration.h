#pragma once
// The step that makes sums of quality by hour and day from the minutes (format 5). A part ends with
// a whole day of a source: its sums are put as they are, never added to, so doing a part again
// changes nothing. Holds one hour and one day, and a batch of at most two sums for each minute of
// the part, which is no longer than `units` and a day.

#include "store/migration.h"

namespace spider::store {

void clear_quality_sums(const Database& database, rocksdb::WriteBatch& batch);
[[nodiscard]] base::Result<MigrationPart> make_quality_sums(const Database& database,
                                                            std::string_view after,
                                                            std::size_t units,
                                                            rocksdb::WriteBatch& batch);

}  // namespace spider::store
