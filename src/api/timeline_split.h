#pragma once
// What a timeline's bars can be stacked of: one row each, which the parameter, its message and the
// choice of the thread that answers are made of. Any thread.

#include <span>
#include <string>
#include <string_view>

#include "spider/query/engine.h"
#include "spider/query/statistics.h"

namespace spider::api {

struct TimelineSplit {
  std::string_view name;
  query::Split split;
  query::GroupField field;  // of a split by values
};
// The usual one first.
[[nodiscard]] std::span<const TimelineSplit> timeline_splits() noexcept;

// The names of those by values, as a phrase: "host or path".
[[nodiscard]] std::string value_split_names();

}  // namespace spider::api
