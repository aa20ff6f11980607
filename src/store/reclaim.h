#pragma once
// What is left to do of a source that was removed: its range of keys is gone for every reader, but
// the files and logs that held it are given back only when RocksDB has written what stays anew. A
// setting per source keeps that from being forgotten when the process is killed.

#include <atomic>
#include <string>
#include <string_view>

#include "spider/base/result.h"
#include "spider/model/ids.h"

#include "store/database.h"

namespace spider::store {

// Every family whose keys begin with a source.
inline constexpr Family kAllOfSource[] = {
    Family::block,        Family::column,    Family::detail,     Family::body,
    Family::packet,       Family::body_file, Family::block_file, Family::packet_file,
    Family::packet_index, Family::rollup,    Family::quality,    Family::quality_sum};

inline constexpr std::string_view kReclaim = "reclaim/";
[[nodiscard]] std::string reclaim_name(model::SourceId source);

// See Store::reclaim().
[[nodiscard]] base::Result<bool> reclaim_all(Database& database, std::atomic<bool>* stop = nullptr);
// The highest source whose space is still to be given back; 0: there is none. A new source must be
// above it: its keys would lie in a range that is taken away.
[[nodiscard]] base::Result<std::uint32_t> highest_to_reclaim(const Database& database);

}  // namespace spider::store
