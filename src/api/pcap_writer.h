#pragma once
// PcapWriter: packets as a capture file. Classic pcap with nanosecond stamps while all frames are
// of one link type (tcpdump and everything else read it); the caller says the type first.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html

#include <cstdint>
#include <string>

#include "spider/base/byte_reader.h"
#include "spider/base/time.h"

namespace spider::api {

class PcapWriter {
 public:
  static constexpr std::uint32_t kSnaplen = 262'144;

  static void file_header(std::string& out, std::uint16_t link_type) {
    le32(out, 0xA1B23C4D);  // nanoseconds
    le16(out, 2);
    le16(out, 4);
    le32(out, 0);
    le32(out, 0);
    le32(out, kSnaplen);
    le32(out, link_type);
  }
  static void packet(std::string& out, base::Time time, std::uint32_t wire_bytes,
                     base::Bytes frame) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t seconds = time.ns >= 0 ? time.ns / kSecond : 0;
    const std::int64_t rest = time.ns >= 0 ? time.ns % kSecond : 0;
    le32(out, static_cast<std::uint32_t>(seconds));
    le32(out, static_cast<std::uint32_t>(rest));
    le32(out, static_cast<std::uint32_t>(frame.size()));
    le32(out, wire_bytes);
    out += base::as_text(frame);
  }

 private:
  static void le16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value & 0xFFU);
    out += static_cast<char>(value >> 8U);
  }
  static void le32(std::string& out, std::uint32_t value) {
    le16(out, static_cast<std::uint16_t>(value & 0xFFFFU));
    le16(out, static_cast<std::uint16_t>(value >> 16U));
  }
};

}  // namespace spider::api
