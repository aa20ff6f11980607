#include "query/rollup_filter.h"

#include <algorithm>

namespace spider::query {
namespace {

// The numbers of one class that lie together.
struct Span {
  std::uint8_t status_class;
  std::uint32_t first;
  std::uint32_t last;
};
constexpr Span kSpans[] = {{0, 0, 0},     {6, 1, 99},    {1, 100, 199}, {2, 200, 299},
                           {3, 300, 399}, {4, 400, 499}, {5, 500, 599}, {6, 600, 65'535}};

[[nodiscard]] Coverage verdict(const std::vector<StatusRange>& ranges, const Span& span) {
  if (std::any_of(ranges.begin(), ranges.end(), [&](const StatusRange& r) {
        return r.first <= span.first && r.last >= span.last;
      }))
    return Coverage::all;
  return std::any_of(
             ranges.begin(), ranges.end(),
             [&](const StatusRange& r) { return r.first <= span.last && r.last >= span.first; })
             ? Coverage::some
             : Coverage::no;
}

}  // namespace

RollupFilter::RollupFilter(const Filter& filter, const std::vector<std::string>& methods) {
  by_class_.fill(Coverage::all);
  if (!filter.status.empty()) {
    std::array<bool, store::kStatusClasses> seen{};
    for (const Span& span : kSpans) {
      Coverage& known = by_class_[span.status_class];
      const Coverage more = verdict(filter.status, span);
      // The class without bounds has two spans: one answer only when they agree.
      known = seen[span.status_class] && known != more ? Coverage::some : more;
      seen[span.status_class] = true;
    }
  }
  by_method_.assign(std::max<std::size_t>(1, methods.size()), Coverage::all);
  if (!filter.tree.empty()) ask_tree(filter.tree, methods);
  if (filter.methods.empty()) return;
  by_method_[0] = Coverage::some;
  for (std::size_t id = 1; id < methods.size(); ++id) {
    const bool asked = std::find(filter.methods.begin(), filter.methods.end(), methods[id]) !=
                       filter.methods.end();
    // Ids whose names were lost are called as the first.
    by_method_[id] = methods[id] == methods[0] ? Coverage::some
                     : asked                   ? Coverage::all
                                               : Coverage::no;
  }
}

void RollupFilter::ask_tree(const Tree& tree, const std::vector<std::string>& methods) {
  by_tree_.resize(by_method_.size() * store::kStatusClasses);
  for (std::size_t id = 0; id < by_method_.size(); ++id) {
    // The first is "other"; ids whose names were lost are called as it.
    const bool known = id > 0 && methods[id] != methods[0];
    const std::string_view name = known ? std::string_view(methods[id]) : std::string_view{};
    std::array<bool, store::kStatusClasses> seen{};
    for (const Span& span : kSpans) {
      Coverage& verdict = by_tree_[id * store::kStatusClasses + span.status_class];
      const Coverage more = verdict_of_cell(tree, span.first, span.last, known ? &name : nullptr);
      verdict = seen[span.status_class] && verdict != more ? Coverage::some : more;
      seen[span.status_class] = true;
    }
  }
}

Coverage RollupFilter::of(const store::RollupCell& cell) const noexcept {
  const Coverage status =
      cell.status_class < by_class_.size() ? by_class_[cell.status_class] : Coverage::some;
  const Coverage method = cell.method < by_method_.size() ? by_method_[cell.method] : by_method_[0];
  if (status == Coverage::no || method == Coverage::no) return Coverage::no;
  if (!by_tree_.empty()) {
    const std::size_t id = cell.method < by_method_.size() ? cell.method : 0;
    const Coverage tree = cell.status_class < store::kStatusClasses
                              ? by_tree_[id * store::kStatusClasses + cell.status_class]
                              : Coverage::some;
    if (tree != Coverage::all) return tree;
  }
  return status == Coverage::all && method == Coverage::all ? Coverage::all : Coverage::some;
}

}  // namespace spider::query
