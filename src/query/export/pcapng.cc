#include "query/export/pcapng.h"

#include <algorithm>

namespace spider::query {
namespace {

constexpr std::uint32_t kSection = 0x0A0D0D0A;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kApplication = 4;
constexpr std::uint16_t kResolution = 9;
constexpr std::uint32_t kSnaplen = 262'144;
constexpr std::size_t kOptionBytesMax = 1'024;

}  // namespace

void PcapngWriter::le16(std::uint32_t value) {
  out_ += static_cast<char>(value & 0xFFU);
  out_ += static_cast<char>(value >> 8U & 0xFFU);
}

void PcapngWriter::le32(std::uint32_t value) {
  le16(value & 0xFFFFU);
  le16(value >> 16U);
}

void PcapngWriter::padded(std::string_view bytes) {
  out_ += bytes;
  out_.append((4 - bytes.size() % 4) % 4, '\0');
}

void PcapngWriter::option(std::uint16_t code, std::string_view value) {
  value = value.substr(0, kOptionBytesMax);
  le16(code);
  le16(static_cast<std::uint32_t>(value.size()));
  padded(value);
}

// Nanoseconds since 1970; the format knows none before.
void PcapngWriter::stamp(base::Time time) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.ns));
  le32(static_cast<std::uint32_t>(ns >> 32U));
  le32(static_cast<std::uint32_t>(ns & 0xFFFF'FFFFU));
}

// The length stands before and behind the block and is known at its end.
std::size_t PcapngWriter::begin(std::uint32_t type) {
  const std::size_t at = out_.size();
  le32(type);
  le32(0);
  return at;
}

void PcapngWriter::end(std::size_t at) {
  const auto bytes = static_cast<std::uint32_t>(out_.size() - at + 4);
  for (unsigned i = 0; i < 4; ++i) out_[at + 4 + i] = static_cast<char>(bytes >> (8U * i) & 0xFFU);
  le32(bytes);
}

void PcapngWriter::section(std::string_view application) {
  const std::size_t at = begin(kSection);
  le32(0x1A2B3C4D);
  le16(1);
  le16(0);
  out_.append(8, '\xFF');  // the section's length is not known
  option(kApplication, application);
  option(0, {});
  end(at);
}

void PcapngWriter::interface(std::uint16_t link_type, std::string_view name) {
  const std::size_t at = begin(kInterface);
  le16(link_type);
  le16(0);
  le32(kSnaplen);
  option(kInterfaceName, name);
  option(kResolution, "\x09");
  option(0, {});
  end(at);
}

void PcapngWriter::packet(std::uint32_t interface, base::Time time, std::uint32_t wire_bytes,
                          base::Bytes frame, std::string_view comment) {
  const std::size_t at = begin(kEnhancedPacket);
  le32(interface);
  stamp(time);
  le32(static_cast<std::uint32_t>(frame.size()));
  le32(std::max(wire_bytes, static_cast<std::uint32_t>(frame.size())));
  padded(base::as_text(frame));
  if (!comment.empty()) {
    option(kComment, comment);
    option(0, {});
  }
  end(at);
}

void PcapngWriter::remark(std::uint32_t interface, base::Time time, std::string_view comment) {
  const std::size_t at = begin(kStatistics);
  le32(interface);
  stamp(time);
  option(kComment, comment);
  option(0, {});
  end(at);
}

}  // namespace spider::query
