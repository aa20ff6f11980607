#include "store/text_numbers.h"

namespace spider::store {

std::optional<std::uint32_t> TextNumbers::number(std::string_view text) {
  const base::Lock lock(mutex_);
  return find(text);
}

std::vector<std::uint32_t> TextNumbers::numbers(const TextColumn& column) {
  std::vector<std::uint32_t> out;
  out.reserve(column.values());
  const base::Lock lock(mutex_);
  for (std::size_t i = 0; i < column.values(); ++i) {
    const auto number = find(column.value(i));
    if (!number) return {};
    out.push_back(*number);
  }
  return out;
}

std::optional<std::uint32_t> TextNumbers::find(std::string_view text) {
  const auto at = numbers_.find(text);
  if (at != numbers_.end()) return at->second;
  if (texts_.size() >= kMax || bytes_ + text.size() > kBytesMax) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  numbers_.emplace(texts_.emplace_back(text), number);
  bytes_ += text.size();
  return number;
}

void TextNumbers::texts(std::size_t first, TextColumn& out) const {
  out.clear();
  out.offsets.push_back(0);
  const base::Lock lock(mutex_);
  for (std::size_t i = first; i < texts_.size(); ++i) {
    out.bytes.insert(out.bytes.end(), texts_[i].begin(), texts_[i].end());
    out.offsets.push_back(static_cast<std::uint32_t>(out.bytes.size()));
  }
}

bool TextNumbers::texts(std::span<const std::uint32_t> numbers, TextColumn& out) const {
  out.clear();
  out.offsets.push_back(0);
  const base::Lock lock(mutex_);
  for (const std::uint32_t number : numbers) {
    if (number >= texts_.size()) return false;
    out.bytes.insert(out.bytes.end(), texts_[number].begin(), texts_[number].end());
    out.offsets.push_back(static_cast<std::uint32_t>(out.bytes.size()));
  }
  return true;
}

}  // namespace spider::store
