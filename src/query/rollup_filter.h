#pragma once
// RollupFilter: whether the cells of roll-ups (a class of status, a method) answer a filter, or
// only the records themselves can. Owned by one query.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "spider/query/filter.h"
#include "spider/store/schema.h"

namespace spider::query {

class RollupFilter {
 public:
  // `methods`: the names of the ids in roll-ups.
  RollupFilter(const Filter& filter, const std::vector<std::string>& methods);

  enum class Verdict : std::uint8_t {
    no,    // nothing in the cell matches
    all,   // everything does
    some,  // a cell cannot tell: 404 of 4xx, a method that is counted as other
  };
  [[nodiscard]] Verdict of(const store::RollupCell& cell) const noexcept;

 private:
  std::array<Verdict, store::kStatusClasses> by_class_{};
  std::vector<Verdict> by_method_;
};

}  // namespace spider::query
