#pragma once
// facets(): the commonest values of several fields among the communications that a filter asks for,
// in one walk over them. Memory is bounded whatever the wire holds: of a field at most kFacetHeld
// values are counted at once, the rarest of more go to the rest; then `missed_max` says how many
// communications a value that is not told may have at most. Any thread. Errors: bad_query,
// cancelled, those of the store.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/query/statistics.h"
#include "spider/store/host_book.h"
#include "spider/store/store.h"

namespace spider::query {

class Names;

inline constexpr std::size_t kFacetFieldsMax = 16;
inline constexpr std::size_t kFacetHeld = 8'192;

struct FacetsRequest {
  std::vector<GroupField> fields;
  std::size_t values = 10;     // told of each field
  std::size_t blocks_max = 0;  // walk over so many blocks at most, the newest; 0: all
  std::size_t rows_max = 0;    // ... and no further block once they have so many rows; 0: all
  // Of facets_within(): counted first, to learn how fast it goes here and now.
  std::size_t first_rows = 400'000;
};

struct FacetValue {
  GroupValue value;
  std::uint64_t communications = 0;
};

struct Facet {
  std::vector<FacetValue> values;  // the commonest first
  std::uint64_t rest = 0;          // communications with other values
  std::uint64_t missed_max = 0;
};

struct Facets {
  std::vector<Facet> facets;  // in the order of the fields
  std::uint64_t communications = 0;
  bool whole = true;  // all blocks were walked over
  // Of facets_within(): counted is only what the filter asks for from here on.
  std::optional<base::Time> from;
};

[[nodiscard]] base::Result<Facets> facets(const store::StoreSnapshot& snapshot,
                                          const FacetsRequest& request, const Filter& filter,
                                          const Executor* executor = nullptr);

// The same for somebody who waits: of the newest part of the filter's range, as long a part as can
// be counted in about `budget` (more on a machine that is slower all at once than a moment before).
// It is counted in growing parts, each anew, so that every one is exact for the time that it
// covers.
[[nodiscard]] base::Result<Facets> facets_within(const store::StoreSnapshot& snapshot,
                                                 const FacetsRequest& request, const Filter& filter,
                                                 base::Duration budget,
                                                 const Executor* executor = nullptr);

// The text of the filter language that asks for exactly this value (or for none).
[[nodiscard]] std::string filter_text(GroupField field, const GroupValue& value,
                                      const std::vector<store::SourceInfo>& sources);

// The name of a value that is an address, as of `time`; nothing for other fields. A range's values
// are named as of its end: what they are called now, when it ends now.
[[nodiscard]] std::optional<store::HostName> host_of(GroupField field, const GroupValue& value,
                                                     const Names& names, base::Time time);

}  // namespace spider::query
