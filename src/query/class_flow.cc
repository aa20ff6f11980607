#include "query/class_flow.h"

#include "query/varint.h"

namespace spider::query {

void ClassFlow::save(std::string& out) const {
  static_assert(store::kStatusClasses <= 8);
  append_varint(out, cells_.size());
  std::int64_t before = 0;
  for (const auto& [bucket, cell] : cells_) {
    const auto step = static_cast<std::uint64_t>(bucket - before);
    before = bucket;
    append_varint(out, step << 1U ^ (std::uint64_t{0} - (step >> 63U)));
    unsigned classes = 0;
    for (std::size_t c = 0; c < store::kStatusClasses; ++c)
      if ((cell.opened[c] | cell.closed[c]) != 0) classes |= 1U << c;
    out.push_back(static_cast<char>(classes));
    for (std::size_t c = 0; c < store::kStatusClasses; ++c) {
      if ((classes >> c & 1U) == 0) continue;
      append_varint(out, cell.opened[c]);
      append_varint(out, cell.closed[c]);
    }
  }
}

}  // namespace spider::query
