#include "spider/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace spider::base {

void check_failed(const char* condition, const char* sentence, const char* file,
                  int line) noexcept {
  std::fprintf(stderr, "spider: %s (%s:%d: %s)\n", sentence, file, line, condition);
  std::abort();
}

}  // namespace spider::base
