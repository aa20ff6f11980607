// Feeds every file of the folders named on the command line to the fuzzer's entry, once: how kept
// inputs run as a normal test, under any compiler and sanitizer. Each input ends where its memory
// ends, so that reading past it shows.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

namespace {

void feed(const std::vector<char>& input) {
  const auto exact = std::make_unique<std::uint8_t[]>(input.size());
  std::copy(input.begin(), input.end(), exact.get());
  static_cast<void>(LLVMFuzzerTestOneInput(exact.get(), input.size()));
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  feed({});
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      feed({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
      ++inputs;
    }
  }
  std::printf("All tests passed (%zu inputs in 1 test case)\n", inputs);
  return 0;
}
