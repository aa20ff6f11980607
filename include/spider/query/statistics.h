#pragma once
// statistics(): communications counted and timed by groups, over a range or each of its periods.
//
// Counts, sums and maxima are exact. Durations are those of communications with a request and a
// response: how long one took that lacks a side, nobody knows. Percentiles are exact (nearest rank)
// up to kExactDurations of them; of more they are told with an error of at most kQuantileError of
// the value (duration_sketch.h). Memory is bounded whatever the wire holds: while counting, at most
// kGroupsMax groups are held (fewer of very long keys), the smallest of more go to the rest. What
// is told of a group is exact all the same, since those that are told are counted once more; only
// which ones they are may then be wrong: Statistics::missed_max says by how much.
//
// A communication belongs to the period in which it begins; what was under way when the range
// began, to the first one. So the periods of a group add up to it, and the groups with the rest to
// the total, which is what a list of the same filter shows. Any thread. Errors: bad_query,
// cancelled, those of the store; damaged values are passed over and noted in the snapshot.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/query/executor.h"
#include "spider/query/filter.h"
#include "spider/store/store_reader.h"

namespace spider::query {

inline constexpr std::size_t kGroupFieldsMax = 2;
inline constexpr std::size_t kGroupsMax = 4'096;           // held while counting
inline constexpr std::size_t kStatisticsCellsMax = 5'000;  // groups times periods of an answer
inline constexpr std::size_t kExactDurations = 512;
inline constexpr double kQuantileError = 1.0 / 128;

enum class GroupField : std::uint8_t {
  host,
  method,
  status,
  status_class,  // first digit; 6 for what lies outside of 100 to 599
  state,
  target,
  path,           // the target up to its question mark
  path_template,  // the path with its variable segments replaced
  whisperer,
  client_ip,
  client_port,
  server_ip,
  server_port,
  http_minor,
  request_type,
  response_type,
  response_encoding,
  origin,
  via,
  identity,
  identity_kind,
  location,
};
[[nodiscard]] std::optional<GroupField> parse_group_field(std::string_view text);
[[nodiscard]] std::string_view name(GroupField field) noexcept;
[[nodiscard]] bool is_number(GroupField field) noexcept;
// Every name, with commas: for messages.
[[nodiscard]] std::string group_field_names();

// What a group is sorted by; ties by its key. What has no duration comes last, either way.
enum class StatisticsOrder : std::uint8_t {
  communications,
  errors,
  error_rate,
  p50,
  p90,
  p99,
  max,
  bytes,
  key,
};

struct StatisticsRequest {
  std::vector<GroupField> group_by;  // at most kGroupFieldsMax; none: the total alone
  base::Duration period{};           // 0: no periods
  // Periods that are not all as long as each other: where each begins, ascending, the first at the
  // filter's `from`; the last one ends at its `to`. Empty: each is `period` long.
  std::vector<base::Time> starts{};
  StatisticsOrder order = StatisticsOrder::communications;
  bool descending = true;
  std::size_t limit = 100;  // groups told by themselves
};

// One number each of a group, a rest, a total, or a period of them.
struct Measures {
  std::uint64_t communications = 0;
  std::uint64_t errors = 0;         // status 400 and above
  std::uint64_t unanswered = 0;     // no response was seen
  std::uint64_t request_bytes = 0;  // as captured, heads and framing with it
  std::uint64_t response_bytes = 0;
  // With a request and a response, so with a duration: what follows is of these alone.
  std::uint64_t timed = 0;
  bool exact = true;  // the percentiles
  base::Duration p50{};
  base::Duration p90{};
  base::Duration p99{};
  base::Duration max{};

  [[nodiscard]] double error_rate() const noexcept {
    return communications == 0 ? 0
                               : static_cast<double>(errors) / static_cast<double>(communications);
  }
};

// A value of one field: text as on the wire (addresses as 16 bytes), or a number.
struct GroupValue {
  bool none = true;
  std::int64_t number = 0;
  std::string text;
};

struct StatisticsGroup {
  std::array<GroupValue, kGroupFieldsMax> key;  // in the order of group_by
  Measures measures;
  std::vector<Measures> periods;  // one per period
};

struct Statistics {
  base::Time from;  // of the first period
  std::size_t periods = 0;
  std::vector<StatisticsGroup> groups;
  StatisticsGroup rest;
  // Groups in the rest; nothing when there were too many to count them.
  std::optional<std::uint64_t> rest_groups;
  // No group of the rest that was not compared with the others has more communications than this; 0
  // when all were.
  std::uint64_t missed_max = 0;
  StatisticsGroup total;
};

// The filter's range must be closed on both sides.
[[nodiscard]] base::Result<Statistics> statistics(const store::StoreSnapshot& snapshot,
                                                  const StatisticsRequest& request,
                                                  const Filter& filter,
                                                  const Executor* executor = nullptr);

}  // namespace spider::query
