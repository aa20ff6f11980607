// Feeds every file of the folders named on the command line to the fuzzer's entry: how kept inputs
// run as a normal test, under any compiler and sanitizer. Then, for SPIDER_FUZZ_SECONDS (2), inputs
// made of them by a seeded random hand: no coverage guides it, but it is new ground each second,
// and the same ground each time. Each input ends where its memory ends, so that reading past it
// shows.
//
// An input that ends the program with a signal, or takes it longer than kPatience, is left in the
// working folder as crash-<name>.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes);

namespace {

using Input = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kInputMax = 65'536;
constexpr unsigned kPatience = 30;  // seconds for one input: more is a loop without an end

// What is being tried, for keep().
struct {
  const std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
  std::string path;
} under_test;

// The world may be broken here: system calls alone.
void keep(int signal) {
  const int fd = ::open(under_test.path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd >= 0 && ::write(fd, under_test.data, under_test.bytes) >= 0) ::close(fd);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void feed(const Input& input) {
  const auto exact = std::make_unique<std::uint8_t[]>(input.size());
  std::copy(input.begin(), input.end(), exact.get());
  under_test.data = exact.get();
  under_test.bytes = input.size();
  ::alarm(kPatience);
  static_cast<void>(LLVMFuzzerTestOneInput(exact.get(), input.size()));
}

class Hand {
 public:
  explicit Hand(const std::vector<Input>& kept) : kept_(kept) {}

  Input next() {
    Input out = kept_.empty() ? Input(8) : kept_[below(kept_.size())];
    for (std::size_t n = 1 + below(6); n > 0; --n) change(out);
    if (out.size() > kInputMax) out.resize(kInputMax);
    return out;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void change(Input& out) {
    const std::size_t at = below(out.size() + 1);
    const auto here = out.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = 1 + below(std::size_t{1} << below(7));
    const std::size_t rest = std::min(length, out.size() - at);
    const auto end = here + static_cast<std::ptrdiff_t>(rest);
    switch (random_() % 7) {
      case 0:
        if (at < out.size()) out[at] ^= static_cast<std::uint8_t>(1U << random_() % 8);
        break;
      case 1:
        if (at < out.size()) out[at] = static_cast<std::uint8_t>(random_());
        break;
      case 2:
        out.erase(here, end);
        break;
      case 3: {
        const Input again(here, end);
        out.insert(here, again.begin(), again.end());
        break;
      }
      case 4:
        out.insert(here, length, static_cast<std::uint8_t>(random_()));
        break;
      case 5:  // numbers near their ends
        for (std::size_t i = 0; i < rest && i < 8; ++i) out[at + i] = random_() % 2 != 0 ? 0xFF : 0;
        break;
      default:  // a piece of another
        if (!kept_.empty()) {
          const Input& other = kept_[below(kept_.size())];
          const std::size_t from = below(other.size());
          const std::size_t n = std::min(length * 4, other.size() - from);
          out.insert(here, other.begin() + static_cast<std::ptrdiff_t>(from),
                     other.begin() + static_cast<std::ptrdiff_t>(from + n));
        }
    }
  }

  const std::vector<Input>& kept_;
  std::mt19937_64 random_{20'260'101};
};

std::vector<Input> read_all(int folders, char** names) {
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < folders; ++i) {
    if (!std::filesystem::is_directory(names[i])) continue;
    for (const auto& entry : std::filesystem::directory_iterator(names[i]))
      if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Input> out;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    out.emplace_back(bytes.begin(), bytes.end());
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  under_test.path = "crash-" + std::filesystem::path(argv[0]).filename().string();
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM})
    std::signal(signal, keep);
  const std::vector<Input> kept = read_all(argc - 1, argv + 1);
  feed({});
  for (const Input& input : kept) feed(input);

  const char* asked = std::getenv("SPIDER_FUZZ_SECONDS");
  const auto until =
      Clock::now() + std::chrono::seconds(asked == nullptr ? 2 : std::strtol(asked, nullptr, 10));
  Hand hand(kept);
  std::size_t made = 0;
  for (; Clock::now() < until; ++made) feed(hand.next());
  std::printf("All tests passed (%zu kept inputs and %zu made of them in 1 test case)\n",
              kept.size(), made);
  return 0;
}
