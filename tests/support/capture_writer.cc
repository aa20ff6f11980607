#include "support/capture_writer.h"

#include <fstream>
#include <stdexcept>

namespace spider::test {
namespace {

void put16(Buffer& out, std::uint16_t v, bool big) {
  if (big) return put_be16(out, v);
  put_be16(out, static_cast<std::uint16_t>(v << 8U | v >> 8U));
}
void put32(Buffer& out, std::uint32_t v, bool big) {
  if (big) return put_be32(out, v);
  put_be32(out, __builtin_bswap32(v));
}
void put64(Buffer& out, std::uint64_t v, bool big) {
  const auto high = static_cast<std::uint32_t>(v >> 32U);
  const auto low = static_cast<std::uint32_t>(v & 0xFFFF'FFFFU);
  put32(out, big ? high : low, big);
  put32(out, big ? low : high, big);
}
void pad4(Buffer& out) {
  while (out.size() % 4 != 0) out.push_back(0);
}
std::uint32_t length_of(base::Bytes bytes) { return static_cast<std::uint32_t>(bytes.size()); }

}  // namespace

void write_file(const std::filesystem::path& path, base::Bytes bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  const std::string_view text = base::as_text(bytes);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

PcapWriter::PcapWriter(PcapOptions options) : options_(options) {
  const bool big = options_.big_endian;
  put32(out_,
        options_.modified      ? 0xA1B2CD34U
        : options_.nanoseconds ? 0xA1B23C4DU
                               : 0xA1B2C3D4U,
        big);
  put16(out_, 2, big);
  put16(out_, 4, big);
  put32(out_, 0, big);
  put32(out_, 0, big);
  put32(out_, options_.snaplen, big);
  put32(out_, options_.link_type, big);
}

PcapWriter& PcapWriter::add(base::Time time, base::Bytes frame, std::uint32_t wire_bytes) {
  const bool big = options_.big_endian;
  const std::int64_t fraction = time.ns % 1'000'000'000;
  put32(out_, static_cast<std::uint32_t>(time.ns / 1'000'000'000), big);
  put32(out_, static_cast<std::uint32_t>(options_.nanoseconds ? fraction : fraction / 1'000), big);
  put32(out_, length_of(frame), big);
  put32(out_, wire_bytes == 0 ? length_of(frame) : wire_bytes, big);
  if (options_.modified) {
    put32(out_, 2, big);  // interface index
    put16(out_, 0x0800, big);
    put16(out_, 0, big);  // packet type, padding
  }
  put(out_, frame);
  return *this;
}

PcapWriter& PcapWriter::add_raw(base::Bytes bytes) {
  put(out_, bytes);
  return *this;
}

PcapngWriter& PcapngWriter::section(bool big_endian) {
  big_endian_ = big_endian;
  Buffer body;
  put32(body, 0x1A2B3C4DU, big_endian_);
  put16(body, 1, big_endian_);
  put16(body, 0, big_endian_);
  put64(body, ~std::uint64_t{0}, big_endian_);
  return block(0x0A0D0D0AU, body);
}

PcapngWriter& PcapngWriter::interface(const Interface& interface) {
  Buffer body;
  put16(body, interface.link_type, big_endian_);
  put16(body, 0, big_endian_);
  put32(body, interface.snaplen, big_endian_);
  put16(body, 2, big_endian_);  // if_name, to be skipped
  put16(body, 3, big_endian_);
  put(body, std::string_view("lan"));
  pad4(body);
  if (interface.tsresol >= 0) {
    put16(body, 9, big_endian_);
    put16(body, 1, big_endian_);
    body.push_back(static_cast<std::uint8_t>(interface.tsresol));
    pad4(body);
  }
  if (interface.tsoffset_s != 0) {
    put16(body, 14, big_endian_);
    put16(body, 8, big_endian_);
    put64(body, static_cast<std::uint64_t>(interface.tsoffset_s), big_endian_);
  }
  put32(body, 0, big_endian_);  // opt_endofopt
  return block(1, body);
}

PcapngWriter& PcapngWriter::packet(std::uint32_t interface, std::uint64_t ticks, base::Bytes frame,
                                   std::uint32_t wire_bytes) {
  Buffer body;
  put32(body, interface, big_endian_);
  put32(body, static_cast<std::uint32_t>(ticks >> 32U), big_endian_);
  put32(body, static_cast<std::uint32_t>(ticks & 0xFFFF'FFFFU), big_endian_);
  put32(body, length_of(frame), big_endian_);
  put32(body, wire_bytes == 0 ? length_of(frame) : wire_bytes, big_endian_);
  put(body, frame);
  return block(6, body);
}

PcapngWriter& PcapngWriter::simple_packet(base::Bytes frame, std::uint32_t wire_bytes) {
  Buffer body;
  put32(body, wire_bytes == 0 ? length_of(frame) : wire_bytes, big_endian_);
  put(body, frame);
  return block(3, body);
}

PcapngWriter& PcapngWriter::old_packet(std::uint16_t interface, std::uint64_t ticks,
                                       base::Bytes frame) {
  Buffer body;
  put16(body, interface, big_endian_);
  put16(body, 0xFFFF, big_endian_);  // drops not known
  put32(body, static_cast<std::uint32_t>(ticks >> 32U), big_endian_);
  put32(body, static_cast<std::uint32_t>(ticks & 0xFFFF'FFFFU), big_endian_);
  put32(body, length_of(frame), big_endian_);
  put32(body, length_of(frame), big_endian_);
  put(body, frame);
  return block(2, body);
}

PcapngWriter& PcapngWriter::block(std::uint32_t type, base::Bytes body) {
  const std::uint32_t padded = (length_of(body) + 3U) / 4U * 4U;
  put32(out_, type, big_endian_);
  put32(out_, padded + 12U, big_endian_);
  put(out_, body);
  out_.resize(out_.size() + (padded - length_of(body)));
  put32(out_, padded + 12U, big_endian_);
  return *this;
}

PcapngWriter& PcapngWriter::add_raw(base::Bytes bytes) {
  put(out_, bytes);
  return *this;
}

}  // namespace spider::test
