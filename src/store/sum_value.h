#pragma once
// Sums on disk, as the books of the writer bring them into memory.

#include <string>

#include "spider/base/log.h"
#include "spider/store/codes.h"

#include "store/database.h"
#include "store/format/sums.h"

namespace spider::store {

inline constexpr std::size_t kSumsInMemoryMax = 65'536;

// Brings one sum from the disk. What is damaged there must not stop all writing, and the sum that
// goes on from nothing must not look whole: it is marked, and the log says so.
template <class Value, class Decode>
base::Result<format::Past> read_value(const Database& database, Family family,
                                      const std::string& key, Value& out, Decode&& decode) {
  format::Past past = format::Past::whole;
  rocksdb::PinnableSlice value;
  auto found = database.get(family, key, nullptr, value);
  if (!found && found.error().code != codes::store_corrupt)
    return tl::unexpected(std::move(found).error());
  if (found && !*found) return past;
  if (found && decode(base::as_bytes(value.ToStringView()), out, &past) == format::ValueState::ok)
    return past;
  base::log(codes::store_corrupt, "{} This sum goes on without its past.",
            corrupt(family, key, "the value is damaged").value().detail);
  out = {};
  return format::Past::lost;
}

}  // namespace spider::store
