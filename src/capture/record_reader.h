#pragma once
// RecordReader: one packet after the other out of a capture file; PcapReader and PcapngReader.
//
// A reader never moves past a record that is not wholly visible, so after `wait` it is simply asked
// again. The bytes of a packet are valid until the next call. No allocation per packet.

#include <memory>
#include <string>

#include "capture/input_buffer.h"
#include "capture/intake.h"

namespace spider::capture {

enum class ReadOutcome : std::uint8_t {
  packet,
  wait,    // a pipe has nothing yet
  end,     // the file ended where it may
  failed,  // error() says why; what came before was given
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  [[nodiscard]] virtual ReadOutcome next(RawPacket& packet) = 0;
  [[nodiscard]] const base::Error& error() const noexcept { return error_; }
  // The file ends inside a record: error() is file_truncated.
  [[nodiscard]] bool truncated() const noexcept;
  [[nodiscard]] const InputBuffer& input() const noexcept { return *input_; }
  [[nodiscard]] std::string content() { return input_->content(); }

 protected:
  explicit RecordReader(std::unique_ptr<InputBuffer> input) : input_(std::move(input)) {}

  // Turns what need() said, when it was not ok, into an outcome. `what` names the record.
  [[nodiscard]] ReadOutcome unfinished(InputBuffer::Status status, const char* what);
  [[nodiscard]] ReadOutcome fail(base::Code code, std::string detail);
  // "FILE, byte N: " for messages.
  [[nodiscard]] std::string where() const;

  std::unique_ptr<InputBuffer> input_;
  base::Error error_;
};

// The most a captured packet can have (libpcap's own limit for all link types that are decoded).
inline constexpr std::uint32_t kFrameMax = 262'144;

// Looks at the first bytes and makes the right reader; `input` is moved from only then. On `wait`
// and `failed` reader stays null.
struct OpenedReader {
  ReadOutcome outcome = ReadOutcome::packet;
  std::unique_ptr<RecordReader> reader;
  base::Error error;
};
[[nodiscard]] OpenedReader open_reader(std::unique_ptr<InputBuffer>& input);

[[nodiscard]] std::unique_ptr<RecordReader> make_pcap_reader(std::unique_ptr<InputBuffer> input);
[[nodiscard]] std::unique_ptr<RecordReader> make_pcapng_reader(std::unique_ptr<InputBuffer> input);

}  // namespace spider::capture
