#pragma once
// PcapWriter and PcapngWriter: capture files for tests, in memory or on disk, in every variant that
// a reader must understand and with every fault that it must survive (raw bytes can be added).

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/base/time.h"

#include "support/packet_builder.h"

namespace spider::test {

// Writes `bytes` as the whole content of a file.
void write_file(const std::filesystem::path& path, base::Bytes bytes);

struct PcapOptions {
  std::uint32_t link_type = 1;
  std::uint32_t snaplen = 262'144;
  bool nanoseconds = false;
  bool big_endian = false;
  bool modified = false;  // the 24-byte record header of Kuznetzov's patch
};

class PcapWriter {
 public:
  explicit PcapWriter(PcapOptions options = {});
  // `wire_bytes` 0: as long as the frame; more when the capture cut it.
  PcapWriter& add(base::Time time, base::Bytes frame, std::uint32_t wire_bytes = 0);
  PcapWriter& add_raw(base::Bytes bytes);
  [[nodiscard]] const Buffer& bytes() const noexcept { return out_; }
  void write(const std::filesystem::path& path) const { write_file(path, out_); }

 private:
  PcapOptions options_;
  Buffer out_;
};

class PcapngWriter {
 public:
  // Begins the first section.
  explicit PcapngWriter(bool big_endian = false) { section(big_endian); }

  PcapngWriter& section(bool big_endian);
  struct Interface {
    std::uint16_t link_type = 1;
    std::uint32_t snaplen = 0;
    int tsresol = -1;             // the option's byte, -1 for none (microseconds)
    std::int64_t tsoffset_s = 0;  // 0 for none
  };
  PcapngWriter& interface() { return interface(Interface{}); }
  PcapngWriter& interface(const Interface& interface);
  // `ticks` in the interface's resolution.
  PcapngWriter& packet(std::uint32_t interface, std::uint64_t ticks, base::Bytes frame,
                       std::uint32_t wire_bytes = 0);
  PcapngWriter& simple_packet(base::Bytes frame, std::uint32_t wire_bytes = 0);
  PcapngWriter& old_packet(std::uint16_t interface, std::uint64_t ticks, base::Bytes frame);
  PcapngWriter& block(std::uint32_t type, base::Bytes body);  // padded to four
  PcapngWriter& add_raw(base::Bytes bytes);

  [[nodiscard]] const Buffer& bytes() const noexcept { return out_; }
  void write(const std::filesystem::path& path) const { write_file(path, out_); }

 private:
  bool big_endian_ = false;
  Buffer out_;
};

}  // namespace spider::test
