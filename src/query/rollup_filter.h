#pragma once
// RollupFilter: whether the cells of roll-ups (a class of status, a method) answer a filter, or
// only the records themselves can. Owned by one query.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "spider/query/filter.h"
#include "spider/store/schema.h"

#include "query/tree_scan.h"

namespace spider::query {

class RollupFilter {
 public:
  // `methods`: the names of the ids in roll-ups.
  RollupFilter(const Filter& filter, const std::vector<std::string>& methods);

  // "some": a cell cannot tell: 404 of 4xx, a method that is counted as other.
  [[nodiscard]] Coverage of(const store::RollupCell& cell) const noexcept;

 private:
  void ask_tree(const Tree& tree, const std::vector<std::string>& methods);

  std::array<Coverage, store::kStatusClasses> by_class_{};
  std::vector<Coverage> by_method_;
  std::vector<Coverage> by_tree_;  // method by method, each with all classes; empty: all
};

}  // namespace spider::query
