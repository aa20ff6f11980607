// Capture files of any content: pcap, pcapng, gzip, zstd or none of them.

#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "spider/base/log.h"
#include "spider/capture/packet_source.h"

#include "capture_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  using namespace spider;
  static const bool quiet = (base::log_setup(base::LogFormat::json, "error"), true);
  static_cast<void>(quiet);
  const int fd = memfd_create("capture", MFD_CLOEXEC);
  SPIDER_CHECK(fd >= 0, "memory for the file");
  SPIDER_CHECK(write(fd, data, bytes) == static_cast<ssize_t>(bytes), "the file is written");
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  // The last byte also decides whether a filter is set.
  const bool filtered = bytes > 0 && data[bytes - 1] % 4 == 0;
  auto source = capture::open_file(path, filtered ? "tcp or vlan" : "", {});
  if (source) {
    fuzz::CheckingSink sink;
    model::QualityLog quality;
    for (;;) {
      const auto outcome = (*source)->poll(sink, quality);
      if (!outcome) SPIDER_CHECK(!outcome.error().detail.empty(), "an error says what it is");
      if (!outcome || *outcome == capture::PollOutcome::end) break;
    }
    sink.check(quality);
  }
  close(fd);
  return 0;
}
