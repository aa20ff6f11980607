#pragma once
// find_folded: as find_text, but case of ASCII letters is ignored. Any thread.

#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace spider::query {

[[nodiscard]] constexpr char folded(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// `text` is in lower case already.
[[nodiscard]] inline bool same_folded(const char* at, std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (folded(at[i]) != text[i]) return false;
  return true;
}

// Null when it does not occur; `from` when `text`, in lower case, is empty.
[[nodiscard]] inline const char* find_folded(const char* from, const char* end,
                                             std::string_view text) noexcept {
  const std::size_t n = text.size();
  if (n == 0) return from;
  if (static_cast<std::size_t>(end - from) < n) return nullptr;
  const char* const last_start = end - n;
#if defined(__SSE2__)
  // A letter and its capital differ in one bit, which is set on both sides before they are
  // compared; so some other bytes look like letters too, and every hit is looked at again.
  constexpr std::ptrdiff_t kStep = 16;
  const auto bit = [](char c) { return c >= 'a' && c <= 'z' ? char{0x20} : char{0}; };
  const __m128i first = _mm_set1_epi8(text.front());
  const __m128i last = _mm_set1_epi8(text.back());
  const __m128i first_bit = _mm_set1_epi8(bit(text.front()));
  const __m128i last_bit = _mm_set1_epi8(bit(text.back()));
  const auto load = [](const char* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  };
  while (end - from >= static_cast<std::ptrdiff_t>(n) - 1 + kStep) {
    const __m128i both =
        _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(load(from), first_bit), first),
                      _mm_cmpeq_epi8(_mm_or_si128(load(from + n - 1), last_bit), last));
    for (auto hits = static_cast<unsigned>(_mm_movemask_epi8(both)); hits != 0; hits &= hits - 1) {
      const char* at = from + __builtin_ctz(hits);
      if (same_folded(at, text)) return at;
    }
    from += kStep;
  }
#endif
  for (; from <= last_start; ++from)
    if (same_folded(from, text)) return from;
  return nullptr;
}

}  // namespace spider::query
