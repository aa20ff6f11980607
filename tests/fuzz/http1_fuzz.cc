// Any conversation, in any cuts: no crash, bounded memory, and the same answer whatever the cuts.

#include <cstdio>
#include <cstdlib>

#include "support/http1_laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes > 65'536) return 0;
  const std::string_view input{reinterpret_cast<const char*>(data), bytes};
  const spider::test::Script script = spider::test::script_of(input);
  const std::string broken = spider::test::check_laws(script, bytes);
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
