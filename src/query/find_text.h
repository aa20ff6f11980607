#pragma once
// find_text: where a text first occurs in a run of bytes, quick for short texts in long runs: both
// its ends are looked for at sixteen places at once. Any thread.

#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace spider::query {

// Null when it does not occur; `from` when `text` is empty.
[[nodiscard]] inline const char* find_text(const char* from, const char* end,
                                           std::string_view text) noexcept {
  const std::size_t n = text.size();
  if (n == 0) return from;
  if (static_cast<std::size_t>(end - from) < n) return nullptr;
#if defined(__SSE2__)
  constexpr std::ptrdiff_t kStep = 16;
  const __m128i first = _mm_set1_epi8(text.front());
  const __m128i last = _mm_set1_epi8(text.back());
  // The whole step, and the last byte of a text that begins at its end, lie before `end`.
  while (end - from >= static_cast<std::ptrdiff_t>(n) - 1 + kStep) {
    const auto load = [](const char* at) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    };
    const __m128i both =
        _mm_and_si128(_mm_cmpeq_epi8(load(from), first), _mm_cmpeq_epi8(load(from + n - 1), last));
    for (auto hits = static_cast<unsigned>(_mm_movemask_epi8(both)); hits != 0; hits &= hits - 1) {
      const char* at = from + __builtin_ctz(hits);
      if (std::memcmp(at, text.data(), n) == 0) return at;
    }
    from += kStep;
  }
#endif
  return static_cast<const char*>(
      memmem(from, static_cast<std::size_t>(end - from), text.data(), n));
}

}  // namespace spider::query
