#include "query/rollup_filter.h"

#include <algorithm>

namespace spider::query {
namespace {

using Verdict = RollupFilter::Verdict;

// The numbers of one class that lie together.
struct Span {
  std::uint8_t status_class;
  std::uint32_t first;
  std::uint32_t last;
};
constexpr Span kSpans[] = {{0, 0, 0},     {6, 1, 99},    {1, 100, 199}, {2, 200, 299},
                           {3, 300, 399}, {4, 400, 499}, {5, 500, 599}, {6, 600, 65'535}};

[[nodiscard]] Verdict verdict(const std::vector<StatusRange>& ranges, const Span& span) {
  if (std::any_of(ranges.begin(), ranges.end(), [&](const StatusRange& r) {
        return r.first <= span.first && r.last >= span.last;
      }))
    return Verdict::all;
  return std::any_of(
             ranges.begin(), ranges.end(),
             [&](const StatusRange& r) { return r.first <= span.last && r.last >= span.first; })
             ? Verdict::some
             : Verdict::no;
}

}  // namespace

RollupFilter::RollupFilter(const Filter& filter, const std::vector<std::string>& methods) {
  by_class_.fill(Verdict::all);
  if (!filter.status.empty()) {
    std::array<bool, store::kStatusClasses> seen{};
    for (const Span& span : kSpans) {
      Verdict& known = by_class_[span.status_class];
      const Verdict more = verdict(filter.status, span);
      // The class without bounds has two spans: one answer only when they agree.
      known = seen[span.status_class] && known != more ? Verdict::some : more;
      seen[span.status_class] = true;
    }
  }
  by_method_.assign(std::max<std::size_t>(1, methods.size()), Verdict::all);
  if (filter.methods.empty()) return;
  by_method_[0] = Verdict::some;
  for (std::size_t id = 1; id < methods.size(); ++id) {
    const bool asked = std::find(filter.methods.begin(), filter.methods.end(), methods[id]) !=
                       filter.methods.end();
    // Ids whose names were lost are called as the first.
    by_method_[id] = methods[id] == methods[0] ? Verdict::some : asked ? Verdict::all : Verdict::no;
  }
}

Verdict RollupFilter::of(const store::RollupCell& cell) const noexcept {
  const Verdict status =
      cell.status_class < by_class_.size() ? by_class_[cell.status_class] : Verdict::some;
  const Verdict method = cell.method < by_method_.size() ? by_method_[cell.method] : by_method_[0];
  if (status == Verdict::no || method == Verdict::no) return Verdict::no;
  return status == Verdict::all && method == Verdict::all ? Verdict::all : Verdict::some;
}

}  // namespace spider::query
