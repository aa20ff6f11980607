#include "generator/wire.h"

#include <cstring>

#include <fmt/format.h>

namespace spider::bench {
namespace {

using Buffer = std::vector<std::uint8_t>;

void put16(Buffer& out, std::uint32_t v) {
  out.push_back(static_cast<std::uint8_t>(v >> 8U));
  out.push_back(static_cast<std::uint8_t>(v));
}
void put32(Buffer& out, std::uint32_t v) {
  put16(out, v >> 16U);
  put16(out, v & 0xFFFFU);
}
void put(Buffer& out, const std::uint8_t* bytes, std::size_t count) {
  out.insert(out.end(), bytes, bytes + count);
}
void set16(Buffer& out, std::size_t at, std::uint16_t v) {
  out[at] = static_cast<std::uint8_t>(v >> 8U);
  out[at + 1] = static_cast<std::uint8_t>(v);
}

// The Internet checksum's running sum (RFC 1071).
std::uint64_t sum_of(const std::uint8_t* bytes, std::size_t count, std::uint64_t sum) {
  std::size_t i = 0;
  for (; i + 1 < count; i += 2) sum += static_cast<std::uint64_t>(bytes[i]) << 8U | bytes[i + 1];
  if (i < count) sum += static_cast<std::uint64_t>(bytes[i]) << 8U;
  return sum;
}
std::uint16_t folded(std::uint64_t sum) {
  while (sum >> 16U) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

void put_ethernet(Buffer& out, std::uint16_t type) {
  static constexpr std::uint8_t kMacs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  put(out, kMacs, sizeof(kMacs));
  put16(out, type);
}

// Ethernet and IP headers for a payload of `bytes`; returns the pseudo header's sum.
std::uint64_t put_ip(Buffer& out, const Host& from, const Host& to, std::uint8_t protocol,
                     std::size_t bytes) {
  std::uint64_t sum = protocol + bytes;
  if (from.v6) {
    put_ethernet(out, 0x86DD);
    put32(out, 0x60000000U);
    put16(out, static_cast<std::uint32_t>(bytes));
    out.push_back(protocol);
    out.push_back(64);
    put(out, from.ip.data(), 16);
    put(out, to.ip.data(), 16);
    sum = sum_of(from.ip.data(), 16, sum);
    return sum_of(to.ip.data(), 16, sum);
  }
  put_ethernet(out, 0x0800);
  const std::size_t at = out.size();
  put16(out, 0x4500);
  put16(out, static_cast<std::uint32_t>(20 + bytes));
  put32(out, 0x00004000U);  // don't fragment
  out.push_back(64);
  out.push_back(protocol);
  put16(out, 0);
  put(out, from.ip.data(), 4);
  put(out, to.ip.data(), 4);
  set16(out, at + 10, folded(sum_of(out.data() + at, 20, 0)));
  sum = sum_of(from.ip.data(), 4, sum);
  return sum_of(to.ip.data(), 4, sum);
}

}  // namespace

Host Host::v4(std::uint32_t address, std::uint16_t port) noexcept {
  Host h;
  for (unsigned i = 0; i < 4; ++i) h.ip[i] = static_cast<std::uint8_t>(address >> (24U - 8U * i));
  h.port = port;
  return h;
}

Host Host::v6_of(std::uint32_t number, std::uint16_t port) noexcept {
  Host h = v4(number, port);
  std::memcpy(h.ip.data() + 12, h.ip.data(), 4);
  static constexpr std::uint8_t kPrefix[12] = {0x20, 0x01, 0x0D, 0xB8};
  std::memcpy(h.ip.data(), kPrefix, sizeof(kPrefix));
  h.v6 = true;
  return h;
}

std::string Host::text() const {
  if (!v6) return fmt::format("{}.{}.{}.{}", ip[0], ip[1], ip[2], ip[3]);
  // As RFC 5952 writes it: the zeros in the middle, however many groups they fill, are the "::".
  const unsigned high = static_cast<unsigned>(ip[12] << 8U | ip[13]);
  const unsigned low = static_cast<unsigned>(ip[14] << 8U | ip[15]);
  return high == 0 ? fmt::format("2001:db8::{:x}", low)
                   : fmt::format("2001:db8::{:x}:{:x}", high, low);
}

std::vector<std::uint8_t> tcp_frame(const Host& from, const Host& to, const TcpHeader& header,
                                    std::string_view payload) {
  const bool syn = (header.flags & kSynOnly) != 0;
  const std::size_t header_bytes = syn ? 24 : 20;
  Buffer out;
  out.reserve(14 + 40 + header_bytes + payload.size());
  const std::uint64_t pseudo = put_ip(out, from, to, 6, header_bytes + payload.size());
  const std::size_t at = out.size();
  put16(out, from.port);
  put16(out, to.port);
  put32(out, header.seq);
  put32(out, header.ack);
  out.push_back(static_cast<std::uint8_t>(header_bytes / 4 << 4U));
  out.push_back(header.flags);
  put32(out, 0xFFFF0000U);           // window, checksum
  put16(out, 0);                     // urgent pointer
  if (syn) put32(out, 0x020405B4U);  // maximum segment size 1460
  out.insert(out.end(), payload.begin(), payload.end());
  set16(out, at + 16, folded(sum_of(out.data() + at, out.size() - at, pseudo)));
  return out;
}

std::vector<std::uint8_t> udp_frame(const Host& from, const Host& to, std::string_view payload) {
  Buffer out;
  const std::uint64_t pseudo = put_ip(out, from, to, 17, 8 + payload.size());
  const std::size_t at = out.size();
  put16(out, from.port);
  put16(out, to.port);
  put16(out, static_cast<std::uint32_t>(8 + payload.size()));
  put16(out, 0);
  out.insert(out.end(), payload.begin(), payload.end());
  set16(out, at + 6, folded(sum_of(out.data() + at, out.size() - at, pseudo)));
  return out;
}

std::vector<std::uint8_t> arp_frame(std::uint32_t asked) {
  Buffer out;
  put_ethernet(out, 0x0806);
  put32(out, 0x00010800U);
  put32(out, 0x06040001U);
  static constexpr std::uint8_t kSender[10] = {2, 0, 0, 0, 0, 1, 10, 0, 0, 1};
  put(out, kSender, sizeof(kSender));
  put32(out, 0);
  put16(out, 0);
  put32(out, asked);
  out.resize(60);
  return out;
}

PcapFile::PcapFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  if (!file_) return;
  // Nanosecond stamps, snap length 262144, Ethernet.
  static constexpr std::uint32_t kHeader[6] = {0xA1B23C4DU, 0x00040002U, 0, 0, 262'144, 1};
  failed_ = std::fwrite(kHeader, sizeof(kHeader), 1, file_.get()) != 1;
  bytes_ = sizeof(kHeader);
}

void PcapFile::write(const Frame& frame) {
  const auto bytes = static_cast<std::uint32_t>(frame.bytes.size());
  const std::uint32_t record[4] = {static_cast<std::uint32_t>(frame.time_ns / 1'000'000'000U),
                                   static_cast<std::uint32_t>(frame.time_ns % 1'000'000'000U),
                                   bytes, bytes};
  failed_ = std::fwrite(record, sizeof(record), 1, file_.get()) != 1 || failed_;
  failed_ = std::fwrite(frame.bytes.data(), bytes, 1, file_.get()) != 1 || failed_;
  bytes_ += sizeof(record) + bytes;
}

bool PcapFile::close() {
  if (!file_) return false;
  return std::fclose(file_.release()) == 0 && !failed_;
}

}  // namespace spider::bench
