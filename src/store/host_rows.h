#pragma once
// The HostBook's rows on the disk. Writer's thread.

#include "spider/store/host_book.h"

#include "store/database.h"

namespace spider::store {

// Once, before anything else. A damaged row is told of, and forgotten: answers bring names again.
[[nodiscard]] base::Result<void> load_hosts(const Database& database, HostBook& hosts);
// Puts what changed since the last call into `batch`.
void settle_hosts(const Database& database, HostBook& hosts, rocksdb::WriteBatch& batch);
// Puts into `batch` what HostBook::forget() will leave; behind settle_hosts().
void put_forgotten(const Database& database, const HostBook& hosts, model::SourceId source,
                   base::Time before, rocksdb::WriteBatch& batch);

}  // namespace spider::store
