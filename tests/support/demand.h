#pragma once
// demand(): a law that any input must keep, for fuzz targets. Broken, it is said and the process
// ends.

#include <cstdio>
#include <cstdlib>

namespace spider::test {

inline void demand(bool law, const char* what) {
  if (law) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace spider::test
