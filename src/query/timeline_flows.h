#pragma once
// Flow, Flows: a timeline while it is being made, and the names of its series. Plain values.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "spider/query/engine.h"

namespace spider::query {

[[nodiscard]] inline std::string class_name(std::uint8_t status_class) {
  if (status_class == 0) return "none";
  if (status_class > 5) return "other";
  return fmt::format("{}xx", status_class);
}

// Counts of one series while they are being made: what was under way when the window began, and
// how many began and ended in each bucket.
struct Flow {
  std::int64_t under_way = 0;
  std::vector<std::int64_t> opened;
  std::vector<std::int64_t> closed;
};
using Flows = std::map<std::string, Flow>;

[[nodiscard]] inline Flow& flow_of(Flows& flows, const std::string& key, std::size_t buckets) {
  Flow& flow = flows[key];
  if (flow.opened.empty()) {
    flow.opened.resize(buckets);
    flow.closed.resize(buckets);
  }
  return flow;
}

// Keys of series by values, which sort as they are told: each value by its place, none, others.
inline constexpr const char* kNoneKey = "n";
inline constexpr const char* kOthersKey = "o";
[[nodiscard]] inline std::string key_of_value(std::size_t place) {
  return std::string(1, static_cast<char>('A' + static_cast<char>(place)));
}
static_assert('A' + kTimelineValuesMax < 'n');

}  // namespace spider::query
