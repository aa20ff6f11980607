#pragma once
// PacketSource: where packets come from. LiveSource (libpcap on an interface) and FileSource (pcap
// and pcapng, a path or standard input) are the two kinds. A source decodes each frame's headers
// and gives it to a PacketSink. Owned and called by one capture thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spider/base/result.h"
#include "spider/capture/config.h"
#include "spider/model/sinks.h"
#include "spider/model/whisperer.h"

namespace spider::capture {

enum class PollOutcome : std::uint8_t {
  packets,  // gave some, there may be more
  idle,     // nothing came within the poll time-out (live)
  end,      // nothing will ever come
};

class PacketSource {
 public:
  virtual ~PacketSource() = default;
  // Gives a burst of packets to `sink` and books them in `quality`: packets_received and
  // bytes_received always, and the fates decided here (not_ip, not_tcp, malformed, fragments, ...,
  // snaplen_cut, ring_dropped when the sink said so, kernel drops). Blocks at most about 100 ms. An
  // Error means the source is over; what came before it was given.
  virtual base::Result<PollOutcome> poll(model::PacketSink& sink, model::QualityLog& quality) = 0;
  // The thread is about to let go of the source: books what is still open, that is fragments whose
  // datagram never became whole and the kernel's last drops. A source that ended has done it
  // itself.
  virtual void finish(model::QualityLog& quality) { static_cast<void>(quality); }
  // Time of the latest packet; for live sources that are silent, the wall clock less a margin that
  // covers packets the kernel may still hold.
  [[nodiscard]] virtual base::Time clock() const noexcept = 0;
  // Bytes read so far and in all (0 when not known), for progress bars.
  [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t bytes_total() const noexcept = 0;
  // base::ContentHash of the whole file, at the end; empty unless open_file() was told to hash it.
  [[nodiscard]] virtual std::string content() { return {}; }
};

// The shell command that gives this very binary the right to capture; it counts from its next start
// on. Any thread.
[[nodiscard]] std::string right_command();

// Opens the interface of a whisperer `whisperer.threads` times: activates it, sets filter, snaplen,
// buffer, direction. With several the kernel spreads the packets over them (PACKET_FANOUT) by a
// hash of addresses and ports that is the same for both directions; IPv4 fragments are joined
// first. Each source belongs to its own capture thread and numbers its packets by itself; the first
// books what is true of the interface as a whole.
[[nodiscard]] base::Result<std::vector<std::unique_ptr<PacketSource>>> open_live(
    const model::WhispererConfig& whisperer, const CaptureConfig& config);

// Opens a capture file, "-" for standard input. `filter` as for live; `skip_empty` as a whisperer's
// skip_empty_packets. A file that ends inside a
// record gives everything before it, books import_truncated in the minute of its last packet and
// then ends with an Error file_truncated from poll(); without a packet only the Error tells.
// `hash_content`: what is read of a regular file is hashed while it is in the processor's cache.
[[nodiscard]] base::Result<std::unique_ptr<PacketSource>> open_file(const std::string& path,
                                                                    std::string_view filter,
                                                                    const CaptureConfig& config,
                                                                    bool skip_empty = false,
                                                                    bool hash_content = false);

// Checks without capturing: the filter compiles, the interface or the path exists. The first is
// what check_filter() looks at, alone.
[[nodiscard]] base::Result<void> check_filter(const std::string& expression);
[[nodiscard]] base::Result<void> check_whisperer(const model::WhispererConfig& whisperer);

}  // namespace spider::capture
