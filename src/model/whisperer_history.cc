#include "spider/model/whisperer_history.h"

#include <algorithm>

namespace spider::model {

SavingAnswer saving_at(const std::vector<SavingChange>& changes, Saved what, const base::Time* at) {
  SavingAnswer out;
  if (changes.empty()) return out;
  const bool whole = changes.front().first;
  const auto is_on = [&](const SavingChange& c) { return saves(c.options, what); };
  std::size_t last = changes.size() - 1;
  if (at == nullptr) {
    // Of an unknown time only what was never otherwise is known.
    const bool on = is_on(changes.front());
    const bool always = std::all_of(changes.begin(), changes.end(),
                                    [&](const SavingChange& c) { return is_on(c) == on; });
    if (!whole || !always) return out;
    last = 0;
  } else {
    if (*at < changes.front().at && !whole) return out;
    while (last > 0 && changes[last].at > *at) --last;
  }
  if (is_on(changes[last])) {
    out.known = SavingAnswer::Known::on;
    return out;
  }
  out.known = SavingAnswer::Known::off;
  while (last > 0 && !is_on(changes[last - 1])) --last;
  (last > 0 || whole ? out.since : out.at_least) = changes[last].at;
  return out;
}

namespace {
template <class List, class Same, class Add>
void add_to(List& list, const List& more, Same same, Add add) {
  for (const auto& one : more) {
    const auto at =
        std::find_if(list.begin(), list.end(), [&](const auto& x) { return same(x, one); });
    if (at == list.end()) {
      list.push_back(one);
    } else {
      add(*at, one);
    }
  }
}
}  // namespace

Observation& Observation::operator+=(const Observation& other) {
  looks += other.looks;
  add_to(
      threads, other.threads, [](const auto& a, const auto& b) { return a.name == b.name; },
      [](auto& a, const auto& b) { a.cpu_us += b.cpu_us; });
  flows += other.flows;
  flow_bytes += other.flow_bytes;
  parse_bytes += other.parse_bytes;
  ring_bytes += other.ring_bytes;
  ring_capacity = std::max(ring_capacity, other.ring_capacity);
  resident_bytes += other.resident_bytes;
  store_bytes += other.store_bytes;
  add_to(
      codes, other.codes, [](const auto& a, const auto& b) { return a.code == b.code; },
      [](auto& a, const auto& b) {
        a.records += b.records;
        a.notes += b.notes;
      });
  return *this;
}

}  // namespace spider::model
