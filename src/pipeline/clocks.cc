#include "pipeline/clocks.h"

#include <cctype>
#include <ctime>
#include <fstream>

namespace spider::pipeline {
namespace {

constexpr const char* kStartId = "/proc/sys/kernel/random/boot_id";
constexpr std::size_t kStartIdMax = 64;

[[nodiscard]] std::string start_id() {
  std::string out;
  std::ifstream(kStartId) >> out;
  const bool plain = !out.empty() && out.size() <= kStartIdMax;
  for (const char c : out)
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0 && c != '-') return {};
  return plain ? out : std::string();
}

}  // namespace

base::Duration since_boot() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return base::Duration{std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec};
}

Clocks Clocks::now() {
  static const std::string kStart = start_id();  // does not change while the process lives
  return {base::Time::now(), since_boot(), kStart};
}

}  // namespace spider::pipeline
