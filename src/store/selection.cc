#include "store/selection.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace spider::store {
namespace {

// The first byte. Places: two bytes each, in the machine's order. Bits: one a row, lowest first, in
// whole words of eight bytes.
enum Form : char { kPlaces = 0, kBits = 1 };

[[nodiscard]] std::size_t words_of(std::uint32_t count) { return (std::size_t{count} + 63) / 64; }

[[nodiscard]] std::uint16_t place_at(std::string_view places, std::size_t i) {
  std::uint16_t out = 0;
  std::memcpy(&out, places.data() + i * sizeof(out), sizeof(out));
  return out;
}
[[nodiscard]] std::uint64_t word_at(std::string_view bits, std::size_t i) {
  std::uint64_t out = 0;
  std::memcpy(&out, bits.data() + i * sizeof(out), sizeof(out));
  return out;
}

}  // namespace

std::string pack_selection(const std::vector<std::uint32_t>& matches, std::uint32_t count) {
  std::string out;
  const std::size_t words = words_of(count);
  if (matches.size() * sizeof(std::uint16_t) <= words * sizeof(std::uint64_t)) {
    out.resize(1 + matches.size() * sizeof(std::uint16_t));
    out[0] = kPlaces;
    char* to = out.data() + 1;
    for (const std::uint32_t row : matches) {
      const auto place = static_cast<std::uint16_t>(row);
      std::memcpy(to, &place, sizeof(place));
      to += sizeof(place);
    }
    return out;
  }
  std::vector<std::uint64_t> bits(words);
  for (const std::uint32_t row : matches) bits[row / 64] |= std::uint64_t{1} << (row % 64);
  out.resize(1 + words * sizeof(std::uint64_t));
  out[0] = kBits;
  std::memcpy(out.data() + 1, bits.data(), words * sizeof(std::uint64_t));
  return out;
}

void keep_selected(std::string_view selection, std::uint32_t count,
                   std::vector<std::uint32_t>& rows) {
  const bool all = rows.size() == count;
  const bool places = selection.front() == kPlaces;
  selection.remove_prefix(1);
  std::size_t kept = 0;
  if (places) {
    const std::size_t end = selection.size() / sizeof(std::uint16_t);
    if (all) {
      rows.resize(end);
      for (std::size_t i = 0; i < end; ++i) rows[i] = place_at(selection, i);
      return;
    }
    std::size_t i = 0;
    for (const std::uint32_t row : rows) {
      while (i < end && place_at(selection, i) < row) ++i;
      if (i == end) break;
      if (place_at(selection, i) == row) rows[kept++] = row;
    }
  } else if (all) {
    for (std::size_t i = 0; i < words_of(count); ++i)
      for (std::uint64_t word = word_at(selection, i); word != 0; word &= word - 1)
        rows[kept++] =
            static_cast<std::uint32_t>(i * 64) + static_cast<std::uint32_t>(std::countr_zero(word));
  } else {
    for (const std::uint32_t row : rows) {
      rows[kept] = row;
      kept += word_at(selection, row / 64) >> (row % 64) & 1U;
    }
  }
  rows.resize(kept);
}

std::uint64_t QuestionBook::new_asker() {
  const base::Lock lock(mutex_);
  return ++askers_;
}

std::uint64_t QuestionBook::asked_before(std::string_view question, std::uint64_t asker) {
  if (question.size() > kTextBytesMax) return 0;
  std::string text(question);
  const base::Lock lock(mutex_);
  const auto at = known_.find(text);
  if (at != known_.end()) return at->second.asker == asker ? 0 : at->second.number;
  if (known_.size() >= kQuestionsMax) known_.clear();
  known_.emplace(std::move(text), Known{++numbers_, asker});
  return 0;
}

}  // namespace spider::store
