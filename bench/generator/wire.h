#pragma once
// Frames and the capture file they go into: Ethernet, IPv4 or IPv6, TCP or UDP, with right
// checksums, in a pcap file with nanosecond stamps.

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spider::bench {

struct Host {
  bool v6 = false;
  std::array<std::uint8_t, 16> ip{};  // the first four bytes when it is IPv4
  std::uint16_t port = 0;

  [[nodiscard]] static Host v4(std::uint32_t address, std::uint16_t port) noexcept;
  [[nodiscard]] static Host v6_of(std::uint32_t number, std::uint16_t port) noexcept;
  [[nodiscard]] std::string text() const;  // the address alone
};

inline constexpr std::uint8_t kFinAck = 0x11;
inline constexpr std::uint8_t kSynOnly = 0x02;
inline constexpr std::uint8_t kSynAck = 0x12;
inline constexpr std::uint8_t kRstAck = 0x14;
inline constexpr std::uint8_t kAckOnly = 0x10;
inline constexpr std::uint8_t kPushAck = 0x18;

struct TcpHeader {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = kAckOnly;
};

// A frame with its time, and what the truth says about it.
struct Frame {
  std::uint64_t time_ns = 0;
  std::vector<std::uint8_t> bytes;
  bool tcp = false;
  std::int32_t exchange = -1;  // the conversation's exchange whose bytes it carries, -1 for none
};

[[nodiscard]] std::vector<std::uint8_t> tcp_frame(const Host& from, const Host& to,
                                                  const TcpHeader& header,
                                                  std::string_view payload);
[[nodiscard]] std::vector<std::uint8_t> udp_frame(const Host& from, const Host& to,
                                                  std::string_view payload);
[[nodiscard]] std::vector<std::uint8_t> arp_frame(std::uint32_t asked);

class PcapFile {
 public:
  explicit PcapFile(const std::string& path);
  [[nodiscard]] bool failed() const noexcept { return !file_ || failed_; }
  void write(const Frame& frame);
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  // Flushes; false when the disk refused something.
  [[nodiscard]] bool close();

 private:
  struct Closer {
    void operator()(std::FILE* f) const noexcept { static_cast<void>(std::fclose(f)); }
  };
  std::unique_ptr<std::FILE, Closer> file_;
  bool failed_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace spider::bench
