// The pcapng format (draft-ietf-opsawg-pcapng): blocks of type, length, body, length again. A
// section header sets the byte order and forgets the interfaces; packets name one of the section's
// interfaces.

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "spider/capture/codes.h"

#include "capture/record_reader.h"
#include "capture/ticks.h"

namespace spider::capture {
namespace {

using base::ByteReader;
using Status = InputBuffer::Status;

enum BlockType : std::uint32_t {
  kSection = 0x0A0D0D0A,
  kInterface = 1,
  kOldPacket = 2,
  kSimplePacket = 3,
  kEnhancedPacket = 6,
};

class PcapngReader final : public RecordReader {
 public:
  explicit PcapngReader(std::unique_ptr<InputBuffer> input) : RecordReader(std::move(input)) {}

  ReadOutcome next(RawPacket& packet) override {
    for (;;) {
      if (skipping_ > 0) {
        const Status status = input_->skip(skipping_);
        if (status == Status::wait) return ReadOutcome::wait;
        if (status != Status::ok) return cut_in_skip(status);
      }
      const Status status = input_->need(kBlockOverhead);
      if (status != Status::ok) [[unlikely]]
        return unfinished(status, "a block");
      const ReadOutcome outcome = read_block(packet);
      if (outcome != ReadOutcome::end) return outcome;  // `end` here: a block without a packet
    }
  }

 private:
  static constexpr std::size_t kBlockOverhead = 12;  // type and two lengths
  static constexpr std::size_t kInterfacesMax = 65'536;

  struct Interface {
    std::uint32_t link_type = 0;
    std::uint32_t snaplen = 0;
    Ticks ticks;
  };

  [[nodiscard]] std::uint16_t u16(ByteReader& r) const noexcept {
    return big_ ? r.be16() : r.le16();
  }
  [[nodiscard]] std::uint32_t u32(ByteReader& r) const noexcept {
    return big_ ? r.be32() : r.le32();
  }
  [[nodiscard]] std::uint64_t u64(ByteReader& r) const noexcept {
    return big_ ? r.be64() : r.le64();
  }

  ReadOutcome corrupt(std::string_view what) {
    return fail(
        codes::file_corrupt,
        fmt::format("{}{}. The file is damaged from here on; everything before it was read.",
                    where(), what));
  }

  ReadOutcome cut_in_skip(Status status) {
    if (status == Status::end)
      return fail(codes::file_truncated,
                  where() +
                      "the file ends inside a block. The capture was stopped or copied before "
                      "it was complete; everything before it was read.");
    return unfinished(status, "a block");
  }

  // Returns `end` when the block held no packet.
  ReadOutcome read_block(RawPacket& packet) {
    ByteReader head(input_->view(kBlockOverhead));
    const std::uint32_t type = u32(head);
    if (type == kSection) {  // reads the same in both byte orders
      head.skip(4);
      const std::uint32_t order = head.le32();
      if (order != 0x1A2B3C4DU && order != 0x4D3C2B1AU)
        return corrupt("a section header without its byte-order magic");
      big_ = order == 0x4D3C2B1AU;
    } else if (!section_seen_) {
      return corrupt("the file does not begin with a section header");
    }
    ByteReader lengths(input_->view(kBlockOverhead));
    lengths.skip(4);
    const std::uint32_t length = u32(lengths);
    if (length < kBlockOverhead || length % 4 != 0)
      return corrupt(fmt::format("a block claims a length of {} bytes, which cannot be", length));

    const bool wanted = type == kSection || type == kInterface || type == kOldPacket ||
                        type == kSimplePacket || type == kEnhancedPacket;
    if (!wanted) {  // names, statistics, secrets, custom blocks
      skipping_ = length;
      return ReadOutcome::end;
    }
    if (length > InputBuffer::kRecordMax)
      return corrupt(fmt::format("a block of type {} claims {} bytes; at most {} are sensible",
                                 type, length, InputBuffer::kRecordMax));
    const Status status = input_->need(length);
    if (status != Status::ok) [[unlikely]]
      return unfinished(status, "a block");
    ByteReader tail(input_->view(length).last(4));
    if (u32(tail) != length) [[unlikely]]
      return corrupt("a block's two lengths differ");
    const base::Bytes body = input_->view(length).subspan(8, length - kBlockOverhead);
    const ReadOutcome outcome = read_body(type, body, packet);
    // The bytes stay where they are until need() is asked again.
    if (outcome != ReadOutcome::failed) input_->take(length);
    return outcome;
  }

  ReadOutcome read_body(std::uint32_t type, base::Bytes body, RawPacket& packet) {
    switch (type) {
      case kEnhancedPacket: {
        ByteReader r(body);
        const std::uint32_t interface = u32(r);
        return read_packet(interface, r, packet);
      }
      case kOldPacket: {
        ByteReader r(body);
        const std::uint16_t interface = u16(r);
        r.skip(2);  // drops
        return read_packet(interface, r, packet);
      }
      case kSimplePacket:
        return read_simple_packet(body, packet);
      case kInterface:
        return read_interface(body);
      default:
        return read_section(body);
    }
  }

  ReadOutcome read_packet(std::uint32_t interface, ByteReader& r, RawPacket& packet) {
    const std::uint64_t high = u32(r);
    const std::uint64_t low = u32(r);
    const std::uint32_t captured = u32(r);
    const std::uint32_t wire = u32(r);
    if (interface >= interfaces_.size()) [[unlikely]]
      return corrupt(fmt::format("a packet names interface {}; {} are known, at most {} are kept",
                                 interface, interfaces_.size(), kInterfacesMax));
    if (captured > kFrameMax) [[unlikely]]
      return corrupt(
          fmt::format("a packet claims {} captured bytes; it has at most {}", captured, kFrameMax));
    const base::Bytes frame = r.bytes(captured);
    if (r.failed()) [[unlikely]]
      return corrupt(
          fmt::format("a packet claims {} captured bytes, more than its block holds", captured));
    const Interface& i = interfaces_[interface];
    packet.time = i.ticks.at(high << 32U | low);
    packet.frame = frame;
    packet.wire_bytes = wire;
    packet.link_type = i.link_type;
    last_time_ = packet.time;
    return ReadOutcome::packet;
  }

  // No time and no captured length: the interface's snaplen tells the second, and the packet gets
  // the time of the one before it.
  ReadOutcome read_simple_packet(base::Bytes body, RawPacket& packet) {
    if (interfaces_.empty()) return corrupt("a packet before any interface");
    ByteReader r(body);
    const std::uint32_t wire = u32(r);
    if (r.failed()) return corrupt("a simple packet block of no length");
    const Interface& i = interfaces_.front();
    std::size_t captured = std::min<std::size_t>(wire, r.remaining());
    if (i.snaplen != 0) captured = std::min<std::size_t>(captured, i.snaplen);
    if (captured > kFrameMax)
      return corrupt(
          fmt::format("a packet of {} captured bytes; it has at most {}", captured, kFrameMax));
    packet.time = last_time_;
    packet.frame = r.bytes(captured);
    packet.wire_bytes = wire;
    packet.link_type = i.link_type;
    return ReadOutcome::packet;
  }

  ReadOutcome read_section(base::Bytes body) {
    ByteReader r(body);
    r.skip(4);
    const std::uint16_t major = u16(r);
    if (r.failed()) return corrupt("a section header that is too short");
    if (major != 1) return corrupt(fmt::format("version {} of pcapng is not known; 1 is", major));
    section_seen_ = true;
    interfaces_.clear();
    return ReadOutcome::end;
  }

  ReadOutcome read_interface(base::Bytes body) {
    // Whoever writes a million of them need not stop the packets of the first ones.
    if (interfaces_.size() >= kInterfacesMax) return ReadOutcome::end;
    ByteReader r(body);
    Interface i;
    i.link_type = u16(r);
    r.skip(2);
    i.snaplen = u32(r);
    if (r.failed()) return corrupt("an interface description that is too short");
    std::uint8_t resolution = 6;
    std::int64_t offset_s = 0;
    while (r.remaining() >= 4) {
      const std::uint16_t option = u16(r);
      const std::uint16_t bytes = u16(r);
      if (option == 0) break;
      ByteReader value(r.bytes(bytes));
      r.skip((4U - bytes % 4U) % 4U);
      if (r.failed()) return corrupt("an interface option that is longer than its block");
      if (option == 9 && bytes >= 1) resolution = value.u8();
      if (option == 14 && bytes >= 8) offset_s = static_cast<std::int64_t>(u64(value));
    }
    i.ticks = Ticks(resolution, offset_s);
    interfaces_.push_back(i);
    return ReadOutcome::end;
  }

  bool section_seen_ = false;
  bool big_ = false;
  std::uint64_t skipping_ = 0;  // bytes of an unwanted block still to pass over
  std::vector<Interface> interfaces_;
  base::Time last_time_{};
};

}  // namespace

std::unique_ptr<RecordReader> make_pcapng_reader(std::unique_ptr<InputBuffer> input) {
  return std::make_unique<PcapngReader>(std::move(input));
}

}  // namespace spider::capture
