#include "spider/store/value_filter.h"

#include <algorithm>

// The functions are compiled into this file: no other version of the library can be picked up.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace spider::store {
namespace {

constexpr std::size_t kBitsPerValue = 10;
constexpr unsigned kProbes = 6;
constexpr std::size_t kPiece = 256;  // texts are made lower case in pieces of this

[[nodiscard]] char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Calls probe(bit) for each of the mark's bits until it returns false.
template <class Probe>
void each_bit(std::uint64_t mark, std::size_t bits, Probe&& probe) {
  const auto step = static_cast<std::uint32_t>(mark >> 32U) | 1U;
  auto at = static_cast<std::uint32_t>(mark);
  for (unsigned i = 0; i < kProbes; ++i, at += step)
    // The upper half of a product spreads 32 bits over any number of places.
    if (!probe(static_cast<std::size_t>((std::uint64_t{at} * bits) >> 32U))) return;
}

}  // namespace

std::uint64_t value_mark(std::string_view text) noexcept {
  std::uint64_t mark = text.size();
  char piece[kPiece];
  for (;;) {
    const std::size_t n = std::min(text.size(), kPiece);
    std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n), piece, lower);
    mark = XXH3_64bits_withSeed(piece, n, mark);
    text.remove_prefix(n);
    if (text.empty()) return mark;
  }
}

std::string make_value_filter(std::span<const std::string_view> distinct) {
  if (distinct.empty() || distinct.size() > kFilterValuesMax) return {};
  std::string out((distinct.size() * kBitsPerValue + 7) / 8, '\0');
  for (const std::string_view value : distinct)
    each_bit(value_mark(value), out.size() * 8, [&](std::size_t bit) {
      out[bit / 8] = static_cast<char>(static_cast<unsigned char>(out[bit / 8]) | 1U << bit % 8);
      return true;
    });
  return out;
}

bool may_hold(std::string_view filter, std::uint64_t mark) noexcept {
  bool holds = true;
  if (!filter.empty())
    each_bit(mark, filter.size() * 8, [&](std::size_t bit) {
      holds = (static_cast<unsigned char>(filter[bit / 8]) >> bit % 8 & 1U) != 0;
      return holds;
    });
  return holds;
}

bool may_hold(const ColumnSummary* column, std::uint64_t mark) noexcept {
  return column == nullptr || may_hold(column->filter, mark);
}

}  // namespace spider::store
