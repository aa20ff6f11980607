#pragma once
// PacketBuilder: frames for tests, written layer by layer from the outside in. Lengths, type fields
// and checksums are filled in by build(), so a test names only what it is about:
//
//   const auto frame = PacketBuilder().ethernet().vlan(7).ipv4("10.0.0.1", "10.0.0.2")
//                          .tcp(40000, 80).seq(1).ack(9).flags(kPsh | kAck).payload("GET /
//                          ").build();
//
// Whatever has no method of its own goes in as raw() bytes behind a layer whose type field was set
// by next(). packet() gives what a frame decoder should make of the innermost TCP segment.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "spider/base/byte_reader.h"
#include "spider/model/address.h"
#include "spider/model/packet.h"

namespace spider::test {

using Buffer = std::vector<std::uint8_t>;

void put_be16(Buffer& out, std::uint16_t v);
void put_be32(Buffer& out, std::uint32_t v);
void put(Buffer& out, std::string_view text);
void put(Buffer& out, base::Bytes bytes);

class PacketBuilder {
 public:
  // 02:00:00:00:00:01 to 02:00:00:00:00:02. Inside a tunnel as well.
  PacketBuilder& ethernet();
  PacketBuilder& vlan(std::uint16_t id, std::uint16_t tpid = 0x8100);
  PacketBuilder& mpls(std::uint32_t label, bool last = true);
  // Addresses as text.
  PacketBuilder& ipv4(std::string_view from, std::string_view to);
  PacketBuilder& ipv6(std::string_view from, std::string_view to);
  PacketBuilder& ip(const model::IpAddress& from, const model::IpAddress& to);
  PacketBuilder& udp(std::uint16_t from, std::uint16_t to);
  PacketBuilder& tcp(std::uint16_t from, std::uint16_t to);
  // Bytes as they are: a tunnel's header, or anything else.
  PacketBuilder& raw(base::Bytes bytes);
  PacketBuilder& raw(std::initializer_list<std::uint8_t> bytes);
  PacketBuilder& payload(std::string_view text);
  PacketBuilder& payload(base::Bytes bytes);

  // About the latest layer. next(): its type field (EtherType or IP protocol), instead of the one
  // that the following layer asks for.
  PacketBuilder& next(std::uint16_t type);
  PacketBuilder& seq(std::uint32_t v);
  PacketBuilder& ack(std::uint32_t v);  // also sets the ACK flag
  PacketBuilder& flags(unsigned v);     // model::TcpFlag
  PacketBuilder& window(std::uint16_t v);
  PacketBuilder& tcp_options(base::Bytes bytes);   // padded to four
  PacketBuilder& ipv4_options(base::Bytes bytes);  // padded to four
  // IPv4: identification (1 unless said) and time to live (64 unless said).
  PacketBuilder& ip_id(std::uint16_t v);
  PacketBuilder& ttl(std::uint8_t v);
  // IPv4: sets identification, offset and flag. IPv6: adds a fragment header.
  PacketBuilder& fragment(std::uint32_t id, std::uint32_t offset_bytes, bool more);
  // IPv6: adds an extension header of this protocol number, padded to eight.
  PacketBuilder& extension(std::uint8_t protocol, base::Bytes body = {});
  // The length field says this instead of the truth (0 for segmentation offload).
  PacketBuilder& length(std::uint16_t v);

  // Bytes behind the outermost layer's content, as Ethernet's padding.
  PacketBuilder& trailer(std::size_t bytes);

  [[nodiscard]] Buffer build() const;
  // What a decoder should see: key, direction, hash, lane, flags, numbers; payload_offset within
  // build(). kind is tcp. Only when the innermost headers are IP and TCP.
  [[nodiscard]] model::Packet packet(base::Time time, std::uint64_t number = 1) const;
  // packet() and build(), put into a batch.
  model::Packet& append_to(model::PacketBatch& batch, base::Time time,
                           std::uint64_t number = 1) const;

 private:
  enum class Kind : std::uint8_t { ethernet, vlan, mpls, ipv4, ipv6, extension, udp, tcp, raw };
  struct Layer {
    Kind kind;
    Buffer header;
    std::optional<std::uint16_t> next;    // type field of this layer
    std::optional<std::uint16_t> length;  // length field of this layer
    std::uint8_t own_protocol = 0;        // extension headers
  };
  PacketBuilder& add(Kind kind, Buffer header);
  Layer& latest();
  Layer& latest(Kind kind);
  static void finish(Layer& layer, const Layer* inner, const Buffer& body);

  std::vector<Layer> layers_;
  std::size_t trailer_ = 0;
};

}  // namespace spider::test
