#pragma once
// SPIDER_CHECK(condition, "sentence"): a promise of our own code. Broken, it stops the program with
// the sentence. Never for what the network or the disk can cause. SPIDER_DCHECK: debug builds only.

namespace spider::base {
[[noreturn]] void check_failed(const char* condition, const char* sentence, const char* file,
                               int line) noexcept;
}

#define SPIDER_CHECK(condition, sentence)                                     \
  do {                                                                        \
    if (!(condition)) [[unlikely]]                                            \
      ::spider::base::check_failed(#condition, sentence, __FILE__, __LINE__); \
  } while (false)

#ifdef NDEBUG
#define SPIDER_DCHECK(condition, sentence) static_cast<void>(0)
#else
#define SPIDER_DCHECK(condition, sentence) SPIDER_CHECK(condition, sentence)
#endif
