#pragma once
// PcapngWriter: blocks of a pcapng file with nanosecond stamps, little-endian.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
// Only appends; any thread, no state.

#include <cstdint>
#include <string>
#include <string_view>

#include "spider/base/byte_reader.h"
#include "spider/base/time.h"

namespace spider::query {

class PcapngWriter {
 public:
  explicit PcapngWriter(std::string& out) : out_(out) {}

  void section(std::string_view application);
  void interface(std::uint16_t link_type, std::string_view name);
  // `comment`: none when empty.
  void packet(std::uint32_t interface, base::Time time, std::uint32_t wire_bytes, base::Bytes frame,
              std::string_view comment);
  // A comment of its own, as statistics of an interface without any.
  void remark(std::uint32_t interface, base::Time time, std::string_view comment);

 private:
  void le16(std::uint32_t value);
  void le32(std::uint32_t value);
  void padded(std::string_view bytes);
  void option(std::uint16_t code, std::string_view value);
  void stamp(base::Time time);
  std::size_t begin(std::uint32_t type);
  void end(std::size_t at);

  std::string& out_;
};

}  // namespace spider::query
