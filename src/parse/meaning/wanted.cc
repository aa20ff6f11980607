#include "parse/meaning/wanted.h"

#include <algorithm>

#include "parse/meaning/text.h"

namespace spider::parse::meaning {

void Wanted::add(std::string_view name, Field field) {
  if (name.empty()) return;
  Row row{std::string(name), field};
  for (char& c : row.name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (std::any_of(rows_.begin(), rows_.end(), [&](const Row& r) { return r.name == row.name; }))
    return;
  const unsigned first = low(row.name.front());
  lengths_[first] |= 1ULL << (name.size() % 64);
  // Behind a name of one character anything may stand.
  seconds_[first] |= name.size() > 1 ? 1U << low(row.name[1]) : ~0U;
  rows_.push_back(std::move(row));
}

const Wanted::Row* Wanted::find(std::string_view name) const noexcept {
  if (name.empty() || (lengths_[low(name.front())] & 1ULL << (name.size() % 64)) == 0)
    return nullptr;
  for (const Row& row : rows_)
    if (same_header_name(row.name, name)) return &row;
  return nullptr;
}

}  // namespace spider::parse::meaning
