// hash_payload(): by AES rounds where the processor has them (every x86-64 since about 2010), 64
// bytes with four instructions. A single round per 16 bytes is no cipher and need not be one.
#include "spider/base/hash.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace spider::base {
namespace {

#ifdef __x86_64__
constexpr std::size_t kBlock = 64;

[[gnu::target("aes,sse4.1")]] std::uint64_t hash_by_aes(Bytes bytes, std::uint64_t seed) noexcept {
  const auto word = [](std::uint64_t v) { return static_cast<long long>(v); };
  const auto* at = reinterpret_cast<const __m128i*>(bytes.data());
  const auto* const last = reinterpret_cast<const __m128i*>(bytes.data() + bytes.size() - kBlock);
  const __m128i begin = _mm_set_epi64x(word(seed), word(bytes.size() ^ kHashSeed));
  // Four lanes that do not wait for each other.
  __m128i a = begin;
  __m128i b = _mm_add_epi64(begin, _mm_set1_epi64x(1));
  __m128i c = _mm_add_epi64(begin, _mm_set1_epi64x(2));
  __m128i d = _mm_add_epi64(begin, _mm_set1_epi64x(3));
  for (; at < last; at += 4) {
    a = _mm_aesenc_si128(a, _mm_loadu_si128(at));
    b = _mm_aesenc_si128(b, _mm_loadu_si128(at + 1));
    c = _mm_aesenc_si128(c, _mm_loadu_si128(at + 2));
    d = _mm_aesenc_si128(d, _mm_loadu_si128(at + 3));
  }
  // The last 64 bytes, some of them for the second time.
  a = _mm_aesenc_si128(a, _mm_loadu_si128(last));
  b = _mm_aesenc_si128(b, _mm_loadu_si128(last + 1));
  c = _mm_aesenc_si128(c, _mm_loadu_si128(last + 2));
  d = _mm_aesenc_si128(d, _mm_loadu_si128(last + 3));
  // Enough rounds for every bit to reach every other, lane by lane.
  a = _mm_aesenc_si128(_mm_aesenc_si128(a, begin), b);
  a = _mm_aesenc_si128(_mm_aesenc_si128(a, begin), c);
  a = _mm_aesenc_si128(_mm_aesenc_si128(a, begin), d);
  a = _mm_aesenc_si128(_mm_aesenc_si128(a, begin), begin);
  a = _mm_aesenc_si128(_mm_aesenc_si128(a, begin), begin);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(a)) ^
         static_cast<std::uint64_t>(_mm_extract_epi64(a, 1));
}

const bool has_aes = __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("sse4.1") != 0;
#endif

}  // namespace

std::uint64_t hash_payload(Bytes bytes, std::uint64_t seed) noexcept {
#ifdef __x86_64__
  if (bytes.size() >= kBlock && has_aes) return hash_by_aes(bytes, seed);
#endif
  return hash_bytes(bytes, seed);
}

}  // namespace spider::base
