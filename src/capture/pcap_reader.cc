// The pcap format (draft-ietf-opsawg-pcap): a header of 24 bytes, then records, all in the byte
// order of the machine that wrote them.

#include <fmt/format.h>

#include "spider/capture/codes.h"

#include "capture/record_reader.h"

namespace spider::capture {
namespace {

using base::ByteReader;

class PcapReader final : public RecordReader {
 public:
  explicit PcapReader(std::unique_ptr<InputBuffer> input) : RecordReader(std::move(input)) {}

  ReadOutcome next(RawPacket& packet) override {
    if (!header_read_) [[unlikely]] {
      const ReadOutcome outcome = read_header();
      if (outcome != ReadOutcome::packet) return outcome;
    }
    const auto status = input_->need(record_header_);
    if (status != InputBuffer::Status::ok) [[unlikely]]
      return unfinished(status, "a record's header");
    ByteReader r(input_->view(16));
    const std::uint32_t seconds = u32(r);
    const std::uint32_t fraction = u32(r);
    std::uint32_t captured = u32(r);
    std::uint32_t wire = u32(r);
    if (swapped_lengths_ == Swapped::yes ||
        (swapped_lengths_ == Swapped::when_impossible && captured > wire))
      std::swap(captured, wire);
    if (captured > kFrameMax) [[unlikely]]
      return fail(
          codes::file_corrupt,
          fmt::format("{}a record claims {} captured bytes; a packet has at most {}. The file "
                      "is damaged from here on; everything before it was read.",
                      where(), captured, kFrameMax));
    const auto whole = input_->need(record_header_ + captured);
    if (whole != InputBuffer::Status::ok) [[unlikely]]
      return unfinished(whole, "a packet");
    packet.time = base::Time{static_cast<std::int64_t>(seconds) * 1'000'000'000 +
                             static_cast<std::int64_t>(fraction) * unit_ns_};
    packet.frame = input_->view(record_header_ + captured).subspan(record_header_);
    packet.wire_bytes = wire;
    packet.link_type = link_type_;
    input_->take(record_header_ + captured);
    input_->fetch_ahead();
    return ReadOutcome::packet;
  }

 private:
  enum class Swapped : std::uint8_t { no, yes, when_impossible };

  [[nodiscard]] std::uint32_t u32(ByteReader& r) const noexcept {
    return big_ ? r.be32() : r.le32();
  }

  ReadOutcome read_header() {
    constexpr std::size_t kHeader = 24;
    const auto status = input_->need(kHeader);
    if (status != InputBuffer::Status::ok) return unfinished(status, "its header");
    ByteReader r(input_->view(kHeader));
    std::uint32_t magic = r.le32();
    if (magic == 0xD4C3B2A1U || magic == 0x4D3CB2A1U || magic == 0x34CDB2A1U) {
      big_ = true;
      magic = __builtin_bswap32(magic);
    }
    if (magic == 0xA1B23C4DU) unit_ns_ = 1;
    if (magic == 0xA1B2CD34U) record_header_ = 24;  // Kuznetzov's: interface, protocol, packet type
    const std::uint16_t major = big_ ? r.be16() : r.le16();
    const std::uint16_t minor = big_ ? r.be16() : r.le16();
    r.skip(12);  // zone, accuracy, snaplen
    // The upper bits tell of a frame check sequence, which the IP length leaves out anyway.
    link_type_ = u32(r) & 0x03FF'FFFFU;
    if ((major != 2 && major != 543) || minor > 4)
      return fail(
          codes::file_corrupt,
          fmt::format("{}version {}.{} of the pcap format is not known; 2.4 is. Convert the "
                      "file, for instance with editcap -F pcap.",
                      where(), major, minor));
    // Before version 2.3 the two lengths were the other way round, in 2.3 either way.
    if ((major == 2 && minor < 3) || major == 543)
      swapped_lengths_ = Swapped::yes;
    else if (minor == 3)
      swapped_lengths_ = Swapped::when_impossible;
    input_->take(kHeader);
    header_read_ = true;
    return ReadOutcome::packet;
  }

  bool header_read_ = false;
  bool big_ = false;
  Swapped swapped_lengths_ = Swapped::no;
  std::size_t record_header_ = 16;
  std::int64_t unit_ns_ = 1'000;
  std::uint32_t link_type_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> make_pcap_reader(std::unique_ptr<InputBuffer> input) {
  return std::make_unique<PcapReader>(std::move(input));
}

}  // namespace spider::capture
